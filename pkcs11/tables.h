/* SPDX-License-Identifier: BSD-2-Clause */
/* The three append-only tables of the wire, as both ends read them. */

#ifndef TABLES_H
#define TABLES_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>
#include <stdint.h>

/* How many rows of each table both ends of a connection know. */
struct known {
	uint32_t calls, parameters, attributes;
};

/* Handles that cross in one answer. */
#define FOUND_CAP 4096

/* What this side knows. */
extern const struct known tables_known;
/* The smaller of each count. */
struct known known_by_both(
	uint32_t calls, uint32_t parameters, uint32_t attributes);

/* calls.table; row 0 is the hello. */
struct call_row {
	const char *name;
	int seconds; /* the module waits for the answer */
	bool is_repeatable;
	CK_RV absent; /* without a keeper; CKR_OK: it starts one */
};
extern const struct call_row call_rows[];

/* attributes.table */
enum attribute_kind {
	ATTRIBUTE_BYTES,
	ATTRIBUTE_FLAG,
	ATTRIBUTE_DATE,
	ATTRIBUTE_NUMBER,
	ATTRIBUTE_NUMBERS,
	ATTRIBUTE_TEMPLATE,
};
struct attribute_row {
	CK_ATTRIBUTE_TYPE type;
	uint32_t number; /* from 1 */
	enum attribute_kind kind;
};
/* The row of the type or of the number; NULL when it is not known. */
const struct attribute_row *attribute_row_find(
	CK_ATTRIBUTE_TYPE type, uint32_t known);
const struct attribute_row *attribute_row_at(uint32_t number, uint32_t known);

/* parameters.table: a structure is its fields. */
enum field_kind {
	FIELD_NUMBER,
	FIELD_BYTE,
	FIELD_BLOCK,
	FIELD_BYTES,
};
struct field {
	enum field_kind kind;
	size_t offset;
	/* FIELD_BYTES: where the length is; FIELD_BLOCK: how long it is. */
	size_t length;
};
struct parameter_kind {
	size_t size; /* of the structure; 0 for none and raw */
	const struct field *fields;
	size_t count;
};
enum { PARAMETER_NONE = 1, PARAMETER_RAW = 2 };

/* NULL when it is not known. */
const struct parameter_kind *parameter_kind_at(uint32_t number, uint32_t known);
/* The kind of the mechanism's parameter; 0 when it is not known. */
uint32_t mechanism_parameter(CK_MECHANISM_TYPE type, uint32_t known);

/* Written by generate-calls. */
extern const struct attribute_row attribute_rows[];
extern const uint16_t attribute_order[]; /* numbers, sorted by type */
extern const struct parameter_kind parameter_kinds[];
extern const struct mechanism_row {
	CK_MECHANISM_TYPE type;
	uint32_t kind;
} mechanism_rows[]; /* sorted by type */
extern const uint32_t mechanism_rows_count;

#endif
