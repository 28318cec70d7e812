/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs with a key on a token: the scheme, and what X.509 calls it. */

#ifndef SIGNER_H
#define SIGNER_H

#include "command/der.h"
#include "command/inventory.h"

struct scheme;

/* A hash: its names here and there. */
struct hash {
	const char *name;    /* what the user says: "sha256" */
	const char *openssl; /* "SHA256" */
	const char *mail;    /* of micalg: "sha-256" */
	const char *oid;
	size_t length;
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
};

/* NULL: we do not know it. */
const struct hash *hash_named(const char *name);
const struct hash *hash_find_by_oid(const char *oid);

/* False for NULL, and for those that only open old mail. */
bool hash_can_sign(const struct hash *hash);

/* Borrows the token. */
struct signer {
	const struct token *token;
	CK_OBJECT_HANDLE key;
	const struct hash *hash;
	const struct scheme *scheme;
	bool is_ed448; /* whose mechanism has parameters */
};

/*
 * A signer with the key, by the hash that is named (NULL: the one that befits
 * the key). False, after saying why.
 */
bool signer_init(struct signer *signer, const struct token *token,
	const struct held_key *key, const char *hash, bool with_pss);
/* The same for no mail, so that it may be by a kind of key that mail does not
 * have: signer_apply alone. */
bool signer_init_bare(struct signer *signer, const struct token *token,
	const struct held_key *key);
/* The AlgorithmIdentifier; CMS calls RSA by its bare name. */
void signer_put_algorithm(
	const struct signer *signer, bool is_cms, struct der *der);
/* Signs as X.509 and CMS want it. False, after saying why. */
bool signer_apply(const struct signer *signer, const void *message,
	size_t length, struct bytes *signature);

#endif
