/* SPDX-License-Identifier: BSD-2-Clause */
/* Code points in and out of UTF-8, and what may be shown of them. */

#ifndef UNICODE_H
#define UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/ber.h"

#define UNICODE_REPLACEMENT 0xfffdu

/* Takes one code point of UTF-8; false at the end, and for what is no UTF-8
 * (then nothing was taken). */
bool unicode_take_utf8(struct ber *from, uint32_t *point);
/* The same of UTF-16BE (a BMPString that may hold surrogates). */
bool unicode_take_utf16(struct ber *from, uint32_t *point);

/* Writes a code point as UTF-8; how many bytes. */
size_t unicode_put_utf8(char at[4], uint32_t point);

/* It moves the cursor, turns the direction of the text or cannot be: such a
 * character of a stranger's name is never shown. */
bool unicode_is_control(uint32_t point);

#endif
