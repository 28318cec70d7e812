/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration files said, line by line, and which line counts. */

#include "config.h"

#include "keeper/setting.h"

#include <stdlib.h>
#include <string.h>

static bool
make_room(struct settings *settings)
{
	size_t room = settings->room ? settings->room * 2 : 16;
	struct setting *at;

	if (settings->count < settings->room)
		return true;
	at = reallocarray(settings->at, room, sizeof(*at));
	if (!at)
		return false;
	settings->at = at;
	settings->room = room;
	return true;
}

bool
settings_add(struct settings *settings, const struct setting *setting)
{
	struct setting copy = *setting;

	copy.section = strdup(setting->section);
	copy.text = strdup(setting->text);
	if (copy.section && copy.text && make_room(settings)) {
		settings->at[settings->count++] = copy;
		return true;
	}
	free(copy.section);
	free(copy.text);
	return false;
}

void
settings_clear(struct settings *settings)
{
	size_t i;

	for (i = 0; i < settings->count; i++) {
		free(settings->at[i].section);
		free(settings->at[i].text);
	}
	free(settings->at);
	for (i = 0; i < LEVELS; i++)
		free(settings->files[i]);
	*settings = (struct settings){ 0 };
}

static bool
applies(const struct setting *setting, const char *name,
	const struct subject *subject)
{
	return strcmp(setting->name, name) == 0 &&
		subject_is_meant(setting->scope, setting->section, subject);
}

/* The last level whose lines count. */
static enum setting_level
last_level(const struct settings *settings, const char *name,
	const struct subject *subject)
{
	enum setting_level last = LEVEL_USER;
	size_t i;

	for (i = 0; i < settings->count; i++)
		if (settings->at[i].is_locked && settings->at[i].level < last &&
			applies(&settings->at[i], name, subject))
			last = settings->at[i].level;
	return last;
}

const struct setting *
settings_find(const struct settings *settings, const char *name,
	const struct subject *subject)
{
	enum setting_level last = last_level(settings, name, subject);
	const struct setting *best = NULL, *one;
	size_t i;

	for (i = 0; i < settings->count; i++) {
		one = &settings->at[i];
		if (one->level <= last && applies(one, name, subject) &&
			(!best || one->scope >= best->scope))
			best = one;
	}
	return best;
}

/* A section's name cannot say all that it may mean; what is the same, or
 * means all, is certain. */
const struct setting *
settings_find_lock(const struct settings *settings, const char *name,
	enum scope scope, const char *section, enum setting_level level)
{
	const struct setting *one;
	size_t i;

	for (i = 0; i < settings->count; i++) {
		one = &settings->at[i];
		if (!one->is_locked || one->level >= level ||
			strcmp(one->name, name) != 0)
			continue;
		if (one->scope == SCOPE_GENERAL ||
			(one->scope == scope &&
				(strcmp(one->section, section) == 0 ||
					strcmp(one->section, "*") == 0)))
			return one;
	}
	return NULL;
}

bool
settings_have(const struct settings *settings, enum scope scope)
{
	size_t i;

	for (i = 0; i < settings->count; i++)
		if (settings->at[i].scope == scope)
			return true;
	return false;
}
