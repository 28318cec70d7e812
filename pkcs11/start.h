/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the user's keeper, makes sure whose it is, and starts it on demand. */

#ifndef START_H
#define START_H

#include "pkcs11/cryptoki.h"
#include "pkcs11/home.h"

/*
 * A connected stream socket to the keeper of the home: blocking, closed on
 * exec, and checked before a byte was sent (its folder is the user's and shut
 * to others, the process that listens runs as the user; of a machine keeper the
 * folder is one that nobody but root can have put there, and who listens is its
 * owner or root). With may_start a keeper
 * is started when none answers; never under AT_SECURE or in a sandbox.
 * Returns the descriptor, which the caller closes, or -1 with *rv set:
 * CKR_DEVICE_REMOVED: no keeper answers, CKR_DEVICE_ERROR: what is there is not
 * the user's keeper, CKR_HOST_MEMORY.
 */
int keeper_connect(const struct home *home, bool may_start, CK_RV *rv);

#endif
