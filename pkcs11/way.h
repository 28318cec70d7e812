/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that nobody but root and their owner can have put in their place. */

#ifndef WAY_H
#define WAY_H

#include <sys/types.h>

/*
 * Opens the folder at an absolute path (O_PATH), if every folder above it is
 * root's or this user's and none can be written by others (one that is sticky
 * may, as /tmp is; not the one right above), and the folder itself only by its
 * owner. No symbolic link is followed. *owner is whose it is. -1 with errno:
 * ENOENT and EACCES say that there is none for us, EPERM that somebody else
 * could have put it there.
 */
int way_open(const char *path, uid_t *owner);

#endif
