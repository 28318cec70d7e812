/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the tries of a PIN, durably and before each is checked. */

#ifndef TRIES_H
#define TRIES_H

#include "pkcs11/cryptoki.h"

/*
 * A record per token in a folder of its own (mode 0700, made when needed), in
 * files named SERIAL.tries. Several processes may count in the same folder.
 *
 * The user PIN locks after limit wrong tries, until it is cleared. The recovery
 * code (CKU_SO) is never locked for good: limit tries are free, then one is
 * forgiven every TRIES_FORGIVEN_AFTER seconds, a right one at once all.
 */
struct tries {
	const char *folder; /* borrowed */
	unsigned limit;
};

enum { TRIES_FORGIVEN_AFTER = 600 };

/*
 * Counts a try, on disk when this returns. CKR_PIN_LOCKED: none was left, and
 * none was counted. CKR_DEVICE_ERROR: it cannot be counted, so it must not be
 * checked. A damaged record counts as locked, until the user's count is
 * cleared.
 */
CK_RV tries_count(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* The try was right, or the PIN is a new one: the count of user begins anew. */
CK_RV tries_clear(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* The try that was counted last was no guess. */
CK_RV tries_return(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* How many are left, of how many; 0 when that cannot be told. */
void tries_look(const struct tries *tries, const char *serial,
	CK_USER_TYPE user, unsigned *left, unsigned *limit);

#endif
