/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins whose PIN the keeper asks for: the protected authentication path. */

#ifndef ENTRY_H
#define ENTRY_H

#include "pkcs11/cryptoki.h"
#include "token/store.h"

/*
 * The outermost layer of an application that pin-entry = keeper is said of:
 * where it gives NULL for a PIN, a person is asked, again after a wrong one,
 * and each try goes to the token as if it were the application's own.
 * CKR_FUNCTION_CANCELED: nobody gave one in so many seconds, which are fewer
 * than the module waits. tries says how many are left. Called once.
 */
const CK_FUNCTION_LIST_3_0 *entry_wrap(const CK_FUNCTION_LIST_3_0 *next,
	const struct store_tries *tries, unsigned seconds);

#endif
