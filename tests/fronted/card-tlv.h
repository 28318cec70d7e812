/* SPDX-License-Identifier: BSD-2-Clause */
/* Tag, length, value: what a card's data are made of. [ISO 7816-4, BER-TLV] */

#ifndef CARD_TLV_H
#define CARD_TLV_H

#include "pkcs11/bytes.h"

/* A part of somebody else's bytes. */
struct part {
	const unsigned char *at;
	size_t length;
};

/* Adds one to the end. Tags have one or two bytes. */
void tlv_put(struct bytes *to, unsigned tag, const void *value, size_t length);

/* Takes one with a tag of one byte from the front of the part. */
bool tlv_take(struct part *from, unsigned *tag, struct part *value);

#endif
