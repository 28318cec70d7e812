/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of objects on a token: what a person would call them. */

#include "config.h"

#include "import/label.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer ones are cut: some tokens take no more. */
#define LABEL_LIMIT 128

/* Without the blanks at its ends, and not cut inside a character. */
static char *
trim(const char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	if (length > LABEL_LIMIT)
		for (length = LABEL_LIMIT;
			length && ((unsigned char)text[length] & 0xc0) == 0x80;
			length--)
			;
	while (length && strchr(" \t", text[length - 1]))
		length--;
	return strndup(text, length);
}

/* Windows, Java and Apple programs name keys "{8B0F...}", "le-5f0c...", "1". */
static bool
is_made_up(const char *text)
{
	size_t digits = 0, letters = 0;

	for (; *text; text++) {
		if (isxdigit((unsigned char)*text))
			digits++;
		else if (!strchr("{}-_ .:", *text))
			letters++;
	}
	return letters == 0 || (digits >= 16 && letters <= 3);
}

char *
label_choose(const char *friendly_name, const struct certificate *certificate,
	const struct key *key)
{
	const char *texts[] = { friendly_name,
		certificate ? certificate->common_name : NULL,
		key ? key->public.name : NULL, friendly_name };
	char *label;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!texts[i] || (i == 0 && is_made_up(texts[i])))
			continue;
		label = trim(texts[i]);
		if (!label || *label)
			return label;
		free(label);
	}
	return strdup("?");
}

char *
label_number(const char *label, unsigned int number)
{
	char *numbered;

	if (asprintf(&numbered, "%s (%u)", label, number) < 0)
		return NULL;
	return numbered;
}
