/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that only their owner enters. */

#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>

/* Makes the folder and what is missing above it, each 0700; those that are
 * there stay as they are. False, with errno, when it is not there after. */
bool folder_make(const char *path);

#endif
