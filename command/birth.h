/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a token: its PIN, its recovery code, its label. */

#ifndef BIRTH_H
#define BIRTH_H

#include "command/token.h"

/* What import calls a token that it has to make. */
#define BIRTH_LABEL "Privy Seal"

/* Before the module is loaded, for who may make a token. False, after saying
 * why: the options contradict. */
bool birth_prepare(const struct request *request);

/*
 * Initialises the first empty slot (of the keeper that --keeper names). The PIN
 * comes from --pin-file, --pin-fd or the terminal. The recovery code goes into
 * --recovery-code-file (mode 0600; a code that is already in it is used), else
 * it is shown. The token is open for changes and logged in. False, after saying
 * why; then no token was made, or the message says what to do.
 */
bool birth_make(const struct module *module, const struct request *request,
	const char *label, struct token *token);

#endif
