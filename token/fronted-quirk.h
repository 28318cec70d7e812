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
	/* To ask it for a session's state may end the session. */
	bool ends_sessions;
	/* A failure of its device is for good, until it is started anew. */
	bool fails_for_good;
	/* Has ciphers, but no way to bring a key to them. */
	bool cannot_unwrap;
};

/* What ails tokens, by who made them. */
struct fronted_token_quirk {
	const char *manufacturer;
	/* A login with a wrong PIN ends with CKR_GENERAL_ERROR. */
	bool wrong_pin_is_error;
};

/* Of a token; a row without any if it has none. */
const struct fronted_token_quirk *fronted_quirk_token(
	const CK_TOKEN_INFO *token);
/* Of a module that is initialized; a row without any if it has none. */
const struct fronted_quirk *fronted_quirk_find(
	const CK_FUNCTION_LIST_3_0 *vendor);

#endif
