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

/* Begins a frame in the empty wire: its header, to be completed on sending. */
void frame_begin(struct wire *wire, uint32_t call);
/* Sends the frame that the wire holds. No SIGPIPE comes of it. */
enum frame_result frame_send(int descriptor, struct wire *wire);

/*
 * Receives one frame into the wire, and leaves it where the body begins. Either
 * end sends a frame only when it has the answer to its last one: more bytes
 * than a frame are FRAME_BAD. A body longer than cap is refused before memory
 * is taken for it.
 */
enum frame_result frame_receive(int descriptor, struct wire *wire, size_t cap,
	const struct frame_limit *limit, uint32_t *call);

/* The same in two steps, for who decides between them. */
struct frame_header {
	uint32_t length, call;
	int64_t deadline;
};
enum frame_result frame_receive_header(int descriptor, struct wire *wire,
	size_t cap, const struct frame_limit *limit,
	struct frame_header *header);
enum frame_result frame_receive_body(
	int descriptor, struct wire *wire, const struct frame_header *header);

/* Gives the socket the limits of its first receive and of each send. */
void frame_set_limit(int descriptor, const struct frame_limit *limit);

#endif
