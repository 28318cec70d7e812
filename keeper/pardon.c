/* SPDX-License-Identifier: BSD-2-Clause */
/* How often the TPM's lock may be ended for an owner. */

#include "config.h"

#include "keeper/pardon.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const time_t day = 24L * 60 * 60;

/* Who may set the clock may set the TPM free as well. */
static bool
is_due(int file)
{
	const time_t now = time(NULL);
	struct stat status;

	return fstat(file, &status) == 0 &&
		(status.st_size == 0 || status.st_mtime + day <= now ||
			status.st_mtime > now);
}

bool
pardon_take(const char *folder)
{
	char path[PATH_MAX];
	bool is_granted;
	int file;

	if (snprintf(path, sizeof(path), "%s/tpm-pardon", folder) >=
		(int)sizeof(path))
		return false;
	file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0) {
		note("%s: %s", path, strerror(errno));
		return false;
	}
	is_granted = is_due(file) && pwrite(file, "\n", 1, 0) == 1 &&
		fsync(file) == 0;
	close(file);
	return is_granted;
}
