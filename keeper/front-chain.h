/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of authorities' certificates that a front is given. */

#ifndef FRONT_CHAIN_H
#define FRONT_CHAIN_H

#include "keeper/front.h"
#include "pkcs11/bytes.h"

/* A longer one is not read; those of all public authorities together have a
 * quarter of it. */
enum { CHAIN_FILE_MOST = 1 << 20 };

/* The path that a text of them begins with, for the caller to free, and the
 * text after it; NULL: there is none. */
char *front_chain_next(const char **text);

/* Reads the file: the text of certificates that it is, owned. False, and why,
 * in the user's language: who could change it is as for a module. */
bool front_chain_read(
	const char *path, struct bytes *text, char *reason, size_t room);

/* All of the front's; those that cannot be read are named in the log. */
void front_chain_gather(const struct front *front, struct bytes *text);

#endif
