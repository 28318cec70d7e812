/* SPDX-License-Identifier: BSD-2-Clause */
/* What ails the modules of vendors, by who made them. */

#ifndef FRONTED_QUIRK_H
#define FRONTED_QUIRK_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

struct fronted_quirk {
	/* As C_GetInfo has it, without its blanks. */
	const char *manufacturer;
	/* Its own locks are the trouble: it is to have none, and one call at a
	 * time. */
	bool is_serial;
};

/* Of a module that is initialized; a row without any if it has none. */
const struct fronted_quirk *fronted_quirk_find(
	const CK_FUNCTION_LIST_3_0 *vendor);

#endif
