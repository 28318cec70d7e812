/* SPDX-License-Identifier: BSD-2-Clause */
/* The first frame in each direction: who is there, and what it knows. */

#include "config.h"

#include "pkcs11/hello.h"

#include <string.h>

/* "PRIVSEAL" as the bytes stand on the wire. */
#define MAGIC 0x4c41455356495250ULL

/* Rises only when old and new cannot talk at all; else the tables grow. */
#define HELLO_VERSION 1

void
hello_put(struct wire *wire, const struct hello *hello)
{
	size_t start = wire->length;

	wire_put_u32(wire, 0);
	wire_put_u32(wire, HELLO_CALL);
	wire_put_u64(wire, MAGIC);
	wire_put_u32(wire, HELLO_VERSION);
	wire_put_raw(wire, hello->secret, sizeof(hello->secret));
	wire_put_u32(wire, hello->calls);
	wire_put_u32(wire, hello->parameters);
	wire_put_u32(wire, hello->attributes);
	wire_put_u64(wire, hello->first_session);
	wire_put_u64(wire, hello->first_object);
	wire_put_u64(wire, hello->instance);
	wire_put_text(wire, hello->application);
	wire_put_text(wire, hello->display);
	wire_put_text(wire, hello->wayland);
	wire_put_text(wire, hello->authority);
	wire_put_text(wire, hello->terminal);
	wire_put_text(wire, hello->locale);
	wire_put_u32(wire, hello->wishes);
	wire_put_u32(wire, hello->front);
	wire_set_u32(
		wire, start, (uint32_t)(wire->length - start - FRAME_HEADER));
}

/* The body is only read: the cast takes nothing from its owner. */
static struct wire
borrowed(const void *body, size_t length)
{
	struct wire wire = { .length = length, .room = length };

	memcpy(&wire.at, &body, sizeof(body));
	return wire;
}

bool
hello_take(const void *body, size_t length, struct hello *hello)
{
	struct wire wire = borrowed(body, length);
	struct hello taken = { 0 };
	const unsigned char *secret;

	if (length > HELLO_CAP || wire_take_u64(&wire) != MAGIC ||
		wire_take_u32(&wire) != HELLO_VERSION)
		return false;
	secret = wire_take_raw(&wire, sizeof(taken.secret));
	if (secret)
		memcpy(taken.secret, secret, sizeof(taken.secret));
	taken.calls = wire_take_u32(&wire);
	taken.parameters = wire_take_u32(&wire);
	taken.attributes = wire_take_u32(&wire);
	taken.first_session = wire_take_u64(&wire);
	taken.first_object = wire_take_u64(&wire);
	taken.instance = wire_take_u64(&wire);
	wire_take_text(&wire, taken.application, sizeof(taken.application));
	wire_take_text(&wire, taken.display, sizeof(taken.display));
	wire_take_text(&wire, taken.wayland, sizeof(taken.wayland));
	wire_take_text(&wire, taken.authority, sizeof(taken.authority));
	wire_take_text(&wire, taken.terminal, sizeof(taken.terminal));
	wire_take_text(&wire, taken.locale, sizeof(taken.locale));
	/* Older senders end here. */
	if (wire.taken < wire.length)
		taken.wishes = wire_take_u32(&wire);
	if (wire.taken < wire.length)
		taken.front = wire_take_u32(&wire);
	if (wire.failed)
		return false;
	*hello = taken;
	return true;
}
