/* SPDX-License-Identifier: BSD-2-Clause */
/* Attribute sets in the store's form, and the table of policy. */

#include "config.h"

#include "pkcs11/name.h"
#include "tests/test.h"
#include "token/attribute-policy.h"
#include "token/template.h"

#include <stdio.h>
#include <string.h>

static void
draft_rsa_key(struct draft *draft)
{
	EXPECT(draft_put_number(draft, CKA_CLASS, CKO_PRIVATE_KEY));
	EXPECT(draft_put_number(draft, CKA_KEY_TYPE, CKK_RSA));
	EXPECT(draft_put_number(
		draft, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION));
	EXPECT(draft_put(draft, CKA_LABEL, "a label", 7));
	EXPECT(draft_put(draft, CKA_ID, NULL, 0));
	EXPECT(draft_put(draft, CKA_PRIVATE_EXPONENT, "SECRET", 6));
	EXPECT(draft_put_flag(draft, CKA_SIGN, true));
}

TEST(attributes_come_back_as_they_were)
{
	struct draft draft = { .count = 0 };
	struct attributes set = { .count = 0 };
	struct bytes open;
	struct secret sealed;
	CK_ULONG i;
	const CK_ATTRIBUTE *back;

	draft_rsa_key(&draft);
	EXPECT_RV(attributes_encode(draft.at, draft.count, &open, &sealed),
		CKR_OK);
	EXPECT_RV(attributes_decode(&set, &open, &sealed), CKR_OK);
	EXPECT(open.at == NULL && sealed.at == NULL);
	EXPECT_NUMBER(set.count, draft.count);
	for (i = 0; i < draft.count; i++) {
		back = attribute_find(set.at, set.count, draft.at[i].type);
		EXPECT(back && attribute_equal(back, &draft.at[i]));
	}
	attributes_clear(&set);
}

TEST(only_secret_values_are_in_the_sealed_part)
{
	struct draft draft = { .count = 0 };
	struct bytes open;
	struct secret sealed;

	draft_rsa_key(&draft);
	EXPECT_RV(attributes_encode(draft.at, draft.count, &open, &sealed),
		CKR_OK);
	EXPECT(!memmem(open.at, open.length, "SECRET", 6));
	EXPECT(memmem(open.at, open.length, "a label", 7));
	EXPECT(memmem(sealed.at, sealed.length, "SECRET", 6));
	EXPECT_NUMBER(sealed.length, 8 + 6);
	bytes_clear(&open);
	secret_clear(&sealed);
}

/* A number takes eight bytes, its lowest first, whatever the machine. */
TEST(the_form_in_the_store_is_little_endian)
{
	static const unsigned char expected[] = { 0, 0, 0, 0, 8, 0, 0, 0, 3, 0,
		0, 0, 0, 0, 0, 0 };
	struct draft draft = { .count = 0 };
	struct bytes open;
	struct secret sealed;

	EXPECT(draft_put_number(&draft, CKA_CLASS, CKO_PRIVATE_KEY));
	EXPECT_RV(attributes_encode(draft.at, draft.count, &open, &sealed),
		CKR_OK);
	EXPECT_BYTES(open.at, open.length, expected, sizeof(expected));
	bytes_clear(&open);
}

TEST(a_cut_set_is_refused_wherever_it_was_cut)
{
	struct draft draft = { .count = 0 };
	struct attributes set = { .count = 0 };
	struct bytes open, cut;
	struct secret sealed, none = { 0 };
	size_t length, whole = 0;

	draft_rsa_key(&draft);
	EXPECT_RV(attributes_encode(draft.at, draft.count, &open, &sealed),
		CKR_OK);
	for (length = 0; length < open.length; length++) {
		EXPECT(bytes_copy(&cut, open.at, length));
		whole += attributes_decode(&set, &cut, &none) == CKR_OK;
		attributes_clear(&set);
	}
	/* Between two attributes it is a shorter set: six of them. */
	EXPECT_NUMBER(whole, 6);
	bytes_clear(&open);
	secret_clear(&sealed);
}

/* These belong to classes and key types that the token does not have. */
static bool
is_foreign(CK_ATTRIBUTE_TYPE type)
{
	static const struct {
		CK_ATTRIBUTE_TYPE first, last;
	} foreign[] = {
		{ CKA_AC_ISSUER, CKA_ATTR_TYPES }, /* attribute certificates */
		{ CKA_PRIME, CKA_SUB_PRIME_BITS }, /* DSA, DH */
		{ CKA_VALUE_BITS, CKA_VALUE_BITS },
		{ CKA_SECONDARY_AUTH, CKA_AUTH_PIN_FLAGS }, /* deprecated */
		{ CKA_OTP_FORMAT, CKA_OTP_TIME },
		{ CKA_GOSTR3410_PARAMS, CKA_GOST28147_PARAMS },
		{ CKA_HW_FEATURE_TYPE, CKA_MIME_TYPES },
		{ CKA_MECHANISM_TYPE, CKA_SUPPORTED_CMS_ATTRIBUTES },
	};
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		if (type >= foreign[i].first && type <= foreign[i].last)
			return true;
	return false;
}

