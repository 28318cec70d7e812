/* SPDX-License-Identifier: BSD-2-Clause */
/* Which attributes the store can search by, and how they are written there. */

#include "config.h"

#include "token/columns.h"

#include <string.h>

#define ANY_CLASS CK_UNAVAILABLE_INFORMATION

/* The value of an attribute is in the column for objects of the class only. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	CK_OBJECT_CLASS class;
	enum store_column column;
} places[] = {
	{ CKA_CLASS, ANY_CLASS, COLUMN_CLASS },
	{ CKA_KEY_TYPE, ANY_CLASS, COLUMN_KEY_TYPE },
	{ CKA_ID, ANY_CLASS, COLUMN_ID },
	{ CKA_LABEL, ANY_CLASS, COLUMN_LABEL },
	{ CKA_SUBJECT, ANY_CLASS, COLUMN_SUBJECT },
	{ CKA_ISSUER, ANY_CLASS, COLUMN_ISSUER },
	{ CKA_SERIAL_NUMBER, ANY_CLASS, COLUMN_SERIAL },
	{ CKA_VALUE, CKO_CERTIFICATE, COLUMN_VALUE },
	{ CKA_MODULUS, CKO_PUBLIC_KEY, COLUMN_VALUE },
	{ CKA_EC_POINT, CKO_PUBLIC_KEY, COLUMN_VALUE },
};
enum { PLACES = sizeof(places) / sizeof(*places) };

struct store_value
serial_number(const CK_ATTRIBUTE *serial)
{
	const CK_BYTE *at = serial->pValue;

	if (serial->ulValueLen > 2 && serial->ulValueLen < 130 &&
		at[0] == 0x02 && at[1] == serial->ulValueLen - 2)
		return (struct store_value){ at + 2, serial->ulValueLen - 2 };
	return (struct store_value){ at, serial->ulValueLen };
}

/* The same bytes on every machine. */
static struct store_value
number_value(unsigned char room[8], const CK_ATTRIBUTE *value)
{
	CK_ULONG number;
	int i;

	memcpy(&number, value->pValue, sizeof(number));
	for (i = 0; i < 8; i++, number >>= 8)
		room[i] = (unsigned char)number;
	return (struct store_value){ room, 8 };
}

/* False: the column cannot hold this value. */
static bool
fill(struct columns *columns, enum store_column column,
	const CK_ATTRIBUTE *value)
{
	if (!value->pValue || value->ulValueLen == 0)
		return false;
	if (column == COLUMN_CLASS || column == COLUMN_KEY_TYPE) {
		if (value->ulValueLen != sizeof(CK_ULONG))
			return false;
		columns->at[column] = number_value(
			columns->number[column == COLUMN_KEY_TYPE], value);
	} else if (column == COLUMN_SERIAL) {
		columns->at[column] = serial_number(value);
	} else {
		columns->at[column].at = value->pValue;
		columns->at[column].length = value->ulValueLen;
	}
	return true;
}

/* Puts the attribute where it belongs; false when that is nowhere. */
static bool
place(struct columns *columns, CK_OBJECT_CLASS class, const CK_ATTRIBUTE *value)
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (places[i].type == value->type &&
			(places[i].class == ANY_CLASS ||
				places[i].class == class))
			return fill(columns, places[i].column, value);
	return false;
}

void
columns_of_object(
	struct columns *columns, const CK_ATTRIBUTE *list, CK_ULONG count)
{
	CK_OBJECT_CLASS class =
		attribute_number(list, count, CKA_CLASS, ANY_CLASS);
	CK_ULONG i;

	*columns = (struct columns){ 0 };
	for (i = 0; i < count; i++)
		(void)place(columns, class, &list[i]);
}

bool
columns_of_template(
	struct columns *columns, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_CLASS class =
		attribute_number(template, count, CKA_CLASS, ANY_CLASS);
	bool is_all = true;
	CK_ULONG i;

	*columns = (struct columns){ 0 };
	for (i = 0; i < count; i++)
		/* Every row of the store is a token object. */
		if (template[i].type != CKA_TOKEN ||
			!attribute_flag(&template[i], 1, CKA_TOKEN, false))
			is_all &= place(columns, class, &template[i]);
	return is_all;
}
