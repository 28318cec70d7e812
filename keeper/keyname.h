/* SPDX-License-Identifier: BSD-2-Clause */
/* What people know a key by: its token, label and id. */

#ifndef KEYNAME_H
#define KEYNAME_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

/* A key or other object of a token; all zero: not known. */
struct keyname {
	CK_SLOT_ID slot;
	CK_OBJECT_HANDLE handle;
	CK_OBJECT_CLASS class; /* CK_UNAVAILABLE_INFORMATION: not told */
	bool is_of_token;      /* and not of a session */
	char serial[17];       /* the token's, without blanks at the end */
	char token[33];        /* the token's label, the same */
	char label[65];        /* cut to fit; hostile bytes and all */
	unsigned char id[32];  /* cut to fit */
	unsigned char id_length;
};

/*
 * Asks the token, and remembers the answer for a second: uses of the same key
 * in a row cost no look-up. What it does not tell stays empty; only the slot
 * and serial when the handle is CK_INVALID_HANDLE.
 */
void keyname_get(const CK_FUNCTION_LIST_3_0 *token, CK_SESSION_HANDLE session,
	CK_OBJECT_HANDLE handle, struct keyname *name);
/* The same of a slot: its token's serial only. */
void keyname_get_slot(const CK_FUNCTION_LIST_3_0 *token, CK_SLOT_ID slot,
	struct keyname *name);
/* Forgets all that is remembered: an object was changed or removed. */
void keyname_forget(void);

#endif
