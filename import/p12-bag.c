/* SPDX-License-Identifier: BSD-2-Clause */
/* The bags of PKCS #12: what each holds. [RFC7292 4.2] */

#include "config.h"

#include "import/p12.h"

#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

/* Safe contents inside safe contents: seen one deep. */
#define NESTING_LIMIT 8

static enum refusal
malformed(struct intake *intake, const char *where)
{
	return fail(intake->failure, REFUSAL_DAMAGED, "%s", where);
}

struct bag {
	struct ber value;
	char *label; /* owned */
	unsigned int depth;
};

/* The friendly name; whatever else is told of a bag may be a lie, or of no
 * use to anybody but its writer. */
static void
take_attributes(struct bag *bag, struct ber from)
{
	struct ber attributes, attribute, values;
	struct ber_item value;
	char oid[BER_OID_TEXT];

	if (!ber_enter(&from, BER_SET, &attributes))
		return;
	while (ber_enter(&attributes, BER_SEQUENCE, &attribute))
		if (!bag->label && ber_take_oid(&attribute, oid) &&
			strcmp(oid, "1.2.840.113549.1.9.20") == 0 &&
			ber_enter(&attribute, BER_SET, &values) &&
			ber_next(&values, &value))
			bag->label = ber_text(&value);
}

static enum refusal
read_key_bag(struct intake *intake, const struct bag *bag)
{
	return bundle_add_key(intake, bag->value, bag->label);
}

static enum refusal
read_sealed_key_bag(struct intake *intake, const struct bag *bag)
{
	return bundle_add_sealed_key(intake, bag->value, bag->label);
}

static enum refusal
read_certificate_bag(struct intake *intake, const struct bag *bag)
{
	struct ber from = bag->value, inside, outer, der;
	struct secret joined = { 0 };
	enum refusal refusal;
	char oid[BER_OID_TEXT];

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_oid(&inside, oid))
		return malformed(intake, _("a certificate's bag"));
	if (strcmp(oid, "1.2.840.113549.1.9.22.1") != 0)
		return bundle_skip(intake, _("a certificate"),
			_("it is of a kind other than X.509"), false,
			REFUSAL_NONE);
	if (ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 0, &outer) &&
		ber_take_string(&outer, BER_OCTET_STRING, &joined, &der))
		refusal = bundle_add_certificate(intake, der, bag->label);
	else
		refusal = malformed(intake, _("a certificate's bag"));
	secret_clear(&joined);
	return refusal;
}

static enum refusal
skip_list_bag(struct intake *intake, const struct bag *bag)
{
	return bundle_skip(intake, _("a list of revoked certificates"),
		_("it is not needed to sign or read mail"), false,
		REFUSAL_NONE);
}

static enum refusal
skip_secret_bag(struct intake *intake, const struct bag *bag)
{
	return bundle_skip(intake, _("a secret"),
		_("it is neither a private key nor a certificate"), false,
		REFUSAL_NONE);
}

static enum refusal read_bags(
	struct intake *intake, struct ber from, unsigned int depth);

static enum refusal
read_nested_bag(struct intake *intake, const struct bag *bag)
{
	return read_bags(intake, bag->value, bag->depth + 1);
}

static const struct bag_kind {
	const char *oid;
	enum refusal (*read)(struct intake *intake, const struct bag *bag);
} bag_kinds[] = {
	{ "1.2.840.113549.1.12.10.1.1", read_key_bag },
	{ "1.2.840.113549.1.12.10.1.2", read_sealed_key_bag },
	{ "1.2.840.113549.1.12.10.1.3", read_certificate_bag },
	{ "1.2.840.113549.1.12.10.1.4", skip_list_bag },
	{ "1.2.840.113549.1.12.10.1.5", skip_secret_bag },
	{ "1.2.840.113549.1.12.10.1.6", read_nested_bag },
};

static enum refusal
dispatch_bag(struct intake *intake, const char *oid, const struct bag *bag)
{
	size_t i;

	for (i = 0; i < sizeof(bag_kinds) / sizeof(bag_kinds[0]); i++)
		if (strcmp(bag_kinds[i].oid, oid) == 0)
			return bag_kinds[i].read(intake, bag);
	return bundle_skip(
		intake, oid, _("its kind is unknown"), false, REFUSAL_NONE);
}

static enum refusal
read_bag(struct intake *intake, struct ber from, unsigned int depth)
{
	struct bag bag = { .depth = depth };
	enum refusal refusal;
	char oid[BER_OID_TEXT];

	if (!ber_take_oid(&from, oid) ||
		!ber_enter(&from, BER_CONTEXT_CONSTRUCTED | 0, &bag.value))
		return malformed(intake, _("a bag"));
	take_attributes(&bag, from);
	refusal = dispatch_bag(intake, oid, &bag);
	free(bag.label);
	return refusal;
}

/* SafeContents */
static enum refusal
read_bags(struct intake *intake, struct ber from, unsigned int depth)
{
	struct ber bags, bag;
	enum refusal refusal;

	if (depth > NESTING_LIMIT || !ber_enter(&from, BER_SEQUENCE, &bags))
		return malformed(intake, _("the list of bags"));
	while (!intake->is_over && ber_enter(&bags, BER_SEQUENCE, &bag)) {
		refusal = read_bag(intake, bag, depth);
		if (refusal != REFUSAL_NONE)
			return refusal;
	}
	return bags.length == 0 ? REFUSAL_NONE
				: malformed(intake, _("the list of bags"));
}

enum refusal
p12_read_bags(struct intake *intake, struct ber from)
{
	return read_bags(intake, from, 0);
}
