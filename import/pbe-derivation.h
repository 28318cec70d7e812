/* SPDX-License-Identifier: BSD-2-Clause */
/* How passphrases become keys, as their identifiers say. */

#ifndef PBE_DERIVATION_H
#define PBE_DERIVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "import/ber.h"
#include "import/p12-crypto.h"
#include "import/refusal.h"

enum derivation_kind {
	DERIVATION_PKCS12,
	DERIVATION_PKCS12_GNUPG, /* the same, as GnuPG works it out */
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

/* An AlgorithmIdentifier: its identifier, and the reader of its parameters. */
bool algorithm_take(const struct ber_item *algorithm, char oid[BER_OID_TEXT],
	struct ber *parameters);
/* The refusals that all of this has in common. */
enum refusal algorithm_malformed(struct failure *failure);
enum refusal algorithm_unknown(struct failure *failure, const char *oid);

/* Each refuses what is malformed, unknown or absurd, and says which. */
enum refusal derivation_parse(struct derivation *derivation,
	const struct ber_item *algorithm, struct failure *failure);
/* An INTEGER of iterations within the limit. */
enum refusal iterations_take(
	struct ber *from, uint64_t *iterations, struct failure *failure);

/* The digest of a digest's or an HMAC's AlgorithmIdentifier. */
enum refusal digest_parse(const char **digest, const struct ber_item *algorithm,
	struct failure *failure);

bool derivation_is_pkcs12(const struct derivation *derivation);

/* Fills the whole result, whose length says how much. */
bool derivation_run(const struct derivation *derivation,
	enum crypto_purpose purpose, struct ber passphrase,
	struct secret *result);

#endif
