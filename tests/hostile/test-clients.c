/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that mean harm, while another application signs. FRAMES says how many
 * mutated frames they send; MEASURE asks for times, on a machine of one's own.
 */

#include "config.h"

#include "pkcs11/calls.h"
#include "pkcs11/frame.h"
#include "pkcs11/tables.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request-seeds.h"
#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct fuzz_seed seeds[] = { REQUEST_SEEDS };

enum { SEEDS = sizeof(seeds) / sizeof(*seeds), HELD = 100 };

static uint64_t state = 0x9e3779b97f4a7c15;

static uint32_t
draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* A connection as the module makes it, of the application with that secret. */
static int
join(unsigned char secret)
{
	const struct timeval patience = { 3, 0 };
	struct hello hello = { .calls = tables_known.calls,
		.parameters = tables_known.parameters,
		.attributes = tables_known.attributes,
		.first_session = 1,
		.first_object = SESSION_OBJECT_FIRST };
	struct wire wire = { 0 };
	unsigned char answer[HELLO_CAP];
	int connection = stage_connect();

	if (connection < 0)
		return -1;
	memset(hello.secret, secret, sizeof(hello.secret));
	hello_put(&wire, &hello);
	(void)send(connection, wire.at, wire.length, MSG_NOSIGNAL);
	wire_clear(&wire);
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience));
	if (recv(connection, answer, sizeof(answer), 0) > 0)
		return connection;
	close(connection);
	return -1;
}

/* A frame that claims more than comes. */
static void
send_half(int connection)
{
	unsigned char frame[FRAME_HEADER + 8] = { 0 };

	frame_put_header(frame, 1000, CALL_C_GetSlotInfo);
	EXPECT(send(connection, frame, sizeof(frame), MSG_NOSIGNAL) ==
		sizeof(frame));
}

/* Opens a session, asks for more random bytes than a socket holds, and takes
 * none of them. */
static void
ask_in_vain(int connection)
{
	static const unsigned char open[16] = { 1, [8] = 6 };
	unsigned char frame[FRAME_HEADER + 17] = { 0 }, answer[64];
	const uint64_t length = 3 << 20;
	uint32_t got;

	frame_put_header(frame, sizeof(open), CALL_C_OpenSession);
	memcpy(frame + FRAME_HEADER, open, sizeof(open));
	EXPECT(send(connection, frame, FRAME_HEADER + sizeof(open),
		       MSG_NOSIGNAL) > 0);
	/* The result, and the session's number. */
	EXPECT(recv(connection, answer, FRAME_HEADER + 16, MSG_WAITALL) ==
		FRAME_HEADER + 16);
	frame_put_header(frame, 17, CALL_C_GenerateRandom);
	memcpy(frame + FRAME_HEADER, answer + FRAME_HEADER + 8, 8);
	frame[FRAME_HEADER + 8] = 1;
	memcpy(frame + FRAME_HEADER + 9, &length, sizeof(length));
	EXPECT(send(connection, frame, sizeof(frame), MSG_NOSIGNAL) ==
		sizeof(frame));
	EXPECT(recv(connection, answer, FRAME_HEADER, MSG_PEEK | MSG_WAITALL) ==
		FRAME_HEADER);
	memcpy(&got, answer, sizeof(got));
	EXPECT(got > length);
}

