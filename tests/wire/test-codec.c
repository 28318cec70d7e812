/* SPDX-License-Identifier: BSD-2-Clause */
/* What is put on the wire is what is taken: every attribute and every
 * mechanism of the tables; and what must not cross does not. */

#include "config.h"

#include "pkcs11/name.h"
#include "pkcs11/parameter.h"
#include "pkcs11/template.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static struct wire wire;
static struct arena arena;

static CK_RV
cross(const CK_ATTRIBUTE *at, CK_ULONG count, struct template *taken)
{
	CK_RV rv;

	wire_reset(&wire);
	arena_clear(&arena);
	rv = template_put(&wire, at, count, tables_known.attributes);
	if (rv != CKR_OK)
		return rv;
	*taken = (struct template){ 0 };
	rv = template_take(&wire, &arena, tables_known.attributes, taken);
	EXPECT(wire_is_finished(&wire));
	return rv;
}

static void
expect_attribute(const CK_ATTRIBUTE *taken, const CK_ATTRIBUTE *put)
{
	EXPECT_NUMBER(taken->type, put->type);
	EXPECT_BYTES(
		taken->pValue, taken->ulValueLen, put->pValue, put->ulValueLen);
}

TEST(every_attribute_arrives_as_it_was_put)
{
	CK_ULONG numbers[] = { 5, CK_UNAVAILABLE_INFORMATION };
	CK_BYTE label[] = "inside";
	CK_ATTRIBUTE inside = { CKA_LABEL, label, sizeof(label) }, attribute;
	const struct attribute_row *row;
	struct template taken;
	uint32_t i;

	for (i = 1; i <= tables_known.attributes; i++) {
		row = attribute_row_at(i, tables_known.attributes);
		attribute = (CK_ATTRIBUTE){ row->type, numbers,
			row->kind == ATTRIBUTE_NUMBER ? sizeof(CK_ULONG)
						      : sizeof(numbers) };
		if (row->kind == ATTRIBUTE_TEMPLATE)
			attribute = (CK_ATTRIBUTE){ row->type, &inside,
				sizeof(inside) };
		EXPECT_RV(cross(&attribute, 1, &taken), CKR_OK);
		EXPECT_NUMBER(taken.count, 1);
		if (row->kind == ATTRIBUTE_TEMPLATE)
			expect_attribute(taken.at[0].pValue, &inside);
		else
			expect_attribute(taken.at, &attribute);
	}
}

TEST(attributes_of_the_constants_are_in_the_table)
{
	size_t i;

	for (i = 0; i < attribute_names_count; i++)
		if (!attribute_row_find(attribute_names[i].number,
			    tables_known.attributes) &&
			strcmp(attribute_names[i].text, "CKA_VENDOR_DEFINED"))
			test_fail(__FILE__, __LINE__, "%s is in no row",
				attribute_names[i].text);
}

