/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a certificate, read without trusting a byte of it. */

#include "config.h"

#include "keeper/validity.h"
#include "tests/test.h"

#include <string.h>

/* Each has version, serial number, algorithm, issuer and validity, as a
 * certificate does, and nothing after. This is the beginning of its time. */
#define FROM "17 0d 3230303130313030303030305a "

static bool
read_hex(const char *digits, time_t *end)
{
	size_t length;
	const unsigned char *at = test_hex(digits, &length);

	return validity_read(at, length, end);
}

TEST(validity_reads_both_kinds_of_time)
{
	time_t end;

	EXPECT(read_hex(
		"30 2e 30 2c a0 03 02 01 02 02 01 01 30 00 30 00 30 1e" FROM
		"17 0d 3330303130313030303030305a",
		&end));
	EXPECT_NUMBER(end, 1893456000); /* 2030-01-01 */
	EXPECT(read_hex(
		"30 30 30 2e a0 03 02 01 02 02 01 01 30 00 30 00 30 20" FROM
		"18 0f 32303530303130313030303030305a",
		&end));
	EXPECT_NUMBER(end, 2524608000); /* 2050-01-01 */
	/* Version 1 does not say so; 99 is 1999. */
	EXPECT(read_hex("30 29 30 27 02 01 01 30 00 30 00 30 1e" FROM
			"17 0d 3939303130313030303030305a",
		&end));
	EXPECT_NUMBER(end, 915148800); /* 1999-01-01 */
}

TEST(validity_is_not_read_from_anything_shorter_or_altered)
{
	static const char whole[] =
		"30 2e 30 2c a0 03 02 01 02 02 01 01 30 00 30 00 30 1e" FROM
		"17 0d 3330303130313030303030305a";
	size_t length, i, bit;
	const unsigned char *at = test_hex(whole, &length);
	unsigned char copy[64];
	time_t end;

	for (i = 0; i < length; i++)
		EXPECT(!validity_read(at, i, &end));
	/* No altered byte is read beyond the end: a sanitizer sees. */
	for (i = 0; i < length; i++)
		for (bit = 0; bit < 8; bit++) {
			memcpy(copy, at, length);
			copy[i] ^= (unsigned char)(1u << bit);
			(void)validity_read(copy, length, &end);
		}
	EXPECT(!read_hex("30 84 7fffffff 00", &end));
	EXPECT(!read_hex("30 80 00 00", &end));
}
