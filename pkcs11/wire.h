/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a frame: put at one end, taken at the other. */

#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A frame is u32 length of the body, u32 call, body. Numbers are little-endian;
 * a run of bytes is its u32 length and the bytes.
 */
#define FRAME_HEADER 8

/* The longest body that either end takes. */
#define FRAME_CAP (4u << 20)

/*
 * A frame's body while it is put or taken. Starts empty ({ 0 }). The first
 * failure (memory, bytes missing, a length that lies) sticks: what follows
 * puts nothing and takes zeros, so only the end needs a check.
 */
struct wire {
	unsigned char *at;
	size_t length; /* bytes of the body */
	size_t ahead;  /* bytes after it: of the next frame, which came along */
	size_t begin;  /* of the frame that is being put */
	size_t room;   /* bytes of memory */
	size_t taken;  /* bytes of the body taken so far */
	bool failed;
};

/* Empties the body; what it held is wiped, small memory stays, and so does what
 * came ahead. */
void wire_reset(struct wire *wire);
/* Makes memory for a body of length bytes; keeps what is there. */
bool wire_reserve(struct wire *wire, size_t length);
/* Wipes and frees. */
void wire_clear(struct wire *wire);

void wire_put_byte(struct wire *wire, uint8_t value);
void wire_put_u32(struct wire *wire, uint32_t value);
void wire_put_u64(struct wire *wire, uint64_t value);
/* A CK_ULONG; CK_UNAVAILABLE_INFORMATION is the same on every machine. */
void wire_put_number(struct wire *wire, unsigned long value);
void wire_put_raw(struct wire *wire, const void *from, size_t length);
void wire_put_bytes(struct wire *wire, const void *from, size_t length);
void wire_put_text(struct wire *wire, const char *text);
/* Overwrites a u32 that was put at an earlier place. */
void wire_set_u32(struct wire *wire, size_t place, uint32_t value);

uint8_t wire_take_byte(struct wire *wire);
uint32_t wire_take_u32(struct wire *wire);
uint64_t wire_take_u64(struct wire *wire);
unsigned long wire_take_number(struct wire *wire);
/* A u32 that counts things of at least size bytes that must still come. */
uint32_t wire_take_count(struct wire *wire, size_t size);
/* Borrows the next bytes from the body; NULL (and failed) when they are less.
 */
const unsigned char *wire_take_raw(struct wire *wire, size_t length);
/* Borrows a run of bytes, and says how long it is. */
const unsigned char *wire_take_bytes(struct wire *wire, size_t *length);
/* Takes a text into room bytes, cut to fit and closed by a NUL. */
void wire_take_text(struct wire *wire, char *text, size_t room);

/* Nothing failed, and every byte was taken. */
bool wire_is_finished(const struct wire *wire);

/* The numbers of a frame's header. */
void frame_put_header(
	unsigned char header[FRAME_HEADER], uint32_t length, uint32_t call);
void frame_take_header(const unsigned char header[FRAME_HEADER],
	uint32_t *length, uint32_t *call);

#endif
