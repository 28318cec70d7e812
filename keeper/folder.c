/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that only their owner enters. */

#include "config.h"

#include "keeper/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool
folder_make(const char *path)
{
	char *copy, *slash;
	bool is_there;

	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	if (errno != ENOENT || !(copy = strdup(path)))
		return false;
	for (slash = strchr(copy + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	is_there = mkdir(copy, 0700) == 0 || errno == EEXIST;
	free(copy);
	return is_there;
}
