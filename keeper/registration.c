/* SPDX-License-Identifier: BSD-2-Clause */
/* A file by which a module is registered with p11-kit [pkcs11.conf(5)]. */

#include "config.h"

#include "keeper/registration.h"

#include "pkcs11/piece.h"

#include <string.h>

static const char blanks[] = " \t\r\f\v";

/* Words parted by commas or blanks. */
static bool
has_word(struct piece list, const char *word)
{
	const char *at = list.at, *end = at + list.length, *start;

	while (at < end) {
		start = at;
		while (at < end && !(*at && strchr(", \t", *at)))
			at++;
		if (piece_is((struct piece){ start, (size_t)(at - start) },
			    word))
			return true;
		at++;
	}
	return false;
}

/* One that does not fit, or could end the text early, is none. */
static void
keep_text(struct piece value, char *text, size_t room)
{
	text[0] = '\0';
	if (value.length >= room || memchr(value.at, '\0', value.length))
		return;
	memcpy(text, value.at, value.length);
	text[value.length] = '\0';
}

static void
take_value(struct registration *registration, struct piece name,
	struct piece value)
{
	if (piece_is(name, "module"))
		keep_text(value, registration->module,
			sizeof(registration->module));
	else if (piece_is(name, "user-config"))
		keep_text(value, registration->user_config,
			sizeof(registration->user_config));
	else if (piece_is(name, "enable-in"))
		registration->enabled_in = has_word(value, P11_KIT_PROGRAM)
			? REGISTERED_HERE
			: REGISTERED_ELSEWHERE;
	else if (piece_is(name, "disable-in"))
		registration->disabled_in = has_word(value, P11_KIT_PROGRAM)
			? REGISTERED_HERE
			: REGISTERED_ELSEWHERE;
}

void
registration_parse(
	struct registration *registration, const char *text, size_t length)
{
	const char *end = text + length, *next, *colon;
	struct piece line;

	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		line = piece_trim(text, next, blanks);
		colon = line.length && line.at[0] != '#'
			? memchr(line.at, ':', line.length)
			: NULL;
		if (colon)
			take_value(registration,
				piece_trim(line.at, colon, blanks),
				piece_trim(colon + 1, line.at + line.length,
					blanks));
		if (next == end)
			break;
	}
}

bool
registration_counts(const struct registration *registration)
{
	if (registration->enabled_in != REGISTERED_NOWHERE)
		return registration->enabled_in == REGISTERED_HERE;
	return registration->disabled_in != REGISTERED_HERE;
}
