/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a row: when the token hears of a C_SignInit, and who hears what
 * it said. The keeper and its token are played by threads of this test. */

#include "config.h"

#include "pkcs11/calls.h"
#include "pkcs11/frame.h"
#include "pkcs11/serve.h"
#include "pkcs11/tables.h"
#include "tests/test.h"
#include "tests/wire/kit.h"

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

enum {
	SESSIONS = 40,
	SIGNATURE = 16, /* bytes: the session and the data, 8 of each */
	KEY = 7,
	OTHER_KEY = 8,
	THREADS = 6,
	ROUNDS = 400,
};

static CK_FUNCTION_LIST_3_0 *list;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

/* What the token is to do, and what it heard since the last look. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	char heard[4096];
	bool is_begun[SESSIONS];
	CK_ULONG sessions;
	CK_RV begin_rv, sign_rv;
	long delay;             /* milliseconds, of C_SignInit */
	CK_SESSION_HANDLE slow; /* its C_SignInit and C_Logout wait */
	bool is_waiting;
	bool spends;          /* the next C_SignInit is the last call */
	atomic_bool is_spent; /* no other call is served */
} token = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.change = PTHREAD_COND_INITIALIZER };

static void
hear(char what, CK_ULONG number)
{
	size_t length = strlen(token.heard);

	snprintf(token.heard + length, sizeof(token.heard) - length, "%c%lu ",
		what, number);
}

static void
pause_for(long milliseconds)
{
	const struct timespec time = { milliseconds / 1000,
		milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	pthread_mutex_lock(&token.lock);
	*session = ++token.sessions;
	pthread_mutex_unlock(&token.lock);
	return *session < SESSIONS ? CKR_OK : CKR_SESSION_COUNT;
}

/* With the lock. */
static void
wait_while_slow(CK_SESSION_HANDLE session)
{
	while (token.slow == session) {
		token.is_waiting = true;
		pthread_cond_broadcast(&token.change);
		pthread_cond_wait(&token.change, &token.lock);
	}
}

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *how, CK_OBJECT_HANDLE key)
{
	CK_RV rv;

	pause_for(token.delay);
	pthread_mutex_lock(&token.lock);
	hear('I', session);
	wait_while_slow(session);
	rv = token.is_begun[session] ? CKR_OPERATION_ACTIVE : token.begin_rv;
	token.is_begun[session] |= rv == CKR_OK;
	token.is_spent = token.spends;
	pthread_mutex_unlock(&token.lock);
	return rv;
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *room)
{
	CK_RV rv;

	pthread_mutex_lock(&token.lock);
	hear('S', session);
	rv = token.is_begun[session] ? token.sign_rv
				     : CKR_OPERATION_NOT_INITIALIZED;
	if (rv == CKR_OK && signature && *room < SIGNATURE)
		rv = CKR_BUFFER_TOO_SMALL;
	else if (rv != CKR_OK || signature)
		token.is_begun[session] = false;
	if (rv == CKR_OK && signature) {
		memcpy(signature, &session, 8);
		memcpy(signature + 8, data, 8);
	}
	*room = SIGNATURE;
	pthread_mutex_unlock(&token.lock);
	return rv;
}

static CK_RV
session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	pthread_mutex_lock(&token.lock);
	hear('G', session);
	pthread_mutex_unlock(&token.lock);
	return CKR_OK;
}

static CK_RV
close_session(CK_SESSION_HANDLE session)
{
	pthread_mutex_lock(&token.lock);
	hear('C', session);
	pthread_mutex_unlock(&token.lock);
	return CKR_OK;
}

static CK_RV
close_all(CK_SLOT_ID slot)
{
	pthread_mutex_lock(&token.lock);
	hear('A', slot);
	pthread_mutex_unlock(&token.lock);
	return CKR_OK;
}

static CK_RV
log_out(CK_SESSION_HANDLE session)
{
	pthread_mutex_lock(&token.lock);
	hear('L', session);
	wait_while_slow(session);
	pthread_mutex_unlock(&token.lock);
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
	return token.is_spent;
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

/* The keeper: its socket, its connections, and whether it is of an earlier day,
 * which does not say that it takes requests in a row, or how it answers one
 * that came in a row. */
static struct {
	int listening;
	int connections[64];
	int count;
	bool is_old, is_hostile, has_met_row;
	enum misdeed {
		NONE,
		OTHER_CALL,
		MORE_BYTES,
		NO_BYTES,
		MORE_ANSWERS,
		MISDEEDS
	} misdeed;
} keeper;

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
			keeper.has_met_row |= is_first;
			put_answer(&out, header.call,
				is_first ? keeper.misdeed : NONE);
		} while (is_first);
		if (keeper.misdeed == MORE_ANSWERS &&
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

	while ((connection = accept(keeper.listening, NULL, NULL)) >= 0) {
		EXPECT(keeper.count < 64);
		keeper.connections[keeper.count++] = connection;
		start_thread(keeper.is_hostile  ? serve_hostile
				: keeper.is_old ? serve_old
						: serve_end,
			connection);
	}
	return NULL;
}

