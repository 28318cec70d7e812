/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's TPM, opened for a worker that may open nothing. */

#ifndef HARDWARE_H
#define HARDWARE_H

/* A connection for raw commands to the TPM at path: a device, or the socket of
 * one in software. NULL: the usual device. -1, which was noted, when there is
 * none. The caller closes it. */
int hardware_reach(const char *path);

#endif
