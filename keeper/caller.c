/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection until it has said who it is. */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/guessers.h"
#include "keeper/sandbox.h"
#include "pkcs11/bytes.h"
#include "pkcs11/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds for a hello, and for which one waits to hear of groups: less than
 * a module waits for that. How many of a user may be unfinished at once when
 * the keeper is the user's, and when there are others. */
enum {
	HELLO_TIME = 5000,
	GROUPS_TIME = 3000,
	CALLERS_MOST = 256,
	CALLERS_BESIDE = 64
};

/* Bytes of an answer after which there is no other token in it: the commands
 * read 64 KiB. */
enum { STATUS_MOST = 48 * 1024 };

void
caller_free(struct listener *listener, struct caller *caller)
{
	struct caller **link = &listener->callers;

	while (*link != caller)
		link = &(*link)->next;
	*link = caller->next;
	watch_end(listener, &caller->watch);
	owner_leave(listener, caller->owner);
	peer_clear(&caller->peer);
	wipe(caller->frame, sizeof(caller->frame));
	free(caller);
}

static void put_line(struct wire *wire, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
put_line(struct wire *wire, const char *format, ...)
{
	char line[512];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < sizeof(line))
		wire_put_raw(wire, line, (size_t)length);
}

bool
caller_is_in_charge(uid_t user)
{
	return user == 0 || user == geteuid();
}

static bool
is_in_charge(const struct caller *caller)
{
	return caller_is_in_charge(caller->peer.user);
}

static void
put_worker(struct wire *wire, const struct worker *worker)
{
	put_line(wire, "worker %ld application %ld connections %u name %s\n",
		(long)worker->number, (long)worker->peer.number,
		worker->connections, worker->application);
	if (worker->front)
		put_line(wire, "front %ld %s\n", (long)worker->number,
			worker->front_name);
	if (worker->walls[0])
		put_line(wire, "walls %ld %s\n", (long)worker->number,
			worker->walls);
}

static void
put_own_walls(struct wire *wire)
{
	char walls[128];

	sandbox_describe(walls, sizeof(walls));
	put_line(wire, "walls %ld %s\nptrace-scope %d\n", (long)getpid(), walls,
		sandbox_ptrace_scope());
}

/* Of a token: who made the tries that are counted, and how long the recovery
 * code has to wait. */
static void
put_token(struct wire *wire, const struct tries *tries, const char *serial)
{
	struct guesser list[GUESSERS_MOST];
	size_t count = guessers_list(tries->folder, serial, list), i;
	unsigned wait = tries_wait(tries, serial);

	for (i = 0; i < count; i++)
		put_line(wire, "guesser %s %u %u %lld %lld %s %lld %s\n",
			serial, list[i].user, list[i].count,
			(long long)list[i].time, (long long)list[i].process,
			list[i].is_seen ? "seen" : "said",
			(long long)list[i].person - 1, list[i].name);
	if (wait)
		put_line(wire, "wait %s %u\n", serial, wait);
}

static void
put_tokens(struct wire *wire, const struct listener *listener,
	const struct owner *owner)
{
	const struct tries tries = { owner->tries,
		listener->configuration.pin_tries };
	DIR *folder = owner->tries ? opendir(owner->tries) : NULL;
	struct dirent *entry;
	char serial[17];

	while (folder && wire->length < STATUS_MOST &&
		(entry = readdir(folder))) {
		if (strlen(entry->d_name) != 22 ||
			strcmp(entry->d_name + 16, ".tries") != 0)
			continue;
		memcpy(serial, entry->d_name, 16);
		serial[16] = '\0';
		if (tries_serial_is_sound(serial))
			put_token(wire, &tries, serial);
	}
	if (folder)
		closedir(folder);
}

/* What others' tokens meet is nobody else's; what a group's do is not for its
 * members, who are not to see each other. */
static void
put_groups(struct wire *wire, struct listener *listener)
{
	const struct circles *circles = &listener->circles;
	struct owner *owner;
	size_t i;

	for (i = 0; i < circles->count; i++) {
		owner = owner_take_group(listener, circles->at[i].name);
		if (owner && circles->at[i].is_there)
			put_tokens(wire, listener, owner);
		owner_leave(listener, owner);
	}
}

