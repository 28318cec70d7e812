/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of the soft token, each soft_ and its name in the standard. */

#ifndef SOFT_CALLS_H
#define SOFT_CALLS_H

#include "pkcs11/cryptoki.h"

#define SOFT_DECLARE(name, arguments) CK_RV soft_##name arguments;
CK_FUNCTIONS_2_40(SOFT_DECLARE)
CK_FUNCTIONS_3_0(SOFT_DECLARE)
#undef SOFT_DECLARE

/* Longer inputs are refused before anything reads them. */
enum { INPUT_MAX = 1 << 30 };

/* A pointer with a length: NULL only with length 0. */
#define IS_INPUT(at, length) (((at) || !(length)) && (length) <= INPUT_MAX)

/* Writes text padded with blanks, as the standard's fixed fields are. */
void soft_pad(CK_UTF8CHAR *field, size_t room, const char *text);

#endif
