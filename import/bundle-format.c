/* SPDX-License-Identifier: BSD-2-Clause */
/* Which format bytes are of, by what they look like. */

#include "config.h"

#include "import/bundle-build.h"

#include "import/p12.h"
#include "pkcs11/text.h"

/* An algorithm and a string of bytes, and no more: a sealed key. */
static bool
is_sealed_key(struct ber from)
{
	struct ber inside, algorithm;

	return ber_enter(&from, BER_SEQUENCE, &inside) &&
		ber_enter(&inside, BER_SEQUENCE, &algorithm) &&
		ber_peek(&algorithm) == BER_OID &&
		(ber_peek(&inside) & ~(unsigned int)BER_CONSTRUCTED) ==
		BER_OCTET_STRING;
}

static bool
is_key(struct ber from)
{
	struct ber inside;
	uint64_t version;

	return ber_enter(&from, BER_SEQUENCE, &inside) &&
		ber_take_number(&inside, &version) && version <= 1 &&
		ber_peek(&inside) != 0;
}

static enum refusal
add_sealed_key(struct intake *intake, struct ber from)
{
	return bundle_add_sealed_key(intake, from, NULL);
}

static enum refusal
add_key(struct intake *intake, struct ber from)
{
	return bundle_add_key(intake, from, NULL);
}

static bool
is_certificate(struct ber from)
{
	struct certificate certificate;
	bool is_one = certificate_parse(&certificate, from.at, from.length);

	certificate_clear(&certificate);
	return is_one;
}

static enum refusal
add_certificate(struct intake *intake, struct ber from)
{
	return bundle_add_certificate(intake, from, NULL);
}

static const struct format {
	const char *name;
	bool (*is_one)(struct ber from);
	enum refusal (*read)(struct intake *intake, struct ber from);
} formats[] = {
	{ "PKCS #12", p12_is_one, p12_read },
	{ "PKCS #8", is_sealed_key, add_sealed_key },
	{ "PKCS #8", is_key, add_key },
	{ "PKCS #7", p7_is_one, p7_read },
	{ "X.509", is_certificate, add_certificate },
};

/* It began as one of the formats, and its end is missing. */
static bool
was_cut(struct ber from)
{
	struct ber_item item;

	return from.length > 4 && from.at[0] == BER_SEQUENCE &&
		from.at[1] >= 0x80 && from.at[1] <= 0x84 &&
		!ber_next(&from, &item);
}

enum refusal
bundle_add_any(struct intake *intake, struct ber from)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].is_one(from)) {
			intake->bundle->format = formats[i].name;
			return formats[i].read(intake, from);
		}
	if (was_cut(from))
		return fail(intake->failure, REFUSAL_DAMAGED, "%s",
			_("its end is missing"));
	return fail(intake->failure, REFUSAL_FORMAT_UNKNOWN, "%s", "");
}
