/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is a member of a group now. The listener asks nobody for names: it has a
 * process look them up, and goes on meanwhile.
 *
 * A changed file shows when somebody asks, and who asks waits for what it says;
 * while a group's worker runs we look by ourselves, since who was struck off is
 * not to use what is there already. What a directory elsewhere changes shows in
 * no file: for that each answer has an age.
 */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/resolver.h"
#include "keeper/witness.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Milliseconds: in which all names are found, or that was no answer; between
 * two looks at files; to the next try after one that failed, or found nobody of
 * some name; and the age of what is looked up anew. */
enum {
	ANSWER_TIME = 10000,
	LOOK_PAUSE = 1000,
	RETRY_TIME = 60000,
	AGE_MOST = 600000
};

struct membership {
	struct watch findings; /* -1: there are no more */
	struct watch process;  /* a pidfd; -1: none runs */
	struct circles fresh;  /* as far as it is said */
	struct witnesses seen; /* before it was looked up */
	int64_t started, looked, next;
	int64_t unsettled; /* since then; 0: it is settled */
	bool is_awaited;   /* and not given up */
	bool is_waited_for;
	bool is_due;     /* whatever the time */
	bool has_failed; /* something was said and is not known */
};

static bool
may_use(const struct listener *listener, const struct worker *worker)
{
	const struct circle *circle =
		circles_find(&listener->circles, worker->tokens->group);

	return circle && circle->is_there &&
		(caller_is_in_charge(worker->peer.user) ||
			circle_has(circle, worker->peer.user));
}

/* At once: what it is doing for who is no member is not to be done. */
static void
end_strangers(struct listener *listener)
{
	struct worker *worker;

	for (worker = listener->workers; worker; worker = worker->next) {
		if (!*worker->tokens->group || worker->control.descriptor < 0 ||
			may_use(listener, worker))
			continue;
		note("user %lu is no member of the group %s any more: worker "
		     "%ld is ended",
			(unsigned long)worker->peer.user, worker->tokens->group,
			(long)worker->number);
		roster_end_worker(listener, worker);
	}
}

/* A file that was changed just now may be half of what it is to be: nobody
 * loses what runs before it was read once more. */
static void
settle(struct listener *listener, struct membership *membership)
{
	if (membership->seen.is_blind && !membership->unsettled)
		membership->unsettled = moment();
	if (membership->seen.is_blind &&
		moment() < membership->unsettled + LOOK_PAUSE / 2)
		return;
	membership->unsettled = 0;
	end_strangers(listener);
}

/* Of a first answer that is not whole, what there is counts. */
static void
conclude(struct listener *listener, struct membership *membership)
{
	struct circles *fresh = &membership->fresh;
	const bool is_first = listener->circles.count == 0;
	bool is_sound = fresh->is_whole && !membership->has_failed;

	membership->is_awaited = false;
	membership->next = moment() +
		(is_sound && !fresh->has_unknown ? AGE_MOST : RETRY_TIME);
	if (!is_sound)
		note("the members of groups are not all known: %s",
			is_first ? "only those count that could be looked up"
				 : "those of before count");
	if (is_sound || is_first) {
		circles_renew(&listener->circles, fresh);
		showcase_free(listener->showcase);
		listener->showcase = NULL;
		settle(listener, membership);
	}
	circles_clear(fresh);
}

/* A finding is less than a pipe takes at once: it is whole, or none. */
static ssize_t
hear(struct membership *membership)
{
	struct finding finding;
	ssize_t got = read(
		membership->findings.descriptor, &finding, sizeof(finding));

	if (got == sizeof(finding))
		membership->has_failed |=
			!circles_add(&membership->fresh, &finding);
	return got;
}

static void
findings_ready(struct listener *listener, struct watch *watch)
{
	/* The watch is the first member. */
	struct membership *membership = (struct membership *)watch;

	if (hear(membership) == 0)
		watch_end(listener, watch);
}

