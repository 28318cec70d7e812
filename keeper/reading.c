/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a configuration file: sections, values, and what locks them. */

#include "config.h"

#include "keeper/reading.h"

#include "pkcs11/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A longer line says nothing that we take. */
enum { LINE_MOST = 2048 };

/* What a complaint repeats of a line, at most. */
enum { SHOWN = 41 };

/* One line, and what became of it. */
struct line {
	const char *name, *value;
	bool is_locked;
};

void
reading_complain(struct reading *reading, const char *format, ...)
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

/* What a complaint may repeat: not too long, and nothing a terminal obeys. */
static const char *
shown(const char *text, char room[SHOWN])
{
	size_t i;

	for (i = 0; text[i] && i + 1 < SHOWN; i++)
		room[i] = text[i] > 31 && text[i] < 127 ? text[i] : '?';
	room[i] = '\0';
	return room;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without the blanks around it, in place. */
static char *
trim(char *text)
{
	size_t length;

	while (is_blank(*text))
		text++;
	length = strlen(text);
	while (length && is_blank(text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* "[KIND NAME]" or "[general]". */
static bool
parse_section(struct reading *reading, char *text)
{
	static const char *const kinds[SCOPES] = { "general", "application",
		"token", "key", "front", "group" };
	size_t length = strlen(text), kind_length;
	const char *name;
	int scope;

	if (text[length - 1] != ']')
		return false;
	text[length - 1] = '\0';
	text = trim(text + 1);
	kind_length = strcspn(text, " \t");
	name = text + kind_length + strspn(text + kind_length, " \t");
	for (scope = 0; scope < SCOPES; scope++) {
		if (strlen(kinds[scope]) != kind_length ||
			memcmp(kinds[scope], text, kind_length) != 0)
			continue;
		if (!subject_is_name((enum scope)scope, name) ||
			strlen(name) >= sizeof(reading->section) ||
			(scope == SCOPE_GROUP && reading->level == LEVEL_USER))
			return false;
		reading->scope = (enum scope)scope;
		snprintf(
			reading->section, sizeof(reading->section), "%s", name);
		return true;
	}
	return false;
}

static void
take_section(struct reading *reading, char *text)
{
	char whole[SHOWN];

	shown(text, whole);
	reading->is_lost = !parse_section(reading, text);
	if (reading->is_lost)
		reading_complain(reading,
			_("\"%s\" names nothing; its lines are ignored"),
			whole);
}

/* "VALUE locked". */
static void
part_lock(struct line *line, char *value)
{
	static const char word[] = "locked";
	size_t length = strlen(value), from = length - strlen(word);

	if (length > strlen(word) && strcmp(value + from, word) == 0 &&
		is_blank(value[from - 1])) {
		value[from] = '\0';
		line->is_locked = true;
		value = trim(value);
	}
	line->value = value;
}

/* False, after saying why, when an earlier file keeps it from this one. */
static bool
may_set(struct reading *reading, const struct configuration *configuration,
	const struct line *line)
{
	const struct setting *lock =
		settings_find_lock(&configuration->settings, line->name,
			reading->scope, reading->section, reading->level);

	if (line->is_locked && reading->level == LEVEL_USER)
		reading_complain(reading,
			_("only the system's file can lock \"%s\""),
			line->name);
	else if (lock)
		reading_complain(reading,
			_("%s is locked by line %u of the system's file"),
			line->name, lock->line);
	else
		return true;
	return false;
}

static void
keep(struct reading *reading, struct configuration *configuration,
	const struct line *line, const char *name, unsigned number)
{
	const struct setting setting = {
		.name = name,
		.scope = reading->scope,
		.section = reading->section,
		/* settings_add copies it. */
		.text = (char *)(uintptr_t)line->value,
		.number = number,
		.is_locked = line->is_locked,
		.level = reading->level,
		.line = reading->line,
	};

	if (!settings_add(&configuration->settings, &setting))
		reading_complain(reading, "%s", strerror(ENOMEM));
}

/* What holds for the whole keeper. */
static void
take_key(struct reading *reading, struct configuration *configuration,
	const struct line *line, const struct configuration_key *key)
{
	char value[SHOWN];
	unsigned number;

	shown(line->value, value);
	if (reading->scope != SCOPE_GENERAL)
		reading_complain(
			reading, _("%s is not for this section"), key->name);
	else if (key->is_claim && !rule_parse_claim(line->value, &number))
		reading_complain(reading, _("%s is yes or no, not \"%s\""),
			key->name, value);
	else if (!key->is_claim && !rule_parse_number(line->value, &number))
		reading_complain(reading, _("%s is a number, not \"%s\""),
			key->name, value);
	else if (number < key->least || number > key->most)
		reading_complain(reading, _("%s is from %u to %u, not %s"),
			key->name, key->least, key->most, value);
	else if (may_set(reading, configuration, line)) {
		configuration_set(configuration, key, number);
		keep(reading, configuration, line, key->name, number);
	}
}

/* With what it can be instead. */
static void
complain_of_value(
	struct reading *reading, const struct rule *rule, const char *value)
{
	char words[256] = "";
	size_t used = 0, i;

	for (i = 0; rule->words && rule->words[i] && used < sizeof(words); i++)
		used += (size_t)snprintf(words + used, sizeof(words) - used,
			" %s", rule->words[i]);
	if (rule->words)
		reading_complain(reading,
			_("%s cannot be \"%s\"; the words for it:%s"),
			rule->name, value, words);
	else if (rule->kind == RULE_CLAIM)
		reading_complain(reading, _("%s is yes or no, not \"%s\""),
			rule->name, value);
	else if (rule->kind == RULE_NUMBER)
		reading_complain(reading, _("%s is from %u to %u, not %s"),
			rule->name, rule->least, rule->most, value);
	else
		reading_complain(
			reading, _("%s cannot be \"%s\""), rule->name, value);
}

/* What may differ between applications, tokens and keys. */
static void
take_rule(struct reading *reading, struct configuration *configuration,
	const struct line *line, const struct rule *rule)
{
	char value[SHOWN];
	unsigned number;

	shown(line->value, value);
	if (!rule_is_for(rule, reading->scope))
		reading_complain(
			reading, _("%s is not for this section"), rule->name);
	else if (!rule_parse(rule, line->value, &number))
		complain_of_value(reading, rule, value);
	else if (may_set(reading, configuration, line))
		keep(reading, configuration, line, rule->name, number);
}

static void
take_value(struct reading *reading, struct configuration *configuration,
	char *text)
{
	const struct configuration_key *key;
	const struct rule *rule;
	char name[SHOWN], *equals = strchr(text, '=');
	struct line line = { .name = text };

	if (!equals) {
		reading_complain(reading, _("\"%s\" is not \"key = value\""),
			shown(text, name));
		return;
	}
	*equals = '\0';
	line.name = trim(text);
	part_lock(&line, trim(equals + 1));
	if ((key = configuration_find(line.name)))
		take_key(reading, configuration, &line, key);
	else if ((rule = rule_find(line.name)))
		take_rule(reading, configuration, &line, rule);
	else
		reading_complain(reading, _("there is no key \"%s\""),
			shown(line.name, name));
}

void
reading_take(struct reading *reading, struct configuration *configuration,
	const char *at, size_t length)
{
	char room[LINE_MOST], *text;

	reading->line++;
	if (length >= sizeof(room) || memchr(at, '\0', length)) {
		reading_complain(reading, _("the line is none of ours"));
		return;
	}
	memcpy(room, at, length);
	room[length] = '\0';
	text = trim(room);
	if (!*text || *text == '#')
		return;
	if (*text == '[')
		take_section(reading, text);
	else if (!reading->is_lost)
		take_value(reading, configuration, text);
}
