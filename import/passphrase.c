/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that programs made of one and the same passphrase. */

#include "config.h"

#include "import/passphrase.h"

#include "import/unicode.h"

#include <string.h>

static struct ber
view(const struct secret *passphrase)
{
	return (struct ber){ passphrase->at, passphrase->length };
}

static bool
is_ascii(const struct secret *passphrase)
{
	size_t i;

	for (i = 0; i < passphrase->length; i++)
		if (passphrase->at[i] & 0x80)
			return false;
	return true;
}

static bool
encode_bmp(const struct secret *passphrase, struct secret *encoded)
{
	struct ber from = view(passphrase);
	unsigned char *at;
	uint32_t point;

	/* No character takes more than twice its bytes of UTF-8. */
	if (!secret_init(encoded, 2 * passphrase->length + 2))
		return false;
	for (at = encoded->at; unicode_take_utf8(&from, &point);) {
		if (point >= 0x10000) {
			point -= 0x10000;
			*at++ = (unsigned char)(0xd8 | point >> 18);
			*at++ = (unsigned char)(point >> 10);
			point = 0xdc00 | (point & 0x3ff);
		}
		*at++ = (unsigned char)(point >> 8);
		*at++ = (unsigned char)point;
	}
	secret_shorten(encoded, (size_t)(at - encoded->at) + 2);
	return from.length == 0;
}

static bool
encode_widened(const struct secret *passphrase, struct secret *encoded)
{
	size_t i;

	if (is_ascii(passphrase) ||
		!secret_init(encoded, 2 * passphrase->length + 2))
		return false;
	for (i = 0; i < passphrase->length; i++)
		encoded->at[2 * i + 1] = passphrase->at[i];
	return true;
}

static bool
encode_nothing(const struct secret *passphrase, struct secret *encoded)
{
	return passphrase->length == 0 && secret_init(encoded, 0);
}

static bool
encode_utf8(const struct secret *passphrase, struct secret *encoded)
{
	return secret_copy(encoded, passphrase->at, passphrase->length);
}

static bool
encode_low_bytes(const struct secret *passphrase, struct secret *encoded)
{
	struct ber from = view(passphrase);
	uint32_t point;
	size_t length = 0;

	if (is_ascii(passphrase) || !secret_init(encoded, passphrase->length))
		return false;
	while (unicode_take_utf8(&from, &point))
		encoded->at[length++] = (unsigned char)point;
	secret_shorten(encoded, length);
	return from.length == 0;
}

static bool (*const encoders[PASSPHRASE_FORMS])(
	const struct secret *passphrase, struct secret *encoded) = {
	[PASSPHRASE_BMP] = encode_bmp,
	[PASSPHRASE_WIDENED] = encode_widened,
	[PASSPHRASE_NOTHING] = encode_nothing,
	[PASSPHRASE_UTF8] = encode_utf8,
	[PASSPHRASE_LOW_BYTES] = encode_low_bytes,
};

bool
passphrase_encode(const struct secret *passphrase, enum passphrase_form form,
	struct secret *encoded)
{
	*encoded = (struct secret){ 0 };
	if (encoders[form](passphrase, encoded))
		return true;
	secret_clear(encoded);
	return false;
}
