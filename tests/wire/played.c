/* SPDX-License-Identifier: BSD-2-Clause */
/* A keeper and its token that threads of a test play. */

#include "config.h"

#include "tests/wire/played.h"

#include "pkcs11/calls.h"
#include "pkcs11/frame.h"
#include "pkcs11/serve.h"
#include "pkcs11/tables.h"
#include "tests/test.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct played_token played_token = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER };
struct played_keeper played_keeper;

static void
hear(char what, CK_ULONG number)
{
	size_t length = strlen(played_token.heard);

	snprintf(played_token.heard + length,
		sizeof(played_token.heard) - length, "%c%lu ", what, number);
}

void
played_pause(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000,
		milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	pthread_mutex_lock(&played_token.lock);
	*session = ++played_token.sessions;
	pthread_mutex_unlock(&played_token.lock);
	return *session < SESSIONS ? CKR_OK : CKR_SESSION_COUNT;
}

/* With the lock. */
static void
wait_while_slow(CK_SESSION_HANDLE session)
{
	while (played_token.slow == session) {
		played_token.is_waiting = true;
		pthread_cond_broadcast(&played_token.change);
		pthread_cond_wait(&played_token.change, &played_token.lock);
	}
}

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *how, CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	played_pause(played_token.delay);
	pthread_mutex_lock(&played_token.lock);
	hear('I', session);
	wait_while_slow(session);
	rv = played_token.is_begun[session] ? CKR_OPERATION_ACTIVE
					    : played_token.begin_rv;
	played_token.is_begun[session] |= rv == CKR_OK;
	played_token.is_spent = played_token.spends;
	pthread_mutex_unlock(&played_token.lock);
	return rv;
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *room)
{
	CK_RV rv;

	pthread_mutex_lock(&played_token.lock);
	hear('S', session);
	rv = played_token.is_begun[session] ? played_token.sign_rv
					    : CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK && signature && *room < SIGNATURE)
		rv = CKR_BUFFER_TOO_SMALL;
	else if (rv != CKR_OK || signature)
		played_token.is_begun[session] = false;
	if (rv == CKR_OK && signature) {
		memcpy(signature, &session, 8);
		memcpy(signature + 8, data, 8);
	}
	*room = SIGNATURE;
	pthread_mutex_unlock(&played_token.lock);
	return rv;
}

static CK_RV
hear_only(char what, CK_ULONG number)
{
	pthread_mutex_lock(&played_token.lock);
	hear(what, number);
	pthread_mutex_unlock(&played_token.lock);
	return CKR_OK;
}

static CK_RV
session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	return hear_only('G', session);
}

static CK_RV
close_session(CK_SESSION_HANDLE session)
{
	return hear_only('C', session);
}

static CK_RV
close_all(CK_SLOT_ID slot)
{
	return hear_only('A', slot);
}

static CK_RV
log_out(CK_SESSION_HANDLE session)
{
	pthread_mutex_lock(&played_token.lock);
	hear('L', session);
	wait_while_slow(session);
	pthread_mutex_unlock(&played_token.lock);
	return CKR_OK;
}

static CK_RV
sign_update(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length)
{
	return CKR_OK;
}

static bool
is_over(void)
{
	return played_token.is_spent;
}

static const CK_FUNCTION_LIST_3_0 functions = {
	.version = { 2, 40 },
	.C_OpenSession = open_session,
	.C_SignInit = sign_init,
	.C_Sign = sign,
	.C_SignUpdate = sign_update,
	.C_Logout = log_out,
	.C_GetSessionInfo = session_info,
	.C_CloseSession = close_session,
	.C_CloseAllSessions = close_all,
};

static void *
serve_end(void *argument)
{
	const struct serve_limits limits = { .is_over = is_over };
	const struct frame_limit limit = { 10, 10, 10, NULL };
	int connection = (int)(intptr_t)argument;
	struct wire wire = { 0 };
	struct hello hello;
	uint32_t call;

	frame_set_limit(connection, &limit);
	if (frame_receive(connection, &wire, HELLO_CAP, &limit, &call) ==
			FRAME_WHOLE &&
		call == HELLO_CALL &&
		hello_take(
			wire.at + wire.taken, wire.length - wire.taken, &hello))
		serve(connection, &hello, &functions, &limits);
	wire_clear(&wire);
	shutdown(connection, SHUT_RDWR);
	return NULL;
}

static bool
copy(int from, int to)
{
	unsigned char bytes[4096];
	ssize_t count = recv(from, bytes, sizeof(bytes), 0);

	return count > 0 &&
		send(to, bytes, (size_t)count, MSG_NOSIGNAL) == count;
}

/* Its hello without the wishes. */
static bool
pass_old_hello(int from, int to)
{
	const struct frame_limit limit = { 10, 10, 10, NULL };
	struct wire wire = { 0 };
	struct hello hello;
	uint32_t call;
	bool is_whole = frame_receive(from, &wire, HELLO_CAP, &limit, &call) ==
			FRAME_WHOLE &&
		hello_take(
			wire.at + wire.taken, wire.length - wire.taken, &hello);

	wire_reset(&wire);
	hello.wishes = 0;
	hello_put(&wire, &hello);
	is_whole = is_whole && frame_send(to, &wire) == FRAME_WHOLE;
	wire_clear(&wire);
	return is_whole;
}