TEST(templates_that_no_token_should_see_are_refused)
{
	CK_BYTE bytes[64] = { 0 };
	CK_ATTRIBUTE inner = { CKA_WRAP_TEMPLATE, bytes, 0 };
	CK_ATTRIBUTE outer = { CKA_WRAP_TEMPLATE, &inner, sizeof(inner) };
	CK_ATTRIBUTE bad[] = {
		{ CKA_LABEL, NULL, 5 },
		{ CKA_CLASS, bytes, 4 },
		{ CKA_WRAP_TEMPLATE, bytes, 5 },
		{ CKA_VALUE, bytes, VALUE_CAP + 1 },
		{ CKA_ALLOWED_MECHANISMS, bytes, (CK_ULONG)1 << 40 },
		{ CKA_LABEL, bytes, CK_UNAVAILABLE_INFORMATION },
	};
	CK_ATTRIBUTE unknown = { 0x80001267UL, bytes, 1 };
	struct template taken;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(
			cross(&bad[i], 1, &taken), CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(cross(&unknown, 1, &taken), CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_RV(cross(NULL, 1, &taken), CKR_ARGUMENTS_BAD);
	EXPECT_RV(cross(&unknown, TEMPLATE_CAP + 1, &taken), CKR_ARGUMENTS_BAD);
	/* Templates hold templates, which hold none. */
	EXPECT_RV(cross(&outer, 1, &taken), CKR_ATTRIBUTE_VALUE_INVALID);
}

/* Fills a structure with different bytes; its pointers with bytes of their
 * own. */
static void
fill(CK_BYTE *structure, const struct parameter_kind *kind, CK_BYTE *bytes)
{
	CK_ULONG length = 7;
	size_t i;

	for (i = 0; i < kind->size; i++)
		structure[i] = (CK_BYTE)(i + 1);
	for (i = 0; i < kind->count; i++)
		if (kind->fields[i].kind == FIELD_BYTES) {
			memcpy(structure + kind->fields[i].offset, &bytes,
				sizeof(bytes));
			memcpy(structure + kind->fields[i].length, &length,
				sizeof(length));
		}
}

static void
expect_field(
	const struct field *field, const CK_BYTE *taken, const CK_BYTE *put)
{
	static const size_t sizes[] = {
		[FIELD_NUMBER] = sizeof(CK_ULONG), [FIELD_BYTE] = 1
	};
	const CK_BYTE *bytes[2];
	CK_ULONG length[2];

	if (field->kind != FIELD_BYTES) {
		length[0] = field->kind == FIELD_BLOCK ? field->length
						       : sizes[field->kind];
		EXPECT_BYTES(taken + field->offset, length[0],
			put + field->offset, length[0]);
		return;
	}
	memcpy(&bytes[0], taken + field->offset, sizeof(bytes[0]));
	memcpy(&bytes[1], put + field->offset, sizeof(bytes[1]));
	memcpy(&length[0], taken + field->length, sizeof(length[0]));
	memcpy(&length[1], put + field->length, sizeof(length[1]));
	EXPECT(bytes[0] != bytes[1]);
	EXPECT_BYTES(bytes[0], length[0], bytes[1], length[1]);
}

static CK_MECHANISM *
cross_mechanism(const CK_MECHANISM *mechanism)
{
	CK_MECHANISM *taken;

	wire_reset(&wire);
	arena_clear(&arena);
	EXPECT_RV(mechanism_put(&wire, mechanism, tables_known.parameters),
		CKR_OK);
	EXPECT_RV(
		mechanism_take(&wire, &arena, tables_known.parameters, &taken),
		CKR_OK);
	EXPECT(wire_is_finished(&wire));
	return taken;
}

TEST(every_mechanism_arrives_with_its_parameter)
{
	CK_BYTE structure[256], bytes[] = "7 bytes";
	const struct parameter_kind *kind;
	CK_MECHANISM mechanism, *taken;
	uint32_t i;
	size_t j;

	for (i = 0; i < mechanism_rows_count; i++) {
		kind = parameter_kind_at(
			mechanism_rows[i].kind, tables_known.parameters);
		mechanism = (CK_MECHANISM){ mechanism_rows[i].type, structure,
			kind->size };
		EXPECT(kind->size <= sizeof(structure));
		fill(structure, kind, bytes);
		if (mechanism_rows[i].kind == PARAMETER_RAW)
			mechanism.ulParameterLen = 16;
		taken = cross_mechanism(&mechanism);
		EXPECT_NUMBER(taken->mechanism, mechanism.mechanism);
		EXPECT_NUMBER(taken->ulParameterLen, mechanism.ulParameterLen);
		for (j = 0; j < kind->count; j++)
			expect_field(
				&kind->fields[j], taken->pParameter, structure);
	}
	EXPECT(cross_mechanism(NULL) == NULL);
}

TEST(mechanisms_that_no_token_should_see_are_refused)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = { .ulSourceDataLen = 3 };
	CK_MECHANISM unknown = { 0x80001267UL, NULL, 0 };
	CK_MECHANISM bad[] = {
		{ CKM_RSA_PKCS, &oaep, 1 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) - 1 },
		{ CKM_AES_CBC, NULL, 16 },
		{ CKM_AES_CBC, &oaep, CK_UNAVAILABLE_INFORMATION },
	};
	size_t i;

	EXPECT_RV(mechanism_put(&wire, &unknown, tables_known.parameters),
		CKR_MECHANISM_INVALID);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(
			mechanism_put(&wire, &bad[i], tables_known.parameters),
			CKR_MECHANISM_PARAM_INVALID);
}

