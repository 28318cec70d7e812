/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in hexadecimal digits. */

#ifndef HEX_H
#define HEX_H

#include <stddef.h>

/* Writes two small digits for each byte, and no end of a text. */
static inline void
hex_put(char *to, const void *at, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = at;
	size_t i;

	for (i = 0; i < length; i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 15];
	}
}

#endif
