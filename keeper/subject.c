/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a section of the configuration names. */

#include "config.h"

#include "keeper/subject.h"

#include <string.h>

/* No value of a URI that names something of ours is longer. */
enum { VALUE_MOST = 256, FRONT_NAME_LONGEST = 63, GROUP_NAME_LONGEST = 31 };

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
is_text(const char *text, const char *other)
{
	return other && strcmp(text, other) == 0;
}

/* Pairs of digits, and nothing else, that spell the id. */
static bool
is_id(const char *name, const unsigned char *id, size_t length)
{
	size_t i;

	if (!id || !length || strlen(name) != 2 * length)
		return false;
	for (i = 0; i < length; i++)
		if (digit(name[2 * i]) < 0 || digit(name[2 * i + 1]) < 0 ||
			digit(name[2 * i]) * 16 + digit(name[2 * i + 1]) !=
				id[i])
			return false;
	return true;
}

/* One NAME=VALUE of a URI, the value decoded. [RFC 7512, 2.3] */
struct part {
	const char *name;
	size_t name_length;
	unsigned char value[VALUE_MOST + 1];
	size_t length;
};

static bool
take_value(const char **at, struct part *part)
{
	part->length = 0;
	while (**at && **at != ';' && **at != '?') {
		if (part->length == VALUE_MOST)
			return false;
		if (**at != '%') {
			part->value[part->length++] = (unsigned char)*(*at)++;
			continue;
		}
		if (digit((*at)[1]) < 0 || digit((*at)[2]) < 0)
			return false;
		part->value[part->length++] =
			(unsigned char)(digit((*at)[1]) * 16 + digit((*at)[2]));
		*at += 3;
	}
	part->value[part->length] = '\0';
	return true;
}

/* False: the URI is none. The query after "?" says how, not whom. */
static bool
take_part(const char **at, struct part *part)
{
	part->name = *at;
	part->name_length = strcspn(*at, "=;?");
	*at += part->name_length;
	if (*(*at) != '=')
		return false;
	++*at;
	if (!take_value(at, part))
		return false;
	if (**at == ';')
		++*at;
	return true;
}

/* Which part of the subject a part of the URI is compared with. */
enum meaning { NONE, ANY, TOKEN, SERIAL, OBJECT, ID, MODEL, MANUFACTURER };

static enum meaning
meaning_of(const struct part *part)
{
	static const struct {
		const char *name;
		enum meaning meaning;
	} names[] = { { "token", TOKEN }, { "serial", SERIAL },
		{ "object", OBJECT }, { "id", ID }, { "model", MODEL },
		{ "manufacturer", MANUFACTURER }, { "type", ANY } };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == part->name_length &&
			memcmp(names[i].name, part->name, part->name_length) ==
				0)
			return names[i].meaning;
	return NONE;
}

static bool
part_fits(const struct part *part, const struct subject *subject)
{
	const char *text = (const char *)part->value;

	switch (meaning_of(part)) {
	case TOKEN:
		return is_text(text, subject->token);
	case SERIAL:
		return is_text(text, subject->serial);
	case OBJECT:
		return is_text(text, subject->key);
	case ID:
		return subject->id && subject->id_length == part->length &&
			memcmp(subject->id, part->value, part->length) == 0;
	case MODEL:
		return !subject->model || is_text(text, subject->model);
	case MANUFACTURER:
		return !subject->manufacturer ||
			is_text(text, subject->manufacturer);
	case ANY:
		return true;
	case NONE:
		break;
	}
	return false;
}

/* subject NULL: whether it is one that we understand. */
static bool
uri_fits(const char *uri, const struct subject *subject)
{
	const char *at = uri + strlen("pkcs11:");
	struct part part;

	while (*at && *at != '?') {
		if (!take_part(&at, &part) || meaning_of(&part) == NONE)
			return false;
		if (subject && !part_fits(&part, subject))
			return false;
	}
	return true;
}

static bool
is_uri(const char *name)
{
	return strncmp(name, "pkcs11:", strlen("pkcs11:")) == 0;
}

/* What can be a word of a command and part of a line in a file. */
static bool
is_plain(const char *name, size_t most)
{
	size_t length = strlen(name);

	return length > 0 && length <= most &&
		strspn(name,
			"abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

bool
subject_is_name(enum scope scope, const char *name)
{
	if (scope == SCOPE_GENERAL)
		return !*name;
	if (scope == SCOPE_FRONT)
		return is_plain(name, FRONT_NAME_LONGEST);
	/* It is also the name of a folder. */
	if (scope == SCOPE_GROUP)
		return is_plain(name, GROUP_NAME_LONGEST) && name[0] != '.';
	if (scope != SCOPE_APPLICATION && is_uri(name))
		return uri_fits(name, NULL);
	return *name != '\0';
}

/* What people start by a name is a program of another, with some. */
static bool
is_program(const char *name, const char *program)
{
	const size_t length = strlen(name);

	return program && strncmp(name, program, length) == 0 &&
		(program[length] == '\0' ||
			strcmp(program + length, "-bin") == 0 ||
			strcmp(program + length, ".bin") == 0);
}

bool
subject_is_meant(
	enum scope scope, const char *name, const struct subject *subject)
{
	const bool is_all = strcmp(name, "*") == 0;

	switch (scope) {
	case SCOPE_GENERAL:
		return true;
	case SCOPE_APPLICATION:
		if (name[0] == '/')
			return is_text(name, subject->program);
		return (is_all && subject->application) ||
			is_program(name, subject->application);
	case SCOPE_TOKEN:
		if (!subject->token)
			return false;
		return is_all ||
			(is_uri(name) ? uri_fits(name, subject)
				      : is_text(name, subject->token) ||
						is_text(name, subject->serial));
	case SCOPE_KEY:
		if (!subject->key)
			return false;
		return is_all ||
			(is_uri(name) ? uri_fits(name, subject)
				      : is_text(name, subject->key) ||
						is_id(name, subject->id,
							subject->id_length));
	case SCOPE_FRONT:
		return subject->front &&
			(is_all || is_text(name, subject->front));
	case SCOPE_GROUP:
		return is_text(name, subject->group);
	case SCOPES:
		break;
	}
	return false;
}