/* Answers a query as a token would that has these lengths. */
static void
answer(CK_ATTRIBUTE *at, CK_ULONG count, const CK_ULONG *lengths, CK_RV rv)
{
	struct query query = { 0 };
	CK_ULONG i;

	wire_reset(&wire);
	arena_clear(&arena);
	EXPECT_RV(query_put(&wire, at, count, tables_known.attributes), CKR_OK);
	EXPECT_RV(query_take(&wire, &arena, tables_known.attributes, &query),
		CKR_OK);
	EXPECT(wire_is_finished(&wire));
	EXPECT_NUMBER(query.count, count);
	for (i = 0; i < count; i++) {
		if (query.at[i].pValue && lengths[i] <= query.at[i].ulValueLen)
			memset(query.at[i].pValue, 'v', lengths[i]);
		query.at[i].ulValueLen = lengths[i];
	}
	wire_reset(&wire);
	query_give(&wire, &query, rv, tables_known.attributes);
}

static void
ask(CK_ATTRIBUTE *at, CK_ULONG count, const CK_ULONG *lengths, CK_RV rv)
{
	answer(at, count, lengths, rv);
	EXPECT_RV(query_get(&wire, at, count, tables_known.attributes, rv), rv);
	EXPECT(wire_is_finished(&wire));
}

TEST(query_never_writes_more_than_the_room_though_the_token_says_more)
{
	CK_BYTE room[16] = { 0 };
	CK_ATTRIBUTE attribute = { CKA_LABEL, room, 4 };
	const CK_ULONG four = 4, nine = 9;

	ask(&attribute, 1, &four, CKR_OK);
	EXPECT_BYTES(room, 5, "vvvv", 5);
	ask(&attribute, 1, &nine, CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_BYTES(room, 5, "vvvv", 5);
}

TEST(query_without_room_asks_for_lengths)
{
	CK_ATTRIBUTE attributes[] = {
		{ CKA_LABEL, NULL, 0 },
		{ CKA_CLASS, NULL, 0 },
		{ CKA_WRAP_TEMPLATE, NULL, 0 },
	};
	const CK_ULONG lengths[] = { 9, sizeof(CK_ULONG),
		2 * sizeof(CK_ATTRIBUTE) };

	ask(attributes, 3, lengths, CKR_OK);
	EXPECT_NUMBER(attributes[0].ulValueLen, 9);
	EXPECT_NUMBER(attributes[1].ulValueLen, sizeof(CK_ULONG));
	EXPECT_NUMBER(attributes[2].ulValueLen, 2 * sizeof(CK_ATTRIBUTE));
}

/* An application that is told that all went well reads as much as that. */
TEST(query_with_room_is_not_answered_by_a_length)
{
	CK_BYTE room[4];
	CK_ATTRIBUTE attribute = { CKA_LABEL, NULL, 0 };
	const CK_ULONG nine = 9;

	answer(&attribute, 1, &nine, CKR_OK);
	attribute = (CK_ATTRIBUTE){ CKA_LABEL, room, sizeof(room) };
	(void)query_get(&wire, &attribute, 1, tables_known.attributes, CKR_OK);
	EXPECT(wire.failed);
	EXPECT_NUMBER(attribute.ulValueLen, sizeof(room));
}

TEST(query_that_brings_less_than_was_asked_for_is_no_success)
{
	CK_BYTE room[4];
	CK_ATTRIBUTE attribute = { CKA_LABEL, room, sizeof(room) };
	const CK_ULONG nine = 9;

	answer(&attribute, 1, &nine, CKR_OK);
	EXPECT_RV(query_get(&wire, &attribute, 1, tables_known.attributes,
			  CKR_OK),
		CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_NUMBER(attribute.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}
