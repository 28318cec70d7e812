/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON to standard output, indented, with the commas in place. */

#include "config.h"

#include "command/json.h"

#include "import/unicode.h"

#include <stdio.h>
#include <string.h>

static void
put_quoted(const char *text)
{
	struct ber from = { (const unsigned char *)text, strlen(text) }, before;
	uint32_t point;

	putchar('"');
	while (from.length) {
		before = from;
		if (!unicode_take_utf8(&from, &point)) {
			from.at++;
			from.length--;
			fputs("\\ufffd", stdout);
		} else if (point == '"' || point == '\\') {
			printf("\\%c", (int)point);
		} else if (point < 0x20 || point == 0x7f) {
			printf("\\u%04x", (unsigned)point);
		} else {
			fwrite(before.at, 1, (size_t)(from.at - before.at),
				stdout);
		}
	}
	putchar('"');
}

/* The comma, the new line and the name that come before any value. */
static void
begin(struct json *json, const char *name)
{
	if (json->depth) {
		if (json->begun[json->depth])
			putchar(',');
		printf("\n%*s", json->depth * 2, "");
	}
	json->begun[json->depth] = true;
	if (name) {
		put_quoted(name);
		fputs(": ", stdout);
	}
}

static void
open_level(struct json *json, const char *name, char bracket)
{
	begin(json, name);
	putchar(bracket);
	json->depth++;
	json->begun[json->depth] = false;
}

static void
close_level(struct json *json, char bracket)
{
	bool filled = json->begun[json->depth];

	json->depth--;
	if (filled)
		printf("\n%*s", json->depth * 2, "");
	putchar(bracket);
	if (json->depth == 0)
		putchar('\n');
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
	put_quoted(text);
}

void
json_hex(struct json *json, const char *name, const void *at, size_t length)
{
	const unsigned char *bytes = at;
	size_t i;

	begin(json, name);
	putchar('"');
	for (i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	putchar('"');
}

void
json_number(struct json *json, const char *name, long long number)
{
	begin(json, name);
	printf("%lld", number);
}

void
json_boolean(struct json *json, const char *name, bool value)
{
	begin(json, name);
	fputs(value ? "true" : "false", stdout);
}

void
json_null(struct json *json, const char *name)
{
	begin(json, name);
	fputs("null", stdout);
}
