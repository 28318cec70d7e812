/* SPDX-License-Identifier: BSD-2-Clause */
/* What the identifiers of PBES1, PBES2 and their ciphers say. */

#ifndef PBE_SCHEME_H
#define PBE_SCHEME_H

#include "import/pbe-derivation.h"

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

/* Refuses what is malformed, unknown or absurd, and says which. */
enum refusal scheme_parse(struct scheme *scheme,
	const struct ber_item *algorithm, struct failure *failure);
#endif
