/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the processes between workers and the machine's TPM. */

#include "config.h"

#include "keeper/broker.h"
#include "keeper/child.h"
#include "keeper/hardware.h"
#include "keeper/listener.h"
#include "keeper/pardon.h"
#include "keeper/surroundings.h"
#include "pkcs11/log.h"
#include "token/crypto-seal.h"
#include "token/tpm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many of one owner at a time; each is for one login, or one change. */
enum { BROKERS_MOST = 64 };

/* The listener waits for its end, and for nothing else of it. */
struct broker {
	struct watch process; /* a pidfd */
	struct owner *owner;
};

/* The same for the keeper of a user and for her part of the machine's, since
 * tokens move; of nobody else. */
static bool
name_owner(const struct owner *owner, unsigned char name[TPM_OWNER_SIZE])
{
	unsigned char digest[DIGEST_SIZE];
	char who[128];
	struct span spans[] = { { "privyseal owner", 15 }, { who, 0 } };

	_Static_assert((int)TPM_OWNER_SIZE <= (int)DIGEST_SIZE, "part of it");
	if (*owner->group)
		snprintf(who, sizeof(who), "group %s", owner->group);
	else
		snprintf(who, sizeof(who), "user %lu",
			(unsigned long)owner->user);
	spans[1].length = strlen(who);
	if (!seal_digest(spans, 2, digest))
		return false;
	memcpy(name, digest, TPM_OWNER_SIZE);
	return true;
}

static void
broker_free(struct listener *listener, struct broker *broker)
{
	watch_end(listener, &broker->process);
	broker->owner->brokers--;
	owner_leave(listener, broker->owner);
	free(broker);
}

static void
process_ready(struct listener *listener, struct watch *watch)
{
	siginfo_t how = { 0 };

	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	/* The watch is the first member. */
	broker_free(listener, (struct broker *)watch);
}

/* Its pidfd; -1. */
static int
start_process(const struct listener *listener, int worker, int device,
	const unsigned char name[TPM_OWNER_SIZE], bool may_end_lock)
{
	char owner[2 * TPM_OWNER_SIZE + 1];
	const char *words[8] = { "privyseal-keeper", "--broker", "--owner",
		owner };
	size_t i, count = 4;
	int process = -1;

	for (i = 0; i < TPM_OWNER_SIZE; i++)
		snprintf(owner + 2 * i, 3, "%02x", name[i]);
	if (may_end_lock)
		words[count++] = "--may-end-lock";
	if (listener->home.is_machine)
		words[count++] = "--machine";
	child_start(
		words, surroundings_environment(), worker, device, &process);
	return process;
}

static bool
attend(struct listener *listener, struct owner *owner, int process)
{
	struct broker *broker = calloc(1, sizeof(*broker));

	if (broker) {
		broker->process = (struct watch){ -1, process_ready };
		broker->owner = *owner->group
			? owner_take_group(listener, owner->group)
			: owner_take(listener, owner->user);
		owner->brokers++;
		if (watch_start(listener, &broker->process, process))
			return true;
		broker_free(listener, broker);
	}
	child_kill(process);
	return false;
}

/* The end for the worker; -1. The device is open once for each: the kernel
 * keeps what is made by one from the others. */
static int
start(struct listener *listener, struct owner *owner, int device,
	const unsigned char name[TPM_OWNER_SIZE], bool may_end_lock)
{
	int ends[2], process;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	process = start_process(listener, ends[1], device, name, may_end_lock);
	close(ends[1]);
	if (process >= 0 && attend(listener, owner, process))
		return ends[0];
	close(ends[0]);
	return -1;
}

void
brokering_reach(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	static const struct subject nobody;
	struct control answer = { .kind = CONTROL_ANSWER,
		.number = question->number };
	struct owner *owner = worker->tokens;
	int device = -1, end = -1;

	if (owner->brokers < BROKERS_MOST && name_owner(owner, answer.key))
		device = hardware_reach(configuration_rule_text(
			&listener->configuration, RULE_TPM, &nobody));
	if (device >= 0)
		end = start(listener, owner, device, answer.key,
			question->user == CKU_SO && pardon_take(owner->tries));
	if (device >= 0 && end < 0)
		note("nobody asks the TPM for worker %ld: %s",
			(long)worker->number, strerror(errno));
	control_send(worker->control.descriptor, &answer, end, false);
	if (device >= 0)
		close(device);
	if (end >= 0)
		close(end);
}
