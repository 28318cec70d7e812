/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms on the wire: their type, the kind of their parameter, whether
 * there is one, and then its fields. */

#include "config.h"

#include "pkcs11/parameter.h"

#include <string.h>

static CK_ULONG
number_at(const CK_BYTE *structure, size_t offset)
{
	CK_ULONG value;

	memcpy(&value, structure + offset, sizeof(value));
	return value;
}

static CK_RV
put_field(
	struct wire *wire, const struct field *field, const CK_BYTE *structure)
{
	const CK_BYTE *bytes;
	CK_ULONG length;

	switch (field->kind) {
	case FIELD_NUMBER:
		wire_put_number(wire, number_at(structure, field->offset));
		break;
	case FIELD_BYTE:
		wire_put_byte(wire, structure[field->offset]);
		break;
	case FIELD_BLOCK:
		wire_put_raw(wire, structure + field->offset, field->length);
		break;
	case FIELD_BYTES:
		memcpy(&bytes, structure + field->offset, sizeof(bytes));
		length = number_at(structure, field->length);
		if ((!bytes && length) || length > PARAMETER_CAP)
			return CKR_MECHANISM_PARAM_INVALID;
		wire_put_bytes(wire, bytes, length);
		break;
	}
	return CKR_OK;
}

static CK_RV
put_parameter(struct wire *wire, const CK_MECHANISM *mechanism,
	const struct parameter_kind *kind)
{
	const CK_BYTE *structure = mechanism->pParameter;
	CK_RV rv = CKR_OK;
	size_t i;

	if (kind->size == 0)
		wire_put_bytes(wire, structure, mechanism->ulParameterLen);
	else if (mechanism->ulParameterLen != kind->size)
		return CKR_MECHANISM_PARAM_INVALID;
	for (i = 0; i < kind->count && rv == CKR_OK; i++)
		rv = put_field(wire, &kind->fields[i], structure);
	return rv;
}

CK_RV
mechanism_put(struct wire *wire, const CK_MECHANISM *mechanism, uint32_t known)
{
	uint32_t kind;
	bool has_parameter;

	wire_put_byte(wire, mechanism != NULL);
	if (!mechanism)
		return CKR_OK;
	kind = mechanism_parameter(mechanism->mechanism, known);
	has_parameter = mechanism->ulParameterLen != 0;
	if (kind == 0)
		return CKR_MECHANISM_INVALID;
	if (has_parameter &&
		(!mechanism->pParameter || kind == PARAMETER_NONE ||
			mechanism->ulParameterLen > PARAMETER_CAP))
		return CKR_MECHANISM_PARAM_INVALID;
	wire_put_number(wire, mechanism->mechanism);
	wire_put_u32(wire, kind);
	wire_put_byte(wire, has_parameter);
	return has_parameter
		? put_parameter(wire, mechanism, parameter_kind_at(kind, known))
		: CKR_OK;
}

/* A copy of the bytes; NULL when there are none. */
static CK_RV
take_bytes(
	struct wire *wire, struct arena *arena, CK_BYTE **at, CK_ULONG *length)
{
	size_t claimed;
	const unsigned char *bytes = wire_take_bytes(wire, &claimed);

	if (claimed > PARAMETER_CAP)
		wire->failed = true;
	*at = NULL;
	*length = 0;
	if (wire->failed || claimed == 0)
		return CKR_OK;
	*at = arena_take(arena, claimed);
	if (!*at)
		return CKR_DEVICE_MEMORY;
	memcpy(*at, bytes, claimed);
	*length = claimed;
	return CKR_OK;
}

static CK_RV
take_field(struct wire *wire, struct arena *arena, const struct field *field,
	CK_BYTE *structure)
{
	const unsigned char *block;
	CK_BYTE *bytes;
	CK_ULONG number;
	CK_RV rv = CKR_OK;

	switch (field->kind) {
	case FIELD_NUMBER:
		number = wire_take_number(wire);
		memcpy(structure + field->offset, &number, sizeof(number));
		break;
	case FIELD_BYTE:
		structure[field->offset] = wire_take_byte(wire);
		break;
	case FIELD_BLOCK:
		block = wire_take_raw(wire, field->length);
		if (block)
			memcpy(structure + field->offset, block, field->length);
		break;
	case FIELD_BYTES:
		rv = take_bytes(wire, arena, &bytes, &number);
		memcpy(structure + field->offset, &bytes, sizeof(bytes));
		memcpy(structure + field->length, &number, sizeof(number));
		break;
	}
	return rv;
}

static CK_RV
take_parameter(struct wire *wire, struct arena *arena,
	const struct parameter_kind *kind, CK_MECHANISM *mechanism)
{
	CK_BYTE *structure;
	CK_RV rv = CKR_OK;
	size_t i;

	if (kind->size == 0) {
		rv = take_bytes(
			wire, arena, &structure, &mechanism->ulParameterLen);
		mechanism->pParameter = structure;
		return rv;
	}
	structure = arena_take(arena, kind->size);
	if (!structure)
		return CKR_DEVICE_MEMORY;
	for (i = 0; i < kind->count && rv == CKR_OK; i++)
		rv = take_field(wire, arena, &kind->fields[i], structure);
	mechanism->pParameter = structure;
	mechanism->ulParameterLen = kind->size;
	return rv;
}

CK_RV
mechanism_take(struct wire *wire, struct arena *arena, uint32_t known,
	CK_MECHANISM **result)
{
	const struct parameter_kind *kind;
	CK_MECHANISM *mechanism;
	uint32_t number;
	CK_RV rv = CKR_OK;

	*result = NULL;
	if (wire_take_byte(wire) == 0)
		return CKR_OK;
	mechanism = arena_take(arena, sizeof(*mechanism));
	if (!mechanism)
		return CKR_DEVICE_MEMORY;
	mechanism->mechanism = wire_take_number(wire);
	number = wire_take_u32(wire);
	kind = parameter_kind_at(number, known);
	if (!kind) {
		wire->failed = true;
		return CKR_OK;
	}
	if (wire_take_byte(wire))
		rv = take_parameter(wire, arena, kind, mechanism);
	/* A sender with a longer table may know more mechanisms. */
	if (rv == CKR_OK && !wire->failed &&
		mechanism_parameter(mechanism->mechanism, known) != number)
		rv = CKR_MECHANISM_INVALID;
	*result = mechanism;
	return rv;
}
