/* SPDX-License-Identifier: BSD-2-Clause */
/* One call at a time in each session, for who keeps books of its operations. */

#ifndef TURN_H
#define TURN_H

#include "pkcs11/cryptoki.h"

/* The caller's, for as long as its call lasts. */
struct turn {
	struct turn *next;
	CK_SESSION_HANDLE session;
};

/* Waits until no other call has the session's turn. */
void turn_take(struct turn *turn, CK_SESSION_HANDLE session);
void turn_give(struct turn *turn);

#endif
