/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the audit log: written from what happened, and read again. */

#include "config.h"

#include "keeper/audit-line.h"

#include "pkcs11/hex.h"
#include "pkcs11/name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char digits[] = "0123456789abcdef";

/* As in enum audit_event. */
static const char *const event_names[AUDIT_EVENTS] = { "login", "logout", "pin",
	"init-token", "sign", "decrypt", "encrypt", "verify", "derive", "wrap",
	"unwrap", "digest", "create", "generate", "copy", "change", "destroy",
	"read", "policy", "move" };

/* What ends each line: " chain=" and " mac=" with their values. */
enum { TAIL = 7 + 2 * AUDIT_HASH + 5 + 2 * AUDIT_HASH };

/* Text beyond its room is left away, the line's tail never. */
static void
put_raw(struct audit_text *text, const char *at, size_t length)
{
	if (length > sizeof(text->at) - TAIL - 1 - text->length)
		return;
	memcpy(text->at + text->length, at, length);
	text->length += length;
}

/* The length of the character that may stand as it is; 0: it may not. */
static size_t
plain_length(const unsigned char *at, size_t length)
{
	size_t count, i;

	if (at[0] < 0x80)
		return at[0] > ' ' && at[0] < 0x7f && at[0] != '%';
	count = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	if (at[0] < 0xc2 || at[0] > 0xf4 || count > length)
		return 0;
	for (i = 1; i < count; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* Controls (U+0080 to 9F); what turns the direction of writing or has
	 * no width (U+2000 to 207F, U+FEFF); long forms; surrogates. */
	if ((at[0] == 0xc2 && at[1] < 0xa0) ||
		(at[0] == 0xe2 && at[1] < 0x82) || at[0] == 0xef ||
		(at[0] == 0xe0 && at[1] < 0xa0) ||
		(at[0] == 0xed && at[1] > 0x9f) ||
		(at[0] == 0xf0 && at[1] < 0x90) ||
		(at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return count;
}

static void
put_value(struct audit_text *text, const unsigned char *at, size_t length)
{
	char coded[3] = "%";
	size_t count;

	while (length > 0) {
		count = plain_length(at, length);
		coded[1] = digits[at[0] >> 4];
		coded[2] = digits[at[0] & 15];
		if (count)
			put_raw(text, (const char *)at, count);
		else
			put_raw(text, coded, 3);
		count = count ? count : 1;
		at += count;
		length -= count;
	}
}

void
audit_text_put(struct audit_text *text, const char *name, const void *value,
	size_t length)
{
	if (length == 0)
		return;
	put_raw(text, " ", 1);
	put_raw(text, name, strlen(name));
	put_raw(text, "=", 1);
	put_value(text, value, length);
}

void
audit_text_put_text(
	struct audit_text *text, const char *name, const char *value)
{
	audit_text_put(text, name, value, strlen(value));
}

void
audit_text_put_number(struct audit_text *text, const char *name, uint64_t value)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	audit_text_put_text(text, name, number);
}

static void
put_hex(struct audit_text *text, const unsigned char *at, size_t length)
{
	hex_put(text->at + text->length, at, length);
	text->length += 2 * length;
}

void
audit_text_put_hex(struct audit_text *text, const char *name, const void *at,
	size_t length)
{
	struct audit_text hex = { .length = 0 };

	if (length > 64)
		length = 64;
	put_hex(&hex, at, length);
	audit_text_put(text, name, hex.at, hex.length);
}

void
audit_text_begin(struct audit_text *text, uint64_t number)
{
	struct timespec now;
	struct tm utc;
	char begun[64], day[32];

	clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &utc))
		memset(&utc, 0, sizeof(utc));
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(begun, sizeof(begun), "%llu %s.%03ldZ",
		(unsigned long long)number, day, now.tv_nsec / 1000000);
	text->length = 0;
	put_raw(text, begun, strlen(begun));
}

/* A number that has no name is told as a number. */
static void
put_named(struct audit_text *text, const char *field, const char *name,
	CK_ULONG number)
{
	if (strcmp(name, "unknown") == 0)
		audit_text_put_number(text, field, number);
	else
		audit_text_put_text(text, field, name);
}

void
audit_text_put_record(struct audit_text *text,
	const struct audit_record *record, const struct audit_author *author)
{
	const struct keyname *key = &record->key;

	audit_text_put_text(text, "what", event_names[record->event]);
	audit_text_put_number(text, "user", author->user);
	audit_text_put_text(text, "group", author->group);
	audit_text_put_number(text, "process", (uint64_t)author->process);
	audit_text_put_text(text, "application", author->application);
	audit_text_put_text(text, "token", key->serial);
	if (key->handle && key->class != CK_UNAVAILABLE_INFORMATION)
		put_named(text, "class", class_name(key->class), key->class);
	audit_text_put_text(text, "key", key->label);
	audit_text_put_hex(text, "id", key->id, key->id_length);
	if (record->has_mechanism)
		put_named(text, "mechanism", mechanism_name(record->mechanism),
			record->mechanism);
	put_named(text, "result", rv_name(record->rv), record->rv);
	if (record->has_data)
		audit_text_put_hex(
			text, "data", record->data, sizeof(record->data));
	audit_text_put_text(text, "detail", record->detail);
	/* Last, since a long one may not fit. */
	audit_text_put_text(text, "program", author->program);
}