static void
say_status(struct listener *listener, struct caller *caller)
{
	const struct worker *worker;
	struct wire wire = { 0 };

	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, STATUS_CALL);
	put_line(&wire, "version %s\nprocess %ld\nseconds %lld\n",
		PACKAGE_VERSION, (long)getpid(),
		(long long)((moment() - listener->started) / 1000));
	put_own_walls(&wire);
	for (worker = listener->workers; worker; worker = worker->next)
		if (worker->owner == caller->owner || is_in_charge(caller))
			put_worker(&wire, worker);
	put_tokens(&wire, listener, caller->owner);
	if (is_in_charge(caller))
		put_groups(&wire, listener);
	wire_set_u32(&wire, 0, (uint32_t)(wire.length - FRAME_HEADER));
	/* A fresh socket has room for this; who does not read gets less. */
	if (!wire.failed)
		(void)send(caller->watch.descriptor, wire.at, wire.length,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	wire_clear(&wire);
}

static void
say_code(struct listener *listener, struct caller *caller)
{
	struct secret code = { 0 };
	struct wire wire = { 0 };

	if (listener->audit && is_in_charge(caller))
		(void)audit_new_code(listener->audit, &code);
	wire_put_u32(&wire, (uint32_t)code.length);
	wire_put_u32(&wire, AUDIT_CODE_CALL);
	wire_put_raw(&wire, code.at, code.length);
	if (!wire.failed)
		(void)send(caller->watch.descriptor, wire.at, wire.length,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	wire_clear(&wire);
	secret_clear(&code);
}

static void
say_fronts(struct listener *listener, struct caller *caller)
{
	struct wire wire = { 0 };

	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, FRONTS_CALL);
	showcase_put(listener, caller->peer.user, &wire);
	wire_set_u32(&wire, 0, (uint32_t)(wire.length - FRAME_HEADER));
	if (!wire.failed)
		(void)send(caller->watch.descriptor, wire.at, wire.length,
			MSG_NOSIGNAL | MSG_DONTWAIT);
	wire_clear(&wire);
}

/* Worker and listener share the connection from here on; a worker waits. */
static void
say_hello(struct listener *listener, struct caller *caller, size_t length)
{
	struct hello hello;
	int connection = caller->watch.descriptor;

	if (!hello_take(caller->frame + FRAME_HEADER, length, &hello))
		note("process %ld sent no hello", (long)caller->peer.number);
	else if (fcntl(connection, F_SETFL, 0) == 0)
		(void)roster_serve(listener, &hello, caller);
	wipe(&hello, sizeof(hello));
}

/* How long the frame's body is for each first call; false: none of them. */
static bool
is_expected(uint32_t call, uint32_t length)
{
	if (call == HELLO_CALL)
		return length <= HELLO_CAP;
	return (call == STATUS_CALL || call == STOP_CALL ||
		       call == AUDIT_CODE_CALL || call == MOVE_CALL ||
		       call == FRONTS_CALL) &&
		length == 0;
}

/* Whether the answer depends on who is in which group. */
static bool
asks_for_groups(const struct caller *caller, uint32_t call, uint32_t length)
{
	struct hello hello;
	bool asks = call == FRONTS_CALL;

	if (call == HELLO_CALL &&
		hello_take(caller->frame + FRAME_HEADER, length, &hello))
		asks = hello.front != 0;
	wipe(&hello, sizeof(hello));
	return asks;
}

/* Meanwhile more bytes of it are nothing to us. */
static void
wait_for_groups(struct listener *listener, struct caller *caller)
{
	epoll_ctl(listener->events, EPOLL_CTL_DEL, caller->watch.descriptor,
		NULL);
	caller->waits_until = moment() + GROUPS_TIME;
}

