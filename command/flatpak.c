/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Thunderbird from Flatpak needs, given and taken back. */

#include "config.h"

#include "command/flatpak.h"

#include "command/output.h"
#include "command/preferences.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the keeper's socket, in Flatpak's words. */
static const char socket_folder[] = "xdg-run/privyseal";

/* [flatpak-metadata(5)] */
static const char context[] = "[Context]", filesystems[] = "filesystems=";

/* Where "flatpak override --user" writes for Thunderbird. */
static char *
overrides_path(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	bool is_moved = data && data[0] == '/';
	char *path;

	if (!is_moved && !home)
		return NULL;
	return asprintf(&path, "%s%s/flatpak/overrides/org.mozilla.Thunderbird",
		       is_moved ? data : home,
		       is_moved ? "" : "/.local/share") < 0
		? NULL
		: path;
}

/* The line with the folders that the sandbox may use; NULL. */
static char **
folders_line(const struct preferences *overrides)
{
	bool is_context = false;
	size_t i;

	for (i = 0; i < overrides->count; i++) {
		char *line = overrides->lines[i];

		if (line[0] == '[')
			is_context = strcmp(line, context) == 0;
		else if (is_context &&
			strncmp(line, filesystems, strlen(filesystems)) == 0)
			return &overrides->lines[i];
	}
	return NULL;
}

/* Where our folder begins in the line; NULL. */
static char *
folder_in(char *line)
{
	size_t length = strlen(socket_folder);
	char *at = line;

	while ((at = strstr(at, socket_folder))) {
		if (strchr("=;", at[-1]) && strchr(";", at[length]))
			return at;
		at += length;
	}
	return NULL;
}

static bool
overrides_add(struct preferences *overrides)
{
	char **line = folders_line(overrides), *longer;
	size_t i;

	if (line) {
		if (asprintf(&longer, "%s%s%s;", *line,
			    (*line)[strlen(*line) - 1] == ';' ||
					    (*line)[strlen(filesystems)] == '\0'
				    ? ""
				    : ";",
			    socket_folder) < 0)
			return false;
		free(*line);
		*line = longer;
		return true;
	}
	for (i = 0; i < overrides->count; i++)
		if (strcmp(overrides->lines[i], context) == 0)
			break;
	if (i == overrides->count &&
		!preferences_append(overrides, strdup(context)))
		return false;
	/* Right below the heading: one line more, and the last moved there. */
	if (asprintf(&longer, "%s%s;", filesystems, socket_folder) < 0 ||
		!preferences_append(overrides, longer))
		return false;
	memmove(&overrides->lines[i + 2], &overrides->lines[i + 1],
		(overrides->count - i - 2) * sizeof(*overrides->lines));
	overrides->lines[i + 1] = longer;
	return true;
}

static void
overrides_remove(char *line)
{
	char *at = folder_in(line);
	size_t length = strlen(socket_folder);

	if (at)
		memmove(at, at + length + (at[length] == ';'),
			strlen(at + length + (at[length] == ';')) + 1);
}

static bool
leave_is_given(void)
{
	char *path = overrides_path(), **line;
	struct preferences overrides = { 0 };
	bool is_given = false;

	if (path && preferences_read(&overrides, path)) {
		line = folders_line(&overrides);
		is_given = line && folder_in(*line);
	}
	preferences_clear(&overrides);
	free(path);
	return is_given;
}

static bool
leave_set(bool is_given)
{
	char *path = overrides_path(), **line;
	struct preferences overrides = { 0 };
	bool is_done = path && preferences_read(&overrides, path);

	if (is_done && is_given) {
		output_folders_make(path);
		is_done = overrides_add(&overrides);
	} else if (is_done && (line = folders_line(&overrides))) {
		overrides_remove(*line);
	}
	is_done = is_done && preferences_write(&overrides, path);
	if (!is_done)
		complain(_("Cannot write %s: %s"), path ? path : "",
			strerror(errno));
	preferences_clear(&overrides);
	free(path);
	return is_done;
}

static bool
file_read(const char *path, struct bytes *content)
{
	FILE *file = fopen(path, "re");
	char piece[4096];
	size_t length;
	bool is_whole = file != NULL;

	while (is_whole && (length = fread(piece, 1, sizeof(piece), file)))
		is_whole = bytes_append(content, piece, length);
	is_whole = is_whole && !ferror(file);
	if (file)
		fclose(file);
	return is_whole;
}

static bool
copy_is_current(const char *copy, const char *module)
{
	struct bytes one = { 0 }, other = { 0 };
	bool is_same = file_read(copy, &one) && file_read(module, &other) &&
		one.length == other.length &&
		memcmp(one.at, other.at, one.length) == 0;

	bytes_clear(&one);
	bytes_clear(&other);
	return is_same;
}

static bool
copy_write(const char *copy, const char *module)
{
	struct bytes content = { 0 };
	bool is_done;

	is_done = file_read(module, &content);
	if (!is_done)
		complain(_("Cannot read %s: %s"), module, strerror(errno));
	is_done = is_done && output_write_file(copy, &content);
	bytes_clear(&content);
	return is_done;
}

char *
flatpak_module(const struct profile *profile)
{
	return profile_file(profile, "privyseal-pkcs11.so");
}

bool
flatpak_is_served(const struct profile *profile, const char *module)
{
	char *copy = flatpak_module(profile);
	bool is_served =
		copy && copy_is_current(copy, module) && leave_is_given();

	free(copy);
	return is_served;
}

bool
flatpak_serve(
	const struct profile *profile, const char *module, size_t *changed)
{
	char *copy = flatpak_module(profile);
	bool is_done = copy != NULL;

	if (is_done && !copy_is_current(copy, module)) {
		is_done = copy_write(copy, module);
		++*changed;
	}
	if (is_done && !leave_is_given()) {
		is_done = leave_set(true);
		++*changed;
	}
	free(copy);
	return is_done;
}

bool
flatpak_withdraw(const struct profile *profile)
{
	char *copy = flatpak_module(profile);
	bool is_done = copy && (unlink(copy) == 0 || errno == ENOENT);

	if (!is_done)
		complain(_("Cannot delete %s: %s"), copy ? copy : "",
			strerror(errno));
	free(copy);
	return is_done && (!leave_is_given() || leave_set(false));
}
