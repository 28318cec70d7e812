/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files an audit log consists of, in order. */

#include "config.h"

#include "keeper/audit-files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "audit.log.";

/* The number in audit.log.NUMBER; 0: another name. */
static unsigned long long
number_of(const char *name)
{
	size_t length = strlen(prefix);
	const char *digits = name + length;

	if (strncmp(name, prefix, length) != 0 || *digits == '0' ||
		strlen(digits) > 18 ||
		digits[strspn(digits, "0123456789")] != '\0')
		return 0;
	return strtoull(digits, NULL, 10);
}

static bool
add(struct audit_files *files, const char *folder, const char *name)
{
	char **more = realloc(
		files->paths, (files->count + 1) * sizeof(*files->paths));

	if (!more)
		return false;
	files->paths = more;
	if (asprintf(&more[files->count], "%s/%s", folder, name) < 0)
		return false;
	files->count++;
	return true;
}

static int
compare(const void *one, const void *other)
{
	unsigned long long a = number_of(strrchr(*(char *const *)one, '/') + 1);
	unsigned long long b =
		number_of(strrchr(*(char *const *)other, '/') + 1);

	return (a > b) - (a < b);
}

bool
audit_files_find(const char *folder, struct audit_files *files)
{
	const struct dirent *entry;
	DIR *directory = opendir(folder);
	bool fine = directory;

	while (fine && (entry = readdir(directory)))
		if (number_of(entry->d_name))
			fine = add(files, folder, entry->d_name);
	if (directory)
		closedir(directory);
	files->aside = files->count;
	if (fine && files->count)
		qsort(files->paths, files->count, sizeof(*files->paths),
			compare);
	if (files->aside)
		files->oldest = number_of(strrchr(files->paths[0], '/') + 1);
	if (fine)
		fine = add(files, folder, "audit.log");
	if (fine && access(files->paths[files->aside], F_OK) < 0)
		free(files->paths[--files->count]);
	if (!fine)
		audit_files_clear(files);
	return fine;
}

void
audit_files_clear(struct audit_files *files)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		free(files->paths[i]);
	free(files->paths);
	*files = (struct audit_files){ 0 };
}
