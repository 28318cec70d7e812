/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that must stay, and the search for their bytes in whatever comes out. */

#ifndef CANARY_H
#define CANARY_H

#include "tests/conformance/kit.h"

/*
 * Whoever attacks has the user's PIN and makes any calls, in any order. What
 * the security officer does is not hers: he alone makes keys trusted, ones of
 * his own.
 */
enum { CANARY_LENGTH = 32 };
extern const CK_BYTE canary_value[CANARY_LENGTH];
/* What the attacker knows and brings. */
extern const CK_BYTE known_value[CANARY_LENGTH];

/* An AES key with the canary's value, in the session: sensitive, not
 * extractable, for all uses; unless extra says otherwise. */
CK_OBJECT_HANDLE canary_aes(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count);
/* One that may leave, but only wrapped by a trusted key. */
CK_OBJECT_HANDLE canary_guarded(CK_SESSION_HANDLE session);
/* The attacker's own key, which may do anything. */
CK_OBJECT_HANDLE known_aes(CK_SESSION_HANDLE session);

/* As the security officer, before the user logs in: a trusted key on the token
 * that wraps and unwraps. Leaves nobody logged in. */
void make_trusted_key(CK_SESSION_HANDLE session);
CK_OBJECT_HANDLE find_trusted_key(CK_SESSION_HANDLE session);

/* Eight bytes in a row of the canary, or of a private number of the tests' RSA
 * and EC keys, in either order of bytes. */
bool gives_away(const CK_BYTE *at, size_t length);
/* No value of the key can be read. */
void expect_hidden(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);

#endif
