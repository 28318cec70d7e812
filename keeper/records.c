/* SPDX-License-Identifier: BSD-2-Clause */
/* What workers tell the audit log, on its way there. */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/audit.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/*
 * Milliseconds in which more records of a worker are waited for before they are
 * taken together: to wake up for each would cost a signature more than all the
 * rest. They lie in the socket meanwhile, which holds about 170; where few came
 * the next are left for longer, where many came for less. And milliseconds
 * until a full disk is tried again.
 */
enum { GATHER_LEAST = 5, GATHER_MOST = 20, RETRY_TIME = 100 };

/* Records that are few and many; and messages of one worker that are taken
 * before the others' turn comes. */
enum { FEW = 16, MANY = 40, TURN_MOST = 64 };

bool
records_open(struct listener *listener)
{
	const struct configuration *configuration = &listener->configuration;
	const struct audit_settings settings = {
		.folder = listener->home.folder,
		.system_log = "/dev/log",
		.file_size = (size_t)configuration->audit_size << 10,
		.files_kept = configuration->audit_keep,
		.anchor_lines = configuration->audit_anchor,
		.has_anchor_file = configuration->audit_anchor_file != 0,
	};

	if (!configuration->audit)
		return true;
	listener->audit = audit_open(&settings);
	return listener->audit;
}

enum audit_choice
records_choice(const struct listener *listener)
{
	if (!listener->audit)
		return AUDIT_OFF;
	return listener->configuration.audit_hash ? AUDIT_DATA : AUDIT_ON;
}

bool
records_have_room(struct listener *listener)
{
	return !listener->audit || audit_has_room(listener->audit);
}

void
records_add(struct listener *listener, const struct worker *worker,
	const struct audit_record *record)
{
	const struct audit_author author = { worker->peer.user,
		worker->peer.number, worker->tokens->group, worker->application,
		worker->caller.program };

	if (listener->audit)
		audit_add(listener->audit, record, &author);
}

void
records_gather(struct listener *listener, struct worker *worker)
{
	if (worker->control.descriptor < 0) {
		worker->gathers_until = 0;
		return;
	}
	if (!worker->gathers_until) {
		epoll_ctl(listener->events, EPOLL_CTL_DEL,
			worker->control.descriptor, NULL);
		worker->gather_time = GATHER_LEAST;
	}
	worker->gathers_until = moment() + worker->gather_time;
}

/* How a turn ended. */
enum turn {
	TURN_QUIET,  /* no record was there */
	TURN_BUSY,   /* all that was there is taken, or there is no room */
	TURN_UNDONE, /* there may be more */
};

static enum turn
take_gathered(struct listener *listener, struct worker *worker)
{
	enum heard heard;
	int i;

	for (i = 0; i < TURN_MOST; i++) {
		if (!records_have_room(listener))
			return TURN_BUSY;
		heard = requests_hear(listener, worker);
		if (heard == HEARD_NOTHING)
			return worker->gathered ? TURN_BUSY : TURN_QUIET;
		worker->gathered += heard == HEARD_RECORD;
		worker->has_asked |= heard == HEARD_OTHER;
	}
	return TURN_UNDONE;
}

/* When all that had gathered is taken. Who asks waits for the answer, and may
 * ask more. */
static void
adapt(struct worker *worker)
{
	if (worker->has_asked)
		worker->gather_time = GATHER_LEAST;
	else if (worker->gathered <= FEW && worker->gather_time < GATHER_MOST)
		worker->gather_time *= 2;
	else if (worker->gathered >= MANY && worker->gather_time > GATHER_LEAST)
		worker->gather_time /= 2;
	worker->gathered = 0;
	worker->has_asked = false;
}

static void
watch_again(struct listener *listener, struct worker *worker)
{
	worker->gathers_until = 0;
	if (worker->control.descriptor >= 0 &&
		!watch_start(
			listener, &worker->control, worker->control.descriptor))
		watch_end(listener, &worker->control);
}

void
records_take(struct listener *listener)
{
	struct worker *worker;
	enum turn turn;

	for (worker = listener->workers; worker; worker = worker->next) {
		if (!worker->gathers_until || worker->gathers_until > moment())
			continue;
		turn = take_gathered(listener, worker);
		if (turn != TURN_UNDONE)
			adapt(worker);
		if (turn == TURN_QUIET)
			watch_again(listener, worker);
		else if (turn == TURN_BUSY)
			records_gather(listener, worker);
		/* Else its next turn is due at once, after the others'. */
	}
	listener->retries_at = 0;
	if (listener->audit && !audit_flush(listener->audit))
		listener->retries_at = moment() + RETRY_TIME;
}

int64_t
records_moment(const struct listener *listener)
{
	int64_t next = listener->retries_at ? listener->retries_at : INT64_MAX;
	const struct worker *worker;
	int wait;

	for (worker = listener->workers; worker; worker = worker->next)
		if (worker->gathers_until && worker->gathers_until < next)
			next = worker->gathers_until;
	wait = listener->audit ? audit_patience(listener->audit) : -1;
	if (wait >= 0 && moment() + wait < next)
		next = moment() + wait;
	return next;
}

void
records_end_worker(struct listener *listener, struct worker *worker)
{
	if (worker->control.descriptor < 0)
		return;
	/* From now on it is told that nothing gets through. */
	shutdown(worker->control.descriptor, SHUT_RD);
	while (records_have_room(listener) ||
		(audit_flush(listener->audit), records_have_room(listener)))
		if (requests_hear(listener, worker) == HEARD_NOTHING)
			return;
	note("records of worker %ld are lost: %s", (long)worker->number,
		strerror(errno));
}

void
records_close(struct listener *listener)
{
	audit_close(listener->audit);
	listener->audit = NULL;
}
