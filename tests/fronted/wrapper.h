/* SPDX-License-Identifier: BSD-2-Clause */
/* A module around another one, which an environment variable names. */

#ifndef WRAPPER_H
#define WRAPPER_H

#include "pkcs11/cryptoki.h"

/* Loads the module whose path the variable has, and gives its functions. Never
 * unloaded. CKR_GENERAL_ERROR: there is none. */
CK_RV wrapper_load(const char *variable, const CK_FUNCTION_LIST **whole);

#endif
