/* SPDX-License-Identifier: BSD-2-Clause */
/* C_GetAttributeValue on the wire. Asked is u32 count, and per attribute its
 * row, whether there is room, and how much (in the unit of its kind); a
 * template's room is again a list of rooms. Answered is per attribute a state,
 * and a length or a value. [PKCS11 5.7.5] */

#include "config.h"

#include "pkcs11/template.h"

#include <string.h>

enum state {
	STATE_UNAVAILABLE,
	STATE_LENGTH,
	STATE_VALUE,
};

/* How many bytes of a value count as one on the wire. */
static size_t
unit(const struct attribute_row *row)
{
	switch (row->kind) {
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_NUMBERS:
		return sizeof(CK_ULONG);
	case ATTRIBUTE_TEMPLATE:
		return sizeof(CK_ATTRIBUTE);
	default:
		return 1;
	}
}

static bool
has_values(CK_RV rv)
{
	return rv == CKR_OK || rv == CKR_ATTRIBUTE_SENSITIVE ||
		rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_BUFFER_TOO_SMALL;
}

static uint32_t
room_of(const CK_ATTRIBUTE *attribute, size_t size)
{
	CK_ULONG room = attribute->pValue ? attribute->ulValueLen / size : 0;

	return (uint32_t)(room < VALUE_CAP ? room : VALUE_CAP);
}

/* The rooms inside a template have no type yet: they are in bytes. */
static CK_RV
put_nested_rooms(struct wire *wire, const CK_ATTRIBUTE *at, uint32_t count)
{
	uint32_t i;

	if (count > TEMPLATE_CAP)
		return CKR_ARGUMENTS_BAD;
	for (i = 0; i < count; i++) {
		wire_put_byte(wire, at[i].pValue != NULL);
		wire_put_u32(wire, room_of(&at[i], 1));
	}
	return CKR_OK;
}

CK_RV
query_put(struct wire *wire, const CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known)
{
	const struct attribute_row *row;
	size_t start = wire->length;
	uint32_t asked = 0, room;
	CK_ULONG i;
	CK_RV rv = CKR_OK;

	if ((!at && count) || count > TEMPLATE_CAP)
		return CKR_ARGUMENTS_BAD;
	wire_put_u32(wire, 0);
	for (i = 0; i < count && rv == CKR_OK; i++) {
		row = attribute_row_find(at[i].type, known);
		if (!row)
			continue;
		asked++;
		room = room_of(&at[i], unit(row));
		wire_put_u32(wire, row->number);
		wire_put_byte(wire, at[i].pValue != NULL);
		wire_put_u32(wire, room);
		if (row->kind == ATTRIBUTE_TEMPLATE)
			rv = put_nested_rooms(wire, at[i].pValue, room);
	}
	wire_set_u32(wire, start, asked);
	return rv;
}

/* Attributes, and behind them a second run that remembers what was offered. */
static CK_ATTRIBUTE *
take_attributes(struct arena *arena, size_t count)
{
	return arena_take(arena, 2 * count * sizeof(CK_ATTRIBUTE));
}

static CK_RV
take_bytes_room(struct arena *arena, CK_ATTRIBUTE *attribute, size_t length)
{
	attribute->pValue = arena_take(arena, length);
	attribute->ulValueLen = length;
	return attribute->pValue ? CKR_OK : CKR_DEVICE_MEMORY;
}

static CK_RV
take_nested_rooms(struct wire *wire, struct arena *arena,
	CK_ATTRIBUTE *attribute, uint32_t count)
{
	CK_ATTRIBUTE *nested = take_attributes(arena, count);
	bool is_offered;
	uint32_t i, room;
	CK_RV rv = nested ? CKR_OK : CKR_DEVICE_MEMORY;

	for (i = 0; rv == CKR_OK && i < count && !wire->failed; i++) {
		is_offered = wire_take_byte(wire) != 0;
		room = wire_take_u32(wire);
		if (is_offered)
			rv = take_bytes_room(arena, &nested[i], room);
		nested[count + i] = nested[i];
	}
	attribute->pValue = nested;
	attribute->ulValueLen = count * sizeof(CK_ATTRIBUTE);
	return rv;
}

