/* SPDX-License-Identifier: BSD-2-Clause */
/* How a frame is waited for: watched where it pays, else slept for. */

#include "config.h"

#include "pkcs11/frame.h"
#include "tests/test.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

enum { WAITS = 60, WAIT_MICROSECONDS = 2000 };

static int pair[2];
static struct patience patience;
static const struct frame_limit limit = { 1, 1, 1, &patience };
static struct wire in, out;

static enum frame_result
receive(void)
{
	uint32_t call;

	return frame_receive(pair[0], &in, FRAME_CAP, &limit, &call);
}

static void
send_from_peer(void)
{
	wire_reset(&out);
	frame_begin(&out, 7);
	EXPECT(frame_send(pair[1], &out) == FRAME_WHOLE);
}

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(frame_that_never_comes_soon_is_not_watched_for_again_and_again)
{
	struct timeval wait = { .tv_usec = WAIT_MICROSECONDS };
	long begin = milliseconds();
	int64_t before;
	int i, watches = 0;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	EXPECT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &wait,
		       sizeof(wait)) == 0);
	for (i = 0; i < WAITS; i++) {
		before = patience.rests_until;
		EXPECT(receive() == FRAME_LATE);
		watches += patience.rests_until != before;
	}
	/* At first, and then once in a tenth of a second. */
	EXPECT(watches >= 1);
	EXPECT(watches <= 4 + (milliseconds() - begin) / 100);
}

TEST(frame_is_watched_for_again_where_frames_come_soon)
{
	int i;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	patience.doubt = 10;
	for (i = 0; i < 10; i++) {
		send_from_peer();
		EXPECT(receive() == FRAME_WHOLE);
	}
	EXPECT_NUMBER(patience.doubt, 0);
	EXPECT_NUMBER(patience.rests_until, 0);
}

TEST(frame_that_nobody_asked_for_is_bad)
{
	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	send_from_peer();
	send_from_peer();
	EXPECT(receive() == FRAME_BAD);
}

TEST(frame_that_comes_during_a_rest_is_received)
{
	int64_t rest = INT64_MAX;

	EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	patience = (struct patience){ rest, 10 };
	send_from_peer();
	EXPECT(receive() == FRAME_WHOLE);
	EXPECT_NUMBER(patience.doubt, 10);
	EXPECT(shutdown(pair[1], SHUT_RDWR) == 0);
	patience.rests_until = 0;
	EXPECT(receive() == FRAME_LOST);
}
