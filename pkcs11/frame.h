/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole frames through a socket. */

#ifndef FRAME_H
#define FRAME_H

#include "pkcs11/wire.h"

enum frame_result {
	FRAME_WHOLE,
	FRAME_REFUSED, /* the peer was gone before a byte of it left */
	FRAME_LOST,    /* the peer is gone */
	FRAME_LATE,    /* the time limit passed */
	FRAME_BAD,     /* too long, or memory is short */
};

/*
 * What the last waits for frames of some kind have taught. Starts empty. To be
 * woken takes as long as most answers do; so where frames came soon, the next
 * one is watched for a little before the receiver sleeps. Where that was in
 * vain (the peer takes its time, is idle, or others have the processor) it is
 * left for longer and longer times, up to a tenth of a second.
 */
struct patience {
	int64_t rests_until;
	uint8_t doubt;
};

/* How long the other side takes depends on the call: either end has so many,
 * for the calls of one remainder each. */
enum { PATIENCES = 32 };

/* Seconds; 0 is without limit. */
struct frame_limit {
	int send;
	int first; /* until a frame begins to come: set on the socket */
	int rest;  /* from then on; never 0 */
	struct patience *patience; /* NULL: sleeps at once */
};

/* Begins a frame in the wire, after those that it holds: its header, which is
 * completed when the frame ends. */
void frame_begin(struct wire *wire, uint32_t call);
void frame_end(struct wire *wire);
/* Ends the frame, and sends all that the wire holds. No SIGPIPE comes of it. */
enum frame_result frame_send(int descriptor, struct wire *wire);

/*
 * Receives one frame into the wire, and leaves it where the body begins. More
 * bytes than that are FRAME_BAD: nobody asked for them. A body longer than cap
 * is refused before memory is taken for it.
 */
enum frame_result frame_receive(int descriptor, struct wire *wire, size_t cap,
	const struct frame_limit *limit, uint32_t *call);

/* The same in two steps, for who decides between them, or has more to come:
 * what came of a next frame stays in the wire, and is received next. */
struct frame_header {
	uint32_t length, call;
	int64_t deadline;
};
enum frame_result frame_receive_header(int descriptor, struct wire *wire,
	size_t cap, const struct frame_limit *limit,
	struct frame_header *header);
enum frame_result frame_receive_body(
	int descriptor, struct wire *wire, const struct frame_header *header);

/* All of the next frame has come along with the last. */
bool frame_is_ahead(const struct wire *wire);

/* Gives the socket the limits of its first receive and of each send. */
void frame_set_limit(int descriptor, const struct frame_limit *limit);

#endif
