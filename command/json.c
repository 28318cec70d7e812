/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes JSON to standard output, indented, with the commas in place. */

#include "config.h"

#include "command/json.h"

#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 character at text has; 0: it is not one. */
static int
character_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, bits;
		int length;
	} forms[] = {
		{ 0x80, 0x00, 1 },
		{ 0xe0, 0xc0, 2 },
		{ 0xf0, 0xe0, 3 },
		{ 0xf8, 0xf0, 4 },
	};
	size_t i;
	int j;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((text[0] & forms[i].mask) != forms[i].bits)
			continue;
		for (j = 1; j < forms[i].length; j++)
			if ((text[j] & 0xc0) != 0x80)
				return 0;
		/* Too long a form, a surrogate, beyond the last. */
		if (text[0] == 0xc0 || text[0] == 0xc1 ||
			(text[0] == 0xe0 && text[1] < 0xa0) ||
			(text[0] == 0xed && text[1] > 0x9f) ||
			(text[0] == 0xf0 && text[1] < 0x90) ||
			(text[0] == 0xf4 && text[1] > 0x8f) || text[0] > 0xf4)
			return 0;
		return forms[i].length;
	}
	return 0;
}

static void
put_quoted(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	putchar('"');
	while (*at) {
		length = character_length(at);
		if (length == 0)
			fputs("\\ufffd", stdout);
		else if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20 || *at == 0x7f)
			printf("\\u%04x", *at);
		else
			fwrite(at, 1, (size_t)length, stdout);
		at += length ? length : 1;
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
