/* SPDX-License-Identifier: BSD-2-Clause */
/* An identity: a private key with the certificates of its public half. */

#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "import/certificate.h"
#include "import/key.h"

/* What a key will be allowed on the token. */
enum {
	IDENTITY_SIGNS = 1 << 0,
	IDENTITY_DECRYPTS = 1 << 1, /* RSA: CKA_DECRYPT and CKA_UNWRAP */
	IDENTITY_DERIVES = 1 << 2
};

/* Borrows key and certificates, owns its arrays and label. */
struct identity {
	const struct key *key;
	const struct certificate **certificates; /* newest first; may be none */
	size_t certificates_count;
	struct chain chain; /* of the newest; count 0 without certificates */
	unsigned int uses;
	unsigned char id[PUBLIC_KEY_ID_LENGTH];
	char *label;
};

/*
 * Matches each key to its certificates by the public key alone: a localKeyId
 * may lie. False when memory is short; else *identities, one per key, are the
 * caller's, to be freed by identities_free().
 */
bool identities_match(const struct key *keys, size_t keys_count,
	const struct certificate *certificates, size_t certificates_count,
	struct identity **identities);
void identities_free(struct identity *identities, size_t count);

/* The identity that holds the certificate, or NULL. */
const struct identity *identity_of(const struct identity *identities,
	size_t count, const struct certificate *certificate);

#endif
