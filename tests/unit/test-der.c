/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written as DER, byte for byte, and read back. */

#include "config.h"

#include "command/der.h"
#include "import/ber.h"
#include "tests/test.h"

#include <string.h>

static void
expect(struct der *der, const char *hex)
{
	size_t length;
	const unsigned char *bytes = test_hex(hex, &length);

	EXPECT(!der->has_failed);
	EXPECT_BYTES(der->bytes.at, der->bytes.length, bytes, length);
	der_clear(der);
}

TEST(der_numbers_are_unsigned_and_short)
{
	struct der der = { 0 };

	der_put_number(&der, 0);
	der_put_number(&der, 127);
	der_put_number(&der, 128);
	der_put_number(&der, 65537);
	expect(&der, "020100 02017f 02020080 0203010001");
	der_put_unsigned(&der, "\0\0\x80\x01", 4);
	der_put_unsigned(&der, "", 0);
	expect(&der, "0203008001 020100");
}

TEST(der_identifiers_have_groups_of_seven_bits)
{
	struct der der = { 0 };

	der_put_oid(&der, "1.2.840.113549.1.9.16.3.19");
	der_put_oid(&der, "2.16.840.1.101.3.4.2.1");
	der_put_oid(&der, "2.5.4.3");
	expect(&der,
		"060b2a864886f70d0109100313 0609608648016503040201 0603550403");
}

TEST(der_lengths_grow_with_the_content)
{
	static const size_t lengths[] = { 0, 127, 128, 255, 256, 65535, 65536 };
	static unsigned char content[65536];
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct der der = { 0 };
		struct ber from;
		struct ber_item item;

		der_put_whole(&der, content, lengths[i]);
		der_wrap(&der, 0, BER_OCTET_STRING);
		der_wrap(&der, 0, BER_SEQUENCE);
		EXPECT(!der.has_failed);
		from = (struct ber){ der.bytes.at, der.bytes.length };
		EXPECT(ber_enter(&from, BER_SEQUENCE, &from));
		EXPECT(ber_take(&from, BER_OCTET_STRING, &item));
		EXPECT_NUMBER(item.content.length, lengths[i]);
		EXPECT_NUMBER(from.length, 0);
		der_clear(&der);
	}
}

TEST(der_set_of_is_in_the_order_of_its_bytes)
{
	struct der der = { 0 };

	der_put_number(&der, 3);
	der_put_number(&der, 300);
	der_put_number(&der, 1);
	der_put(&der, BER_BOOLEAN, "\xff", 1);
	der_wrap_set_of(&der, 0, BER_SET);
	expect(&der, "310d 0101ff 020101 020103 0202012c");
}

TEST(der_bits_leave_none_unused)
{
	struct der der = { 0 };

	der_put_bits(&der, "\x04\x05", 2);
	expect(&der, "0303000405");
}
