/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one value in the user's configuration file. */

#include "config.h"

#include "command/policy-file.h"

#include "command/output.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A longer file is not read by the keeper either. */
enum { FILE_MOST = 65536 };

static bool
read_file(const char *path, char **text, size_t *length)
{
	FILE *file = fopen(path, "re");
	const bool is_none = !file && errno == ENOENT;

	*length = 0;
	*text = calloc(1, FILE_MOST);
	if (file && *text)
		*length = fread(*text, 1, FILE_MOST, file);
	if (file)
		fclose(file);
	if (*text && *length < FILE_MOST && (file || is_none))
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

bool
policy_file_set(
	const char *path, const struct policy_line *line, bool *was_there)
{
	char *real = real_path(path), *text = NULL;
	struct bytes result = { 0 };
	bool fine = false;
	size_t length;

	if (!real || !read_file(real, &text, &length))
		goto out;
	/* The keeper reads no file that others can write. */
	umask(077);
	output_folders_make(real);
	fine = policy_text_set(text, length, line, &result, was_there);
	if (fine && (line->value || *was_there))
		fine = output_write_file(real, &result);
	free(text);
out:
	bytes_clear(&result);
	free(real);
	return fine;
}
