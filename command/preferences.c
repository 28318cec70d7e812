/* SPDX-License-Identifier: BSD-2-Clause */
/* A Mozilla preferences file (prefs.js, user.js), read and changed by line. */

#include "config.h"

#include "command/preferences.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char opening[] = "user_pref(\"";

bool
preferences_append(struct preferences *preferences, char *line)
{
	char **grown = realloc(preferences->lines,
		(preferences->count + 1) * sizeof(*grown));

	if (!line || !grown) {
		if (grown)
			preferences->lines = grown;
		free(line);
		return false;
	}
	grown[preferences->count++] = line;
	preferences->lines = grown;
	return true;
}

bool
preferences_read(struct preferences *preferences, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	bool is_whole = true;

	*preferences = (struct preferences){ 0 };
	if (!file)
		return errno == ENOENT;
	while (is_whole && (length = getline(&line, &room, file)) >= 0) {
		if (length > 0 && line[length - 1] == '\n')
			line[length - 1] = '\0';
		is_whole = preferences_append(preferences, strdup(line));
	}
	is_whole = is_whole && !ferror(file);
	free(line);
	fclose(file);
	if (!is_whole)
		preferences_clear(preferences);
	return is_whole;
}

static bool
lines_write(const struct preferences *preferences, FILE *file)
{
	size_t i;

	for (i = 0; i < preferences->count; i++)
		if (fprintf(file, "%s\n", preferences->lines[i]) < 0)
			return false;
	return fflush(file) == 0 && fsync(fileno(file)) == 0;
}

bool
preferences_write(const struct preferences *preferences, const char *path)
{
	struct stat before;
	char *beside = NULL;
	FILE *file = NULL;
	bool is_written = false;
	int descriptor, mode;

	mode = stat(path, &before) == 0 ? (int)(before.st_mode & 0777) : 0600;
	if (asprintf(&beside, "%s.XXXXXX", path) < 0)
		return false;
	descriptor = mkstemp(beside);
	if (descriptor < 0)
		goto out;
	file = fdopen(descriptor, "w");
	is_written = file && fchmod(descriptor, (mode_t)mode) == 0 &&
		lines_write(preferences, file);
	if (file)
		is_written = fclose(file) == 0 && is_written;
	else
		close(descriptor);
	is_written = is_written && rename(beside, path) == 0;
	if (!is_written)
		unlink(beside);
out:
	free(beside);
	return is_written;
}

void
preferences_clear(struct preferences *preferences)
{
	size_t i;

	for (i = 0; i < preferences->count; i++)
		free(preferences->lines[i]);
	free(preferences->lines);
	*preferences = (struct preferences){ 0 };
}

/* Where the value of this preference begins in the line, or NULL. */
static const char *
line_value(const char *line, const char *name)
{
	size_t length = strlen(name);

	while (*line == ' ' || *line == '\t')
		line++;
	if (strncmp(line, opening, strlen(opening)) != 0)
		return NULL;
	line += strlen(opening);
	if (strncmp(line, name, length) != 0 || line[length] != '"')
		return NULL;
	line += length + 1;
	while (*line == ' ' || *line == ',' || *line == '\t')
		line++;
	return line;
}

char *
preferences_find(const struct preferences *preferences, const char *name)
{
	const char *value, *end;
	size_t i = preferences->count;

	while (i-- > 0) {
		value = line_value(preferences->lines[i], name);
		if (!value)
			continue;
		end = strrchr(value, ')');
		return strndup(value, end ? (size_t)(end - value)
					  : strlen(value));
	}
	return NULL;
}

/* A preference written by the program itself is escaped by \\ \" \n \r only;
 * a hand-written one may also say \xHH, which no address needs. */
char *
preferences_find_text(const struct preferences *preferences, const char *name)
{
	char *value = preferences_find(preferences, name), *from, *to;

	if (!value)
		return NULL;
	to = value;
	from = value[0] == '"' ? value + 1 : value;
	for (; *from && *from != '"'; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return value;
}

char *
preferences_name_at(const struct preferences *preferences, size_t line)
{
	const char *name = preferences->lines[line], *end;

	if (strncmp(name, opening, strlen(opening)) != 0)
		return NULL;
	name += strlen(opening);
	end = strchr(name, '"');
	return end ? strndup(name, (size_t)(end - name)) : NULL;
}

char *
preferences_quote(const char *text)
{
	char *quoted = malloc(2 * strlen(text) + 3), *to = quoted;

	if (!quoted)
		return NULL;
	*to++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*to++ = '\\';
		*to++ = *text == '\n' || *text == '\r' ? ' ' : *text;
	}
	*to++ = '"';
	*to = '\0';
	return quoted;
}

static void
preference_remove(struct preferences *preferences, const char *name)
{
	size_t i, kept = 0;

	for (i = 0; i < preferences->count; i++) {
		if (line_value(preferences->lines[i], name))
			free(preferences->lines[i]);
		else
			preferences->lines[kept++] = preferences->lines[i];
	}
	preferences->count = kept;
}

bool
preferences_set(struct preferences *preferences, const char *name,
	const char *value)
{
	char *line = NULL;

	if (value && asprintf(&line, "%s%s\", %s);", opening, name, value) < 0)
		return false;
	preference_remove(preferences, name);
	return !value || preferences_append(preferences, line);
}
