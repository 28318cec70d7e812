/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON, indented, with the commas in place. */

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Starts empty ({ 0 }). A name is NULL inside arrays and for the outermost
 * value. Texts that are not UTF-8 come out with replacement characters.
 */
struct json {
	/* NULL: standard output. */
	FILE *to;
	int depth;
	/* Whether something was written at this depth. */
	bool begun[16];
};

void json_open_object(struct json *json, const char *name);
void json_open_array(struct json *json, const char *name);
void json_close_object(struct json *json);
void json_close_array(struct json *json);

/* A NULL text is null. */
void json_text(struct json *json, const char *name, const char *text);
void json_hex(
	struct json *json, const char *name, const void *at, size_t length);
void json_number(struct json *json, const char *name, long long number);
void json_boolean(struct json *json, const char *name, bool value);
void json_null(struct json *json, const char *name);

#endif
