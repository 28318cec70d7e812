/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to the application's workers: one per call under way. */

#ifndef CHANNEL_H
#define CHANNEL_H

#include "pkcs11/application.h"
#include "pkcs11/frame.h"
#include "pkcs11/tables.h"
#include "pkcs11/wire.h"

/*
 * A connection belongs to the call that took it. Calls take the one that was
 * given back last, or open another: so each thread of an application that is
 * in a call has its own, and none is bound to a thread.
 */
struct connection {
	int descriptor;
	int seconds; /* its present time limit */
	/* For the answers to each call; some calls share one. */
	struct patience patience[PATIENCES];
	struct known known; /* by both sides */
	uint64_t worker;    /* the instance at the other end */
	bool is_other;      /* it serves something else than was asked for */
	bool takes_rows;    /* of requests: HELLO_IN_A_ROW */
	struct wire request, answer;
	struct keeper *keeper;
	struct connection *next;
};

/* A socket of the keeper's, on which nothing was said; the caller's to close.
 * -1 with *rv CKR_DEVICE_REMOVED: there is no keeper. */
int channel_reach(struct keeper *keeper, bool may_start, CK_RV *rv);

/*
 * CKR_TOKEN_NOT_PRESENT: there is no keeper, and none may or can be started;
 * CKR_DEVICE_ERROR: what is there does not answer or must not be trusted.
 */
CK_RV channel_take(
	struct keeper *keeper, bool may_start, struct connection **result);
/* Gives back a connection that is ready for another call. */
void channel_give(struct connection *connection);
/* Gives back one that is not. */
void channel_drop(struct connection *connection);
/* The sessions of its worker are no more. */
bool channel_is_stale(const struct connection *connection);

/* With the lock held: ends the calls under way; closes what is idle. */
void channel_interrupt(struct application *application);
void channel_close_all(struct application *application);

#endif
