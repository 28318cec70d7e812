/* SPDX-License-Identifier: BSD-2-Clause */
/* A test as an application: the module, a token in a fresh home, a key. */

#ifndef APPLICATION_H
#define APPLICATION_H

#include "pkcs11/cryptoki.h"

/* The module's functions, from here on. */
extern CK_FUNCTION_LIST_3_0 *module;

/* Loads the module (again), which will start the keeper from the build. */
void application_load(void);
void application_unload(void);

/* A fresh home with one token, its PIN set, and an RSA-2048 key pair; leaves
 * the module initialised and nothing else open. The text goes into
 * privyseal.conf beside a KDF that costs little. */
void application_set_up(const char *configuration);

/* The first slot, and a session there. */
CK_SLOT_ID application_slot(void);
/* The first slot whose token was made; 0: there is none. */
CK_SLOT_ID application_token_slot(void);
CK_SESSION_HANDLE application_session(void);
CK_SESSION_HANDLE application_session_in(CK_SLOT_ID slot);
/* Parts of setting up: a token with its PIN in the slot; a key pair. */
void application_make_token(CK_SLOT_ID slot);
void application_make_key(CK_SESSION_HANDLE session);
/* Logs in; that somebody of this application has is fine. */
void application_login(CK_SESSION_HANDLE session);
CK_OBJECT_HANDLE application_key(CK_SESSION_HANDLE session);

/* Signs a fixed text by SHA256_RSA_PKCS; the signature is the same each time.
 * CKR_GENERAL_ERROR when it is not. */
CK_RV application_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
/* The last call's time in milliseconds, for this thread. */
CK_RV application_timed_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
	unsigned *milliseconds);

/* Milliseconds of a clock that nobody sets. */
unsigned long application_moment(void);
/* The number in the environment variable, or usual. */
unsigned application_wish(const char *variable, unsigned usual);

#endif
