/* SPDX-License-Identifier: BSD-2-Clause */
/* A Mozilla preferences file (prefs.js, user.js), read and changed by line. */

#ifndef PREFERENCES_H
#define PREFERENCES_H

#include <stdbool.h>
#include <stddef.h>

/* Every line of the file; what is not a preference is kept as it is. */
struct preferences {
	char **lines;
	size_t count;
};

/* Reads the file at path; one that does not exist has no lines. False, with
 * errno, when it cannot be read or memory is short. */
bool preferences_read(struct preferences *preferences, const char *path);
/* Replaces the file at path by one written beside it, so that no reader ever
 * sees half of it. False, with errno, and the file as it was. */
bool preferences_write(const struct preferences *preferences, const char *path);
void preferences_clear(struct preferences *preferences);

/* Adds a line at the end, and owns it from then on, also when it fails (NULL,
 * or memory is short). */
bool preferences_append(struct preferences *preferences, char *line);

/* The value as the file has it ("\"text\"", "true", "7"), for the caller to
 * free; NULL when there is none. The last setting counts. */
char *preferences_find(const struct preferences *preferences, const char *name);
/* The same for a text, without quotes and escapes. */
char *preferences_find_text(
	const struct preferences *preferences, const char *name);
/* The name in a line, for the caller to free; NULL when the line has none. */
char *preferences_name_at(const struct preferences *preferences, size_t line);
/* Sets the value as it stands in the file; NULL removes the preference. */
bool preferences_set(
	struct preferences *preferences, const char *name, const char *value);
/* A text as it stands in the file; the caller frees it. */
char *preferences_quote(const char *text);

#endif
