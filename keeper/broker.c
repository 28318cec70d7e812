/* SPDX-License-Identifier: BSD-2-Clause */
/* The process between one worker and the machine's TPM. */

#include "config.h"

#include "keeper/broker.h"

#include "keeper/coverage.h"
#include "keeper/logbook.h"
#include "keeper/sandbox.h"
#include "keeper/tpm-filter.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Seconds that a connection lasts at most, and MiB of memory. */
enum { PATIENCE = 600, MEMORY = 64 };

struct message {
	unsigned char bytes[TPM_MESSAGE_MOST];
	size_t length;
};

static struct message command, response;

/* While it waits for a TPM, the worker may go; then nobody needs the answer. */
static bool
wait_for(int descriptor)
{
	struct pollfd ends[] = { { descriptor, POLLIN, 0 },
		{ BROKER_WORKER, 0, 0 } };
	int count;

	do
		count = poll(ends, 2, -1);
	while (count < 0 && errno == EINTR);
	return count > 0 && ends[0].revents & POLLIN;
}

static bool
send_all(int descriptor, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	ssize_t count;

	for (; length; at += count, length -= (size_t)count) {
		count = send(descriptor, at, length, MSG_NOSIGNAL);
		if (count < 0 && errno == ENOTSOCK)
			count = write(descriptor, at, length);
		if (count < 0 && errno == EINTR)
			count = 0;
		else if (count <= 0)
			return false;
	}
	return true;
}

/* A device gives a message at once, a socket in pieces; whose next message
 * would follow is not asked for it yet. */
static bool
receive(int descriptor, struct message *message)
{
	size_t whole = TPM_HEADER;
	ssize_t count;

	message->length = 0;
	while (message->length < whole) {
		if (!wait_for(descriptor))
			return false;
		count = read(descriptor, message->bytes + message->length,
			TPM_MESSAGE_MOST - message->length);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		message->length += (size_t)count;
		if (message->length < TPM_HEADER)
			continue;
		whole = tpm_message_length(message->bytes);
		if (whole < TPM_HEADER || whole > TPM_MESSAGE_MOST)
			return false;
	}
	return message->length == whole;
}

static struct span
span_of(const struct message *message)
{
	return (struct span){ message->bytes, message->length };
}

static void
note_refusal(void)
{
	static bool is_noted;

	if (!is_noted)
		note("a worker asked for TPM command 0x%02x%02x, which is not "
		     "for it",
			command.bytes[8], command.bytes[9]);
	is_noted = true;
}

static bool
refuse_command(bool is_place)
{
	unsigned char refusal[TPM_HEADER];

	tpm_filter_refusal(is_place, refusal);
	return send_all(BROKER_WORKER, refusal, sizeof(refusal));
}

static bool
pass(struct tpm_filter *filter)
{
	struct span asked = span_of(&command), told;

	if (!send_all(BROKER_DEVICE, command.bytes, command.length) ||
		!receive(BROKER_DEVICE, &response))
		return false;
	told = span_of(&response);
	tpm_filter_note(filter, &asked, &told);
	return send_all(BROKER_WORKER, response.bytes, response.length);
}

/* Whose place it is, the TPM says, each time: it may have become another's.
 * Where it cannot say, that is no word about the place. */
static bool
check_and_pass(struct tpm_filter *filter, uint32_t place)
{
	unsigned char question[TPM_QUESTION];
	struct span told;

	tpm_filter_question(place, question);
	if (!send_all(BROKER_DEVICE, question, sizeof(question)) ||
		!receive(BROKER_DEVICE, &response))
		return false;
	told = span_of(&response);
	if (tpm_filter_is_own(filter, &told))
		return pass(filter);
	return tpm_filter_is_error(&told)
		? send_all(BROKER_WORKER, response.bytes, TPM_HEADER)
		: refuse_command(true);
}

/* Where it has a password, a wrong one takes the administrator's own use of it
 * away for a while. */
static bool
lock_is_free(void)
{
	unsigned char question[TPM_STATE_QUESTION];
	struct span told;

	tpm_filter_state_question(question);
	if (!send_all(BROKER_DEVICE, question, sizeof(question)) ||
		!receive(BROKER_DEVICE, &response))
		return false;
	told = span_of(&response);
	return tpm_filter_lock_is_free(&told);
}

static bool
serve_one(struct tpm_filter *filter)
{
	struct span asked;
	uint32_t place;

	if (!receive(BROKER_WORKER, &command))
		return false;
	asked = span_of(&command);
	switch (tpm_filter_command(filter, &asked, &place)) {
	case TPM_PASS:
		return pass(filter);
	case TPM_CHECK:
		return check_and_pass(filter, place);
	case TPM_REFUSE:
		break;
	}
	note_refusal();
	return refuse_command(false);
}

static bool
read_owner(const char *digits, unsigned char owner[TPM_OWNER_SIZE])
{
	char pair[3] = "", *end;
	size_t i;

	if (!digits || strlen(digits) != 2 * (size_t)TPM_OWNER_SIZE)
		return false;
	for (i = 0; i < TPM_OWNER_SIZE; i++) {
		memcpy(pair, digits + 2 * i, 2);
		owner[i] = (unsigned char)strtoul(pair, &end, 16);
		if (*end)
			return false;
	}
	return true;
}

int
broker_run(const char *owner, bool may_end_lock, bool is_machine)
{
	struct tpm_filter filter = { .may_end_lock = may_end_lock };

	logbook_open(NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE);
	sandbox_limit_memory(MEMORY);
	if (!read_owner(owner, filter.owner) ||
		(!sandbox_soft_worker(NULL) && is_machine))
		return 1;
	filter.may_end_lock = filter.may_end_lock && lock_is_free();
	while (serve_one(&filter))
		;
	wipe(&command, sizeof(command));
	wipe(&response, sizeof(response));
	coverage_save();
	return 0;
}
