/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks up rows of the three tables of the wire. */

#include "config.h"

#include "pkcs11/tables.h"

static uint32_t
smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

struct known
known_by_both(uint32_t calls, uint32_t parameters, uint32_t attributes)
{
	struct known known = {
		smaller(calls, tables_known.calls),
		smaller(parameters, tables_known.parameters),
		smaller(attributes, tables_known.attributes),
	};

	return known;
}

const struct attribute_row *
attribute_row_at(uint32_t number, uint32_t known)
{
	return number && number <= known ? &attribute_rows[number - 1] : NULL;
}

const struct attribute_row *
attribute_row_find(CK_ATTRIBUTE_TYPE type, uint32_t known)
{
	uint32_t low = 0, high = tables_known.attributes, middle;
	const struct attribute_row *row;

	while (low < high) {
		middle = low + (high - low) / 2;
		row = &attribute_rows[attribute_order[middle] - 1];
		if (row->type == type)
			return row->number <= known ? row : NULL;
		if (row->type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct parameter_kind *
parameter_kind_at(uint32_t number, uint32_t known)
{
	return number && number <= known ? &parameter_kinds[number - 1] : NULL;
}

uint32_t
mechanism_parameter(CK_MECHANISM_TYPE type, uint32_t known)
{
	uint32_t low = 0, high = mechanism_rows_count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (mechanism_rows[middle].type == type)
			return mechanism_rows[middle].kind <= known
				? mechanism_rows[middle].kind
				: 0;
		if (mechanism_rows[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}
