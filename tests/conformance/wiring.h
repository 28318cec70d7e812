/* SPDX-License-Identifier: BSD-2-Clause */
/* What the suite may be run against: CONFORMANCE names one. */

#ifndef WIRING_H
#define WIRING_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

struct pins {
	const char *user, *officer, *new, *wrong;
};

struct wiring {
	const char *name;
	/* Prepares folder and gives the functions; calls none of them. */
	const CK_FUNCTION_LIST_3_0 *(*load)(const char *folder);
	/* Ends what load started; may be NULL. */
	void (*unload)(void);
	/* Our own token, for which there are no exceptions. */
	bool is_ours;
	/* A token that is there when the test begins, such as a card. */
	bool is_there;
	const struct pins *pins;
};

/* The one that CONFORMANCE names; ends the program when there is none. */
const struct wiring *wiring_chosen(void);

#endif
