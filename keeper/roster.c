/* SPDX-License-Identifier: BSD-2-Clause */
/* The workers: which application has one. */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/child.h"
#include "keeper/control.h"
#include "keeper/surroundings.h"
#include "keeper/worker.h"
#include "pkcs11/bytes.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Processes that one user's applications may cause: alone, and beside others.
 * And those of all users together. */
enum { WORKERS_ALONE = 1024, WORKERS_BESIDE = 128, WORKERS_MOST = 8192 };

/* Milliseconds that workers have when the listener ends. */
enum { FAREWELL_TIME = 2000 };

static void
worker_free(struct listener *listener, struct worker *worker)
{
	struct worker **link = &listener->workers;

	while (*link && *link != worker)
		link = &(*link)->next;
	if (*link) {
		*link = worker->next;
		worker->owner->workers--;
	}
	records_end_worker(listener, worker);
	notes_end(worker);
	watch_end(listener, &worker->control);
	watch_end(listener, &worker->process);
	owner_leave(listener, worker->tokens);
	owner_leave(listener, worker->owner);
	peer_clear(&worker->peer);
	wipe(worker->secret, sizeof(worker->secret));
	free(worker);
}

static struct worker *
find_worker(struct listener *listener, const struct hello *hello,
	const struct peer *peer)
{
	struct worker *worker;
	struct secret secret;

	for (worker = listener->workers; worker; worker = worker->next) {
		secret = (struct secret){ worker->secret,
			sizeof(worker->secret) };
		if (worker->control.descriptor >= 0 &&
			worker->front == hello->front &&
			secret_equal(&secret, hello->secret,
				sizeof(hello->secret)) &&
			peer_is_same(&worker->peer, peer))
			return worker;
	}
	return NULL;
}

static void
control_ready(struct listener *listener, struct watch *watch)
{
	/* The watch is the first member. */
	struct worker *worker = (struct worker *)watch;

	if (!records_have_room(listener) ||
		requests_hear(listener, worker) == HEARD_RECORD)
		records_gather(listener, worker);
}

static void
process_ready(struct listener *listener, struct watch *watch)
{
	struct worker *worker = (struct worker *)((char *)watch -
		offsetof(struct worker, process));
	siginfo_t how = { 0 };

	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	if (how.si_pid && (how.si_code != CLD_EXITED || how.si_status != 0))
		note("worker %ld of %s ended: %s %d", (long)worker->number,
			worker->application,
			how.si_code == CLD_EXITED ? "status" : "signal",
			how.si_status);
	worker_free(listener, worker);
}

/* What a worker is told: of all folders, only that of its tokens. */
struct orders {
	const char *word[14];
	size_t count;
};

static void
order(struct orders *orders, const char *option, const char *value)
{
	if (!value)
		return;
	orders->word[orders->count++] = option;
	orders->word[orders->count++] = value;
}

static struct orders
orders_for(const struct listener *listener, const struct owner *tokens,
	const struct exhibit *exhibit)
{
	struct orders orders = { { "privyseal-keeper", "--worker" }, 2 };

	order(&orders, "--token-module", listener->token_module);
	if (exhibit->is_group)
		order(&orders, exhibit->is_members ? "--member-of" : "--group",
			exhibit->name);
	else
		order(&orders, "--front", exhibit->name);
	order(&orders, "--system-configuration", configuration_added_file());
	if (listener->home.is_machine) {
		order(&orders, "--folder", tokens->folder);
		order(&orders, "--run", listener->home.run);
	}
	return orders;
}

/* What is watched when this is false, worker_free ends. */
static bool
employ(struct listener *listener, struct worker *worker,
	const struct orders *orders, const struct peer *peer)
{
	int ends[2], process = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	worker->number = child_start(orders->word, surroundings_environment(),
		ends[1], peer->process, &process);
	close(ends[1]);
	if (process >= 0 && watch_start(listener, &worker->control, ends[0]) &&
		watch_start(listener, &worker->process, process))
		return true;
	if (worker->control.descriptor < 0)
		close(ends[0]);
	if (process >= 0)
		child_kill(process);
	return false;
}

/* All that is known of it before it runs; false: its tokens are not to be
 * served. */
static bool
prepare(struct listener *listener, struct worker *worker,
	const struct hello *hello, const struct caller *caller,
	const struct exhibit *exhibit)
{
	const struct peer *peer = &caller->peer;

	worker->front = hello->front;
	worker->serves_module =
		(exhibit->name && !exhibit->is_group) || listener->token_module;
	copy_clean(worker->front_name, exhibit->name ? exhibit->name : "",
		sizeof(worker->front_name));
	worker->owner = owner_take(listener, peer->user);
	worker->tokens = exhibit->is_group
		? owner_take_group(listener, exhibit->name)
		: owner_take(listener, peer->user);
	worker->control = (struct watch){ -1, control_ready };
	worker->process = (struct watch){ -1, process_ready };
	worker->peer = *peer;
	worker->peer.process = peer->process < 0
		? -1
		: fcntl(peer->process, F_DUPFD_CLOEXEC, 3);
	memcpy(worker->secret, hello->secret, sizeof(worker->secret));
	copy_clean(worker->application, hello->application,
		sizeof(worker->application));
	prompter_describe(&worker->caller, hello, peer);
	return worker->tokens && owner_settle(listener, worker->tokens);
}

