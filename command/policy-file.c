/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one value in the user's configuration file. */

#include "config.h"

#include "command/policy-file.h"

#include "command/output.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A longer file is not read by the keeper either. */
enum { FILE_MOST = 65536 };

static bool
read_file(const char *path, char **text, size_t *length)
{
	FILE *file = fopen(path, "re");
	const bool is_none = !file && errno == ENOENT;
	bool is_whole;

	*length = 0;
	*text = calloc(1, FILE_MOST);
	if (file && *text)
		*length = fread(*text, 1, FILE_MOST, file);
	is_whole = *text && (is_none || (file && !ferror(file))) &&
		*length < FILE_MOST;
	if (file)
		fclose(file);
	if (is_whole)
		return true;
	complain(_("Cannot read %s."), path);
	free(*text);
	return false;
}

/* Where a link leads, so that the link stays. */
static char *
real_path(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : strdup(path);
}

/* One change after the other: each writes all that it has read. The file is
 * another one afterwards, so its folder is what they wait for; -1: nothing can
 * be locked there. */
static int
lock_folder(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	int folder = -1;

	if (slash) {
		slash[slash == copy] = '\0';
		folder = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	free(copy);
	while (folder >= 0 && flock(folder, LOCK_EX) != 0 && errno == EINTR)
		;
	return folder;
}

/* Each change on what the one before has left. */
static bool
apply(struct bytes *text, const struct policy_line *lines, size_t count,
	bool *was_there)
{
	struct bytes result;
	bool was, fine = true;
	size_t i;

	*was_there = false;
	for (i = 0; fine && i < count; i++) {
		fine = (lines[i].name ? policy_text_set : policy_text_remove)(
			(const char *)text->at, text->length, &lines[i],
			&result, &was);
		if (!fine)
			break;
		bytes_clear(text);
		*text = result;
		*was_there |= was;
	}
	return fine;
}

static bool
is_writing(const struct policy_line *lines, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (lines[i].name && lines[i].value)
			return true;
	return false;
}

bool
policy_file_set_all(const char *path, const struct policy_line *lines,
	size_t count, bool is_for_all, bool *was_there)
{
	char *real = real_path(path), *text = NULL;
	struct bytes result = { 0 };
	bool fine = false;
	int folder = -1;
	size_t length;

	if (!real)
		goto out;
	/* The keeper reads no file that others can write. */
	umask(is_for_all ? 022 : 077);
	output_folders_make(real);
	folder = lock_folder(real);
	if (!read_file(real, &text, &length))
		goto out;
	fine = bytes_copy(&result, text, length) &&
		apply(&result, lines, count, was_there);
	if (fine && (is_writing(lines, count) || *was_there))
		fine = output_write_file(real, &result);
	free(text);
out:
	if (folder >= 0)
		close(folder);
	bytes_clear(&result);
	free(real);
	return fine;
}

bool
policy_file_set(
	const char *path, const struct policy_line *line, bool *was_there)
{
	return policy_file_set_all(path, line, 1, false, was_there);
}
