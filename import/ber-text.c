/* SPDX-License-Identifier: BSD-2-Clause */
/* The strings of names: seven kinds, one UTF-8. */

#include "config.h"

#include "import/ber.h"
#include "import/unicode.h"

#include <stdlib.h>

/* Takes one code point; what is malformed becomes the replacement, a byte at a
 * time. False at the end only. */
static bool
take_lenient_utf8(struct ber *from, uint32_t *point)
{
	if (unicode_take_utf8(from, point))
		return true;
	if (from->length == 0)
		return false;
	from->at++;
	from->length--;
	*point = UNICODE_REPLACEMENT;
	return true;
}

static bool
take_latin1(struct ber *from, uint32_t *point)
{
	if (from->length == 0)
		return false;
	*point = *from->at++;
	from->length--;
	return true;
}

static bool
take_utf32(struct ber *from, uint32_t *point)
{
	if (from->length < 4)
		return false;
	*point = (uint32_t)from->at[0] << 24 | (uint32_t)from->at[1] << 16 |
		(uint32_t)from->at[2] << 8 | from->at[3];
	from->at += 4;
	from->length -= 4;
	return true;
}

/* Printable and IA5 strings with UTF-8 in them are common, TeletexStrings are
 * Latin-1 in practice. */
static const struct encoding {
	unsigned int tag;
	bool (*take)(struct ber *from, uint32_t *point);
	size_t width; /* the fewest bytes of a code point */
} encodings[] = {
	{ BER_UTF8_STRING, take_lenient_utf8, 1 },
	{ BER_PRINTABLE_STRING, take_lenient_utf8, 1 },
	{ BER_IA5_STRING, take_lenient_utf8, 1 },
	{ BER_NUMERIC_STRING, take_lenient_utf8, 1 },
	{ BER_TELETEX_STRING, take_latin1, 1 },
	{ BER_BMP_STRING, unicode_take_utf16, 2 },
	{ BER_UNIVERSAL_STRING, take_utf32, 4 },
};

static const struct encoding *
find_encoding(unsigned int tag)
{
	size_t i;

	for (i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (encodings[i].tag == tag)
			return &encodings[i];
	return NULL;
}

char *
ber_text(const struct ber_item *item)
{
	const struct encoding *encoding = find_encoding(item->tag);
	struct ber from = item->content;
	char *text;
	uint32_t point;
	size_t used = 0;

	if (!encoding || from.length > (size_t)1 << 20 ||
		!(text = malloc(from.length / encoding->width * 4 + 1)))
		return NULL;
	while (encoding->take(&from, &point)) {
		/* A terminating zero is a habit of some writers. */
		if (point == 0 && from.length == 0)
			break;
		if (unicode_is_control(point))
			point = UNICODE_REPLACEMENT;
		used += unicode_put_utf8(text + used, point);
	}
	text[used] = '\0';
	return text;
}
