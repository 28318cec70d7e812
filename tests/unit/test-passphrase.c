/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that programs made of one and the same passphrase. */

#include "config.h"

#include "import/passphrase.h"
#include "tests/test.h"

#include <string.h>

static void
expect_form(const char *text, enum passphrase_form form, const char *digits)
{
	struct secret passphrase = { 0 }, encoded;
	const unsigned char *expected;
	size_t length;

	EXPECT(secret_copy(&passphrase, text, strlen(text)));
	EXPECT_NUMBER(
		passphrase_encode(&passphrase, form, &encoded), digits != NULL);
	if (digits) {
		expected = test_hex(digits, &length);
		EXPECT_BYTES(encoded.at, encoded.length, expected, length);
	}
	secret_clear(&encoded);
	secret_clear(&passphrase);
}

TEST(passphrase_has_two_bytes_a_character_and_an_end)
{
	expect_form("", PASSPHRASE_BMP, "0000");
	expect_form("ab", PASSPHRASE_BMP, "0061 0062 0000");
	expect_form("é黒", PASSPHRASE_BMP, "00e9 9ed2 0000");
	expect_form("😀", PASSPHRASE_BMP, "d83d de00 0000");
	expect_form("\xe9", PASSPHRASE_BMP, NULL);
}

TEST(passphrase_of_old_openssl_widens_each_byte)
{
	expect_form("é", PASSPHRASE_WIDENED, "00c3 00a9 0000");
	expect_form("\xe9", PASSPHRASE_WIDENED, "00e9 0000");
	expect_form("ab", PASSPHRASE_WIDENED, NULL);
}

TEST(passphrase_of_nothing_is_for_empty_ones)
{
	expect_form("", PASSPHRASE_NOTHING, "");
	expect_form("a", PASSPHRASE_NOTHING, NULL);
}

TEST(passphrase_in_single_bytes)
{
	expect_form("é", PASSPHRASE_UTF8, "c3a9");
	expect_form("\xe9", PASSPHRASE_UTF8, "e9");
	expect_form("é黒", PASSPHRASE_LOW_BYTES, "e9 d2");
	expect_form("a", PASSPHRASE_LOW_BYTES, NULL);
	expect_form("\xe9", PASSPHRASE_LOW_BYTES, NULL);
}
