/* SPDX-License-Identifier: BSD-2-Clause */
/* Where lines for the log go: a file of bounded size, or standard error. */

#ifndef LOGBOOK_H
#define LOGBOOK_H

/* From now on note() and refuse() write here, a line with time and process
 * each. The file is made with mode 0600; when it has grown to 256 KiB it
 * becomes PATH.old and begins anew. NULL: standard error, without the time
 * (whoever reads it there adds its own). path is borrowed. */
void logbook_open(const char *path);

#endif
