/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes DER: elements are put at the end, and wrapped when complete. */

#ifndef DER_H
#define DER_H

#include "pkcs11/bytes.h"

/* Starts empty ({ 0 }); the tags are those of import/ber.h. Once memory was
 * short it stays failed, so that only the end has to look. */
struct der {
	struct bytes bytes;
	bool has_failed;
};

void der_put(struct der *der, unsigned tag, const void *at, size_t length);
/* Elements that are complete already. */
void der_put_whole(struct der *der, const void *at, size_t length);
/* An object identifier, in dotted digits. */
void der_put_oid(struct der *der, const char *digits);
void der_put_number(struct der *der, unsigned number);
/* An unsigned number of any size, from its big-endian bytes. */
void der_put_unsigned(struct der *der, const void *at, size_t length);
void der_put_bits(struct der *der, const void *at, size_t length);
void der_put_text(struct der *der, unsigned tag, const char *text);
/* SEQUENCE { oid }, and the same with NULL parameters. */
void der_put_algorithm(struct der *der, const char *oid, bool with_null);

/* Where the next element begins, and: all from there goes into an element. */
size_t der_mark(const struct der *der);
void der_wrap(struct der *der, size_t mark, unsigned tag);
/* The same for a SET OF, whose elements are put in order first. */
void der_wrap_set_of(struct der *der, size_t mark, unsigned tag);

void der_clear(struct der *der);

#endif
