/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that nobody but root and their owner can have put in their place. */

#include "config.h"

#include "pkcs11/way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITTEN_BY_OTHERS = S_IWGRP | S_IWOTH, NAME_MOST = 255 };

static bool
look_at(int folder, struct statx *status)
{
	return statx(folder, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status) == 0;
}

/* Who can write a folder can put others in the place of what is in it; where
 * the owner alone may remove, what root or we made stays. */
static bool
is_safe_above(int folder, bool is_last)
{
	struct statx status;

	if (!look_at(folder, &status) ||
		(status.stx_uid != 0 && status.stx_uid != geteuid()))
		return false;
	return !(status.stx_mode & WRITTEN_BY_OTHERS) ||
		(status.stx_mode & S_ISVTX && !is_last);
}

/* Goes down by the path's next name; *rest is what follows it. */
static int
step(int folder, const char *path, const char **rest)
{
	size_t length = strcspn(path, "/");
	char name[NAME_MOST + 1];

	*rest = path + length + strspn(path + length, "/");
	if (length > NAME_MOST) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path, length);
	name[length] = '\0';
	if (!is_safe_above(folder, **rest == '\0')) {
		errno = EPERM;
		return -1;
	}
	return openat(
		folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
walk(const char *path)
{
	int folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int next, error;

	path += strspn(path, "/");
	while (folder >= 0 && *path) {
		next = step(folder, path, &path);
		error = errno;
		close(folder);
		errno = error;
		folder = next;
	}
	return folder;
}

int
way_open(const char *path, uid_t *owner)
{
	struct statx status;
	int folder;

	if (path[0] != '/') {
		errno = EPERM;
		return -1;
	}
	folder = walk(path);
	if (folder < 0)
		return -1;
	if (look_at(folder, &status) &&
		!(status.stx_mode & WRITTEN_BY_OTHERS)) {
		*owner = status.stx_uid;
		return folder;
	}
	close(folder);
	errno = EPERM;
	return -1;
}
