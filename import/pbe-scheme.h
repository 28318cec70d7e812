/* SPDX-License-Identifier: BSD-2-Clause */
/* What the identifiers of PBES1, PBES2, PBMAC1 and their parts say. */

#ifndef PBE_SCHEME_H
#define PBE_SCHEME_H

#include <stdbool.h>
#include <stdint.h>

#include "import/ber.h"
#include "import/p12-crypto.h"
#include "import/refusal.h"

enum derivation_kind {
	DERIVATION_PKCS12,
	DERIVATION_PBKDF1,
	DERIVATION_PBKDF2,
	DERIVATION_SCRYPT
};

/* How a passphrase becomes a key. Borrows its salt. */
struct derivation {
	enum derivation_kind kind;
	const char *digest; /* but for scrypt */
	struct ber salt;
	uint64_t iterations;           /* of scrypt: N */
	uint64_t block_size, parallel; /* of scrypt: r, p */
	uint64_t key_length;           /* 0: not told */
};

enum cipher_kind {
	CIPHER_BLOCKS,       /* of the library, with padding */
	CIPHER_STREAM,       /* of the library, without */
	CIPHER_DES,          /* one key, used three times */
	CIPHER_DES_TWO_KEYS, /* the first is the third too */
	CIPHER_RC2,
	CIPHER_RC4
};

struct cipher {
	const char *oid;  /* in PBES2; NULL: only in PBES1 */
	const char *name; /* for people, and of the library */
	enum cipher_kind kind;
	size_t key_length; /* 0: as the file says */
	size_t iv_length;
};

/* How the bytes were sealed. */
struct scheme {
	struct derivation derivation;
	const struct cipher *cipher;
	size_t key_length;
	unsigned int rc2_bits;
	struct ber iv; /* empty: derived too */
};

/* Each refuses what is malformed, unknown or absurd, and says which. */
enum refusal scheme_parse(struct scheme *scheme,
	const struct ber_item *algorithm, struct failure *failure);
enum refusal derivation_parse(struct derivation *derivation,
	const struct ber_item *algorithm, struct failure *failure);
/* An INTEGER of iterations within the limit. */
enum refusal iterations_take(
	struct ber *from, uint64_t *iterations, struct failure *failure);

/* The digest of a digest's or an HMAC's AlgorithmIdentifier. */
enum refusal digest_parse(const char **digest, const struct ber_item *algorithm,
	struct failure *failure);

/* Fills the whole result, whose length says how much. */
bool derivation_run(const struct derivation *derivation,
	enum crypto_purpose purpose, struct ber passphrase,
	struct secret *result);

#endif
