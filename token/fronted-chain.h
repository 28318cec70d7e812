/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates of authorities that the chains on a fronted token lack. */

#ifndef FRONTED_CHAIN_H
#define FRONTED_CHAIN_H

#include "token/crypto-chain.h"
#include "token/fronted-supplement.h"

/* Those that there are, as a text [RFC7468]. Called once, before the first
 * search; what cannot be taken is said in the log. */
void chain_begin(const struct bytes *text);

/* A supplier of them: those that belong to a certificate of the token, up to
 * its root. Who signs a mail by the token sends them along. */
void chain_look(struct inquiry *inquiry);

/* Sets missing for each of the pool that is in a chain of one that is present,
 * and whose place none of those has. */
void chain_select(const struct chain_link *const *present, size_t count,
	const struct chain_link *const *pool, size_t pool_count, bool *missing);

#endif