static CK_RV
take_room(struct wire *wire, struct arena *arena, uint32_t known,
	CK_ATTRIBUTE *attribute)
{
	const struct attribute_row *row =
		attribute_row_at(wire_take_u32(wire), known);
	bool is_offered = wire_take_byte(wire) != 0;
	uint32_t room = wire_take_u32(wire);
	bool is_template = row && row->kind == ATTRIBUTE_TEMPLATE;

	if (!row || room > VALUE_CAP || (is_template && room > TEMPLATE_CAP))
		wire->failed = true;
	if (wire->failed)
		return CKR_OK;
	attribute->type = row->type;
	if (!is_offered)
		return CKR_OK;
	if (is_template)
		return take_nested_rooms(wire, arena, attribute, room);
	return take_bytes_room(arena, attribute, room * unit(row));
}

CK_RV
query_take(struct wire *wire, struct arena *arena, uint32_t known,
	struct query *result)
{
	uint32_t count = wire_take_count(wire, 9), i;
	CK_ATTRIBUTE *at;
	CK_RV rv = CKR_OK;

	if (count > TEMPLATE_CAP)
		wire->failed = true;
	if (wire->failed)
		return CKR_OK;
	at = take_attributes(arena, count);
	if (!at)
		return CKR_DEVICE_MEMORY;
	for (i = 0; i < count && !wire->failed && rv == CKR_OK; i++) {
		rv = take_room(wire, arena, known, &at[i]);
		at[count + i] = at[i];
	}
	*result = (struct query){ at, at + count, count };
	return rv;
}

static void give_values(struct wire *wire, const struct query *query,
	uint32_t known, int depth);

static void
give_numbers(struct wire *wire, const CK_ULONG *numbers, CK_ULONG count)
{
	CK_ULONG i;

	wire_put_u32(wire, (uint32_t)count);
	for (i = 0; i < count; i++)
		wire_put_number(wire, numbers[i]);
}

static void
give_nested(struct wire *wire, const CK_ATTRIBUTE *attribute, CK_ULONG room,
	uint32_t known, int depth)
{
	struct query nested = { .at = attribute->pValue };

	nested.count = attribute->ulValueLen / sizeof(CK_ATTRIBUTE);
	nested.offered = nested.at + room / sizeof(CK_ATTRIBUTE);
	give_values(wire, &nested, known, depth - 1);
}

static void
give_value(struct wire *wire, const CK_ATTRIBUTE *attribute, CK_ULONG room,
	const struct attribute_row *row, uint32_t known, int depth)
{
	wire_put_byte(wire, STATE_VALUE);
	switch (row->kind) {
	case ATTRIBUTE_NUMBER:
	case ATTRIBUTE_NUMBERS:
		give_numbers(wire, attribute->pValue,
			attribute->ulValueLen / sizeof(CK_ULONG));
		break;
	case ATTRIBUTE_TEMPLATE:
		give_nested(wire, attribute, room, known, depth);
		break;
	default:
		wire_put_bytes(wire, attribute->pValue, attribute->ulValueLen);
	}
}

/* Tokens that leave the needed length behind a room too small mean -1. */
static bool
is_available(const CK_ATTRIBUTE *attribute, const CK_ATTRIBUTE *offered,
	const struct attribute_row *row, int depth)
{
	CK_ULONG most;

	if (!row || (row->kind == ATTRIBUTE_TEMPLATE && depth == 0))
		return false;
	most = offered->pValue ? offered->ulValueLen : VALUE_CAP * unit(row);
	return attribute->ulValueLen <= most &&
		attribute->ulValueLen % unit(row) == 0;
}

static void
give_values(
	struct wire *wire, const struct query *query, uint32_t known, int depth)
{
	const struct attribute_row *row;
	const CK_ATTRIBUTE *at, *offered;
	CK_ULONG i;

	wire_put_u32(wire, (uint32_t)query->count);
	for (i = 0; i < query->count; i++) {
		at = &query->at[i];
		offered = &query->offered[i];
		row = attribute_row_find(at->type, known);
		wire_put_u32(wire, row ? row->number : 0);
		if (!is_available(at, offered, row, depth)) {
			wire_put_byte(wire, STATE_UNAVAILABLE);
		} else if (offered->pValue) {
			give_value(wire, at, offered->ulValueLen, row, known,
				depth);
		} else {
			wire_put_byte(wire, STATE_LENGTH);
			wire_put_u32(
				wire, (uint32_t)(at->ulValueLen / unit(row)));
		}
	}
}

