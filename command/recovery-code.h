/* SPDX-License-Identifier: BSD-2-Clause */
/* The recovery code: what sets a new PIN when the old one is lost. */

#ifndef RECOVERY_CODE_H
#define RECOVERY_CODE_H

#include "pkcs11/code.h"

/*
 * 23 random characters of 5 bits each (115 bits) and one that checks them, in
 * four groups of six: "ABCDEF-GHJKMN-PQRSTV-WXYZ01". This written form is the
 * SO PIN, so that other programs take what the user reads.
 */
enum { RECOVERY_CODE_GROUPS = 4 };
#define RECOVERY_CODE_LENGTH CODE_LENGTH(RECOVERY_CODE_GROUPS)

/* A new one; false: the system gave no random bytes, or memory is short. */
bool recovery_code_make(struct secret *code);

/* As code_tidy. What is foreign is some other SO PIN, to be used as it is. */
enum code_state recovery_code_tidy(struct secret *code);

#endif