void
audit_text_end(struct audit_text *text, const unsigned char chain[AUDIT_HASH],
	const unsigned char mac[AUDIT_HASH])
{
	memcpy(text->at + text->length, " chain=", 7);
	text->length += 7;
	put_hex(text, chain, AUDIT_HASH);
	memcpy(text->at + text->length, " mac=", 5);
	text->length += 5;
	put_hex(text, mac, AUDIT_HASH);
	text->at[text->length++] = '\n';
}

static int
digit_of(char c)
{
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool
take_hex(const char *at, unsigned char *bytes, size_t length)
{
	size_t i;
	int high, low;

	for (i = 0; i < length; i++) {
		high = digit_of(at[2 * i]);
		low = high < 0 ? -1 : digit_of(at[2 * i + 1]);
		if (low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool
take_number(const char *at, size_t length, uint64_t *number)
{
	uint64_t value = 0;
	size_t i;

	if (length == 0 || length > 18 || (at[0] == '0' && length > 1))
		return false;
	for (i = 0; i < length; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(at[i] - '0');
	}
	*number = value;
	return true;
}

bool
audit_line_take(const char *at, size_t length, struct audit_line *line)
{
	const char *tail, *blank;

	if (length <= TAIL || length >= AUDIT_LINE_MOST ||
		memchr(at, 0, length))
		return false;
	tail = at + length - TAIL;
	blank = memchr(at, ' ', length - TAIL);
	line->text = at;
	line->text_length = length - TAIL;
	return blank && take_number(at, (size_t)(blank - at), &line->number) &&
		memcmp(tail, " chain=", 7) == 0 &&
		take_hex(tail + 7, line->chain, AUDIT_HASH) &&
		memcmp(tail + 7 + 2 * AUDIT_HASH, " mac=", 5) == 0 &&
		take_hex(tail + 12 + 2 * AUDIT_HASH, line->mac, AUDIT_HASH);
}

/* A field as it stands in the line; the first has no name but "time". */
struct field {
	const char *name, *value;
	size_t name_length, length;
};

static bool
next_field(const struct audit_line *line, size_t *cursor, struct field *field)
{
	const char *end = line->text + line->text_length, *at, *stop, *equals;
	bool is_first = *cursor == 0;

	at = memchr(line->text + *cursor, ' ', line->text_length - *cursor);
	if (!at || ++at == end)
		return false;
	stop = memchr(at, ' ', (size_t)(end - at));
	stop = stop ? stop : end;
	*cursor = (size_t)(stop - line->text);
	equals = is_first ? NULL : memchr(at, '=', (size_t)(stop - at));
	*field = (struct field){ "time", at, 4, (size_t)(stop - at) };
	if (is_first)
		return true;
	if (!equals)
		equals = stop;
	field->name = at;
	field->name_length = (size_t)(equals - at);
	field->value = equals < stop ? equals + 1 : stop;
	field->length = (size_t)(stop - field->value);
	return true;
}

bool
audit_line_find(const struct audit_line *line, const char *name,
	const char **value, size_t *length)
{
	struct field field;
	size_t cursor = 0;

	while (next_field(line, &cursor, &field))
		if (field.name_length == strlen(name) &&
			memcmp(field.name, name, field.name_length) == 0) {
			*value = field.value;
			*length = field.length;
			return true;
		}
	return false;
}

bool
audit_line_is(
	const struct audit_line *line, const char *name, const char *value)
{
	const char *at;
	size_t length;

	return audit_line_find(line, name, &at, &length) &&
		length == strlen(value) && memcmp(at, value, length) == 0;
}

bool
audit_line_hex(const struct audit_line *line, const char *name, void *at,
	size_t length)
{
	const char *value;
	size_t written;

	return audit_line_find(line, name, &value, &written) &&
		written == 2 * length && take_hex(value, at, length);
}

bool
audit_line_number(
	const struct audit_line *line, const char *name, uint64_t *number)
{
	const char *value;
	size_t length;

	return audit_line_find(line, name, &value, &length) &&
		take_number(value, length, number);
}

static void
resolve(const char *from, size_t length, char *to, size_t room)
{
	unsigned char byte;
	size_t i;

	for (i = 0; i < length && room > 1; i++, room--) {
		if (from[i] == '%' && length - i > 2 &&
			take_hex(from + i + 1, &byte, 1) && byte) {
			*to++ = (char)byte;
			i += 2;
		} else {
			*to++ = from[i];
		}
	}
	*to = '\0';
}

bool
audit_line_next(const struct audit_line *line, size_t *cursor, char *name,
	size_t name_room, char *value, size_t value_room)
{
	struct field field;

	if (!next_field(line, cursor, &field))
		return false;
	resolve(field.name, field.name_length, name, name_room);
	resolve(field.value, field.length, value, value_room);
	return true;
}
