/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine keeper: one for all users, under a user of its own. */

#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>

#include "pkcs11/home.h"

/* What the command line says of it; borrowed. NULL: the usual. */
struct machine {
	const char *state, *run;
	const char
		*user; /* a name or a number, for one who starts it as root */
};

/*
 * Becomes the machine keeper's process: gives up root for its user (and makes
 * its folders first, where they are missing), and fills in home. False when
 * the folders are not as they must be, or users could not be kept from each
 * other here; what is wrong, and what helps, is in the log.
 */
bool machine_begin(const struct machine *machine, struct home *home);

#endif