/* The whole frame is there. True: the caller is to stay. */
static bool
answer(struct listener *listener, struct caller *caller, uint32_t call,
	uint32_t length)
{
	if (call == HELLO_CALL)
		say_hello(listener, caller, length);
	if (call == STATUS_CALL)
		say_status(listener, caller);
	if (call == AUDIT_CODE_CALL)
		say_code(listener, caller);
	if (call == MOVE_CALL)
		adoption_start(listener, caller);
	if (call == FRONTS_CALL)
		say_fronts(listener, caller);
	if (call != STOP_CALL || !is_in_charge(caller))
		return false;
	listener->is_stopping = true;
	return true;
}

static bool
consider(struct listener *listener, struct caller *caller, uint32_t call,
	uint32_t length)
{
	if (!asks_for_groups(caller, call, length) ||
		membership_is_known(listener))
		return answer(listener, caller, call, length);
	wait_for_groups(listener, caller);
	return true;
}

/* No byte beyond the first frame is taken: the rest is the worker's to read.
 * False: the caller has gone wrong, or is answered. */
static bool
take_bytes(struct listener *listener, struct caller *caller)
{
	uint32_t length = 0, call = HELLO_CALL;
	size_t wanted = FRAME_HEADER;
	ssize_t got;

	for (;;) {
		if (caller->got >= FRAME_HEADER) {
			frame_take_header(caller->frame, &length, &call);
			if (!is_expected(call, length))
				return false;
			wanted = FRAME_HEADER + length;
			if (caller->got == wanted)
				return consider(listener, caller, call, length);
		}
		got = recv(caller->watch.descriptor,
			caller->frame + caller->got, wanted - caller->got,
			MSG_DONTWAIT);
		if (got <= 0)
			return got < 0 && (errno == EAGAIN || errno == EINTR);
		caller->got += (size_t)got;
	}
}

static void
caller_ready(struct listener *listener, struct watch *watch)
{
	/* The watch is the first member. */
	struct caller *caller = (struct caller *)watch;

	if (!take_bytes(listener, caller))
		caller_free(listener, caller);
}

static bool
is_welcome(const struct listener *listener, const struct peer *peer)
{
	/* What runs in a worker is to answer, and not to ask. */
	if (roster_has_process(listener, peer->number)) {
		note("worker %ld was turned away", (long)peer->number);
		return false;
	}
	if (listener->home.is_machine || peer->user == geteuid())
		return true;
	note("process %ld of user %ld was turned away", (long)peer->number,
		(long)peer->user);
	return false;
}

/* Of this user's: nobody's calls are lost to another's. */
static void
drop_oldest(struct listener *listener, const struct owner *owner)
{
	unsigned most =
		listener->home.is_machine ? CALLERS_BESIDE : CALLERS_MOST;
	struct caller *caller, *last = NULL;
	unsigned count = 0;

	for (caller = listener->callers; caller; caller = caller->next) {
		if (caller->owner != owner)
			continue;
		last = caller;
		count++;
	}
	if (count > most)
		caller_free(listener, last);
}

void
callers_resume(struct listener *listener, bool all)
{
	uint32_t length, call;
	struct caller *caller, *next;

	for (caller = listener->callers; caller; caller = next) {
		next = caller->next;
		if (!caller->waits_until ||
			(!all && caller->waits_until > moment()))
			continue;
		caller->waits_until = 0;
		frame_take_header(caller->frame, &length, &call);
		if (!answer(listener, caller, call, length))
			caller_free(listener, caller);
	}
}

void
caller_new(struct listener *listener, int connection)
{
	struct peer peer = { .process = -1 };
	struct caller *caller = NULL;

	if (peer_init(&peer, connection) && is_welcome(listener, &peer))
		caller = calloc(1, sizeof(*caller));
	if (caller)
		caller->owner = owner_take(listener, peer.user);
	if (caller && caller->owner &&
		watch_start(listener, &caller->watch, connection)) {
		caller->watch.ready = caller_ready;
		caller->peer = peer;
		caller->deadline = moment() + HELLO_TIME;
		caller->next = listener->callers;
		listener->callers = caller;
		drop_oldest(listener, caller->owner);
		return;
	}
	if (caller)
		owner_leave(listener, caller->owner);
	free(caller);
	peer_clear(&peer);
	close(connection);
}
