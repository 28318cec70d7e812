/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that applications find: it gives each to a worker. */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/folder.h"
#include "keeper/logbook.h"
#include "pkcs11/clock.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Nanoseconds until accept is tried again when descriptors are short; how many
 * are accepted before the turn of those who are here already. */
enum { ACCEPT_PAUSE = 100000000, ACCEPT_TURN = 16 };

int64_t
moment(void)
{
	return clock_milliseconds();
}

bool
watch_start(struct listener *listener, struct watch *watch, int descriptor)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = watch };

	if (epoll_ctl(listener->events, EPOLL_CTL_ADD, descriptor, &event) < 0)
		return false;
	watch->descriptor = descriptor;
	return true;
}

void
watch_end(struct listener *listener, struct watch *watch)
{
	if (watch->descriptor < 0)
		return;
	/* Closing ends no watch on what another process holds as well. */
	epoll_ctl(listener->events, EPOLL_CTL_DEL, watch->descriptor, NULL);
	close(watch->descriptor);
	watch->descriptor = -1;
}

/* Accepts who wait, if they are not too many; true when there was one. */
static bool
accept_some(struct listener *listener)
{
	const struct timespec pause = { 0, ACCEPT_PAUSE };
	bool found = false;
	int connection, i;

	for (i = 0; i < ACCEPT_TURN; i++) {
		connection = accept4(listener->socket.listening, NULL, NULL,
			SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (connection >= 0) {
			found = true;
			caller_new(listener, connection);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			break;
		}
	}
	if (i < ACCEPT_TURN && errno != EAGAIN) {
		note("accept: %s", strerror(errno));
		/* Who waits is still there; it must not cost all our time. */
		nanosleep(&pause, NULL);
	}
	return found;
}

static void
arrivals_ready(struct listener *listener, struct watch *watch)
{
	accept_some(listener);
}

static void
signals_ready(struct listener *listener, struct watch *watch)
{
	struct signalfd_siginfo signal;

	if (read(watch->descriptor, &signal, sizeof(signal)) != sizeof(signal))
		return;
	/* Where no terminal or session can be lost, it says: look again. */
	if (signal.ssi_signo == SIGHUP && listener->membership)
		membership_renew(listener);
	else
		listener->is_stopping = true;
}

static bool
watch_signals(struct listener *listener)
{
	sigset_t ends;
	int descriptor;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	descriptor = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	return descriptor >= 0 &&
		watch_start(listener, &listener->signals, descriptor);
}

static void
complain(void *context, const char *file, unsigned line, const char *message)
{
	note("%s:%u: %s", file, line, message);
}

static void
drop_late_callers(struct listener *listener)
{
	struct caller *caller, *next;

	for (caller = listener->callers; caller; caller = next) {
		next = caller->next;
		if (caller->deadline <= moment())
			caller_free(listener, caller);
	}
}

static bool
is_idle(const struct listener *listener)
{
	return !listener->workers && !listener->callers && !listener->adoptions;
}

static int64_t
leaving_moment(const struct listener *listener)
{
	unsigned seconds = listener->configuration.idle_exit;
	/* A user's keeper is started by who needs it; the machine's only by
	 * systemd. */
	bool may = !listener->home.is_machine || listener->socket.is_given;

	return seconds && may && is_idle(listener)
		? listener->idle_since + (int64_t)seconds * 1000
		: INT64_MAX;
}

/* How long epoll may wait: to the next thing that time brings. */
static int
patience(const struct listener *listener)
{
	int64_t next = leaving_moment(listener), now = moment();
	int64_t records = records_moment(listener);
	int64_t members = membership_moment(listener);
	const struct caller *caller;

	if (records < next)
		next = records;
	if (members < next)
		next = members;
	for (caller = listener->callers; caller; caller = caller->next) {
		if (caller->deadline < next)
			next = caller->deadline;
		if (caller->waits_until && caller->waits_until < next)
			next = caller->waits_until;
	}
	if (next == INT64_MAX)
		return -1;
	return next <= now ? 0 : (int)(next - now);
}

/* Out of sight first, then a last look: who came before is still served. */
static bool
may_leave(struct listener *listener)
{
	if (leaving_moment(listener) > moment())
		return false;
	socket_retire(&listener->socket);
	if (!accept_some(listener))
		return true;
	socket_return(&listener->socket);
	listener->idle_since = moment();
	return false;
}

/* One event at a time: handling it may end what others were for. */
static void
work(struct listener *listener)
{
	struct epoll_event event;
	struct watch *watch;

	while (!listener->is_stopping && !may_leave(listener)) {
		if (epoll_wait(listener->events, &event, 1,
			    patience(listener)) == 1) {
			watch = event.data.ptr;
			watch->ready(listener, watch);
		}
		membership_go_on(listener);
		callers_resume(listener, false);
		drop_late_callers(listener);
		records_take(listener);
		if (!is_idle(listener))
			listener->idle_since = moment();
	}
}

static bool
begin(struct listener *listener)
{
	listener->events = epoll_create1(EPOLL_CLOEXEC);
	listener->started = listener->idle_since = moment();
	return listener->events >= 0 && records_open(listener) &&
		watch_signals(listener) && membership_begin(listener) &&
		watch_start(listener, &listener->arrivals,
			listener->socket.listening);
}

static void
end(struct listener *listener)
{
	socket_retire(&listener->socket);
	membership_end(listener);
	roster_end(listener);
	records_close(listener);
	socket_close(&listener->socket);
	/* Last: who asked us to stop sees by it that all is done. */
	while (listener->callers)
		caller_free(listener, listener->callers);
	watch_end(listener, &listener->signals);
	close(listener->events);
}

int
listener_run(struct home *home, const char *token_module)
{
	struct listener listener = {
		.arrivals = { -1, arrivals_ready },
		.signals = { -1, signals_ready },
		.home = *home,
		.token_module = token_module,
	};
	enum socket_result result;

	*home = (struct home){ 0 };
	configuration_read(&listener.configuration, listener.home.configuration,
		complain, NULL);
	result = socket_open(&listener.socket, listener.home.run,
		listener.home.is_machine ? SOCKET_PUBLIC : SOCKET_PRIVATE);
	if (result == SOCKET_OURS) {
		if (begin(&listener))
			work(&listener);
		else
			note("cannot begin: %s", strerror(errno));
		end(&listener);
	}
	showcase_free(listener.showcase);
	misfires_clear(&listener);
	circles_clear(&listener.circles);
	history_clear(&listener.history);
	configuration_clear(&listener.configuration);
	home_clear(&listener.home);
	return result == SOCKET_FAILED;
}
