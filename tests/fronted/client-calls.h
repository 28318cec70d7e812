/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that the client's steps are. */

#ifndef CLIENT_CALLS_H
#define CLIENT_CALLS_H

#include "pkcs11/cryptoki.h"

/* What a step told, at most. */
enum { CLIENT_RESULT = 2048 };

/* The module's functions. */
extern CK_FUNCTION_LIST *module;

/* Where the thread stands: with a slot, a session and a key of its own. */
struct place;
struct place *client_place(void);
void client_go(struct place *place);

/* Fills the result: the name of what the call returned, and what it told. Ends
 * the client where there is no such call. */
void client_call(const char *step, char result[CLIENT_RESULT]);

#endif
