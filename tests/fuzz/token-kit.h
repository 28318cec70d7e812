/* SPDX-License-Identifier: BSD-2-Clause */
/* A soft token in a folder of its own, with keys to work on, for fuzz targets.
 */

#ifndef TOKEN_KIT_H
#define TOKEN_KIT_H

#include "pkcs11/cryptoki.h"

enum {
	KIT_RSA,
	KIT_RSA_PUBLIC,
	KIT_EC,
	KIT_EC_PUBLIC,
	KIT_AES,
	KIT_GENERIC,
	KIT_KEYS
};

extern const CK_FUNCTION_LIST_3_0 *kit_token;
extern CK_SESSION_HANDLE kit_session;
extern CK_OBJECT_HANDLE kit_keys[KIT_KEYS];

/* Makes all of it, once; the user is logged in. */
void kit_make(void);
/* Ends what is under way and begins a new session of the same number of keys.
 */
void kit_renew(void);

#endif
