/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads BER (and so DER) that nobody vouches for. [X.690] */

#include "config.h"

#include "import/ber.h"

#include <stdio.h>
#include <string.h>

static void
skip(struct ber *from, size_t length)
{
	from->at += length;
	from->length -= length;
}

/* Takes the length octets: its value, or that it is indefinite. */
static bool
take_length(struct ber *from, size_t *length, bool *is_indefinite)
{
	unsigned int count;

	if (from->length == 0)
		return false;
	count = from->at[0];
	skip(from, 1);
	*is_indefinite = count == 0x80;
	*length = count < 0x80 ? count : 0;
	if (count <= 0x80)
		return true;
	/* Octets of zero in front are allowed in BER, and seen. */
	for (count -= 0x80; count; count--) {
		if (from->length == 0 || *length >> (8 * sizeof(*length) - 8))
			return false;
		*length = *length << 8 | from->at[0];
		skip(from, 1);
	}
	return true;
}

static bool
take_header(struct ber *from, unsigned int *tag, size_t *length,
	bool *is_indefinite)
{
	if (from->length < 2 || (from->at[0] & 0x1f) == 0x1f)
		return false;
	*tag = from->at[0];
	skip(from, 1);
	if (!take_length(from, length, is_indefinite))
		return false;
	if (*is_indefinite)
		return (*tag & BER_CONSTRUCTED) != 0;
	return *length <= from->length;
}

/* The length up to the end mark that closes an indefinite length. A loop, not
 * a recursion: the depth is the sender's to choose. */
static bool
find_end(struct ber from, size_t *content_length)
{
	const unsigned char *start = from.at;
	size_t length;
	unsigned int tag, depth = 1;
	bool is_indefinite;

	while (depth) {
		*content_length = (size_t)(from.at - start);
		if (!take_header(&from, &tag, &length, &is_indefinite))
			return false;
		if (is_indefinite && ++depth > BER_DEPTH)
			return false;
		if (tag == 0 && length == 0)
			depth--;
		skip(&from, length);
	}
	return true;
}

bool
ber_next(struct ber *from, struct ber_item *item)
{
	struct ber rest = *from;
	size_t length, end_mark = 0;
	unsigned int tag;
	bool is_indefinite;

	if (!take_header(&rest, &tag, &length, &is_indefinite))
		return false;
	if (is_indefinite) {
		if (!find_end(rest, &length))
			return false;
		end_mark = 2;
	}
	item->tag = tag;
	item->content = (struct ber){ rest.at, length };
	skip(&rest, length + end_mark);
	item->whole = (struct ber){ from->at, (size_t)(rest.at - from->at) };
	*from = rest;
	return true;
}

bool
ber_take(struct ber *from, unsigned int tag, struct ber_item *item)
{
	struct ber rest = *from;

	if (ber_peek(&rest) != tag || !ber_next(&rest, item))
		return false;
	*from = rest;
	return true;
}

unsigned int
ber_peek(const struct ber *from)
{
	return from->length ? from->at[0] : 0;
}

bool
ber_enter(struct ber *from, unsigned int tag, struct ber *inside)
{
	struct ber_item item;

	if (!ber_take(from, tag, &item))
		return false;
	*inside = item.content;
	return true;
}

/* Copies the pieces to at (NULL: only counts them). Pieces of pieces wait on a
 * stack of their own. */
static bool
join_pieces(
	struct ber pieces, unsigned int tag, unsigned char *at, size_t *total)
{
	struct ber waiting[BER_DEPTH];
	struct ber_item piece;
	size_t depth = 1;

	waiting[0] = pieces;
	*total = 0;
	while (depth) {
		if (waiting[depth - 1].length == 0) {
			depth--;
			continue;
		}
		if (!ber_next(&waiting[depth - 1], &piece))
			return false;
		if (piece.tag == tag) {
			if (at && piece.content.length)
				memcpy(at + *total, piece.content.at,
					piece.content.length);
			*total += piece.content.length;
		} else if (piece.tag == (tag | BER_CONSTRUCTED) &&
			depth < BER_DEPTH) {
			waiting[depth++] = piece.content;
		} else {
			return false;
		}
	}
	return true;
}

