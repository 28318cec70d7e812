/* SPDX-License-Identifier: BSD-2-Clause */
/* Which key and mechanism an operation of a session has under way. */

#ifndef PENDING_H
#define PENDING_H

#include "keeper/keyname.h"

/* The operations with a key that a session may have, one of each. */
enum use {
	USE_ENCRYPT,
	USE_DECRYPT,
	USE_SIGN,
	USE_SIGN_RECOVER,
	USE_VERIFY,
	USE_VERIFY_RECOVER,
	USE_MESSAGE_ENCRYPT,
	USE_MESSAGE_DECRYPT,
	USE_MESSAGE_SIGN,
	USE_MESSAGE_VERIFY,
	USES
};

struct pending {
	CK_MECHANISM_TYPE mechanism;
	struct keyname key;
	unsigned marks; /* what layers noted of it: pending_mark */
};

/* The outermost layer, which keeps the books for those inside of it. Called
 * once. */
const CK_FUNCTION_LIST_3_0 *pending_wrap(const CK_FUNCTION_LIST_3_0 *next);

/* What the session has under way: from the C_...Init that succeeded to the
 * return of the call that ends it. False: nothing. */
bool pending_find(
	CK_SESSION_HANDLE session, enum use use, struct pending *pending);
/* Notes something of the operation until it ends; each bit is one layer's. */
enum {
	PENDING_AUDITED = 1,
	PENDING_ALLOWED = 2,
	PENDING_DIGESTED = 4, /* audit: something was attached once ... */
	PENDING_UNSURE = 8,   /* ... and was not there when it was needed */
};
void pending_mark(CK_SESSION_HANDLE session, enum use use, unsigned mark);
/* Gives it something that is released when it ends. False, and the caller's
 * still: there is no such operation, or it has something. */
bool pending_attach(CK_SESSION_HANDLE session, enum use use, void *at,
	void (*release)(void *at));
/* Takes that away again: the caller's; NULL: it has nothing. So no other thread
 * can end it under the caller's hands. */
void *pending_detach(CK_SESSION_HANDLE session, enum use use);

#endif
