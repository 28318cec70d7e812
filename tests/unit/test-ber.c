/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of BER promises. */

#include "config.h"

#include "import/ber.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static struct ber
reader(const char *digits)
{
	struct ber from;

	from.at = test_hex(digits, &from.length);
	return from;
}

static void
expect_content(const char *digits, const char *content)
{
	struct ber from = reader(digits), expected = reader(content);
	struct ber_item item;

	EXPECT(ber_next(&from, &item));
	EXPECT_BYTES(item.content.at, item.content.length, expected.at,
		expected.length);
}

static void
expect_refused(const char *digits)
{
	struct ber from = reader(digits);
	struct ber_item item;
	size_t length = from.length;

	EXPECT(!ber_next(&from, &item));
	EXPECT_NUMBER(from.length, length);
}

TEST(ber_reads_each_form_of_length)
{
	expect_content("04 02 61 62", "61 62");
	expect_content("04 81 02 61 62", "61 62");
	expect_content("04 84 00000002 61 62", "61 62");
	expect_content("04 8a 00000000000000000002 61 62", "61 62");
	expect_content("30 80 04 01 61 00 00", "04 01 61");
	expect_content(
		"30 80 30 80 04 01 61 00 00 00 00 ff", "30 80 04 01 61 00 00");
}

TEST(ber_refuses_what_is_not_whole)
{
	expect_refused("");
	expect_refused("30");
	expect_refused("04 03 61 62");
	expect_refused("04 82 ff");
	expect_refused("04 88 ffffffffffffffff 61");
	expect_refused("04 89 01ffffffffffffffff 61");
	expect_refused("30 80 04 01 61");
	expect_refused("30 80 04 01 61 00");
	expect_refused("30 80 30 80 04 01 61 00 00");
}

TEST(ber_refuses_indefinite_primitives_and_high_tags)
{
	expect_refused("04 80 00 00");
	expect_refused("3f 81 01 00");
	expect_refused("1f 01 00");
}

TEST(ber_takes_indefinite_lengths_only_so_deep)
{
	unsigned char nested[4 * 1000 * 4];
	struct ber from = { nested, 0 };
	struct ber_item item;
	size_t depth, limit = BER_DEPTH;

	for (depth = limit; depth <= 4000; depth += 4000 - limit) {
		for (from.length = 0; from.length < 2 * depth;) {
			nested[from.length++] = 0x30;
			nested[from.length++] = 0x80;
		}
		memset(nested + from.length, 0, 2 * depth);
		from.length += 2 * depth;
		EXPECT_NUMBER(ber_next(&from, &item), depth == limit);
		from.at = nested;
	}
}

TEST(ber_joins_strings_in_pieces_of_pieces)
{
	struct ber from = reader("24 80 04 01 61 24 05 04 01 62 04 00 04 01 63 "
				 "00 00 05 00");
	struct secret joined = { 0 };
	struct ber string;

	EXPECT(ber_take_string(&from, BER_OCTET_STRING, &joined, &string));
	EXPECT_BYTES(string.at, string.length, "abc", 3);
	EXPECT_NUMBER(ber_peek(&from), BER_NULL);
	secret_clear(&joined);
}

TEST(ber_joins_implicitly_tagged_strings)
{
	struct ber from = reader("a0 80 04 01 61 04 01 62 00 00");
	struct secret joined = { 0 };
	struct ber string;

	EXPECT(ber_take_string(&from, BER_CONTEXT | 0, &joined, &string));
	EXPECT_BYTES(string.at, string.length, "ab", 2);
	secret_clear(&joined);
	from = reader("80 02 61 62");
	EXPECT(ber_take_string(&from, BER_CONTEXT | 0, &joined, &string));
	EXPECT_BYTES(string.at, string.length, "ab", 2);
	EXPECT(joined.at == NULL);
}

TEST(ber_refuses_pieces_of_another_kind)
{
	struct ber from = reader("24 04 04 00 02 00");
	struct secret joined = { 0 };
	struct ber string;

	EXPECT(!ber_take_string(&from, BER_OCTET_STRING, &joined, &string));
	EXPECT_NUMBER(from.length, 6);
}

TEST(ber_reads_unsigned_numbers_only)
{
	struct ber from = reader("02 09 00 ffffffffffffffff 02 01 ff 02 00");
	struct ber magnitude;
	uint64_t number;

	EXPECT(ber_take_number(&from, &number));
	EXPECT_NUMBER(number, UINT64_MAX);
	EXPECT(!ber_take_number(&from, &number));
	from = reader("02 09 01 0000000000000000");
	EXPECT(!ber_take_number(&from, &number));
	EXPECT(ber_take_unsigned(&from, &magnitude));
	EXPECT_NUMBER(magnitude.length, 9);
	from = reader("02 00");
	EXPECT(!ber_take_unsigned(&from, &magnitude));
}

TEST(ber_writes_identifiers_in_digits)
{
	struct ber from = reader("06 09 2a 86 48 86 f7 0d 01 0c 0a"
				 "06 03 88 37 03 06 01 80 06 0b"
				 "ff ff ff ff ff ff ff ff ff ff 7f");
	char text[BER_OID_TEXT];

	EXPECT(ber_take_oid(&from, text));
	EXPECT_TEXT(text, "1.2.840.113549.1.12.10");
	EXPECT(ber_take_oid(&from, text));
	EXPECT_TEXT(text, "2.999.3");
	EXPECT(!ber_take_oid(&from, text));
	from = reader("06 0b ff ff ff ff ff ff ff ff ff ff 7f");
	EXPECT(!ber_take_oid(&from, text));
}

static void
expect_text(const char *digits, const char *expected)
{
	struct ber from = reader(digits);
	struct ber_item item;
	char *text;

	EXPECT(ber_next(&from, &item));
	text = ber_text(&item);
	EXPECT(text != NULL);
	EXPECT_TEXT(text, expected);
	free(text);
}

TEST(ber_texts_become_utf8)
{
	expect_text("0c 03 c3 a9 61", "éa");
	expect_text("14 02 e9 61", "éa");
	expect_text("1e 04 00e9 0061", "éa");
	expect_text("1e 06 d83d de00 0000", "😀");
	expect_text("1c 04 0001f600", "😀");
}

TEST(ber_texts_cannot_move_the_cursor)
{
	expect_text("0c 03 61 1b 62",
		"a\xef\xbf\xbd"
		"b");
	expect_text("0c 04 61 00 62 63",
		"a\xef\xbf\xbd"
		"bc");
	expect_text("0c 03 e2 80 ae", "\xef\xbf\xbd");
	expect_text("0c 02 c0 80", "\xef\xbf\xbd\xef\xbf\xbd");
	expect_text("1e 02 d800", "\xef\xbf\xbd");
}
