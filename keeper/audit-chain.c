/* SPDX-License-Identifier: BSD-2-Clause */
/* What ties the lines of the audit log together, and to their key. */

#include "config.h"

#include "keeper/audit-chain.h"

#include <string.h>

#define PURPOSE(text) \
	{ \
		(text), sizeof(text) - 1 \
	}

bool
audit_chain_key(const struct secret *code, struct secret *key)
{
	return seal_subkey(code, "privyseal audit key", key);
}

bool
audit_chain_print(
	const struct secret *code, unsigned char print[AUDIT_PRINT_SIZE])
{
	struct secret whole = { 0 };
	bool made = seal_subkey(code, "privyseal audit print", &whole);

	if (made)
		memcpy(print, whole.at, AUDIT_PRINT_SIZE);
	secret_clear(&whole);
	return made;
}

bool
audit_chain_digest(const unsigned char before[DIGEST_SIZE], const void *text,
	size_t length, unsigned char digest[DIGEST_SIZE])
{
	const struct span spans[] = { PURPOSE("privyseal audit line"),
		{ before, DIGEST_SIZE }, { text, length } };

	return seal_digest(spans, SPAN_COUNT(spans), digest);
}

bool
audit_chain_mac(const struct secret *key,
	const unsigned char digest[DIGEST_SIZE], unsigned char mac[DIGEST_SIZE])
{
	const struct span spans[] = { PURPOSE("privyseal audit mac"),
		{ digest, DIGEST_SIZE } };

	return seal_keyed_digest(key, spans, SPAN_COUNT(spans), mac);
}

bool
audit_chain_advance(struct secret *key)
{
	const struct span purpose = PURPOSE("privyseal audit next");
	unsigned char next[AUDIT_KEY_SIZE];
	bool made = seal_keyed_digest(key, &purpose, 1, next);

	if (made)
		memcpy(key->at, next, sizeof(next));
	wipe(next, sizeof(next));
	return made;
}
