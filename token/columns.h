/* SPDX-License-Identifier: BSD-2-Clause */
/* Which attributes the store can search by, and how they are written there. */

#ifndef COLUMNS_H
#define COLUMNS_H

#include "token/attribute.h"
#include "token/store.h"

/* Borrowed from the list it was made of; the numbers are its own. */
struct columns {
	struct store_value at[COLUMN_COUNT];
	unsigned char number[2][8];
};

/* The columns of an object with these attributes. */
void columns_of_object(
	struct columns *columns, const CK_ATTRIBUTE *list, CK_ULONG count);
/* The columns to search by for a template. True: an object has the template's
 * attributes when its columns are these, and nothing more needs comparing. */
bool columns_of_template(
	struct columns *columns, const CK_ATTRIBUTE *template, CK_ULONG count);

/*
 * A serial number without the DER INTEGER around it, if it has one: clients
 * store it with, and some search without. The result points into the value.
 */
struct store_value serial_number(const CK_ATTRIBUTE *serial);

#endif
