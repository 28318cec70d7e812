/* SPDX-License-Identifier: BSD-2-Clause */
/* What the module tells each keeper that it meets: the user's, a front of it,
 * and one elsewhere, all of them played by this test. */

#include "config.h"

#include "pkcs11/hello.h"
#include "tests/test.h"
#include "tests/wire/kit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Which of the sockets, and what came by it. */
enum { NEAR, FAR, PLACES };
struct told {
	int place;
	struct hello hello;
};

static CK_FUNCTION_LIST_3_0 *list;
static int heard;
static bool knows_fronts = true;

static int
listen_in(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int place, listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	EXPECT(mkdir(folder, 0700) == 0);
	place = open(folder, O_PATH | O_CLOEXEC);
	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/keeper.sock", place);
	EXPECT(bind(listening, (struct sockaddr *)&address, sizeof(address)) ==
		0);
	EXPECT(listen(listening, 64) == 0);
	close(place);
	return listening;
}

/* Each has two fronts beside its tokens. */
static void
answer_fronts(int connection)
{
	struct wire wire = { 0 };
	uint32_t i;

	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, FRONTS_CALL);
	wire_put_u32(&wire, 2);
	for (i = 1; i <= 2; i++) {
		wire_put_u32(&wire, i);
		wire_put_text(&wire, "front");
	}
	wire_set_u32(&wire, 0, (uint32_t)(wire.length - FRAME_HEADER));
	(void)!send(connection, wire.at, wire.length, MSG_NOSIGNAL);
	wire_clear(&wire);
}

static void
answer_hello(int connection, uint32_t front)
{
	const struct hello hello = { .instance = 1,
		.front = knows_fronts ? front : 0 };
	struct wire wire = { 0 };

	hello_put(&wire, &hello);
	(void)!send(connection, wire.at, wire.length, MSG_NOSIGNAL);
	wire_clear(&wire);
}

/* A keeper that says who it is and then is gone. */
static void
meet(int place, int connection, int report)
{
	unsigned char header[FRAME_HEADER], body[HELLO_CAP];
	struct told told = { .place = place };
	uint32_t length, call;

	if (recv(connection, header, sizeof(header), MSG_WAITALL) !=
		sizeof(header))
		return;
	frame_take_header(header, &length, &call);
	if (call == FRONTS_CALL) {
		answer_fronts(connection);
		return;
	}
	EXPECT(call == HELLO_CALL && length <= sizeof(body));
	EXPECT(recv(connection, body, length, MSG_WAITALL) == (ssize_t)length);
	EXPECT(hello_take(body, length, &told.hello));
	EXPECT(write(report, &told, sizeof(told)) == sizeof(told));
	answer_hello(connection, told.hello.front);
}

static void
play(const int listening[PLACES], int report)
{
	struct pollfd arrivals[PLACES];
	int connection, i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < PLACES; i++)
		arrivals[i] = (struct pollfd){ listening[i], POLLIN, 0 };
	while (poll(arrivals, PLACES, -1) > 0)
		for (i = 0; i < PLACES; i++) {
			if (!(arrivals[i].revents & POLLIN))
				continue;
			connection = accept(listening[i], NULL, NULL);
			meet(i, connection, report);
			close(connection);
		}
	_exit(0);
}

static void
set_up(void)
{
	char path[400];
	int listening[PLACES], report[2];

	kit_home();
	EXPECT(mkdir(getenv("PRIVYSEAL_HOME"), 0700) == 0);
	snprintf(path, sizeof(path), "%s/run", getenv("PRIVYSEAL_HOME"));
	listening[NEAR] = listen_in(path);
	snprintf(path, sizeof(path), "%s/remotes", getenv("PRIVYSEAL_HOME"));
	EXPECT(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/remotes/1-far",
		getenv("PRIVYSEAL_HOME"));
	listening[FAR] = listen_in(path);
	EXPECT(pipe2(report, O_CLOEXEC) == 0);
	if (fork() == 0)
		play(listening, report[1]);
	close(report[1]);
	heard = report[0];
	EXPECT(fcntl(heard, F_SETFL, O_NONBLOCK) == 0);
	setenv("DISPLAY", ":77", 1);
	setenv("WAYLAND_DISPLAY", "wayland-77", 1);
	setenv("XAUTHORITY", "/home/alice/.Xauthority", 1);
	setenv("GPG_TTY", "/dev/pts/77", 1);
	list = kit_load();
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
}

/* Each once; how many there are. A keeper that is told a second time is told
 * the same. */
static size_t
listen_to_all(struct told *all, size_t room)
{
	CK_ULONG slots;
	struct told told;
	size_t count = 0, i;

	list->C_GetSlotList(CK_FALSE, NULL, &slots);
	while (read(heard, &told, sizeof(told)) == sizeof(told)) {
		for (i = 0; i < count; i++)
			if (all[i].place == told.place &&
				all[i].hello.front == told.hello.front)
				break;
		EXPECT(i < room);
		if (i < count)
			EXPECT_BYTES(all[i].hello.secret, HELLO_SECRET,
				told.hello.secret, HELLO_SECRET);
		else
			all[count++] = told;
	}
	return count;
}

TEST(each_keeper_and_each_front_is_told_a_secret_of_its_own)
{
	static const unsigned char none[HELLO_SECRET];
	struct told all[8];
	size_t count, i, j;

	set_up();
	count = listen_to_all(all, 8);
	EXPECT_NUMBER(count, 6);
	for (i = 0; i < count; i++) {
		EXPECT(memcmp(all[i].hello.secret, none, sizeof(none)) != 0);
		for (j = 0; j < i; j++)
			EXPECT(memcmp(all[i].hello.secret, all[j].hello.secret,
				       HELLO_SECRET) != 0);
	}
}

TEST(only_keepers_of_this_machine_are_told_where_the_person_is)
{
	const struct hello *hello;
	struct told all[8];
	size_t count, i;
	bool is_near;

	set_up();
	count = listen_to_all(all, 8);
	EXPECT_NUMBER(count, 6);
	for (i = 0; i < count; i++) {
		hello = &all[i].hello;
		is_near = all[i].place == NEAR;
		EXPECT(hello->application[0]);
		EXPECT_TEXT(hello->display, is_near ? ":77" : "");
		EXPECT_TEXT(hello->wayland, is_near ? "wayland-77" : "");
		EXPECT_TEXT(hello->authority,
			is_near ? "/home/alice/.Xauthority" : "");
		EXPECT_TEXT(hello->terminal, is_near ? "/dev/pts/77" : "");
		EXPECT(!(hello->wishes & HELLO_ELSEWHERE) == is_near);
	}
}

/* They know no call, so that there is nothing to talk about. */
static CK_RV
open_session_of_front(void)
{
	CK_SESSION_HANDLE session;

	return list->C_OpenSession(
		0x40100001, CKF_SERIAL_SESSION, NULL, NULL, &session);
}

TEST(a_front_that_says_which_it_is_is_talked_to)
{
	struct told all[8];

	set_up();
	EXPECT_NUMBER(listen_to_all(all, 8), 6);
	EXPECT_RV(open_session_of_front(), CKR_FUNCTION_NOT_SUPPORTED);
}

/* A keeper that was there before fronts were has a token of its own for all who
 * come: a PIN that is meant for the front would be tried on that. */
TEST(a_keeper_that_knows_no_fronts_is_a_front_whose_token_was_pulled)
{
	struct told all[8];

	knows_fronts = false;
	set_up();
	EXPECT_NUMBER(listen_to_all(all, 8), 6);
	EXPECT_RV(open_session_of_front(), CKR_TOKEN_NOT_PRESENT);
}
