/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an application may use a key now, by the configuration's rules. */

#ifndef ALLOWANCE_H
#define ALLOWANCE_H

#include "keeper/configuration.h"
#include "keeper/idle.h"
#include "keeper/keyname.h"

/* Once, before the others; all is borrowed for good. */
void allowance_begin(const CK_FUNCTION_LIST_3_0 *token,
	const struct configuration *configuration,
	const struct subject *application);

/*
 * Whether the key may be used so (MAY_SIGN ...): CKR_KEY_FUNCTION_NOT_PERMITTED
 * or CKR_MECHANISM_INVALID when a rule is against it, CKR_FUNCTION_CANCELED
 * when the person who is asked is. is_many: it would be for any number of
 * messages, which one answer cannot allow: CKR_FUNCTION_NOT_SUPPORTED.
 */
CK_RV allowance_check(const struct keyname *key, CK_MECHANISM_TYPE mechanism,
	unsigned use, bool is_many);
/* The login of the slot has ended, and with it what was allowed for it. */
void allowance_forget(CK_SLOT_ID slot);

/* Whether a rule narrows what the key may do, so that a copy would evade it. */
bool allowance_is_narrow(const struct keyname *key);
/* Whether the system's file says something of the key by its name or id, so
 * that another name would evade it. */
bool allowance_is_pinned(const struct keyname *key);

/* When the login is to end by what is said of the key, or of its token. */
struct idle_rule allowance_idle(const struct keyname *key);

#endif
