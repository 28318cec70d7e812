/* SPDX-License-Identifier: BSD-2-Clause */
/* The soft token: the standard's function list over stores in a folder. */

#ifndef SOFT_H
#define SOFT_H

#include "token/store.h"

/* What the process that holds the token decides; copied. */
struct soft_configuration {
	const char *folder;	/* NUMBER.token files; made when first needed */
	unsigned pin_min_length;	/* characters; 8 by default */
	unsigned pin_min_digits;	/* characters when all are digits; 10 */
	struct store_cost cost;
	unsigned sessions_max;	/* open at once; 0: 65536 */
	unsigned objects_max;	/* session objects at once; 0: 65536 */
	bool spare_slot;	/* an uninitialised slot beside tokens */
	const char *group;	/* of users; the slots' names say it; or NULL */
	bool no_empty_slot;	/* none where there is no token, either */
	bool allow_network_store;	/* tokens where other hosts write */
	/* Whether a TPM is to guard new PINs of the token with this label;
	 * NULL: of none. */
	bool (*guards)(void *context, const char *label);
	void *guards_context;
	struct store_tries tries;
	/* Numbers start here, so that none is used twice by an application
	 * that outlives this process. */
	CK_SESSION_HANDLE first_session;
	CK_OBJECT_HANDLE first_session_object;
};

/* Before C_Initialize; later calls have no effect until C_Finalize. */
void soft_configure(const struct soft_configuration *configuration);
const CK_FUNCTION_LIST_3_0 *soft_functions(void);

#endif
