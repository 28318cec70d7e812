/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the audit log: written from what happened, and read again. */

#ifndef AUDIT_LINE_H
#define AUDIT_LINE_H

#include "keeper/audit-record.h"

#include <stddef.h>
#include <stdint.h>

/*
 *	NUMBER TIME NAME=VALUE ... chain=HEX mac=HEX
 *
 * with single blanks. What is not UTF-8, a blank, "%", or could steer a
 * terminal is %XX in values: one line stays one line. Chain value and MAC cover
 * what is before the blank before "chain=".
 */
enum { AUDIT_LINE_MOST = 2048, AUDIT_HASH = 32 };

/* A text that grows up to its room, and is then cut; never a part of a %XX or
 * of a character. */
struct audit_text {
	char at[AUDIT_LINE_MOST];
	size_t length;
};

/* NUMBER and the present time. */
void audit_text_begin(struct audit_text *text, uint64_t number);
/* " NAME=VALUE"; nothing when the value is empty. */
void audit_text_put(struct audit_text *text, const char *name,
	const void *value, size_t length);
void audit_text_put_text(
	struct audit_text *text, const char *name, const char *value);
void audit_text_put_number(
	struct audit_text *text, const char *name, uint64_t value);
void audit_text_put_hex(struct audit_text *text, const char *name,
	const void *at, size_t length);
/* All that a record and its author say. */
void audit_text_put_record(struct audit_text *text,
	const struct audit_record *record, const struct audit_author *author);
/* The line's end, newline included. */
void audit_text_end(struct audit_text *text,
	const unsigned char chain[AUDIT_HASH],
	const unsigned char mac[AUDIT_HASH]);

/* A line as it was read; borrows. */
struct audit_line {
	uint64_t number;
	const char *text; /* without chain and mac */
	size_t text_length;
	unsigned char chain[AUDIT_HASH], mac[AUDIT_HASH];
};

/* Takes a line without its newline. False: it is none. */
bool audit_line_take(const char *at, size_t length, struct audit_line *line);
/* The value of the field as it is written; false: it has none. "time" is that
 * after the number. */
bool audit_line_find(const struct audit_line *line, const char *name,
	const char **value, size_t *length);
bool audit_line_is(
	const struct audit_line *line, const char *name, const char *value);
bool audit_line_hex(const struct audit_line *line, const char *name, void *at,
	size_t length);
bool audit_line_number(
	const struct audit_line *line, const char *name, uint64_t *number);
/* The next field, %XX resolved, both closed by NUL and freed by nobody: they
 * are in the text's room. *cursor starts at 0. False: there is none. */
bool audit_line_next(const struct audit_line *line, size_t *cursor, char *name,
	size_t name_room, char *value, size_t value_room);

#endif
