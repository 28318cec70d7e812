/* SPDX-License-Identifier: BSD-2-Clause */
/* Code points in and out of UTF-8, and what may be shown of them. */

#include "config.h"

#include "import/unicode.h"

/* How a first byte tells the length of its sequence, and the least code point
 * that needs one so long. */
static const struct form {
	unsigned char mask, lead;
	unsigned int length;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

static const struct form *
find_form(unsigned char lead)
{
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((lead & forms[i].mask) == forms[i].lead)
			return &forms[i];
	return NULL;
}

static bool
is_surrogate(uint32_t point)
{
	return point >= 0xd800 && point <= 0xdfff;
}

bool
unicode_take_utf8(struct ber *from, uint32_t *point)
{
	const struct form *form;
	uint32_t value;
	unsigned int i;

	if (from->length == 0 || !(form = find_form(from->at[0])) ||
		form->length > from->length)
		return false;
	value = from->at[0] & (unsigned char)~form->mask;
	for (i = 1; i < form->length; i++) {
		if ((from->at[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (from->at[i] & 0x3f);
	}
	if (value < form->least || value > 0x10ffff || is_surrogate(value))
		return false;
	from->at += form->length;
	from->length -= form->length;
	*point = value;
	return true;
}

bool
unicode_take_utf16(struct ber *from, uint32_t *point)
{
	uint32_t high, low;

	if (from->length < 2)
		return false;
	high = (uint32_t)from->at[0] << 8 | from->at[1];
	from->at += 2;
	from->length -= 2;
	*point = high;
	if (!is_surrogate(high))
		return true;
	*point = UNICODE_REPLACEMENT;
	if (high >= 0xdc00 || from->length < 2)
		return true;
	low = (uint32_t)from->at[0] << 8 | from->at[1];
	if (low < 0xdc00 || low > 0xdfff)
		return true;
	from->at += 2;
	from->length -= 2;
	*point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

size_t
unicode_put_utf8(char at[4], uint32_t point)
{
	size_t length = point < 0x80 ? 1
		: point < 0x800      ? 2
		: point < 0x10000    ? 3
				     : 4;
	size_t i;

	for (i = length; i-- > 1; point >>= 6)
		at[i] = (char)(0x80 | (point & 0x3f));
	at[0] = (char)(forms[length - 1].lead | point);
	return length;
}

bool
unicode_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
		(point >= 0x200b && point <= 0x200f) ||
		(point >= 0x2028 && point <= 0x202e) ||
		(point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
		point == 0xfffe || point == 0xffff || is_surrogate(point) ||
		point > 0x10ffff;
}
