/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration files said, line by line, and which line counts. */

#ifndef SETTING_H
#define SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "keeper/subject.h"

/* Where a line is from. An earlier one may lock what later ones say. */
enum setting_level {
	LEVEL_SYSTEM, /* root's file */
	LEVEL_ADDED,  /* one beside it, for tests */
	LEVEL_USER,
	LEVELS
};

/* One line that was understood. */
struct setting {
	const char *name; /* of its row; borrowed */
	enum scope scope;
	char *section; /* its name, "" for general lines; owned */
	char *text;    /* the value as it stands there; owned */
	unsigned number;
	bool is_locked;
	enum setting_level level;
	unsigned line;
};

/* Starts empty ({ 0 }). */
struct settings {
	struct setting *at;
	size_t count, room;
	char *files[LEVELS]; /* their names */
};

/* Adds a copy; false when memory is short. */
bool settings_add(struct settings *settings, const struct setting *setting);
void settings_clear(struct settings *settings);

/*
 * The setting of that name which counts for the subject; NULL: none, so the
 * default does. The narrowest section counts, of those the last line. Where a
 * locked line names the subject, no line of a later level does.
 */
const struct setting *settings_find(const struct settings *settings,
	const char *name, const struct subject *subject);

/* The locked line that keeps this level from setting name there; NULL: none. */
const struct setting *settings_find_lock(const struct settings *settings,
	const char *name, enum scope scope, const char *section,
	enum setting_level level);

/* Whether any line is in a section of this scope. */
bool settings_have(const struct settings *settings, enum scope scope);

#endif
