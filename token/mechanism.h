/* SPDX-License-Identifier: BSD-2-Clause */
/* The mechanisms: one row each. Listing, checking and dispatch read it. */

#ifndef MECHANISM_H
#define MECHANISM_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

struct operation_kind;

struct mechanism {
	CK_MECHANISM_TYPE type;
	CK_KEY_TYPE key_type; /* CK_UNAVAILABLE_INFORMATION: takes no key */
	CK_KEY_TYPE other_key_type; /* which it takes too, or the same */
	CK_ULONG minimum, maximum;  /* key sizes in the standard's unit */
	CK_FLAGS uses; /* CKF_SIGN | CKF_DECRYPT ... and CKF_EC_... */
	/* The hash that the mechanism's name has, as a mechanism; or
	 * CK_UNAVAILABLE_INFORMATION. */
	CK_MECHANISM_TYPE hash;
	/* What runs it, for digest, sign, verify, encrypt and decrypt; NULL for
	 * generation, derivation and wrapping, which key.h has. */
	const struct operation_kind *operation;
};

/* NULL when the token does not have it. */
const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type);
/* For index from 0; NULL past the last. Sorted by type. */
const struct mechanism *mechanism_at(CK_ULONG index);

#endif
