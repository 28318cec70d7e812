/* SPDX-License-Identifier: BSD-2-Clause */
/* What a new PIN must be like. */

#ifndef PIN_RULES_H
#define PIN_RULES_H

#include "pkcs11/cryptoki.h"

enum { PIN_LENGTH_MAX = 255 };

/*
 * A new PIN: valid UTF-8 of at most PIN_LENGTH_MAX bytes and at least minimum
 * characters, or minimum_digits when all are digits. CKR_PIN_LEN_RANGE;
 * CKR_PIN_INVALID: not UTF-8, or a NUL byte.
 */
CK_RV pin_check_new(const CK_UTF8CHAR *pin, CK_ULONG length, unsigned minimum,
	unsigned minimum_digits);
/* One to try: only what can be no PIN at all is refused. CKR_PIN_LEN_RANGE,
 * CKR_PIN_INCORRECT (a NUL byte). */
CK_RV pin_check_try(const CK_UTF8CHAR *pin, CK_ULONG length);

#endif
