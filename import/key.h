/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys: their parts, ready for a token, and nothing else of them. */

#ifndef KEY_H
#define KEY_H

#include <stdbool.h>

#include "import/ber.h"
#include "import/public-key.h"
#include "import/refusal.h"
#include "pkcs11/bytes.h"

/* RSA has all parts but the last; a curve's key has only the last. */
enum key_part {
	KEY_PRIVATE_EXPONENT,
	KEY_PRIME_1,
	KEY_PRIME_2,
	KEY_EXPONENT_1,
	KEY_EXPONENT_2,
	KEY_COEFFICIENT,
	KEY_SCALAR,
	KEY_PARTS
};

/* Owned; starts empty ({ 0 }). */
struct key {
	struct public_key public;
	struct secret values;        /* all parts, one after the other */
	struct ber parts[KEY_PARTS]; /* each lies in values */
	char *label;                 /* the friendly name beside it, or NULL */
};

/*
 * Reads a PrivateKeyInfo or OneAsymmetricKey [RFC5958], or the older
 * RSAPrivateKey [RFC8017] and ECPrivateKey [RFC5915]. The public half is
 * computed, and compared when the file brings one. A kind that we do not know
 * gives REFUSAL_NONE with kind KEY_OTHER and no parts.
 */
enum refusal key_parse(
	struct key *key, struct ber from, struct failure *failure);
void key_clear(struct key *key);

#endif
