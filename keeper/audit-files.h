/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files an audit log consists of, in order. */

#ifndef AUDIT_FILES_H
#define AUDIT_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Owned paths: those put aside, from the oldest on, then audit.log if it is
 * there. Starts empty ({ 0 }). */
struct audit_files {
	char **paths;
	size_t aside, count;
	unsigned long long oldest; /* the number of the first; 0: none */
};

/* False, with errno: the folder cannot be read, or memory is short. */
bool audit_files_find(const char *folder, struct audit_files *files);
void audit_files_clear(struct audit_files *files);

#endif
