/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as letters: base 64 in lines of 64, and PEM. [RFC4648, RFC7468] */

#include "config.h"

#include "command/base64.h"

#include <string.h>

static const char letters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes make four letters; a line holds sixteen times that. */
enum { GROUP = 3, LINE = 48 };

static void
encode(const unsigned char *from, size_t length, char *to)
{
	unsigned long value = (unsigned long)from[0] << 16;

	if (length > 1)
		value |= (unsigned long)from[1] << 8;
	if (length > 2)
		value |= from[2];
	to[0] = letters[value >> 18 & 63];
	to[1] = letters[value >> 12 & 63];
	to[2] = length > 1 ? letters[value >> 6 & 63] : '=';
	to[3] = length > 2 ? letters[value & 63] : '=';
}

bool
base64_append(
	struct bytes *text, const void *from, size_t length, const char *end)
{
	const unsigned char *at = from;
	char line[LINE / GROUP * 4];
	size_t taken, used;

	while (length) {
		for (taken = used = 0; taken < LINE && taken < length;
			taken += GROUP, used += 4)
			encode(at + taken, length - taken, line + used);
		if (taken > length)
			taken = length;
		if (!bytes_append(text, line, used) ||
			!bytes_append(text, end, strlen(end)))
			return false;
		at += taken;
		length -= taken;
	}
	return true;
}

bool
pem_append(
	struct bytes *text, const char *kind, const void *from, size_t length)
{
	char line[80];

	snprintf(line, sizeof(line), "-----BEGIN %s-----\n", kind);
	if (!bytes_append(text, line, strlen(line)) ||
		!base64_append(text, from, length, "\n"))
		return false;
	snprintf(line, sizeof(line), "-----END %s-----\n", kind);
	return bytes_append(text, line, strlen(line));
}

bool
base64_read(const char *text, size_t length, struct bytes *bytes)
{
	unsigned long value = 0;
	size_t i, used = 0;
	int bits = 0;
	const char *found;

	if (!bytes_init(bytes, length / 4 * 3 + 3))
		return false;
	for (i = 0; i < length && text[i] != '-' && text[i] != '='; i++) {
		if (strchr(" \t\r\n", text[i]) && text[i])
			continue;
		found = text[i] ? strchr(letters, text[i]) : NULL;
		if (!found) {
			bytes_clear(bytes);
			return false;
		}
		value = value << 6 | (unsigned long)(found - letters);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes->at[used++] = (unsigned char)(value >> bits);
		}
	}
	bytes->length = used;
	return true;
}
