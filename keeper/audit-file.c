/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the audit log: the present one, and those put aside. */

#include "config.h"

#include "keeper/audit-files.h"
#include "keeper/audit-writer.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
audit_file_open(struct audit *audit)
{
	struct stat status;

	audit->file = open(audit_path(audit, "audit.log"),
		O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK,
		0600);
	if (audit->file < 0 || fstat(audit->file, &status) < 0)
		return false;
	audit->device = status.st_dev;
	audit->inode = status.st_ino;
	return S_ISREG(status.st_mode) || (errno = EINVAL, false);
}

bool
audit_file_end_line(struct audit *audit)
{
	struct stat status;
	char last;

	if (fstat(audit->file, &status) < 0)
		return false;
	if (status.st_size == 0 ||
		(pread(audit->file, &last, 1, status.st_size - 1) == 1 &&
			last == '\n'))
		return true;
	audit->state.offset++;
	return write(audit->file, "\n", 1) == 1;
}

/* The oldest go; the number with which the log begins then, 0: not known. */
static uint64_t
remove_old(struct audit *audit)
{
	struct audit_files files = { 0 };
	uint64_t oldest;
	size_t i = 0;

	if (!audit_files_find(audit->settings.folder, &files))
		return 0;
	while (i + audit->settings.files_kept < files.aside &&
		unlink(files.paths[i]) == 0)
		i++;
	audit_files_clear(&files);
	if (!audit_files_find(audit->settings.folder, &files))
		return 0;
	oldest = files.oldest;
	audit_files_clear(&files);
	return oldest;
}

bool
audit_file_turn(struct audit *audit)
{
	struct audit_text text;
	char aside[4096];
	int before = audit->file;
	uint64_t oldest;

	snprintf(aside, sizeof(aside), "%s/audit.log.%llu",
		audit->settings.folder, (unsigned long long)audit->first);
	if (rename(audit_path(audit, "audit.log"), aside) < 0)
		return false;
	if (!audit_file_open(audit)) {
		audit->file = before;
		return false;
	}
	close(before);
	audit->state.offset = 0;
	audit->first = audit->state.next;
	audit_line_begin(audit, &text, "file");
	oldest = remove_old(audit);
	if (oldest)
		audit_text_put_number(&text, "oldest", oldest);
	audit_put_before(audit, &text);
	return audit_line_end(audit, &text);
}
