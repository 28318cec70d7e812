/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files a process may still reach: Landlock. */

#ifndef SANDBOX_FILES_H
#define SANDBOX_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel's version of Landlock; 0: none. */
int sandbox_files_version(void);

/* Leaves this process the folder, to change what is in it, and what libraries
 * read. No network and no signals to others, where the kernel can. */
bool sandbox_files_only(const char *folder);

/* Takes these folders from it, with the rest of what there is now left to it;
 * what others make beside them later is closed to it too. */
bool sandbox_files_without(const char *const *folders, size_t count);

#endif
