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
enum { PENDING_AUDITED = 1, PENDING_ALLOWED = 2 };
void pending_mark(CK_SESSION_HANDLE session, enum use use, unsigned mark);

#endif