static void
start_thread(void *(*function)(void *), int descriptor)
{
	pthread_t thread;

	EXPECT(pthread_create(&thread, NULL, function,
		       (void *)(intptr_t)descriptor) == 0);
	pthread_detach(thread);
}

/* Between the module and serve_end, as an older one would answer. */
static void *
serve_old(void *argument)
{
	int near = (int)(intptr_t)argument, pair[2];
	struct pollfd ends[2];

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	start_thread(serve_end, pair[1]);
	ends[0] = (struct pollfd){ near, POLLIN, 0 };
	ends[1] = (struct pollfd){ pair[0], POLLIN, 0 };
	if (!copy(near, pair[0]) || !pass_old_hello(pair[0], near))
		return NULL;
	while (poll(ends, 2, -1) > 0) {
		if (ends[0].revents && !copy(near, pair[0]))
			break;
		if (ends[1].revents && !copy(pair[0], near))
			break;
	}
	shutdown(near, SHUT_RDWR);
	shutdown(pair[0], SHUT_RDWR);
	return NULL;
}

static void
put_answer(struct wire *out, uint32_t call, enum misdeed misdeed)
{
	const CK_SESSION_HANDLE session = 1;

	frame_begin(out, misdeed == OTHER_CALL ? CALL_C_Login : call);
	if (misdeed != NO_BYTES)
		wire_put_number(out, CKR_OK);
	if (misdeed == MORE_BYTES)
		wire_put_byte(out, 0);
	if (call == CALL_C_OpenSession)
		wire_put_number(out, session);
	if (call == CALL_C_Sign) {
		wire_put_number(out, SIGNATURE);
		wire_put_byte(out, 1);
		wire_put_u32(out, SIGNATURE);
		wire_put_raw(out, &session, 8);
		wire_put_raw(out, "the data", 8);
	}
	frame_end(out);
}

/* All is well, but the first answer to a row is not what it should be. */
static void
answer_hostile(int connection, struct wire *in, const struct frame_limit *limit)
{
	struct wire out = { 0 };
	struct frame_header header;
	bool is_first;

	do {
		wire_reset(&out);
		do {
			if (frame_receive_header(connection, in, FRAME_CAP,
				    limit, &header) != FRAME_WHOLE ||
				frame_receive_body(connection, in, &header) !=
					FRAME_WHOLE)
				goto gone;
			is_first = frame_is_ahead(in);
			played_keeper.has_met_row |= is_first;
			put_answer(&out, header.call,
				is_first ? played_keeper.misdeed : NONE);
		} while (is_first);
		if (played_keeper.misdeed == MORE_ANSWERS &&
			header.call == CALL_C_Sign)
			put_answer(&out, CALL_C_Sign, NONE);
	} while (frame_send(connection, &out) == FRAME_WHOLE);
gone:
	wire_clear(&out);
	wire_clear(in);
}

static void *
serve_hostile(void *argument)
{
	const struct frame_limit limit = { 10, 10, 10, NULL };
	int connection = (int)(intptr_t)argument;
	struct hello hello = { .calls = tables_known.calls,
		.parameters = tables_known.parameters,
		.attributes = tables_known.attributes,
		.instance = 1,
		.wishes = HELLO_IN_A_ROW };
	struct wire wire = { 0 };
	uint32_t call;

	frame_set_limit(connection, &limit);
	if (frame_receive(connection, &wire, HELLO_CAP, &limit, &call) !=
		FRAME_WHOLE)
		return NULL;
	wire_reset(&wire);
	hello_put(&wire, &hello);
	if (frame_send(connection, &wire) == FRAME_WHOLE)
		answer_hostile(connection, &wire, &limit);
	shutdown(connection, SHUT_RDWR);
	return NULL;
}

static void *
accept_all(void *argument)
{
	int connection;

	while ((connection = accept(played_keeper.listening, NULL, NULL)) >=
		0) {
		EXPECT(played_keeper.count < 64);
		played_keeper.connections[played_keeper.count++] = connection;
		start_thread(played_keeper.is_hostile  ? serve_hostile
				: played_keeper.is_old ? serve_old
						       : serve_end,
			connection);
	}
	return NULL;
}

void
played_lose(void)
{
	int i;

	shutdown(played_keeper.listening, SHUT_RDWR);
	close(played_keeper.listening);
	for (i = 0; i < played_keeper.count; i++)
		shutdown(played_keeper.connections[i], SHUT_RDWR);
}

void
played_start(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[4096];
	int place;

	snprintf(path, sizeof(path), "%s/run", getenv("PRIVYSEAL_HOME"));
	EXPECT(mkdir(getenv("PRIVYSEAL_HOME"), 0700) == 0);
	EXPECT(mkdir(path, 0700) == 0);
	place = open(path, O_PATH | O_CLOEXEC);
	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/keeper.sock", place);
	played_keeper.listening =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT(bind(played_keeper.listening, (struct sockaddr *)&address,
		       sizeof(address)) == 0);
	EXPECT(listen(played_keeper.listening, 64) == 0);
	close(place);
	start_thread(accept_all, 0);
}

const char *
played_heard(void)
{
	static char text[sizeof(played_token.heard)];

	pthread_mutex_lock(&played_token.lock);
	memcpy(text, played_token.heard, sizeof(text));
	played_token.heard[0] = '\0';
	pthread_mutex_unlock(&played_token.lock);
	return text;
}
