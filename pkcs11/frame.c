/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole frames through a socket. */

#include "config.h"

#include "pkcs11/frame.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

/* What one receive may bring unasked; most frames are smaller. */
#define FIRST 4096

/* Nanoseconds for which a frame is watched for: a P-256 signature and its way,
 * or that of a peer that has to be woken first. */
#define WATCH 100000

/* Watching in vain costs that time, and on a busy machine the scheduler's
 * favour. So it weighs more than a frame that came, and who doubts most watches
 * for a thousandth of the time. */
enum { DOUBT_MORE = 4, DOUBT_MOST = 10 };

void
frame_begin(struct wire *wire, uint32_t call)
{
	wire->begin = wire->length;
	wire_put_u32(wire, 0);
	wire_put_u32(wire, call);
}

void
frame_end(struct wire *wire)
{
	wire_set_u32(wire, wire->begin,
		(uint32_t)(wire->length - wire->begin - FRAME_HEADER));
}

enum frame_result
frame_send(int descriptor, struct wire *wire)
{
	size_t sent = 0;
	ssize_t count;

	if (wire->failed)
		return FRAME_BAD;
	frame_end(wire);
	while (sent < wire->length) {
		count = send(descriptor, wire->at + sent, wire->length - sent,
			MSG_NOSIGNAL);
		if (count > 0)
			sent += (size_t)count;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return FRAME_LATE;
		else if (errno != EINTR)
			return sent ? FRAME_LOST : FRAME_REFUSED;
	}
	return FRAME_WHOLE;
}

static int64_t
nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* In milliseconds. */
static int64_t
now(void)
{
	return nanoseconds() / 1000000;
}

static enum frame_result
received(struct wire *wire, ssize_t count)
{
	if (count > 0) {
		wire->length += (size_t)count;
		return FRAME_WHOLE;
	}
	if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return FRAME_LATE;
	return FRAME_LOST;
}

/* One more piece, before the deadline. */
static enum frame_result
receive_more(int descriptor, struct wire *wire, size_t room, int64_t deadline)
{
	struct pollfd socket = { .fd = descriptor, .events = POLLIN };
	int64_t left;
	ssize_t count;

	for (;;) {
		left = deadline - now();
		if (left <= 0)
			return FRAME_LATE;
		if (poll(&socket, 1, (int)left) <= 0)
			continue;
		count = recv(descriptor, wire->at + wire->length, room,
			MSG_DONTWAIT);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		return received(wire, count);
	}
}

/*
 * Looks for the first piece for a while, if that is worth it; false: nothing
 * has come. The processor is not yielded between looks: where others want it,
 * that gives them a whole slice of time.
 */
static bool
watch(int descriptor, struct wire *wire, struct patience *patience,
	ssize_t *count)
{
	int64_t time = nanoseconds(), end = time + WATCH;

	if (time < patience->rests_until)
		return false;
	do {
		*count = recv(descriptor, wire->at, FIRST, MSG_DONTWAIT);
		if (*count >= 0 || (errno != EAGAIN && errno != EINTR)) {
			patience->doubt -= patience->doubt > 0;
			return true;
		}
	} while (nanoseconds() < end);
	patience->doubt += DOUBT_MORE;
	if (patience->doubt > DOUBT_MOST)
		patience->doubt = DOUBT_MOST;
	patience->rests_until = end + ((int64_t)WATCH << patience->doubt);
	return false;
}

/* A signal would start the socket's own limit again: from then on the clock
 * counts. */
static enum frame_result
receive_first(
	int descriptor, struct wire *wire, const struct frame_limit *limit)
{
	ssize_t count;

	if (limit->patience && watch(descriptor, wire, limit->patience, &count))
		return received(wire, count);
	do
		count = recv(descriptor, wire->at, FIRST, 0);
	while (count < 0 && errno == EINTR && limit->first == 0);
	if (count < 0 && errno == EINTR)
		return receive_more(descriptor, wire, FIRST,
			now() + (int64_t)limit->first * 1000);
	return received(wire, count);
}

/* Until the wire holds so many bytes. */
static enum frame_result
receive_up_to(int descriptor, struct wire *wire, size_t whole, int64_t deadline)
{
	enum frame_result result = FRAME_WHOLE;

	while (wire->length < whole && result == FRAME_WHOLE)
		result = receive_more(
			descriptor, wire, whole - wire->length, deadline);
	return result;
}

/* Whatever of the frame comes first, or came with the last one. */
static enum frame_result
receive_begin(
	int descriptor, struct wire *wire, const struct frame_limit *limit)
{
	wire_reset(wire);
	wire->length = wire->ahead;
	wire->ahead = 0;
	if (!wire_reserve(wire, FIRST))
		return FRAME_BAD;
	return wire->length ? FRAME_WHOLE
			    : receive_first(descriptor, wire, limit);
}

static void
leave_ahead(struct wire *wire, size_t whole)
{
	if (wire->length <= whole)
		return;
	wire->ahead = wire->length - whole;
	wire->length = whole;
}

enum frame_result
frame_receive_header(int descriptor, struct wire *wire, size_t cap,
	const struct frame_limit *limit, struct frame_header *header)
{
	enum frame_result result;

	result = receive_begin(descriptor, wire, limit);
	if (result != FRAME_WHOLE)
		return result;
	header->deadline = now() + (int64_t)limit->rest * 1000;
	result =
		receive_up_to(descriptor, wire, FRAME_HEADER, header->deadline);
	if (result != FRAME_WHOLE)
		return result;
	frame_take_header(wire->at, &header->length, &header->call);
	if (header->length > cap)
		return FRAME_BAD;
	leave_ahead(wire, FRAME_HEADER + (size_t)header->length);
	return FRAME_WHOLE;
}

enum frame_result
frame_receive_body(
	int descriptor, struct wire *wire, const struct frame_header *header)
{
	size_t whole = FRAME_HEADER + (size_t)header->length;
	enum frame_result result;

	if (!wire_reserve(wire, whole))
		return FRAME_BAD;
	result = receive_up_to(descriptor, wire, whole, header->deadline);
	wire->taken = FRAME_HEADER;
	return result;
}

enum frame_result
frame_receive(int descriptor, struct wire *wire, size_t cap,
	const struct frame_limit *limit, uint32_t *call)
{
	struct frame_header header;
	enum frame_result result =
		frame_receive_header(descriptor, wire, cap, limit, &header);

	if (result != FRAME_WHOLE)
		return result;
	*call = header.call;
	if (wire->ahead)
		return FRAME_BAD;
	return frame_receive_body(descriptor, wire, &header);
}

bool
frame_is_ahead(const struct wire *wire)
{
	uint32_t length, call;

	if (wire->ahead < FRAME_HEADER)
		return false;
	frame_take_header(wire->at + wire->length, &length, &call);
	return wire->ahead - FRAME_HEADER >= length;
}

void
frame_set_limit(int descriptor, const struct frame_limit *limit)
{
	struct timeval send = { .tv_sec = limit->send };
	struct timeval first = { .tv_sec = limit->first };

	setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof(send));
	setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &first, sizeof(first));
}
