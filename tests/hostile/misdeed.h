/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor's module does wrong, as a file says. */

#ifndef MISDEED_H
#define MISDEED_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

/* Whether the file that MISDEED names has a line "CALL DEED" now. */
bool misdeed_is(const char *call, const char *deed);
/* Does what the file says of the call, if that can be done in any. CKR_OK: the
 * call goes on. */
CK_RV misdeed_do(const char *call);
/* A line for the file that DIARY names. */
void misdeed_note(const char *what, const char *call);

#endif