TEST(every_attribute_that_is_known_has_a_row)
{
	const struct policy *row;
	size_t i, j;

	for (i = 0; i < attribute_names_count; i++) {
		for (j = 0; (row = policy_at(j)); j++)
			if (row->type == attribute_names[i].number)
				break;
		if (!row && !is_foreign(attribute_names[i].number))
			test_fail(__FILE__, __LINE__, "%s has no row",
				attribute_names[i].text);
		if (row && is_foreign(attribute_names[i].number))
			test_fail(__FILE__, __LINE__, "%s is not foreign",
				attribute_names[i].text);
	}
}

/* Otherwise the second row would never be read. */
TEST(no_two_rows_are_for_the_same_object)
{
	const struct policy *one, *other;
	size_t i, j;

	for (i = 0; (one = policy_at(i)); i++)
		for (j = i + 1; (other = policy_at(j)); j++)
			if (one->type == other->type &&
				(one->classes & other->classes) &&
				(one->keys & other->keys))
				test_fail(__FILE__, __LINE__,
					"%s: rows %zu and %zu",
					attribute_name(one->type), i, j);
}

static bool
is_about_flags(const struct policy *row)
{
	enum change changes[] = { row->change, row->copy };
	size_t i;

	for (i = 0; i < 2; i++)
		if (changes[i] != FIXED && changes[i] != FREE)
			return true;
	return row->create == BY_SO || row->generate == BY_SO ||
		row->import == BY_SO || row->preset == NO ||
		row->preset == YES || row->preset == IF_TOKEN ||
		row->preset == IF_SESSION || row->preset == IF_UNSAID ||
		row->preset == IF_SESSION_OR_UNSAID;
}

TEST(columns_of_a_row_go_together)
{
	const struct policy *row;
	size_t i;

	for (i = 0; (row = policy_at(i)); i++)
		if ((is_about_flags(row) && row->kind != KIND_FLAG) ||
			(row->preset == ZERO && row->kind != KIND_NUMBER) ||
			(row->preset == EMPTY && row->kind == KIND_FLAG) ||
			/* What is kept secret never changes. */
			(row->shown == UNLESS_SENSITIVE &&
				(row->change != FIXED || row->copy != FIXED)))
			test_fail(__FILE__, __LINE__, "%s, row %zu",
				attribute_name(row->type), i);
}

/* A use of a private or secret key that was not given is never gained, and no
 * protection is lost. [PKCS11 4.9, 4.10] */
TEST(private_and_secret_keys_only_tighten)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		enum change change;
	} expected[] = {
		{ CKA_SIGN, TO_FALSE },
		{ CKA_DECRYPT, TO_FALSE },
		{ CKA_DERIVE, TO_FALSE },
		{ CKA_UNWRAP, TO_FALSE },
		{ CKA_EXTRACTABLE, TO_FALSE },
		{ CKA_SENSITIVE, TO_TRUE },
		{ CKA_WRAP_WITH_TRUSTED, TO_TRUE },
		{ CKA_LOCAL, FIXED },
		{ CKA_ALWAYS_SENSITIVE, FIXED },
		{ CKA_NEVER_EXTRACTABLE, FIXED },
		{ CKA_ALLOWED_MECHANISMS, FIXED },
		{ CKA_COPYABLE, TO_FALSE },
		{ CKA_DESTROYABLE, TO_FALSE },
	};
	static const CK_OBJECT_CLASS classes[] = { CKO_PRIVATE_KEY,
		CKO_SECRET_KEY };
	static const CK_KEY_TYPE types[] = { CKK_RSA, CKK_AES };
	const struct policy *row;
	size_t i, j;

	for (j = 0; j < 2; j++)
		for (i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
			row = policy_find(
				expected[i].type, classes[j], types[j]);
			if (!row || row->change != expected[i].change ||
				row->copy != expected[i].change)
				test_fail(__FILE__, __LINE__, "%s",
					attribute_name(expected[i].type));
		}
}

TEST(a_template_that_says_one_thing_in_two_ways_is_refused)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE twice[] = { { CKA_SENSITIVE, &yes, 1 },
		{ CKA_SENSITIVE, &no, 1 } };

	EXPECT_RV(template_check(twice, 2), CKR_TEMPLATE_INCONSISTENT);
	twice[1].pValue = &yes;
	EXPECT_RV(template_check(twice, 2), CKR_OK);
	twice[1].ulValueLen = (CK_ULONG)1 << 40;
	EXPECT_RV(template_check(twice, 2), CKR_ATTRIBUTE_VALUE_INVALID);
	twice[1].pValue = NULL;
	twice[1].ulValueLen = 1;
	EXPECT_RV(template_check(twice, 2), CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(template_check(NULL, 1), CKR_ARGUMENTS_BAD);
}
