/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a row of frames, which come in any pieces: each is received as
 * it stands in them, and the next is known to have come or not. */

#include "config.h"

#include "pkcs11/frame.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes of a body, at most; and of all that is sent, and in how many pieces:
 * nobody reads meanwhile. */
enum { CAP = 6000, MOST = 32768, PIECES = 100 };

/* How many bytes come at once, at least and less one; then the frames. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\xff\4\0\0\0\1\0\0\0abcd\0\0\0\0\2\0\0\0\1\0\0\0\3\0\0\0e"),
	FUZZ_TEXT("\0\4\0\0\0\1\0\0\0abcd\0\0\0\0\2\0\0\0\1\0\0\0\3\0\0\0e"),
	FUZZ_TEXT("\x0b\x02\0\0\0\1\0\0\0ab\x02\0\0\0\1\0\0\0cd\x02\0\0\0\1"),
	FUZZ_TEXT("\x20\x70\x17\0\0\1\0\0\0body\x71\x17\0\0\1\0\0\0"),
	{ NULL, 0 },
};

/* The bytes, how many of them were sent, and how many were received. */
struct row {
	const uint8_t *at;
	size_t length, sent, received;
	int ends[2];
};

static void
send_some(struct row *row, size_t count)
{
	if (count > row->length - row->sent)
		count = row->length - row->sent;
	if (count &&
		send(row->ends[1], row->at + row->sent, count, 0) !=
			(ssize_t)count)
		abort();
	row->sent += count;
	if (row->sent == row->length)
		shutdown(row->ends[1], SHUT_WR);
}

/* Bytes of the frame that begins there in the row; 0: it is too long, or the
 * row ends before it does. */
static size_t
next_frame(const struct row *row, size_t from, uint32_t *call)
{
	uint32_t length;

	if (row->length - from < FRAME_HEADER)
		return 0;
	frame_take_header(row->at + from, &length, call);
	if (length > CAP || row->length - from - FRAME_HEADER < length)
		return 0;
	return FRAME_HEADER + (size_t)length;
}

static void
expect(bool condition)
{
	if (!condition)
		abort();
}

/* What came ahead is what follows in the row, and no more than was sent. */
static void
expect_ahead(const struct row *row, const struct wire *wire)
{
	uint32_t call;
	size_t next = next_frame(row, row->received, &call);

	expect(row->received + wire->ahead <= row->sent);
	expect(memcmp(wire->at + wire->length, row->at + row->received,
		       wire->ahead) == 0);
	expect(frame_is_ahead(wire) == (next && wire->ahead >= next));
}

/* False: the row has ended, or is malformed. */
static bool
receive(struct row *row, struct wire *wire)
{
	const struct frame_limit limit = { 5, 5, 5, NULL };
	struct frame_header header;
	enum frame_result result;
	uint32_t call = 0;
	size_t whole = next_frame(row, row->received, &call);

	result = frame_receive_header(row->ends[0], wire, CAP, &limit, &header);
	if (result == FRAME_WHOLE)
		result = frame_receive_body(row->ends[0], wire, &header);
	expect((result == FRAME_WHOLE) == (whole != 0));
	if (!whole)
		return false;
	expect(wire->length == whole && header.call == call);
	expect(memcmp(wire->at, row->at + row->received, whole) == 0);
	row->received += whole;
	expect_ahead(row, wire);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct row row = { .at = at + 1, .length = length - 1 };
	struct wire wire = { 0 };
	uint32_t call;
	size_t whole;

	if (length == 0 || length > MOST)
		return 0;
	expect(socketpair(AF_UNIX, SOCK_STREAM, 0, row.ends) == 0);
	do {
		/* Nobody waits for what has yet to be sent. */
		whole = next_frame(&row, row.received, &call);
		do
			send_some(&row, 1 + at[0] + length / PIECES);
		while (row.sent < row.length &&
			(!whole || row.sent < row.received + whole));
	} while (receive(&row, &wire));
	wire_clear(&wire);
	close(row.ends[0]);
	close(row.ends[1]);
	return 0;
}
