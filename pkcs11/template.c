/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates on the wire: u32 count, and per attribute its row and its value. */

#include "config.h"

#include "pkcs11/template.h"

#include <string.h>

/* Templates may hold templates, which hold none. */
#define DEPTH 1

static CK_RV put_template(struct wire *wire, const CK_ATTRIBUTE *at,
	CK_ULONG count, uint32_t known, int depth);

static CK_RV
put_numbers(struct wire *wire, const CK_ATTRIBUTE *attribute)
{
	CK_ULONG count = attribute->ulValueLen / sizeof(CK_ULONG), i, value;

	if (attribute->ulValueLen % sizeof(CK_ULONG) || count > VALUE_CAP / 8)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	wire_put_u32(wire, (uint32_t)count);
	for (i = 0; i < count; i++) {
		memcpy(&value,
			(const CK_BYTE *)attribute->pValue + i * sizeof(value),
			sizeof(value));
		wire_put_number(wire, value);
	}
	return CKR_OK;
}

static CK_RV
put_value(struct wire *wire, const CK_ATTRIBUTE *attribute,
	const struct attribute_row *row, uint32_t known, int depth)
{
	CK_ULONG length = attribute->ulValueLen;

	switch (row->kind) {
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_NUMBERS:
		return put_numbers(wire, attribute);
	case ATTRIBUTE_TEMPLATE:
		if (length % sizeof(CK_ATTRIBUTE) || depth == 0)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		return put_template(wire, attribute->pValue,
			length / sizeof(CK_ATTRIBUTE), known, depth - 1);
	default:
		if (length > VALUE_CAP)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		wire_put_bytes(wire, attribute->pValue, length);
		return CKR_OK;
	}
}

static CK_RV
put_template(struct wire *wire, const CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known, int depth)
{
	const struct attribute_row *row;
	CK_ULONG i;
	CK_RV rv;

	if ((!at && count) || count > TEMPLATE_CAP)
		return CKR_ARGUMENTS_BAD;
	wire_put_u32(wire, (uint32_t)count);
	for (i = 0; i < count; i++) {
		row = attribute_row_find(at[i].type, known);
		if (!row)
			return CKR_ATTRIBUTE_TYPE_INVALID;
		if (!at[i].pValue && at[i].ulValueLen)
			return CKR_ATTRIBUTE_VALUE_INVALID;
		wire_put_u32(wire, row->number);
		rv = put_value(wire, &at[i], row, known, depth);
		if (rv != CKR_OK)
			return rv;
	}
	return wire->failed ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_OK;
}

CK_RV
template_put(struct wire *wire, const CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known)
{
	return put_template(wire, at, count, known, DEPTH);
}

static CK_RV take_template(struct wire *wire, struct arena *arena,
	uint32_t known, int depth, struct template *result);

static CK_RV
take_numbers(struct wire *wire, struct arena *arena, CK_ATTRIBUTE *attribute)
{
	uint32_t count = wire_take_count(wire, 8), i;
	CK_ULONG *numbers = arena_take(arena, count * sizeof(CK_ULONG));

	if (!numbers)
		return CKR_DEVICE_MEMORY;
	for (i = 0; i < count; i++)
		numbers[i] = wire_take_number(wire);
	attribute->pValue = numbers;
	attribute->ulValueLen = count * sizeof(CK_ULONG);
	return CKR_OK;
}

static CK_RV
take_nested(struct wire *wire, struct arena *arena, uint32_t known, int depth,
	CK_ATTRIBUTE *attribute)
{
	struct template nested = { 0 };
	CK_RV rv;

	if (depth == 0) {
		wire->failed = true;
		return CKR_OK;
	}
	rv = take_template(wire, arena, known, depth - 1, &nested);
	attribute->pValue = nested.at;
	attribute->ulValueLen = nested.count * sizeof(CK_ATTRIBUTE);
	return rv;
}

/* A copy: the token may hold it to the alignment of its type. */
static CK_RV
take_bytes(struct wire *wire, struct arena *arena, CK_ATTRIBUTE *attribute)
{
	size_t length;
	const unsigned char *bytes = wire_take_bytes(wire, &length);

	attribute->pValue = arena_take(arena, length);
	if (!attribute->pValue)
		return CKR_DEVICE_MEMORY;
	if (length)
		memcpy(attribute->pValue, bytes, length);
	attribute->ulValueLen = length;
	return CKR_OK;
}

static CK_RV
take_value(struct wire *wire, struct arena *arena, uint32_t known, int depth,
	CK_ATTRIBUTE *attribute)
{
	const struct attribute_row *row =
		attribute_row_at(wire_take_u32(wire), known);

	if (!row) {
		wire->failed = true;
		return CKR_OK;
	}
	attribute->type = row->type;
	switch (row->kind) {
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_NUMBERS:
		return take_numbers(wire, arena, attribute);
	case ATTRIBUTE_TEMPLATE:
		return take_nested(wire, arena, known, depth, attribute);
	default:
		return take_bytes(wire, arena, attribute);
	}
}

static CK_RV
take_template(struct wire *wire, struct arena *arena, uint32_t known, int depth,
	struct template *result)
{
	uint32_t count = wire_take_count(wire, 8), i;
	CK_RV rv;

	if (count > TEMPLATE_CAP)
		wire->failed = true;
	if (wire->failed)
		return CKR_OK;
	result->at = arena_take(arena, count * sizeof(CK_ATTRIBUTE));
	if (!result->at)
		return CKR_DEVICE_MEMORY;
	for (i = 0; i < count && !wire->failed; i++) {
		rv = take_value(wire, arena, known, depth, &result->at[i]);
		if (rv != CKR_OK)
			return rv;
	}
	result->count = count;
	return CKR_OK;
}

CK_RV
template_take(struct wire *wire, struct arena *arena, uint32_t known,
	struct template *result)
{
	return take_template(wire, arena, known, DEPTH, result);
}
