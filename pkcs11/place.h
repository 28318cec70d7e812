/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a folder lies: on a disk of this host, or where others write too. */

#ifndef PLACE_H
#define PLACE_H

/* The kind of file system ("NFS") at path, or above it as long as nothing is
 * there, when other hosts may change it behind this one's back; NULL: only this
 * host can. */
const char *place_shared(const char *path);

#endif
