/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of secrets: in the memory of processes, and in files. */

#ifndef REMAINS_H
#define REMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Looks for these bytes from now on, of which there are 16 or more. A part of a
 * name is enough to ask for it; NULL asks for all. */
void remains_seek(const char *name, const void *at, size_t length);

/* How many runs of 16 of their bytes, in either order, are in the memory of the
 * process, which stands still meanwhile. Says which. Skips the test where that
 * cannot be read. */
unsigned long remains_in(pid_t process, const char *name);
/* Fails the test for each secret of this name that is not there. */
void remains_expect(pid_t process, const char *name);

/* Looks through all files below the folder, and those that the process has
 * open, for the same and for their hexadecimal digits; how many have some. */
unsigned remains_in_files(const char *folder, const char *name);
unsigned remains_in_open_files(pid_t process, const char *name);
/* How many files were looked through so far. */
unsigned remains_files_seen(void);

/* The keeper's listener. */
pid_t remains_listener(void);

#endif