static bool
start(struct listener *listener, struct worker *worker,
	const struct exhibit *exhibit)
{
	const struct orders orders =
		orders_for(listener, worker->tokens, exhibit);

	if (employ(listener, worker, &orders, &worker->peer)) {
		worker->is_loading = exhibit->name && !exhibit->is_group;
		worker->next = listener->workers;
		listener->workers = worker;
		worker->owner->workers++;
		return true;
	}
	note("a worker cannot be started: %s", strerror(errno));
	return false;
}

/* That it serves no front: nobody tries again at once. */
static void
say_absent(const struct caller *caller)
{
	const struct hello nothing = { 0 };
	struct wire wire = { 0 };

	hello_put(&wire, &nothing);
	if (!wire.failed)
		(void)send(caller->watch.descriptor, wire.at, wire.length,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	wire_clear(&wire);
}

static struct worker *
start_worker(struct listener *listener, const struct hello *hello,
	const struct caller *caller)
{
	struct exhibit exhibit = { 0 };
	struct worker *worker;

	if (hello->front &&
		!showcase_find(
			listener, caller->peer.user, hello->front, &exhibit))
		return NULL;
	if (misfire_holds(listener, caller->peer.user, hello->front)) {
		say_absent(caller);
		free(exhibit.name);
		return NULL;
	}
	worker = calloc(1, sizeof(*worker));
	if (worker &&
		(!prepare(listener, worker, hello, caller, &exhibit) ||
			!start(listener, worker, &exhibit))) {
		worker_free(listener, worker);
		worker = NULL;
	}
	free(exhibit.name);
	return worker;
}

static unsigned
count_workers(const struct listener *listener)
{
	const struct worker *worker;
	unsigned count = 0;

	for (worker = listener->workers; worker; worker = worker->next)
		count++;
	return count;
}

/* One user's applications cannot take the room of another's. */
static bool
has_room(const struct listener *listener, const struct owner *owner)
{
	unsigned most =
		listener->home.is_machine ? WORKERS_BESIDE : WORKERS_ALONE;

	return owner->workers < most && count_workers(listener) < WORKERS_MOST;
}

bool
roster_serve(struct listener *listener, const struct hello *hello,
	const struct caller *caller)
{
	const struct peer *peer = &caller->peer;
	int connection = caller->watch.descriptor;
	struct control control = { .kind = CONTROL_CONNECTION };
	struct worker *worker = find_worker(listener, hello, peer);

	if (!worker && has_room(listener, caller->owner))
		worker = start_worker(listener, hello, caller);
	if (!worker)
		return false;
	control.hello = *hello;
	/* The worker may run somebody else's code, and needs no secret. */
	wipe(control.hello.secret, sizeof(control.hello.secret));
	snprintf(control.line, sizeof(control.line), "%s",
		worker->caller.program);
	control.audit_choice = records_choice(listener);
	if (!control_send(
		    worker->control.descriptor, &control, connection, false)) {
		note("worker %ld does not take a connection: %s",
			(long)worker->number, strerror(errno));
		return false;
	}
	worker->connections++;
	return true;
}

bool
roster_has_process(const struct listener *listener, pid_t process)
{
	const struct worker *worker;

	for (worker = listener->workers; worker; worker = worker->next)
		if (worker->number == process)
			return true;
	return false;
}

/* Its last records are taken, and no connection is given to it any more; what
 * follows is seen when the process has ended. */
void
roster_end_worker(struct listener *listener, struct worker *worker)
{
	records_end_worker(listener, worker);
	watch_end(listener, &worker->control);
	kill(worker->number, SIGKILL);
}

void
roster_end(struct listener *listener)
{
	int64_t deadline = moment() + FAREWELL_TIME;
	struct worker *worker;
	struct pollfd ended;

	for (worker = listener->workers; worker; worker = worker->next) {
		records_end_worker(listener, worker);
		watch_end(listener, &worker->control);
	}
	while ((worker = listener->workers)) {
		ended = (struct pollfd){ worker->process.descriptor, POLLIN,
			0 };
		if (poll(&ended, 1,
			    deadline > moment() ? (int)(deadline - moment())
						: 0) == 0) {
			kill(worker->number, SIGKILL);
			poll(&ended, 1, -1);
		}
		process_ready(listener, &worker->process);
	}
}
