/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal.conf: what a person may choose, with its bounds and defaults. */

#include "config.h"

#include "keeper/configuration.h"

#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIELD(name) offsetof(struct configuration, name)

/* clang-format off */
const struct configuration_key configuration_keys[] = {
	/* name, field, yes or no, default, least, most, purpose */
	{ "pin-min-length", FIELD(pin_min_length), false, 8, 1, 255,
		N_("characters that a new PIN has at least") },
	{ "pin-min-digits", FIELD(pin_min_digits), false, 10, 1, 255,
		N_("characters that a new PIN of digits only has at least") },
	{ "pin-tries", FIELD(pin_tries), false, 10, 1, 1000,
		N_("wrong PINs in a row that lock a token") },
	{ "kdf-memory", FIELD(kdf_memory), false, 64, 1, 1024,
		N_("MiB of memory that each guess of a PIN costs") },
	{ "idle-exit", FIELD(idle_exit), false, 60, 0, 86400,
		N_("seconds without an application after which the keeper "
			"leaves (0: never)") },
	{ "spare-slot", FIELD(spare_slot), true, 0, 0, 1,
		N_("show an empty slot beside the tokens") },
	{ "client-connections", FIELD(client_connections), false, 256, 2, 4096,
		N_("connections (threads) that an application may have") },
	{ "client-sessions", FIELD(client_sessions), false, 16384, 1, 1000000,
		N_("sessions that an application may have open") },
	{ "client-memory", FIELD(client_memory), false, 1024, 64, 65536,
		N_("MiB of memory that the keeper takes for an application") },
};
/* clang-format on */
const size_t configuration_keys_count =
	sizeof(configuration_keys) / sizeof(configuration_keys[0]);

/* A longer file is none that a person wrote. */
#define FILE_MOST 65536

/* Where a complaint comes from, and who hears it. */
struct reading {
	const char *file;
	unsigned line, complaints;
	configuration_complaint complain;
	void *context;
};

/* Part of a line; borrowed, and not terminated. */
struct piece {
	const char *at;
	size_t length;
};