/* As a worker that is killed. */
static void
lose_keeper(void)
{
	int i;

	shutdown(keeper.listening, SHUT_RDWR);
	close(keeper.listening);
	for (i = 0; i < keeper.count; i++)
		shutdown(keeper.connections[i], SHUT_RDWR);
}

static void
listen_at_home(void)
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
	keeper.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT(bind(keeper.listening, (struct sockaddr *)&address,
		       sizeof(address)) == 0);
	EXPECT(listen(keeper.listening, 64) == 0);
	close(place);
}

static CK_SESSION_HANDLE
session_of(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(list->C_OpenSession(
			  slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
		CKR_OK);
	return session;
}

/* The module with that keeper, and session 1. */
static CK_SESSION_HANDLE
begin(void)
{
	kit_home();
	listen_at_home();
	start_thread(accept_all, 0);
	list = kit_load();
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	return session_of(1);
}

/* What the token heard since the last time. */
static const char *
heard(void)
{
	static char text[sizeof(token.heard)];

	pthread_mutex_lock(&token.lock);
	memcpy(text, token.heard, sizeof(text));
	token.heard[0] = '\0';
	pthread_mutex_unlock(&token.lock);
	return text;
}

static CK_RV
begin_by(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return list->C_SignInit(session, &mechanism, key);
}

static CK_RV
finish(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = list->C_Sign(
		session, KIT_TEXT("the data"), 8, signature, &length);

	if (rv == CKR_OK) {
		EXPECT_NUMBER(length, SIGNATURE);
		EXPECT_BYTES(signature, 8, &session, 8);
		EXPECT_BYTES(signature + 8, 8, "the data", 8);
	}
	return rv;
}

static void
sign_whole(CK_SESSION_HANDLE session)
{
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_RV(finish(session), CKR_OK);
}

/* Whether a C_SignInit after a signature is due: answered, and unheard. On a
 * busy machine it may come too late for that. */
static bool
begin_after_signature(CK_SESSION_HANDLE session)
{
	sign_whole(session);
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	return !heard()[0];
}

static void
make_due(CK_SESSION_HANDLE session)
{
	int tries;

	for (tries = 0; !begin_after_signature(session); tries++) {
		EXPECT(tries < 200);
		EXPECT_RV(finish(session), CKR_OK);
	}
}

TEST(signing_in_a_row_begins_with_the_signature)
{
	CK_SESSION_HANDLE session = begin();

	make_due(session);
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(heard(), "I1 S1 ");
}

TEST(signing_by_another_key_mechanism_or_parameter_begins_at_once)
{
	CK_RSA_PKCS_PSS_PARAMS salt = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
	CK_MECHANISM pss = { CKM_RSA_PKCS_PSS, &salt, sizeof(salt) };
	CK_SESSION_HANDLE session = begin();

	sign_whole(session);
	heard();
	EXPECT_RV(begin_by(session, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
	EXPECT_RV(finish(session), CKR_OK);
	heard();
	EXPECT_RV(list->C_SignInit(session, &pss, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
	EXPECT_RV(finish(session), CKR_OK);
	heard();
	salt.sLen = 20;
	EXPECT_RV(list->C_SignInit(session, &pss, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
}

TEST(signing_after_a_while_begins_at_once)
{
	CK_SESSION_HANDLE session = begin();

	sign_whole(session);
	pause_for(60);
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
}

TEST(signing_that_was_slow_to_begin_is_not_expected_to_begin_again)
{
	CK_SESSION_HANDLE session = begin();

	token.delay = 60;
	sign_whole(session);
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
}

TEST(signing_after_another_call_begins_at_once)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	sign_whole(session);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
}

TEST(signing_that_is_due_is_told_before_what_may_depend_on_it)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	make_due(session);
	EXPECT_RV(list->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_TEXT(heard(), "I1 G1 ");
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(heard(), "S1 ");
	make_due(session);
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	EXPECT_TEXT(heard(), "I1 L2 ");
	EXPECT_RV(finish(session), CKR_OK);
	make_due(session);
	EXPECT_RV(begin_by(session, KEY), CKR_OPERATION_ACTIVE);
	EXPECT_TEXT(heard(), "I1 I1 ");
	EXPECT_RV(finish(session), CKR_OK);
}

TEST(signing_that_is_due_waits_for_what_does_not_depend_on_it)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	make_due(session);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	EXPECT_TEXT(heard(), "G2 ");
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(heard(), "I1 S1 ");
}

/* More than comes with the first receive. */
static CK_RV
finish_long(CK_SESSION_HANDLE session)
{
	static CK_BYTE data[100000];
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = sizeof(signature);

	return list->C_Sign(session, data, sizeof(data), signature, &length);
}

TEST(signing_that_is_refused_says_why_and_does_not_go_on)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	make_due(session);
	token.begin_rv = CKR_USER_NOT_LOGGED_IN;
	EXPECT_RV(finish(session), CKR_USER_NOT_LOGGED_IN);
	EXPECT_TEXT(heard(), "I1 ");
	EXPECT_RV(begin_by(session, KEY), CKR_USER_NOT_LOGGED_IN);
	token.begin_rv = CKR_OK;
	make_due(session);
	token.begin_rv = CKR_KEY_HANDLE_INVALID;
	EXPECT_RV(finish_long(session), CKR_KEY_HANDLE_INVALID);
	EXPECT_TEXT(heard(), "I1 ");
	token.begin_rv = CKR_OK;
	make_due(session);
	EXPECT_RV(finish_long(session), CKR_OK);
	make_due(session);
	token.begin_rv = CKR_DEVICE_ERROR;
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	EXPECT_RV(finish(session), CKR_DEVICE_ERROR);
	EXPECT_RV(finish(session), CKR_OPERATION_NOT_INITIALIZED);
	token.begin_rv = CKR_OK;
	make_due(session);
	token.begin_rv = CKR_DEVICE_ERROR;
	EXPECT_RV(list->C_SignUpdate(session, KIT_TEXT("data"), 4),
		CKR_DEVICE_ERROR);
	token.begin_rv = CKR_OK;
	make_due(session);
	token.begin_rv = CKR_DEVICE_ERROR;
	token.spends = true;
	EXPECT_RV(finish(session), CKR_DEVICE_ERROR);
}

TEST(signing_after_a_failure_begins_at_once)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	sign_whole(other);
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	token.sign_rv = CKR_DATA_LEN_RANGE;
	EXPECT_RV(finish(session), CKR_DATA_LEN_RANGE);
	token.sign_rv = CKR_OK;
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_RV(begin_by(other, KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 I2 ");
}

/* An operation goes on after both. [PKCS11 5.2] */
static void
ask_length(CK_SESSION_HANDLE session)
{
	CK_ULONG length = 0;

	EXPECT_RV(list->C_Sign(session, KIT_TEXT("the data"), 8, NULL, &length),
		CKR_OK);
	EXPECT_NUMBER(length, SIGNATURE);
}

static void
offer_too_little(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = SIGNATURE - 1;

	EXPECT_RV(list->C_Sign(
			  session, KIT_TEXT("the data"), 8, signature, &length),
		CKR_BUFFER_TOO_SMALL);
}

TEST(signing_goes_on_after_a_length_and_a_room_too_small)
{
	CK_SESSION_HANDLE session = begin();
	int tries = 0;

	do {
		EXPECT(tries++ < 200);
		make_due(session);
		ask_length(session);
		EXPECT_TEXT(heard(), "I1 S1 ");
		offer_too_little(session);
		EXPECT_RV(finish(session), CKR_OK);
		EXPECT_TEXT(heard(), "S1 S1 ");
		EXPECT_RV(begin_by(session, KEY), CKR_OK);
	} while (heard()[0] && finish(session) == CKR_OK);
	ask_length(session);
	EXPECT_RV(begin_by(session, KEY), CKR_OPERATION_ACTIVE);
	EXPECT_RV(finish(session), CKR_OK);
}

TEST(signing_that_is_due_is_told_before_its_session_is_closed)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	make_due(session);
	EXPECT_RV(list->C_CloseSession(session), CKR_OK);
	EXPECT_TEXT(heard(), "I1 C1 ");
	make_due(other);
	EXPECT_RV(list->C_CloseAllSessions(1), CKR_OK);
	EXPECT_TEXT(heard(), "I2 A1 ");
}

TEST(signing_that_is_due_is_forgotten_with_the_application)
{
	CK_SESSION_HANDLE session = begin();

	make_due(session);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(finish(session), CKR_CRYPTOKI_NOT_INITIALIZED);
	token.sessions = 0;
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	EXPECT_NUMBER(session_of(1), session);
	EXPECT_RV(finish(session), CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_TEXT(heard(), "S1 ");
	make_due(session);
}

TEST(signing_of_a_lost_keeper_is_lost)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	sign_whole(other);
	make_due(session);
	lose_keeper();
	EXPECT_RV(finish(session), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(begin_by(other, KEY), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(begin_by(session, KEY), CKR_SESSION_HANDLE_INVALID);
}

TEST(signing_in_turn_in_more_sessions_than_are_followed_works)
{
	CK_SESSION_HANDLE sessions[24];
	size_t i, round;

	sessions[0] = begin();
	for (i = 1; i < 24; i++)
		sessions[i] = session_of(1);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 24; i++)
			EXPECT_RV(begin_by(sessions[i], KEY), CKR_OK);
		for (i = 0; i < 24; i++)
			EXPECT_RV(finish(sessions[i]), CKR_OK);
	}
}

TEST(signing_with_an_older_keeper_begins_at_once)
{
	CK_SESSION_HANDLE session;
	int i;

	keeper.is_old = true;
	session = begin();
	for (i = 0; i < 20; i++) {
		EXPECT(!begin_after_signature(session));
		EXPECT_RV(finish(session), CKR_OK);
	}
}

TEST(signing_that_a_worker_answers_as_it_should_not_is_an_error)
{
	CK_SESSION_HANDLE session;
	int misdeed, tries;
	CK_RV rv = CKR_OK;

	keeper.is_hostile = true;
	session = begin();
	for (misdeed = NONE; misdeed < MISDEEDS; misdeed++) {
		keeper.has_met_row = false;
		for (tries = 0; !keeper.has_met_row; tries++) {
			EXPECT(tries < 200);
			keeper.misdeed = NONE;
			sign_whole(session);
			EXPECT_RV(begin_by(session, KEY), CKR_OK);
			keeper.misdeed = (enum misdeed)misdeed;
			rv = finish(session);
		}
		EXPECT_RV(rv, misdeed == NONE ? CKR_OK : CKR_DEVICE_ERROR);
	}
}

static void *
finish_in_thread(void *session)
{
	return (void *)finish(*(CK_SESSION_HANDLE *)session);
}

static void *
log_out_in_thread(void *session)
{
	return (void *)list->C_Logout(*(CK_SESSION_HANDLE *)session);
}

/* Returns when the token waits in that thread's call of the session. */
static pthread_t
start_slow(void *(*function)(void *), CK_SESSION_HANDLE *session)
{
	pthread_t thread;

	token.slow = *session;
	EXPECT(pthread_create(&thread, NULL, function, session) == 0);
	pthread_mutex_lock(&token.lock);
	while (!token.is_waiting)
		pthread_cond_wait(&token.change, &token.lock);
	pthread_mutex_unlock(&token.lock);
	return thread;
}

static void
end_slow(pthread_t thread)
{
	void *result;

	pthread_mutex_lock(&token.lock);
	token.slow = CK_INVALID_HANDLE;
	pthread_cond_broadcast(&token.change);
	pthread_mutex_unlock(&token.lock);
	EXPECT(pthread_join(thread, &result) == 0);
	EXPECT_RV((CK_RV)result, CKR_OK);
}

TEST(signing_that_is_slow_to_begin_holds_no_other_session_up)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;
	pthread_t thread;

	sign_whole(other);
	make_due(session);
	thread = start_slow(finish_in_thread, &session);
	sign_whole(other);
	sign_whole(other);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	end_slow(thread);
}

TEST(signing_during_another_call_is_not_the_last_one)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	pthread_t thread = start_slow(log_out_in_thread, &other);

	sign_whole(session);
	end_slow(thread);
	heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(heard(), "I1 ");
}

static void *
sign_often(void *argument)
{
	CK_SESSION_HANDLE session = session_of(1);
	CK_SESSION_INFO info;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		sign_whole(session);
		if (argument && i % 8 == 0)
			EXPECT_RV(
				list->C_GetSessionInfo(session, &info), CKR_OK);
	}
	return NULL;
}

TEST(signing_in_many_threads_gives_each_its_own)
{
	pthread_t threads[THREADS];
	size_t i;

	begin();
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, sign_often,
			       i < 2 ? &token : NULL) == 0);
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
}
