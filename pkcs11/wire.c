/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a frame: put at one end, taken at the other. */

#include "config.h"

#include "pkcs11/wire.h"

#include "pkcs11/bytes.h"

#include <stdlib.h>
#include <string.h>

/* Memory that a connection may keep between calls. */
#define KEPT 16384

#define WIRE_CAP (FRAME_HEADER + FRAME_CAP)

void
wire_reset(struct wire *wire)
{
	struct wire kept = { 0 };

	if (wire->room > KEPT && !wire->ahead) {
		wire_clear(wire);
		return;
	}
	if (wire->length) {
		memmove(wire->at, wire->at + wire->length, wire->ahead);
		wipe(wire->at + wire->ahead, wire->length);
	}
	kept.at = wire->at;
	kept.room = wire->room;
	kept.ahead = wire->ahead;
	*wire = kept;
}

void
wire_clear(struct wire *wire)
{
	if (wire->at)
		wipe(wire->at, wire->length + wire->ahead);
	free(wire->at);
	*wire = (struct wire){ 0 };
}

/* No realloc: it would leave a copy behind that nobody wipes. */
static bool
grow(struct wire *wire, size_t more)
{
	unsigned char *grown;
	size_t room = wire->room ? wire->room : 512;

	if (wire->failed || more > WIRE_CAP - wire->length) {
		wire->failed = true;
		return false;
	}
	if (more <= wire->room - wire->length)
		return true;
	while (room < wire->length + more)
		room *= 2;
	grown = malloc(room);
	if (!grown) {
		wire->failed = true;
		return false;
	}
	if (wire->at) {
		memcpy(grown, wire->at, wire->length);
		wipe(wire->at, wire->length);
		free(wire->at);
	}
	wire->at = grown;
	wire->room = room;
	return true;
}

bool
wire_reserve(struct wire *wire, size_t length)
{
	return length <= wire->length || grow(wire, length - wire->length);
}

void
wire_put_raw(struct wire *wire, const void *from, size_t length)
{
	if (!grow(wire, length) || length == 0)
		return;
	memcpy(wire->at + wire->length, from, length);
	wire->length += length;
}

static void
put_number(struct wire *wire, uint64_t value, size_t size)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	wire_put_raw(wire, bytes, size);
}

static uint64_t
number_at(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

void
wire_put_byte(struct wire *wire, uint8_t value)
{
	put_number(wire, value, 1);
}

void
wire_put_u32(struct wire *wire, uint32_t value)
{
	put_number(wire, value, 4);
}

void
wire_put_u64(struct wire *wire, uint64_t value)
{
	put_number(wire, value, 8);
}

void
wire_put_number(struct wire *wire, unsigned long value)
{
	wire_put_u64(wire, value == ~0UL ? UINT64_MAX : value);
}

void
wire_put_bytes(struct wire *wire, const void *from, size_t length)
{
	if (length > FRAME_CAP) {
		wire->failed = true;
		return;
	}
	wire_put_u32(wire, (uint32_t)length);
	wire_put_raw(wire, from, length);
}

void
wire_put_text(struct wire *wire, const char *text)
{
	wire_put_bytes(wire, text, strlen(text));
}

void
wire_set_u32(struct wire *wire, size_t place, uint32_t value)
{
	size_t i;

	for (i = 0; !wire->failed && i < 4; i++)
		wire->at[place + i] = (unsigned char)(value >> (8 * i));
}

const unsigned char *
wire_take_raw(struct wire *wire, size_t length)
{
	const unsigned char *at;

	if (wire->failed || length > wire->length - wire->taken) {
		wire->failed = true;
		return NULL;
	}
	at = wire->at + wire->taken;
	wire->taken += length;
	return at;
}

static uint64_t
take_number(struct wire *wire, size_t size)
{
	const unsigned char *bytes = wire_take_raw(wire, size);

	return bytes ? number_at(bytes, size) : 0;
}

uint8_t
wire_take_byte(struct wire *wire)
{
	return (uint8_t)take_number(wire, 1);
}

uint32_t
wire_take_u32(struct wire *wire)
{
	return (uint32_t)take_number(wire, 4);
}

uint64_t
wire_take_u64(struct wire *wire)
{
	return take_number(wire, 8);
}

unsigned long
wire_take_number(struct wire *wire)
{
	uint64_t value = wire_take_u64(wire);

	return value > ~0UL ? ~0UL : (unsigned long)value;
}

uint32_t
wire_take_count(struct wire *wire, size_t size)
{
	uint32_t count = wire_take_u32(wire);

	if (count > (wire->length - wire->taken) / size)
		wire->failed = true;
	return wire->failed ? 0 : count;
}

const unsigned char *
wire_take_bytes(struct wire *wire, size_t *length)
{
	size_t claimed = wire_take_u32(wire);
	const unsigned char *at = wire_take_raw(wire, claimed);

	*length = at ? claimed : 0;
	return at;
}

void
wire_take_text(struct wire *wire, char *text, size_t room)
{
	size_t length;
	const unsigned char *at = wire_take_bytes(wire, &length);

	if (length >= room)
		length = room - 1;
	if (at)
		memcpy(text, at, length);
	text[length] = '\0';
}

bool
wire_is_finished(const struct wire *wire)
{
	return !wire->failed && wire->taken == wire->length;
}

void
frame_put_header(
	unsigned char header[FRAME_HEADER], uint32_t length, uint32_t call)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		header[i] = (unsigned char)(length >> (8 * i));
		header[4 + i] = (unsigned char)(call >> (8 * i));
	}
}

void
frame_take_header(const unsigned char header[FRAME_HEADER], uint32_t *length,
	uint32_t *call)
{
	*length = (uint32_t)number_at(header, 4);
	*call = (uint32_t)number_at(header + 4, 4);
}