/* Where no process can be had, it is tried again later. */
static void
look_up(struct listener *listener, struct membership *membership)
{
	int findings = -1, process = -1;
	pid_t number;

	witnesses_clear(&membership->seen);
	resolver_see(&membership->seen);
	membership->is_due = membership->has_failed = false;
	membership->started = moment();
	number = resolver_start(&findings, membership->is_waited_for);
	if (number > 0)
		process = (int)syscall(SYS_pidfd_open, number, 0);
	membership->is_awaited = process >= 0 &&
		watch_start(listener, &membership->findings, findings) &&
		watch_start(listener, &membership->process, process);
	if (membership->is_awaited)
		return;
	note("the members of groups cannot be looked up: %s", strerror(errno));
	membership->next = moment() + RETRY_TIME;
	if (membership->findings.descriptor >= 0)
		watch_end(listener, &membership->findings);
	else if (findings >= 0)
		close(findings);
	if (process >= 0)
		close(process);
	if (number > 0) {
		kill(number, SIGKILL);
		waitpid(number, NULL, 0);
	}
}

/* What was changed meanwhile is looked up before anyone is answered. */
static void
process_ready(struct listener *listener, struct watch *watch)
{
	struct membership *membership = (struct membership *)((char *)watch -
		offsetof(struct membership, process));
	siginfo_t how;

	while (membership->findings.descriptor >= 0 && hear(membership) > 0)
		;
	watch_end(listener, &membership->findings);
	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	watch_end(listener, watch);
	if (membership->is_awaited)
		conclude(listener, membership);
	if (membership->is_due)
		look_up(listener, membership);
	if (!membership->is_awaited)
		callers_resume(listener, true);
}

/* It may have to wait for a disk that is gone before it can end, and nobody
 * waits for that. */
static void
give_up(struct listener *listener, struct membership *membership)
{
	watch_end(listener, &membership->findings);
	syscall(SYS_pidfd_send_signal, membership->process.descriptor, SIGKILL,
		NULL, 0);
	membership->has_failed = true;
	conclude(listener, membership);
	callers_resume(listener, true);
}

static void
look(struct listener *listener, struct membership *membership)
{
	membership->looked = moment();
	membership->is_due |= !witnesses_hold(&membership->seen);
	if (membership->process.descriptor >= 0 ||
		(!membership->is_due && membership->looked < membership->next))
		return;
	/* Of what has only become old nobody waits for the new. */
	membership->is_waited_for = membership->is_due;
	look_up(listener, membership);
}

bool
membership_is_known(struct listener *listener)
{
	struct membership *membership = listener->membership;

	if (!membership)
		return true;
	look(listener, membership);
	return !membership->is_awaited ||
		(!membership->is_waited_for && !membership->is_due);
}

void
membership_renew(struct listener *listener)
{
	listener->membership->is_due = true;
	look(listener, listener->membership);
}

static bool
has_group_worker(const struct listener *listener)
{
	const struct worker *worker;

	for (worker = listener->workers; worker; worker = worker->next)
		if (*worker->tokens->group)
			return true;
	return false;
}

/* When a look is due that nobody asks for. */
static int64_t
look_moment(const struct listener *listener)
{
	const struct membership *membership = listener->membership;

	return membership->is_due || has_group_worker(listener)
		? membership->looked + LOOK_PAUSE
		: INT64_MAX;
}

int64_t
membership_moment(const struct listener *listener)
{
	const struct membership *membership = listener->membership;

	if (!membership)
		return INT64_MAX;
	return membership->is_awaited ? membership->started + ANSWER_TIME
				      : look_moment(listener);
}

void
membership_go_on(struct listener *listener)
{
	struct membership *membership = listener->membership;

	if (!membership || membership_moment(listener) > moment())
		return;
	if (membership->is_awaited)
		give_up(listener, membership);
	else
		look(listener, membership);
}

bool
membership_begin(struct listener *listener)
{
	struct membership *membership;

	if (!listener->home.is_machine)
		return true;
	membership = calloc(1, sizeof(*membership));
	if (!membership)
		return false;
	membership->findings = (struct watch){ -1, findings_ready };
	membership->process = (struct watch){ -1, process_ready };
	listener->membership = membership;
	membership_renew(listener);
	return true;
}

void
membership_end(struct listener *listener)
{
	struct membership *membership = listener->membership;

	if (!membership)
		return;
	if (membership->process.descriptor >= 0)
		syscall(SYS_pidfd_send_signal, membership->process.descriptor,
			SIGKILL, NULL, 0);
	watch_end(listener, &membership->findings);
	watch_end(listener, &membership->process);
	circles_clear(&membership->fresh);
	witnesses_clear(&membership->seen);
	free(membership);
	listener->membership = NULL;
}
