/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a row: the C_SignInit of the next goes with its C_Sign. */

#ifndef SIGNING_H
#define SIGNING_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct application;
struct call;
struct keeper;

/*
 * A signature by the same mechanism and key as the session's last one needs
 * one trip: its C_SignInit is answered by the module, as it was answered last,
 * and sent with the C_Sign that follows. So is only one that comes soon after,
 * with nothing but signatures between. It is sent before any other call of the
 * session, and before calls that can change how it is answered; calls of other
 * sessions that cannot may come before it. If the token refuses it, the call
 * that goes on with it says why.
 */
enum signing_state {
	SIGNING_NONE,
	SIGNING_BEGUN, /* by the token */
	SIGNING_MADE,  /* and the signature was given out */
	SIGNING_DUE,   /* by the module; the token has yet to be told */
	SIGNING_TOLD,  /* just now, by some thread: the others wait for it */
	SIGNING_LATE,  /* the token has refused, and the session must hear */
};

/* Sessions that can have a row, and bytes of a request; beyond these each
 * signature is two trips. */
enum { SIGNINGS = 16, SIGNING_CAP = 128 };

struct signing {
	enum signing_state state;
	CK_SESSION_HANDLE session;
	struct keeper *keeper;
	int64_t asked; /* milliseconds: before the token began it */
	CK_RV rv;      /* of SIGNING_LATE */
	size_t length;
	unsigned char request[SIGNING_CAP]; /* C_SignInit's whole frame */
};

/* The functions take the application's lock; a call has its keeper. */

/* Before the call has a connection: what it must not overtake is sent. */
void signing_meet(struct call *call);
/* Before the request of a C_Sign: puts that of its C_SignInit, if that is due,
 * and the answers are two; or refuses the call, if the token has refused it. */
void signing_precede(struct call *call);
/* C_SignInit need not be sent now. */
bool signing_defers(struct call *call);
/* After the call, while it has its connection. */
void signing_end(struct call *call);

/* With the lock held, or when nobody else can: no signature of that keeper's
 * was the last one. */
void signing_forget(
	struct application *application, const struct keeper *keeper);

#endif