/* A process of its own that the test ends; it says when it is at work. */
static pid_t
start(void (*work)(void))
{
	int ready[2];
	pid_t process;
	char byte;

	EXPECT(pipe(ready) == 0);
	process = fork();
	EXPECT(process >= 0);
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		work();
		EXPECT(write(ready[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	EXPECT(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	return process;
}

static void
end(pid_t process)
{
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
}

/* Half of them after a hello, to a worker; half of them before one. */
static void
hold(void)
{
	int i, connection;

	for (i = 0; i < HELD; i++) {
		connection = i % 2 ? join('h') : stage_connect();
		EXPECT(connection >= 0);
		send_half(connection);
	}
	ask_in_vain(join('h'));
}

static CK_OBJECT_HANDLE
be_at_work(const char *configuration, CK_SESSION_HANDLE *session)
{
	application_set_up(configuration);
	*session = application_session();
	application_login(*session);
	return application_key(*session);
}

TEST(half_sent_frames_and_unread_answers_stop_no_other_client)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key = be_at_work("", &session);
	pid_t attacker = start(hold);
	int i;

	for (i = 0; i < 300; i++)
		EXPECT_RV(application_sign(session, key), CKR_OK);
	/* Nor anyone who comes now. */
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	session = application_session();
	application_login(session);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
	end(attacker);
}

static double
microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int
compare(const void *one, const void *other)
{
	const double *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

enum { ROUNDS = 10, SIGNATURES = 300 };

static void
time_signatures(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, double *times)
{
	double before;
	int i;

	for (i = 0; i < SIGNATURES; i++) {
		before = microseconds();
		EXPECT_RV(application_sign(session, key), CKR_OK);
		times[i] = microseconds() - before;
	}
}

TEST(half_sent_frames_and_unread_answers_slow_no_other_client)
{
	static double idle[ROUNDS * SIGNATURES], held[ROUNDS * SIGNATURES];
	const int percentile = ROUNDS * SIGNATURES * 99 / 100;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	pid_t attacker;
	int i;

	if (!getenv("MEASURE"))
		test_skip("times are for a machine that does nothing else");
	key = be_at_work("", &session);
	alarm(300);
	for (i = 0; i < ROUNDS; i++) {
		time_signatures(session, key, idle + i * SIGNATURES);
		attacker = start(hold);
		time_signatures(session, key, held + i * SIGNATURES);
		end(attacker);
		usleep(200000);
	}
	qsort(idle, ROUNDS * SIGNATURES, sizeof(double), compare);
	qsort(held, ROUNDS * SIGNATURES, sizeof(double), compare);
	printf("# p50 %.0f us idle, %.0f us beside them; p99 %.0f us, %.0f "
	       "us\n",
		idle[ROUNDS * SIGNATURES / 2], held[ROUNDS * SIGNATURES / 2],
		idle[percentile], held[percentile]);
	EXPECT(held[percentile] < 2 * idle[percentile]);
}

struct frame_text {
	unsigned char at[4096];
	size_t length;
};

/* A body of that call, as it should be. */
static uint32_t
take_seed(struct frame_text *body)
{
	const struct fuzz_seed *seed = &seeds[draw(SEEDS)];
	uint32_t call;

	memcpy(&call, seed->at, sizeof(call));
	body->length = seed->length - sizeof(call);
	memcpy(body->at, seed->at + sizeof(call), body->length);
	return call;
}

static void
mutate(struct frame_text *body)
{
	static const uint32_t extremes[] = { 0, 1, 0x7f, 0xff, 0x7fffffff,
		0x80000000, 0xffffffff };
	size_t place = body->length ? draw((uint32_t)body->length) : 0;

	switch (draw(4)) {
	case 0:
		body->at[place] = (unsigned char)draw(256);
		break;
	case 1:
		body->length = place;
		break;
	case 2:
		body->length += draw(64);
		break;
	default:
		if (place + 4 <= body->length)
			memcpy(body->at + place, &extremes[draw(7)], 4);
	}
}

/* Guesses of PINs are counted, and would lock the token as they should. */
static bool
is_a_guess(uint32_t call)
{
	return call == CALL_C_Login || call == CALL_C_LoginUser ||
		call == CALL_C_SetPIN || call == CALL_C_InitToken ||
		call == CALL_C_InitPIN;
}

/* False: the connection is of no more use. */
static bool
send_mutated(int connection)
{
	unsigned char frame[FRAME_HEADER + 4096], answer[65536];
	struct frame_text body = { { 0 }, 0 };
	uint32_t call = take_seed(&body), length, got;
	unsigned times = draw(4);
	bool is_short;
	ssize_t part;

	while (times--)
		mutate(&body);
	if (draw(16) == 0)
		call = draw(tables_known.calls + 4);
	if (is_a_guess(call))
		call = CALL_C_GetSlotInfo;
	length = (uint32_t)body.length;
	is_short = draw(16) == 0;
	if (is_short)
		length = draw(2) ? draw(FRAME_CAP * 2) : draw(2 * length + 1);
	frame_put_header(frame, length, call);
	memcpy(frame + FRAME_HEADER, body.at, body.length);
	if (send(connection, frame, FRAME_HEADER + body.length, MSG_NOSIGNAL) <
		0)
		return false;
	if (is_short)
		shutdown(connection, SHUT_WR);
	if (recv(connection, answer, FRAME_HEADER, MSG_WAITALL) != FRAME_HEADER)
		return false;
	frame_take_header(answer, &length, &call);
	for (got = 0; got < length; got += (uint32_t)part) {
		part = recv(connection, answer,
			length - got < sizeof(answer) ? length - got
						      : sizeof(answer),
			0);
		if (part <= 0)
			return false;
	}
	return !is_short;
}

/* A hello that is none. */
static void
send_bad_hello(void)
{
	struct hello hello = { .calls = draw(200),
		.attributes = draw(2) ? 0xffffffff : 5 };
	struct wire wire = { 0 };
	int connection = stage_connect();

	if (connection < 0)
		return;
	memset(hello.secret, (int)draw(256), sizeof(hello.secret));
	hello_put(&wire, &hello);
	wire.at[draw((uint32_t)wire.length)] ^= (unsigned char)(1 + draw(255));
	(void)send(
		connection, wire.at, draw((uint32_t)wire.length), MSG_NOSIGNAL);
	close(connection);
}

/* The child's status is how it went. */
static pid_t
start_mutant(unsigned number, unsigned frames)
{
	pid_t process = fork();
	int anchor, connection = -1;
	unsigned i;

	if (process != 0)
		return process;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(3600);
	state += number * 7919;
	/* Its worker stays, whatever becomes of the others. */
	anchor = join((unsigned char)('m' + number));
	for (i = 0; i < frames; i++) {
		if (connection < 0)
			connection = join((unsigned char)('m' + number));
		if (connection < 0 || !send_mutated(connection)) {
			close(connection);
			connection = -1;
		}
		if (i % 64 == 0)
			send_bad_hello();
	}
	_exit(anchor < 0);
}

static unsigned
count_log(const char *text)
{
	char line[1024];
	unsigned count = 0;
	FILE *file = fopen(stage_path("keeper.log"), "r");

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return count;
}

TEST(mutated_frames_cost_another_client_no_signature)
{
	const unsigned frames = application_wish("FRAMES", 20000);
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key = be_at_work("", &session);
	unsigned signatures = 0, running = 2;
	pid_t listener = (pid_t)atol(strstr(stage_status(), "process ") + 8);
	pid_t mutants[2];
	int status;

	alarm(3600);
	mutants[0] = start_mutant(0, frames / 2);
	mutants[1] = start_mutant(1, frames / 2);
	while (running) {
		EXPECT_RV(application_sign(session, key), CKR_OK);
		signatures++;
		while (running && waitpid(-1, &status, WNOHANG) > 0) {
			EXPECT_NUMBER(status, 0);
			running--;
		}
	}
	printf("# %u signatures beside %u mutated frames\n", signatures,
		frames);
	EXPECT(signatures > 0 && mutants[0] != mutants[1]);
	EXPECT(stage_is_running(listener));
	EXPECT_NUMBER(count_log("ended: signal"), 0);
}

TEST(application_has_no_more_session_objects_than_the_configuration_gives)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &no, 1 }, { CKA_PRIVATE, &no, 1 } };
	CK_OBJECT_HANDLE object, last = 0;
	CK_SESSION_HANDLE session;
	int i;

	be_at_work("client-objects = 16\n", &session);
	for (i = 0; i < 16; i++)
		EXPECT_RV(module->C_CreateObject(session, template, 3, &last),
			CKR_OK);
	EXPECT_RV(module->C_CreateObject(session, template, 3, &object),
		CKR_DEVICE_MEMORY);
	EXPECT_RV(module->C_DestroyObject(session, last), CKR_OK);
	EXPECT_RV(
		module->C_CreateObject(session, template, 3, &object), CKR_OK);
}
