/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON, indented, with the commas in place. */

#include "config.h"

#include "import/json.h"

#include "import/unicode.h"

#include <stdio.h>
#include <string.h>

static FILE *
file_of(const struct json *json)
{
	return json->to ? json->to : stdout;
}

static void
put_quoted(FILE *to, const char *text)
{
	struct ber from = { (const unsigned char *)text, strlen(text) }, before;
	uint32_t point;

	putc('"', to);
	while (from.length) {
		before = from;
		if (!unicode_take_utf8(&from, &point)) {
			from.at++;
			from.length--;
			fputs("\\ufffd", to);
		} else if (point == '"' || point == '\\') {
			fprintf(to, "\\%c", (int)point);
		} else if (point < 0x20 || point == 0x7f) {
			fprintf(to, "\\u%04x", (unsigned)point);
		} else {
			fwrite(before.at, 1, (size_t)(from.at - before.at), to);
		}
	}
	putc('"', to);
}

/* The comma, the new line and the name that come before any value. */
static void
begin(struct json *json, const char *name)
{
	if (json->depth) {
		if (json->begun[json->depth])
			putc(',', file_of(json));
		fprintf(file_of(json), "\n%*s", json->depth * 2, "");
	}
	json->begun[json->depth] = true;
	if (name) {
		put_quoted(file_of(json), name);
		fputs(": ", file_of(json));
	}
}

static void
open_level(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	putc(bracket, file_of(json));
	json->depth++;
	json->begun[json->depth] = false;
}

static void
close_level(struct json *json, char bracket)
{
	bool filled = json->begun[json->depth];

	json->depth--;
	if (filled)
		fprintf(file_of(json), "\n%*s", json->depth * 2, "");
	putc(bracket, file_of(json));
	if (json->depth == 0)
		putc('\n', file_of(json));
}

void
json_open_object(struct json *json, const char *name)
{
	open_level(json, name, '{');
}

void
json_open_array(struct json *json, const char *name)
{
	open_level(json, name, '[');
}

void
json_close_object(struct json *json)
{
	close_level(json, '}');
}

void
json_close_array(struct json *json)
{
	close_level(json, ']');
}

void
json_text(struct json *json, const char *name, const char *text)
{
	if (!text) {
		json_null(json, name);
		return;
	}
	begin(json, name);
	put_quoted(file_of(json), text);
}

void
json_hex(struct json *json, const char *name, const void *at, size_t length)
{
	const unsigned char *bytes = at;
	size_t i;

	begin(json, name);
	putc('"', file_of(json));
	for (i = 0; i < length; i++)
		fprintf(file_of(json), "%02x", bytes[i]);
	putc('"', file_of(json));
}

void
json_number(struct json *json, const char *name, long long number)
{
	begin(json, name);
	fprintf(file_of(json), "%lld", number);
}

void
json_boolean(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", file_of(json));
}

void
json_null(struct json *json, const char *name)
{
	begin(json, name);
	fputs("null", file_of(json));
}
