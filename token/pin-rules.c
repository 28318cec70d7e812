/* SPDX-License-Identifier: BSD-2-Clause */
/* What a new PIN must be like. */

#include "config.h"

#include "token/pin-rules.h"

#include "pkcs11/log.h"

#include <stdbool.h>
#include <string.h>

/* How many bytes follow a first byte, which bits of it count, and the least
 * number that may be written so (a longer form than needed is not UTF-8). */
static const struct {
	unsigned char mask, is, bits;
	unsigned following;
	unsigned long least;
} forms[] = {
	{ 0x80, 0x00, 0x7f, 0, 0x1 },
	{ 0xe0, 0xc0, 0x1f, 1, 0x80 },
	{ 0xf0, 0xe0, 0x0f, 2, 0x800 },
	{ 0xf8, 0xf0, 0x07, 3, 0x10000 },
};

/* Steps over one character; false when it is none, or a NUL. */
static bool
step(const CK_UTF8CHAR **at, const CK_UTF8CHAR *end)
{
	unsigned long character;
	unsigned i, rest;

	for (i = 0; (**at & forms[i].mask) != forms[i].is;)
		if (++i == sizeof(forms) / sizeof(*forms))
			return false;
	character = **at & forms[i].bits;
	rest = forms[i].following;
	if ((size_t)(end - *at) <= rest)
		return false;
	for (++*at; rest; rest--, ++*at) {
		if ((**at & 0xc0) != 0x80)
			return false;
		character = character << 6 | (**at & 0x3f);
	}
	return character >= forms[i].least && character <= 0x10ffff &&
		(character < 0xd800 || character > 0xdfff);
}

CK_RV
pin_check_new(const CK_UTF8CHAR *pin, CK_ULONG length, unsigned minimum,
	unsigned minimum_digits)
{
	const CK_UTF8CHAR *at = pin, *end = pin + length;
	bool only_digits = true;
	unsigned characters = 0;

	if (length > PIN_LENGTH_MAX)
		return refuse(CKR_PIN_LEN_RANGE, "the new PIN is too long");
	while (at < end) {
		only_digits = only_digits && *at >= '0' && *at <= '9';
		if (!step(&at, end))
			return refuse(CKR_PIN_INVALID,
				"the new PIN is not UTF-8 text");
		characters++;
	}
	if (characters < minimum ||
		(only_digits && characters < minimum_digits))
		return refuse(CKR_PIN_LEN_RANGE,
			"the new PIN needs %u characters (%u if only digits)",
			minimum, minimum_digits);
	return CKR_OK;
}

CK_RV
pin_check_try(const CK_UTF8CHAR *pin, CK_ULONG length)
{
	if (length > PIN_LENGTH_MAX)
		return refuse(CKR_PIN_LEN_RANGE, "no PIN is that long");
	/* No PIN has one; and to the KDF's HMAC a PIN and the same one with
	 * NUL bytes behind it are one key. */
	if (memchr(pin, 0, length))
		return refuse(CKR_PIN_INCORRECT, "no PIN has a NUL byte");
	return CKR_OK;
}
