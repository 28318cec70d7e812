/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes DER: elements are put at the end, and wrapped when complete. */

#include "config.h"

#include "command/der.h"

#include "import/ber.h"

#include <stdlib.h>
#include <string.h>

/* The longest header: a tag, a count, eight bytes of length. */
enum { HEADER = 10 };

static size_t
write_header(unsigned char *to, unsigned tag, size_t length)
{
	size_t count = 0, rest, used = 0;

	to[used++] = (unsigned char)tag;
	if (length < 0x80) {
		to[used++] = (unsigned char)length;
		return used;
	}
	for (rest = length; rest; rest >>= 8)
		count++;
	to[used++] = (unsigned char)(0x80 | count);
	while (count--)
		to[used++] = (unsigned char)(length >> (8 * count));
	return used;
}

void
der_put_whole(struct der *der, const void *at, size_t length)
{
	if (!der->has_failed && !bytes_append(&der->bytes, at, length))
		der->has_failed = true;
}

void
der_put(struct der *der, unsigned tag, const void *at, size_t length)
{
	unsigned char header[HEADER];

	der_put_whole(der, header, write_header(header, tag, length));
	der_put_whole(der, at, length);
}

void
der_put_oid(struct der *der, const char *digits)
{
	unsigned char content[64];
	size_t used = 0;
	char *end;
	unsigned long arc = strtoul(digits, &end, 10), group;
	int shift;

	/* The first two arcs share a number. */
	arc = arc * 40 + strtoul(end + 1, &end, 10);
	for (;;) {
		for (shift = 28; shift; shift -= 7)
			if (arc >> shift)
				break;
		for (; shift >= 0 && used < sizeof(content); shift -= 7) {
			group = arc >> shift & 0x7f;
			content[used++] =
				(unsigned char)(group | (shift ? 0x80 : 0));
		}
		if (*end != '.')
			break;
		arc = strtoul(end + 1, &end, 10);
	}
	der_put(der, BER_OID, content, used);
}

void
der_put_unsigned(struct der *der, const void *at, size_t length)
{
	const unsigned char *bytes = at;
	size_t mark = der_mark(der);

	while (length > 1 && !*bytes) {
		bytes++;
		length--;
	}
	if (!length || *bytes & 0x80)
		der_put_whole(der, "", 1);
	der_put_whole(der, bytes, length);
	der_wrap(der, mark, BER_INTEGER);
}

void
der_put_number(struct der *der, unsigned number)
{
	unsigned char bytes[4] = { (unsigned char)(number >> 24),
		(unsigned char)(number >> 16), (unsigned char)(number >> 8),
		(unsigned char)number };

	der_put_unsigned(der, bytes, sizeof(bytes));
}

void
der_put_bits(struct der *der, const void *at, size_t length)
{
	size_t mark = der_mark(der);

	/* No bit of the last byte is unused. */
	der_put_whole(der, "", 1);
	der_put_whole(der, at, length);
	der_wrap(der, mark, BER_BIT_STRING);
}

void
der_put_text(struct der *der, unsigned tag, const char *text)
{
	der_put(der, tag, text, strlen(text));
}

void
der_put_algorithm(struct der *der, const char *oid, bool with_null)
{
	size_t mark = der_mark(der);

	der_put_oid(der, oid);
	if (with_null)
		der_put(der, BER_NULL, NULL, 0);
	der_wrap(der, mark, BER_SEQUENCE);
}

size_t
der_mark(const struct der *der)
{
	return der->bytes.length;
}

void
der_wrap(struct der *der, size_t mark, unsigned tag)
{
	unsigned char header[HEADER];
	size_t length = der->bytes.length - mark, size;

	if (der->has_failed)
		return;
	size = write_header(header, tag, length);
	/* First for the room, then everything moves up. */
	der_put_whole(der, header, size);
	if (der->has_failed)
		return;
	memmove(der->bytes.at + mark + size, der->bytes.at + mark, length);
	memcpy(der->bytes.at + mark, header, size);
}

static int
compare(const void *one, const void *other)
{
	const struct ber *a = one, *b = other;
	size_t shorter = a->length < b->length ? a->length : b->length;
	int result = memcmp(a->at, b->at, shorter);

	if (result == 0)
		return (a->length > b->length) - (a->length < b->length);
	return result;
}

/* How many elements a set that we write may have. */
enum { SET_MOST = 32 };

void
der_wrap_set_of(struct der *der, size_t mark, unsigned tag)
{
	struct ber elements[SET_MOST], from;
	struct ber_item item;
	struct der sorted = { 0 };
	size_t count = 0, i;

	if (der->has_failed)
		return;
	from = (struct ber){ der->bytes.at + mark, der->bytes.length - mark };
	while (count < SET_MOST && ber_next(&from, &item))
		elements[count++] = item.whole;
	qsort(elements, count, sizeof(elements[0]), compare);
	for (i = 0; i < count; i++)
		der_put_whole(&sorted, elements[i].at, elements[i].length);
	if (from.length || sorted.has_failed)
		der->has_failed = true;
	else
		memcpy(der->bytes.at + mark, sorted.bytes.at,
			sorted.bytes.length);
	der_clear(&sorted);
	der_wrap(der, mark, tag);
}

void
der_clear(struct der *der)
{
	bytes_clear(&der->bytes);
	*der = (struct der){ 0 };
}
