/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the tries of a PIN, durably and before each is checked. */

#ifndef TRIES_H
#define TRIES_H

#include <stdbool.h>

#include "pkcs11/cryptoki.h"

/*
 * A record per token in a folder of its own (mode 0700, made when needed), in
 * files named SERIAL.tries. Several processes may count in the same folder.
 *
 * The user PIN locks after limit wrong tries, until it is cleared. The recovery
 * code (CKU_SO) is never locked, only slowed: after the third wrong one the
 * next may be tried in 10 seconds, and each further one doubles that, up to 4
 * hours; a right one ends it. The wait
 * goes on over restarts. Within a boot of the machine no clock that is set
 * changes it; one that was set back over a boot makes it begin anew once.
 */
struct tries {
	const char *folder; /* borrowed */
	unsigned limit;
};

bool tries_serial_is_sound(const char *serial);

/*
 * Counts a try, on disk when this returns. CKR_PIN_LOCKED: none was left (now),
 * and none was counted. CKR_DEVICE_ERROR: it cannot be counted, so it must not
 * be checked. A damaged record counts as locked, until the user's count is
 * cleared, and as a wait of some minutes for the recovery code.
 */
CK_RV tries_count(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* The try was right, or the PIN is a new one: the count of user begins anew. */
CK_RV tries_clear(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* The try that was counted last was no guess. */
CK_RV tries_return(
	const struct tries *tries, const char *serial, CK_USER_TYPE user);
/* How many are left, of how many; 0 when that cannot be told. For the recovery
 * code, how many without a wait; then 0 while there is one, and 1. */
void tries_look(const struct tries *tries, const char *serial,
	CK_USER_TYPE user, unsigned *left, unsigned *limit);
/* Seconds until the recovery code may be tried; 0: now. */
unsigned tries_wait(const struct tries *tries, const char *serial);

#endif
