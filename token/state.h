/* SPDX-License-Identifier: BSD-2-Clause */
/* Between C_Initialize and C_Finalize: the configuration and the one lock. */

#ifndef STATE_H
#define STATE_H

#include "token/soft.h"

/*
 * The lock guards the tables of slots, sessions and objects and what hangs on
 * them. It is held for look-ups only: never while the store works, a PIN is
 * checked or a key is used.
 */
void state_lock(void);
void state_unlock(void);

/* CKR_CRYPTOKI_ALREADY_INITIALIZED. */
CK_RV state_start(void);
/* CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV state_end(void);
/* In a forked child, which is another application: as if never started. */
void state_forget(void);
/* CKR_CRYPTOKI_NOT_INITIALIZED, or CKR_OK. */
CK_RV state_check(void);
/* The same, for who holds the lock. */
bool state_is_started(void);
/* Valid after state_start. */
const struct soft_configuration *state_configuration(void);

/* A descriptor that becomes readable when the state ends, for whoever waits;
 * the caller closes it. -1: there is none. */
int state_end_descriptor(void);

#endif
