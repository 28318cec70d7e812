/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores a bundle into a token of any PKCS #11 module. */

#ifndef DEPOSIT_H
#define DEPOSIT_H

#include <stddef.h>

#include "import/bundle.h"
#include "import/refusal.h"
#include "pkcs11/cryptoki.h"

/* How many objects of each class were new, and how many were there before. */
struct deposit_count {
	size_t stored, present;
};

struct deposit_result {
	struct deposit_count private_keys, public_keys, certificates;
	/* Keys that this token cannot hold (by index in bundle->keys); they are
	 * left out with their public keys, their certificates are stored. */
	size_t keys_unsupported;
	char unsupported[200]; /* names of their kinds, for people */
	CK_RV rv;              /* of the call that failed */
};

/*
 * Stores all that the token does not have yet. The session is read-write and
 * logged in. Idempotent: an interrupted deposit is completed by another, a
 * repeated one stores nothing. REFUSAL_TOKEN: nothing was stored;
 * REFUSAL_INTERRUPTED: some was (*result tells). When the token can hold none
 * of the bundle's keys, it is refused as a whole.
 */
enum refusal deposit_store(CK_FUNCTION_LIST *functions,
	CK_SESSION_HANDLE session, const struct bundle *bundle,
	struct deposit_result *result, struct failure *failure);

#endif