void
query_give(
	struct wire *wire, const struct query *query, CK_RV rv, uint32_t known)
{
	if (has_values(rv))
		give_values(wire, query, known, 1);
}

static void
get_numbers(struct wire *wire, CK_ATTRIBUTE *attribute, CK_ULONG room)
{
	uint32_t count = wire_take_count(wire, 8), i;
	CK_ULONG value;

	if (count > room / sizeof(value)) {
		wire->failed = true;
		return;
	}
	for (i = 0; i < count; i++) {
		value = wire_take_number(wire);
		memcpy((CK_BYTE *)attribute->pValue + i * sizeof(value), &value,
			sizeof(value));
	}
	attribute->ulValueLen = count * sizeof(value);
}

static void
get_bytes(struct wire *wire, CK_ATTRIBUTE *attribute, CK_ULONG room)
{
	size_t length;
	const unsigned char *bytes = wire_take_bytes(wire, &length);

	if (!bytes || length > room) {
		wire->failed = true;
		return;
	}
	if (length)
		memcpy(attribute->pValue, bytes, length);
	attribute->ulValueLen = length;
}

static void get_attribute(struct wire *wire, CK_ATTRIBUTE *attribute,
	const struct attribute_row *row, uint32_t known, int depth);

static void
get_nested(struct wire *wire, CK_ATTRIBUTE *attribute, CK_ULONG room,
	uint32_t known, int depth)
{
	uint32_t count = wire_take_count(wire, 5), i;
	CK_ATTRIBUTE *nested = attribute->pValue;
	const struct attribute_row *row;

	if (depth == 0 || count > room / sizeof(CK_ATTRIBUTE))
		wire->failed = true;
	for (i = 0; i < count && !wire->failed; i++) {
		row = attribute_row_at(wire_take_u32(wire), known);
		if (row)
			nested[i].type = row->type;
		get_attribute(wire, &nested[i], row, known, depth - 1);
	}
	if (!wire->failed)
		attribute->ulValueLen = count * sizeof(CK_ATTRIBUTE);
}

/* Row NULL: a nested attribute that this side does not know, so unavailable. */
static void
get_attribute(struct wire *wire, CK_ATTRIBUTE *attribute,
	const struct attribute_row *row, uint32_t known, int depth)
{
	CK_ULONG room = attribute->pValue ? attribute->ulValueLen : 0;
	uint8_t state = wire_take_byte(wire);

	if (state > STATE_VALUE || (!row && state != STATE_UNAVAILABLE) ||
		(state == STATE_VALUE && !attribute->pValue) ||
		(state == STATE_LENGTH && attribute->pValue))
		wire->failed = true;
	if (wire->failed)
		return;
	if (state == STATE_UNAVAILABLE)
		attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	else if (state == STATE_LENGTH)
		attribute->ulValueLen = wire_take_u32(wire) * unit(row);
	else if (row->kind == ATTRIBUTE_TEMPLATE)
		get_nested(wire, attribute, room, known, depth);
	else if (unit(row) == 1)
		get_bytes(wire, attribute, room);
	else
		get_numbers(wire, attribute, room);
}

/* Whoever is told that all went well reads as many bytes as the length says. */
CK_RV
query_get(struct wire *wire, CK_ATTRIBUTE *at, CK_ULONG count, uint32_t known,
	CK_RV rv)
{
	const struct attribute_row *row;
	bool is_whole = true;
	uint32_t answered;
	CK_ULONG i;

	if (!has_values(rv))
		return rv;
	answered = wire_take_count(wire, 5);
	for (i = 0; i < count && !wire->failed; i++) {
		row = attribute_row_find(at[i].type, known);
		if (!row) {
			at[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
			is_whole = false;
			continue;
		}
		if (answered-- == 0 || wire_take_u32(wire) != row->number)
			wire->failed = true;
		get_attribute(wire, &at[i], row, known, 1);
		is_whole &= at[i].ulValueLen != CK_UNAVAILABLE_INFORMATION;
	}
	if (answered)
		wire->failed = true;
	return rv == CKR_OK && !is_whole ? CKR_ATTRIBUTE_TYPE_INVALID : rv;
}
