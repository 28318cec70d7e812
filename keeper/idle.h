/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends logins that are not used, or that the machine slept over. */

#ifndef IDLE_H
#define IDLE_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

/* When a login is to end. */
struct idle_rule {
	unsigned seconds; /* without a use; 0: never */
	bool at_suspend;
};

/* Once, before the others: on this token, and told when a login was ended. */
void idle_begin(const CK_FUNCTION_LIST_3_0 *token,
	void (*ended)(CK_SLOT_ID slot, const char *why));

/* Somebody has logged in to the slot by this session, and the rule holds from
 * now on. False: memory is short, so it does not. */
bool idle_login(CK_SLOT_ID slot, CK_SESSION_HANDLE session,
	const struct idle_rule *rule);
/* And is logged out. */
void idle_logout(CK_SLOT_ID slot);
/* A key is used in this session, and may have a stricter rule. A login that is
 * not known begins with it. */
void idle_use(CK_SLOT_ID slot, CK_SESSION_HANDLE session,
	const struct idle_rule *rule);
/* Before a use: ends the login now if it is time, as C_Logout would. True: it
 * has ended. */
bool idle_check(CK_SLOT_ID slot);

#endif
