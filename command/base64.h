/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as letters: base 64 in lines of 64, and PEM. [RFC4648, RFC7468] */

#ifndef BASE64_H
#define BASE64_H

#include "pkcs11/bytes.h"

#include <stdio.h>

/* Adds the text, each line ended by end. False: memory is short. */
bool base64_append(
	struct bytes *text, const void *from, size_t length, const char *end);
/* With the lines BEGIN and END around it. */
bool pem_append(
	struct bytes *text, const char *kind, const void *from, size_t length);

/* The bytes that the text stands for; blanks and line ends do not count. It
 * ends at the first "-" or "=". False when another character comes up. */
bool base64_read(const char *text, size_t length, struct bytes *bytes);

#endif