bool
ber_string(const struct ber_item *item, unsigned int tag, struct secret *joined,
	struct ber *string)
{
	/* Whatever the tag outside, the pieces have the universal one. */
	unsigned int piece = tag & BER_CONTEXT ? BER_OCTET_STRING : tag;
	size_t total;

	if (item->tag == tag) {
		*string = item->content;
		return true;
	}
	if (item->tag != (tag | BER_CONSTRUCTED) ||
		!join_pieces(item->content, piece, NULL, &total) ||
		!secret_init(joined, total))
		return false;
	join_pieces(item->content, piece, joined->at, &total);
	*string = (struct ber){ joined->at, joined->length };
	return true;
}

bool
ber_take_string(struct ber *from, unsigned int tag, struct secret *joined,
	struct ber *string)
{
	struct ber rest = *from;
	struct ber_item item;

	if (!ber_next(&rest, &item) || !ber_string(&item, tag, joined, string))
		return false;
	*from = rest;
	return true;
}

bool
ber_take_unsigned(struct ber *from, struct ber *magnitude)
{
	struct ber rest = *from;
	struct ber_item item;

	if (!ber_take(&rest, BER_INTEGER, &item) || item.content.length == 0 ||
		item.content.at[0] & 0x80)
		return false;
	while (item.content.length && item.content.at[0] == 0)
		skip(&item.content, 1);
	*magnitude = item.content;
	*from = rest;
	return true;
}

bool
ber_take_number(struct ber *from, uint64_t *number)
{
	struct ber rest = *from, magnitude;
	size_t i;

	if (!ber_take_unsigned(&rest, &magnitude) ||
		magnitude.length > sizeof(*number))
		return false;
	*number = 0;
	for (i = 0; i < magnitude.length; i++)
		*number = *number << 8 | magnitude.at[i];
	*from = rest;
	return true;
}

bool
ber_take_bits(struct ber *from, struct ber *bits)
{
	struct ber rest = *from;
	struct ber_item item;

	if (!ber_take(&rest, BER_BIT_STRING, &item) ||
		item.content.length == 0 || item.content.at[0] != 0)
		return false;
	*bits = item.content;
	skip(bits, 1);
	*from = rest;
	return true;
}

/* Takes one number of an OBJECT IDENTIFIER, seven bits an octet. */
static bool
take_arc(struct ber *from, uint64_t *arc)
{
	unsigned int octet;

	*arc = 0;
	do {
		if (from->length == 0 || *arc >> (64 - 7))
			return false;
		octet = from->at[0];
		*arc = *arc << 7 | (octet & 0x7f);
		skip(from, 1);
	} while (octet & 0x80);
	return true;
}

bool
ber_oid_text(struct ber content, char text[BER_OID_TEXT])
{
	uint64_t arc;
	unsigned int first;
	size_t used;

	if (!take_arc(&content, &arc))
		return false;
	first = arc < 80 ? (unsigned int)arc / 40 : 2;
	used = (size_t)snprintf(text, BER_OID_TEXT, "%u.%llu", first,
		(unsigned long long)arc - first * 40);
	while (content.length) {
		if (!take_arc(&content, &arc))
			return false;
		used += (size_t)snprintf(text + used, BER_OID_TEXT - used,
			".%llu", (unsigned long long)arc);
		if (used >= BER_OID_TEXT)
			return false;
	}
	return true;
}

bool
ber_take_oid(struct ber *from, char text[BER_OID_TEXT])
{
	struct ber rest = *from;
	struct ber_item item;

	if (!ber_take(&rest, BER_OID, &item) ||
		!ber_oid_text(item.content, text))
		return false;
	*from = rest;
	return true;
}
