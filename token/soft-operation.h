/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces that the calls for operations are put together from. */

#ifndef SOFT_OPERATION_H
#define SOFT_OPERATION_H

#include "token/session.h"

/*
 * The session, with its operation lock held, and what runs there for the use.
 * CKR_OPERATION_NOT_INITIALIZED; CKR_KEY_HANDLE_INVALID: the key was deleted;
 * CKR_USER_NOT_LOGGED_IN: it wants a context-specific login. On CKR_OK the
 * caller ends with running_leave.
 */
CK_RV running_enter(CK_SESSION_HANDLE handle, enum running_use use,
	struct session **session, struct running **running);
/* Ends the operation unless it goes on, and gives the session back; returns
 * rv. */
CK_RV running_leave(struct session *session, struct running *running,
	bool goes_on, CK_RV rv);
/* Whether an operation with output goes on after this: only its length was
 * asked, or the room was too small. [PKCS11 5.2] */
bool running_goes_on(CK_RV rv, const CK_BYTE *out);

#endif
