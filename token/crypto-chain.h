/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates as links of chains: who issued whom. */

#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include "pkcs11/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* A certificate that was read. */
struct chain_link;

/* NULL: it is none. */
struct chain_link *chain_link_new(const void *der, size_t length);
void chain_link_free(struct chain_link *link);

/* By their names and, where both have them, the identifiers of the issuer's
 * key; signatures are for who trusts the chain to check. */
bool chain_link_issued(
	const struct chain_link *issuer, const struct chain_link *issued);
/* It may sign others. */
bool chain_link_is_authority(const struct chain_link *link);
bool chain_link_equal(
	const struct chain_link *one, const struct chain_link *other);

/* What its object shows: name is its own common name, or what comes closest.
 * Owned; starts empty ({ 0 }), and parts that it lacks stay so. */
struct chain_parts {
	struct bytes value, subject, issuer, serial, key_id, name;
};
bool chain_parts_read(struct chain_parts *parts, const struct chain_link *link);
void chain_parts_clear(struct chain_parts *parts);

/*
 * Gives take each certificate of a text [RFC7468], which may refuse it; other
 * blocks are left aside. How many could not be read or were refused.
 */
size_t chain_text_each(const void *text, size_t length,
	bool (*take)(void *context, const void *der, size_t length),
	void *context);

#endif
