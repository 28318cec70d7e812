/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys are equal when they are the same key, however written. */

#include "config.h"

#include "import/public-key.h"
#include "tests/test.h"

#include <string.h>

/* The base point of P-256, which everybody knows. */
#define X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define P256 "30 13 06 07 2a8648ce3d0201 06 08 2a8648ce3d030107"

static void
parse(struct public_key *key, const char *digits)
{
	struct ber from;
	struct ber_item info;

	from.at = test_hex(digits, &from.length);
	EXPECT(ber_next(&from, &info));
	EXPECT(public_key_parse(key, &info));
}

TEST(public_keys_match_compressed_and_not)
{
	struct public_key full, compressed, other;

	parse(&full, "30 59" P256 "03 42 00 04" X Y);
	parse(&compressed, "30 39" P256 "03 22 00 03" X);
	parse(&other, "30 39" P256 "03 22 00 02" X);
	EXPECT_TEXT(full.name, "EC P-256");
	EXPECT(public_key_equal(&full, &full));
	EXPECT(public_key_equal(&full, &compressed));
	EXPECT(public_key_equal(&compressed, &full));
	EXPECT(!public_key_equal(&full, &other));
	EXPECT(!public_key_equal(&compressed, &other));
	public_key_clear(&full);
	public_key_clear(&compressed);
	public_key_clear(&other);
}

/* The same bytes on two curves are two keys. */
TEST(public_keys_of_two_curves_differ)
{
	struct public_key one, other;

	parse(&one, "30 2a 30 05 06 03 2b6570 03 21 00" X);
	parse(&other, "30 2a 30 05 06 03 2b656e 03 21 00" X);
	EXPECT_NUMBER(one.kind, KEY_EDWARDS);
	EXPECT_NUMBER(other.kind, KEY_MONTGOMERY);
	EXPECT(!public_key_equal(&one, &other));
	public_key_clear(&one);
	public_key_clear(&other);
}

TEST(public_key_id_is_the_digest_of_the_point)
{
	static const unsigned char expected[] = { 0xb4, 0x67, 0xa3, 0x99 };
	unsigned char id[PUBLIC_KEY_ID_LENGTH];
	struct public_key key;

	parse(&key, "30 59" P256 "03 42 00 04" X Y);
	EXPECT(public_key_id(&key, id));
	EXPECT_BYTES(id, 4, expected, 4);
	public_key_clear(&key);
}

TEST(public_keys_of_unknown_kinds_have_a_name)
{
	struct public_key key;

	parse(&key, "30 0b 30 05 06 03 2a0304 03 02 00 01");
	EXPECT_NUMBER(key.kind, KEY_OTHER);
	EXPECT_TEXT(key.name, "1.2.3.4");
	public_key_clear(&key);
}
