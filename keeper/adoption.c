/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the processes that take in tokens which their owners bring. */

#include "config.h"

#include "keeper/adopter.h"
#include "keeper/child.h"
#include "keeper/listener.h"
#include "keeper/surroundings.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many of one owner at a time: all but one wait for nothing. */
enum { ADOPTIONS_MOST = 4 };

/* The listener waits for its end, and for nothing else of it. */
struct adoption {
	struct watch process; /* a pidfd */
	struct owner *owner;
	pid_t caller;
	int report; /* a pipe, for the serial of the token */
};

static void
adoption_free(struct listener *listener, struct adoption *adoption)
{
	watch_end(listener, &adoption->process);
	if (adoption->report >= 0)
		close(adoption->report);
	adoption->owner->adoptions--;
	listener->adoptions--;
	owner_leave(listener, adoption->owner);
	free(adoption);
}

/* It had a client's bytes in its hands: what it says may be anything. */
static bool
take_serial(const struct adoption *adoption, char serial[17])
{
	static const char digits[] = "0123456789ABCDEFabcdef";

	serial[16] = '\0';
	return read(adoption->report, serial, 16) == 16 &&
		strspn(serial, digits) == 16;
}

/* A line also of what was no token, or is here already. */
static void
process_ready(struct listener *listener, struct watch *watch)
{
	/* The watch is the first member. */
	struct adoption *adoption = (struct adoption *)watch;
	struct audit_record record = { .event = AUDIT_MOVE };
	const struct audit_author author = { adoption->owner->user,
		adoption->caller, "", "", "" };
	siginfo_t how = { 0 };

	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	if (!take_serial(adoption, record.key.serial)) {
		record.key = (struct keyname){ 0 };
		record.rv = CKR_FUNCTION_FAILED;
	}
	if (listener->audit && records_have_room(listener))
		audit_add(listener->audit, &record, &author);
	adoption_free(listener, adoption);
}

/* Its pidfd; -1. Of all owners' folders it is told its own. */
static int
start_process(int connection, int report, const char *folder)
{
	const char *words[] = { "privyseal-keeper", "--adopter", "--folder",
		folder, NULL };
	int process = -1;

	child_start(words, surroundings_environment(), connection, report,
		&process);
	return process;
}

/* To the process the connection is a file like others: it waits. */
void
adoption_start(struct listener *listener, const struct caller *caller)
{
	struct owner *owner = caller->owner;
	int connection = caller->watch.descriptor, process;
	struct adoption *adoption;
	int ends[2];

	if (!listener->home.is_machine || owner->adoptions >= ADOPTIONS_MOST ||
		!records_have_room(listener) ||
		!owner_settle(listener, owner) ||
		fcntl(connection, F_SETFL, 0) < 0 ||
		!(adoption = calloc(1, sizeof(*adoption))))
		return;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		free(adoption);
		return;
	}
	adoption->process = (struct watch){ -1, process_ready };
	adoption->report = ends[0];
	adoption->caller = caller->peer.number;
	adoption->owner = owner_take(listener, owner->user);
	owner->adoptions++;
	listener->adoptions++;
	process = start_process(connection, ends[1], owner->folder);
	close(ends[1]);
	if (process >= 0 && watch_start(listener, &adoption->process, process))
		return;
	note("nobody takes in a token: %s", strerror(errno));
	if (process >= 0)
		child_kill(process);
	adoption_free(listener, adoption);
}
