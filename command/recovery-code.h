/* SPDX-License-Identifier: BSD-2-Clause */
/* The recovery code: what sets a new PIN when the old one is lost. */

#ifndef RECOVERY_CODE_H
#define RECOVERY_CODE_H

#include "pkcs11/bytes.h"

/*
 * 23 random characters of 5 bits each (115 bits) and one that checks them, in
 * four groups of six: "ABCDEF-GHJKMN-PQRSTV-WXYZ01". This written form is the
 * SO PIN, so that other programs take what the user reads.
 */
#define RECOVERY_CODE_LENGTH 27

/* A new one; false: the system gave no random bytes, or memory is short. */
bool recovery_code_make(struct secret *code);

enum recovery_code_state {
	/* Not of this form: some other SO PIN, to be used as it is. */
	RECOVERY_CODE_FOREIGN,
	/* Of this form, but a character is wrong. */
	RECOVERY_CODE_MISTYPED,
	RECOVERY_CODE_GOOD,
};

/* Puts what a user typed (small letters, blanks, O for 0, I and L for 1) into
 * the written form, when it is one; otherwise leaves it alone. */
enum recovery_code_state recovery_code_tidy(struct secret *code);

#endif
