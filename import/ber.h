/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads BER (and so DER) that nobody vouches for. [X.690] */

#ifndef BER_H
#define BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pkcs11/bytes.h"

/* Borrowed bytes, read from the front. Nothing here outlives them. */
struct ber {
	const unsigned char *at;
	size_t length;
};

/* The identifier octet of what we read; tags above 30 are not used by it. */
enum {
	BER_BOOLEAN = 0x01,
	BER_INTEGER = 0x02,
	BER_BIT_STRING = 0x03,
	BER_OCTET_STRING = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_UTF8_STRING = 0x0c,
	BER_NUMERIC_STRING = 0x12,
	BER_PRINTABLE_STRING = 0x13,
	BER_TELETEX_STRING = 0x14,
	BER_IA5_STRING = 0x16,
	BER_UTC_TIME = 0x17,
	BER_GENERALIZED_TIME = 0x18,
	BER_UNIVERSAL_STRING = 0x1c,
	BER_BMP_STRING = 0x1e,
	BER_CONSTRUCTED = 0x20,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_CONTEXT = 0x80,
	BER_CONTEXT_CONSTRUCTED = 0xa0
};

/* How deep an indefinite length may nest. */
#define BER_DEPTH 32

/* One element: its tag, its content, and the whole with its header. */
struct ber_item {
	unsigned int tag;
	struct ber content;
	struct ber whole;
};

/*
 * Takes the next element. False at the end, and when there is none that is
 * whole: a length beyond the bytes, an indefinite one without end or nested
 * deeper than BER_DEPTH, a tag above 30. The reader then stays where it was.
 */
bool ber_next(struct ber *from, struct ber_item *item);
/* The same, and false (staying) when its tag is another. */
bool ber_take(struct ber *from, unsigned int tag, struct ber_item *item);
/* Looks at the next identifier octet; 0 at the end. */
unsigned int ber_peek(const struct ber *from);
/* Takes one element with tag and goes inside it. */
bool ber_enter(struct ber *from, unsigned int tag, struct ber *inside);

/*
 * The content of a string of bytes, whose primitive tag is given: itself, or
 * when it came in pieces (constructed), joined in *joined, which the caller
 * clears in any case. False when the tag or a piece is wrong.
 */
bool ber_string(const struct ber_item *item, unsigned int tag,
	struct secret *joined, struct ber *string);
/* Takes an element with that primitive tag, whole or in pieces. */
bool ber_take_string(struct ber *from, unsigned int tag, struct secret *joined,
	struct ber *string);

/* An unsigned INTEGER that fits; false for a negative or larger one. */
bool ber_take_number(struct ber *from, uint64_t *number);
/* An unsigned INTEGER of any size, without leading zeros. */
bool ber_take_unsigned(struct ber *from, struct ber *magnitude);
/* The content of a BIT STRING of whole bytes. */
bool ber_take_bits(struct ber *from, struct ber *bits);

#define BER_OID_TEXT 128

/* An OBJECT IDENTIFIER in dotted digits; false when it is none or too long. */
bool ber_take_oid(struct ber *from, char text[BER_OID_TEXT]);
bool ber_oid_text(struct ber content, char text[BER_OID_TEXT]);

/* A directory string of any of its kinds as new UTF-8 without control
 * characters; NULL when it is none. */
char *ber_text(const struct ber_item *item);

#endif