static void complain(struct reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void
complain(struct reading *reading, const char *format, ...)
{
	char message[256];
	va_list arguments;

	reading->complaints++;
	if (!reading->complain)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	reading->complain(
		reading->context, reading->file, reading->line, message);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct piece
trim(const char *from, const char *end)
{
	while (from < end && is_blank(*from))
		from++;
	while (from < end && is_blank(end[-1]))
		end--;
	return (struct piece){ from, (size_t)(end - from) };
}

static bool
piece_is(struct piece piece, const char *text)
{
	return piece.length == strlen(text) &&
		memcmp(piece.at, text, piece.length) == 0;
}

/* What a complaint may repeat: not too long, and nothing a terminal obeys. */
static const char *
piece_shown(struct piece piece, char shown[41])
{
	size_t i, length = piece.length < 40 ? piece.length : 40;

	for (i = 0; i < length; i++)
		shown[i] = piece.at[i] > 31 && piece.at[i] < 127 ? piece.at[i]
								 : '?';
	shown[length] = '\0';
	return shown;
}

static const struct configuration_key *
find_key(struct piece name)
{
	size_t i;

	for (i = 0; i < configuration_keys_count; i++)
		if (piece_is(name, configuration_keys[i].name))
			return &configuration_keys[i];
	return NULL;
}

static unsigned *
field(struct configuration *configuration, const struct configuration_key *key)
{
	return (unsigned *)((char *)configuration + key->offset);
}

unsigned
configuration_value(const struct configuration *configuration,
	const struct configuration_key *key)
{
	unsigned value;

	memcpy(&value, (const char *)configuration + key->offset,
		sizeof(value));
	return value;
}

static bool
parse_number(struct piece text, unsigned *result)
{
	unsigned long value = 0;
	size_t i;

	if (text.length == 0 || text.length > 9)
		return false;
	for (i = 0; i < text.length; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text.at[i] - '0');
	}
	*result = (unsigned)value;
	return true;
}

static bool
parse_claim(struct piece text, unsigned *result)
{
	static const char *const words[2][3] = { { "no", "false", "off" },
		{ "yes", "true", "on" } };
	unsigned claim, i;

	for (claim = 0; claim < 2; claim++)
		for (i = 0; i < 3; i++)
			if (piece_is(text, words[claim][i])) {
				*result = claim;
				return true;
			}
	return false;
}

static void
set(struct configuration *configuration, const struct configuration_key *key,
	struct piece text, struct reading *reading)
{
	char shown[41];
	unsigned value;

	piece_shown(text, shown);
	if (key->is_claim) {
		if (parse_claim(text, &value))
			*field(configuration, key) = value;
		else
			complain(reading, _("%s is yes or no, not \"%s\""),
				key->name, shown);
		return;
	}
	if (!parse_number(text, &value))
		complain(reading, _("%s is a number, not \"%s\""), key->name,
			shown);
	else if (value < key->least || value > key->most)
		complain(reading, _("%s is from %u to %u, not %s"), key->name,
			key->least, key->most, shown);
	else
		*field(configuration, key) = value;
}

static void
parse_line(struct configuration *configuration, struct piece line,
	struct reading *reading)
{
	const struct configuration_key *key;
	const char *equals;
	struct piece name;
	char shown[41];

	if (line.length == 0 || line.at[0] == '#')
		return;
	equals = memchr(line.at, '=', line.length);
	if (!equals) {
		complain(reading, _("\"%s\" is not \"key = value\""),
			piece_shown(line, shown));
		return;
	}
	name = trim(line.at, equals);
	key = find_key(name);
	if (key)
		set(configuration, key, trim(equals + 1, line.at + line.length),
			reading);
	else
		complain(reading, _("there is no key \"%s\""),
			piece_shown(name, shown));
}

void
configuration_default(struct configuration *configuration)
{
	size_t i;

	for (i = 0; i < configuration_keys_count; i++)
		*field(configuration, &configuration_keys[i]) =
			configuration_keys[i].preset;
}

unsigned
configuration_parse(struct configuration *configuration, const char *text,
	size_t length, const char *file, configuration_complaint complaint,
	void *context)
{
	struct reading reading = { file, 0, 0, complaint, context };
	const char *end = text + length, *next;

	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		reading.line++;
		parse_line(configuration, trim(text, next), &reading);
		if (next == end)
			break;
	}
	return reading.complaints;
}

/* Whoever may write this file decides how a PIN is guarded. */
static bool
is_trustworthy(int file, struct reading *reading)
{
	struct stat status;

	if (fstat(file, &status) < 0) {
		complain(reading, "%s", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		complain(reading, _("it is not a file; ignored"));
		return false;
	}
	if (status.st_uid != 0 && status.st_uid != geteuid()) {
		complain(reading, _("it is another user's; ignored"));
		return false;
	}
	if (status.st_mode & (S_IWGRP | S_IWOTH)) {
		complain(reading, _("others can write it; ignored"));
		return false;
	}
	return true;
}

static ssize_t
read_whole(int file, char *text, size_t most)
{
	size_t length = 0;
	ssize_t got;

	while (length < most) {
		got = read(file, text + length, most - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? got : (ssize_t)length;
		length += (size_t)got;
	}
	errno = EFBIG;
	return -1;
}

unsigned
configuration_read(struct configuration *configuration, const char *path,
	configuration_complaint complaint, void *context)
{
	struct reading reading = { path, 0, 0, complaint, context };
	unsigned bad = 0;
	ssize_t length;
	char *text = NULL;
	int file;

	configuration_default(configuration);
	/* Non-blocking: a pipe in its place must not stop the keeper. */
	file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0) {
		if (errno != ENOENT)
			complain(&reading, "%s", strerror(errno));
		goto out;
	}
	if (!is_trustworthy(file, &reading))
		goto out;
	text = malloc(FILE_MOST);
	length = text ? read_whole(file, text, FILE_MOST) : -1;
	if (length < 0)
		complain(&reading, "%s", strerror(errno));
	else
		bad = configuration_parse(configuration, text, (size_t)length,
			path, complaint, context);
out:
	free(text);
	if (file >= 0)
		close(file);
	return reading.complaints + bad;
}
