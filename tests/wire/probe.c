/* SPDX-License-Identifier: BSD-2-Clause */
/* A token that reads every byte that it is given and fills every room. */

#include "config.h"

#include "tests/wire/probe.h"

#include "pkcs11/tables.h"

#include <string.h>

static volatile unsigned sum;
static unsigned state;

void
probe_begin(unsigned seed)
{
	state = seed;
}

/* Now and then a token lies, as drivers of cards do. */
static unsigned
draw(unsigned below)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % below;
}

CK_RV
probe_rv(void)
{
	static const CK_RV rvs[] = { CKR_OK, CKR_OK, CKR_OK,
		CKR_BUFFER_TOO_SMALL, CKR_ATTRIBUTE_SENSITIVE,
		CKR_DEVICE_ERROR };

	return rvs[draw(sizeof(rvs) / sizeof(rvs[0]))];
}

/* No bytes may come with a length: then nothing is to be read. */
void
touch_bytes(const void *at, CK_ULONG length)
{
	const unsigned char *bytes = at;

	while (at && length--)
		sum += *bytes++;
}

void
touch_template(const CK_ATTRIBUTE *at, CK_ULONG count)
{
	const struct attribute_row *row;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		row = attribute_row_find(at[i].type, tables_known.attributes);
		if (row && row->kind == ATTRIBUTE_TEMPLATE)
			touch_template(at[i].pValue,
				at[i].ulValueLen / sizeof(CK_ATTRIBUTE));
		else
			touch_bytes(at[i].pValue, at[i].ulValueLen);
	}
}

static void
touch_field(const struct field *field, const CK_BYTE *structure)
{
	const CK_BYTE *bytes;
	CK_ULONG length;

	if (field->kind != FIELD_BYTES)
		return;
	memcpy(&bytes, structure + field->offset, sizeof(bytes));
	memcpy(&length, structure + field->length, sizeof(length));
	touch_bytes(bytes, length);
}

void
touch_mechanism(const CK_MECHANISM *mechanism)
{
	const struct parameter_kind *kind;
	size_t i;

	if (!mechanism)
		return;
	touch_bytes(mechanism->pParameter, mechanism->ulParameterLen);
	kind = parameter_kind_at(mechanism_parameter(mechanism->mechanism,
					 tables_known.parameters),
		tables_known.parameters);
	for (i = 0; mechanism->pParameter && kind && i < kind->count; i++)
		touch_field(&kind->fields[i], mechanism->pParameter);
}

static void
fill_nested(CK_ATTRIBUTE *attribute)
{
	CK_ATTRIBUTE *nested = attribute->pValue;
	CK_ULONG count = attribute->ulValueLen / sizeof(*nested), i;

	for (i = 0; i < count; i++)
		nested[i].type = draw(2) ? CKA_LABEL : CKA_CLASS;
	fill_query(nested, count);
}

void
fill_query(CK_ATTRIBUTE *at, CK_ULONG count)
{
	const struct attribute_row *row;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		row = attribute_row_find(at[i].type, tables_known.attributes);
		if (at[i].pValue && row && row->kind == ATTRIBUTE_TEMPLATE)
			fill_nested(&at[i]);
		else if (at[i].pValue)
			fill_bytes(at[i].pValue, at[i].ulValueLen);
		else
			at[i].ulValueLen = draw(100);
		if (draw(8) == 0)
			at[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (draw(8) == 0)
			at[i].ulValueLen += draw(100000);
	}
}

void
fill_bytes(void *at, CK_ULONG length)
{
	if (at)
		memset(at, 0x5a, length);
}

void
fill_room(void *at, CK_ULONG *length, size_t size)
{
	if (!length)
		return;
	if (at)
		fill_bytes(at, *length * size);
	if (draw(4) == 0)
		*length += draw(1000);
}

void
fill_found(CK_OBJECT_HANDLE *at, CK_ULONG most, CK_ULONG *count)
{
	fill_bytes(at, most * sizeof(*at));
	if (count)
		*count = draw(2) ? most : draw((unsigned)most + 9);
}
