/* SPDX-License-Identifier: BSD-2-Clause */
/* RC2 and RC4 against published vectors. */

#include "config.h"

#include "import/rc2.h"
#include "tests/test.h"

#include <string.h>

static struct ber
reader(const char *digits)
{
	struct ber from;

	from.at = test_hex(digits, &from.length);
	return from;
}

/* [RFC2268 5] */
static const struct vector {
	const char *key;
	unsigned int bits;
	const char *plain, *sealed;
} vectors[] = {
	{ "0000000000000000", 63, "0000000000000000", "ebb773f993278eff" },
	{ "ffffffffffffffff", 64, "ffffffffffffffff", "278b27e42e2f0d49" },
	{ "3000000000000000", 64, "1000000000000001", "30649edf9be7d2c2" },
	{ "88", 64, "0000000000000000", "61a8a244adacccf0" },
	{ "88bca90e90875a", 64, "0000000000000000", "6ccf4308974c267f" },
	{ "88bca90e90875a7f0f79c384627bafb2", 64, "0000000000000000",
		"1a807d272bbe5db1" },
	{ "88bca90e90875a7f0f79c384627bafb2", 128, "0000000000000000",
		"2269552ab0f85ca6" },
	{ "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e",
		129, "0000000000000000", "5b78d3a43dfff1f1" },
};

/* The IV turns the plain block into one of padding: what is left is empty, and
 * any other block would have been refused. */
TEST(rc2_decrypts_the_published_blocks)
{
	unsigned char iv[8];
	struct secret plain = { 0 };
	struct ber block;
	size_t i, j;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		block = reader(vectors[i].plain);
		for (j = 0; j < sizeof(iv); j++)
			iv[j] = block.at[j] ^ 8;
		EXPECT(rc2_decrypt(reader(vectors[i].key), vectors[i].bits,
			(struct ber){ iv, sizeof(iv) },
			reader(vectors[i].sealed), &plain));
		EXPECT_NUMBER(plain.length, 0);
		secret_clear(&plain);
		iv[0] ^= 1;
		EXPECT(!rc2_decrypt(reader(vectors[i].key), vectors[i].bits,
			(struct ber){ iv, sizeof(iv) },
			reader(vectors[i].sealed), &plain));
		EXPECT(plain.at == NULL);
	}
}

TEST(rc2_refuses_lengths_that_cannot_be)
{
	struct secret plain = { 0 };
	struct ber key = reader("88bca90e90"), iv = reader("0000000000000000");
	struct ber none = { iv.at, 0 }, half = { iv.at, 4 };

	EXPECT(!rc2_decrypt(key, 40, iv, none, &plain));
	EXPECT(!rc2_decrypt(key, 40, iv, half, &plain));
	EXPECT(!rc2_decrypt(key, 40, half, iv, &plain));
	EXPECT(!rc2_decrypt(none, 40, iv, iv, &plain));
	EXPECT(!rc2_decrypt(key, 0, iv, iv, &plain));
	EXPECT(!rc2_decrypt(key, 1025, iv, iv, &plain));
	EXPECT(plain.at == NULL);
}

TEST(rc4_decrypts_a_well_known_text)
{
	struct secret plain = { 0 };

	EXPECT(rc4_decrypt(
		reader("4b6579"), reader("bbf316e8d940af0ad3"), &plain));
	EXPECT_BYTES(plain.at, plain.length, "Plaintext", 9);
	secret_clear(&plain);
}
