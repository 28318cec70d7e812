/* SPDX-License-Identifier: BSD-2-Clause */
/* Tag, length, value: what a card's data are made of. [ISO 7816-4, BER-TLV] */

#include "config.h"

#include "tests/fronted/card-tlv.h"

/* The low bytes of number, the highest first. */
static void
put_number(struct bytes *to, size_t number, int bytes)
{
	unsigned char byte;

	while (bytes-- > 0) {
		byte = (unsigned char)(number >> 8 * bytes);
		bytes_append(to, &byte, 1);
	}
}

void
tlv_put(struct bytes *to, unsigned tag, const void *value, size_t length)
{
	put_number(to, tag, tag > 0xff ? 2 : 1);
	if (length > 0xff)
		put_number(to, 0x820000 | length, 3);
	else if (length > 0x7f)
		put_number(to, 0x8100 | length, 2);
	else
		put_number(to, length, 1);
	bytes_append(to, value, length);
}

static bool
take_byte(struct part *from, size_t *byte)
{
	if (from->length == 0)
		return false;
	*byte = *from->at++;
	from->length--;
	return true;
}

static bool
take_length(struct part *from, size_t *length)
{
	size_t byte, more;

	if (!take_byte(from, &byte) || byte > 0x82 || byte == 0x80)
		return false;
	*length = byte;
	if (byte < 0x80)
		return true;
	*length = 0;
	for (more = byte & 0x7f; more > 0; more--) {
		if (!take_byte(from, &byte))
			return false;
		*length = *length << 8 | byte;
	}
	return true;
}

bool
tlv_take(struct part *from, unsigned *tag, struct part *value)
{
	struct part rest = *from;
	size_t byte, length;

	if (!take_byte(&rest, &byte) || !take_length(&rest, &length) ||
		length > rest.length)
		return false;
	*tag = (unsigned)byte;
	*value = (struct part){ rest.at, length };
	*from = (struct part){ rest.at + length, rest.length - length };
	return true;
}
