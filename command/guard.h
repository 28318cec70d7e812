/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens whose PIN a TPM guards: the wish for it, and what it refuses. */

#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

#include "pkcs11/cryptoki.h"

/* New PINs of the user's token with this label are to be guarded: a line of the
 * configuration, which undone takes out again. *is_new: it was not there
 * before. False, after saying why. */
bool guard_wish(const char *label, bool *is_new);
void guard_wish_undone(const char *label);

/* After a login or a new PIN that failed: if it was for the TPM, says why and
 * what to do. */
bool guard_explain(CK_RV rv, const char *label);

#endif
