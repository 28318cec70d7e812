/* SPDX-License-Identifier: BSD-2-Clause */
/* Curves that a file spells out in numbers instead of naming them: old
 * versions of Java's libraries do. [SEC1 C.2] */

#include "config.h"

#include "import/p12-crypto.h"
#include "import/p12-library.h"
#include "import/p12-number.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <string.h>

struct numbers {
	struct ber prime, a, b, generator, order;
};

/* ECParameters over a prime field. */
static bool
take_numbers(struct ber from, struct numbers *numbers)
{
	struct ber inside, field, curve;
	struct ber_item a, b, generator;
	uint64_t version;
	char oid[BER_OID_TEXT];

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_number(&inside, &version) ||
		!ber_enter(&inside, BER_SEQUENCE, &field) ||
		!ber_take_oid(&field, oid) ||
		strcmp(oid, "1.2.840.10045.1.1") != 0 ||
		!ber_take_unsigned(&field, &numbers->prime) ||
		!ber_enter(&inside, BER_SEQUENCE, &curve) ||
		!ber_take(&curve, BER_OCTET_STRING, &a) ||
		!ber_take(&curve, BER_OCTET_STRING, &b) ||
		!ber_take(&inside, BER_OCTET_STRING, &generator) ||
		!ber_take_unsigned(&inside, &numbers->order))
		return false;
	numbers->a = a.content;
	numbers->b = b.content;
	numbers->generator = generator.content;
	return true;
}

static bool
is_number(BN_CTX *context, struct ber from, const BIGNUM *expected)
{
	BIGNUM *number = number_read(context, from);

	return number && BN_cmp(number, expected) == 0;
}

/* The generator in the form in which the file has it. */
static bool
is_generator(BN_CTX *context, const EC_GROUP *group, struct ber from)
{
	unsigned char point[200];
	size_t length;

	if (from.length == 0 || from.length > sizeof(point))
		return false;
	length = EC_POINT_point2oct(group, EC_GROUP_get0_generator(group),
		from.at[0] == 4 ? POINT_CONVERSION_UNCOMPRESSED
				: POINT_CONVERSION_COMPRESSED,
		point, sizeof(point), context);
	return length == from.length && memcmp(point, from.at, length) == 0;
}

static bool
is_group(BN_CTX *context, const EC_GROUP *group, const struct numbers *numbers)
{
	BIGNUM *p = BN_CTX_get(context), *a = BN_CTX_get(context),
	       *b = BN_CTX_get(context);

	return b && EC_GROUP_get_curve(group, p, a, b, context) &&
		is_number(context, numbers->prime, p) &&
		is_number(context, numbers->a, a) &&
		is_number(context, numbers->b, b) &&
		is_number(
			context, numbers->order, EC_GROUP_get0_order(group)) &&
		is_generator(context, group, numbers->generator);
}

bool
crypto_curve_is(const char *name, struct ber parameters)
{
	struct numbers numbers;
	BN_CTX *context;
	EC_GROUP *group;
	bool is_it;

	if (!take_numbers(parameters, &numbers))
		return false;
	context = BN_CTX_new_ex(library());
	group = EC_GROUP_new_by_curve_name_ex(
		library(), NULL, OBJ_sn2nid(name));
	if (context)
		BN_CTX_start(context);
	is_it = context && group && is_group(context, group, &numbers);
	if (context)
		BN_CTX_end(context);
	BN_CTX_free(context);
	EC_GROUP_free(group);
	return is_it;
}
