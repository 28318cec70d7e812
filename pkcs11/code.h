/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that people write down: random, and with a character that checks. */

#ifndef CODE_H
#define CODE_H

#include "pkcs11/bytes.h"

/*
 * Groups of six characters of 5 bits each, all random but the last, which
 * checks the others: "ABCDEF-GHJKMN". Up to five groups.
 */
enum { CODE_GROUP = 6, CODE_GROUPS_MOST = 5 };
#define CODE_LENGTH(groups) ((groups) * (CODE_GROUP + 1) - 1)

/* A new one; false: the system gave no random bytes, or memory is short. */
bool code_make(unsigned groups, struct secret *code);

enum code_state {
	CODE_FOREIGN,  /* not of this form */
	CODE_MISTYPED, /* of this form, but a character is wrong */
	CODE_GOOD,
};

/* Puts what a person typed (small letters, blanks, O for 0, I and L for 1) into
 * the written form, when it is a code of so many groups; otherwise leaves it
 * alone. */
enum code_state code_tidy(unsigned groups, struct secret *code);

#endif
