/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration lets an application do with a token's keys. */

#ifndef POLICY_H
#define POLICY_H

#include "keeper/configuration.h"
#include "pkcs11/cryptoki.h"

/* The innermost layer, next to the token: it narrows what keys may do, asks
 * before they are used, and ends logins. Called once; the configuration and
 * the application's texts (subject) are borrowed for good. */
const CK_FUNCTION_LIST_3_0 *policy_wrap(const CK_FUNCTION_LIST_3_0 *next,
	const struct configuration *configuration,
	const struct subject *application);

#endif
