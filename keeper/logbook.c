/* SPDX-License-Identifier: BSD-2-Clause */
/* Where lines for the log go: a file of bounded size, or standard error. */

#include "config.h"

#include "keeper/logbook.h"

#include "pkcs11/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SIZE_MOST (256 * 1024)

static const char *path;

static void
turn_page(void)
{
	char old[4096];

	if (snprintf(old, sizeof(old), "%s.old", path) < (int)sizeof(old))
		rename(path, old);
}

/* Opened for each line: they are few, and whoever moves the file away needs
 * no word with us. */
static void
write_to_file(const char *line)
{
	char moment[32];
	time_t now = time(NULL);
	struct tm utc;
	struct stat status;
	int file;

	file = open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK,
		0600);
	if (file < 0)
		return;
	strftime(moment, sizeof(moment), "%Y-%m-%dT%H:%M:%SZ",
		gmtime_r(&now, &utc));
	dprintf(file, "%s %s\n", moment, line);
	if (fstat(file, &status) == 0 && status.st_size > SIZE_MOST)
		turn_page();
	close(file);
}

static void
write_to_error(const char *line)
{
	dprintf(STDERR_FILENO, "privyseal-keeper: %s\n", line);
}

void
logbook_open(const char *file)
{
	path = file;
	log_to(file ? write_to_file : write_to_error);
}
