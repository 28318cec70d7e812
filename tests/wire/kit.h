/* SPDX-License-Identifier: BSD-2-Clause */
/* The module, loaded as applications do, and a keeper that serves SoftHSM2. */

#ifndef KIT_H
#define KIT_H

#include "pkcs11/cryptoki.h"

#include <sys/types.h>

/* A text where the standard has no const. */
#define KIT_TEXT(text) ((CK_UTF8CHAR *)(size_t)(text))
#define KIT_PIN KIT_TEXT("1234"), 4

/* Makes a fresh home, and tells the module and SoftHSM2 by the environment. */
void kit_home(void);
/* Files of the build: another module, and another keeper (NULL: the usual). */
void kit_use(const char *module_file, const char *keeper_file);
/* Starts serve-module there; it ends with the test. */
pid_t kit_keeper(void);
/* Ends it at once, and waits for that. */
void kit_kill(pid_t keeper);

/* The module's list of 3.0. */
CK_FUNCTION_LIST_3_0 *kit_load(void);

/* All of it: the list after C_Initialize, with a token, a session on it and
 * the user logged in. */
CK_FUNCTION_LIST_3_0 *kit_ready(CK_SESSION_HANDLE *session);
/* The slot of the token. */
CK_SLOT_ID kit_slot(void);
/* A new session on the token that kit_ready made. */
CK_SESSION_HANDLE kit_session(void);
/* An RSA key pair of 1024 bits: these tests are not about keys. */
void kit_key_pair(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key);
/* Data objects with this label. */
void kit_objects(CK_SESSION_HANDLE session, size_t count, const char *label);

/* Seconds since some start. */
double kit_time(void);

#endif
