/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's file on its way from the user's own keeper to the machine's. */

#ifndef PARCEL_H
#define PARCEL_H

#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"

#include <stdbool.h>

/* Starts empty ({ .file = -1 }). */
struct parcel {
	/* The file, its journal, their shared memory, and the file's name once
	 * it is no token any more. */
	char *path, *journal, *shared, *leaving;
	int file; /* locked against every keeper while it is open */
};

enum parcel_result { PARCEL_TAKEN, PARCEL_IN_USE, PARCEL_FAILED };

/* Takes the token with this number for this process alone; waits a while for
 * who has it open. PARCEL_FAILED: after saying why. */
enum parcel_result parcel_take(
	const struct home *home, unsigned long number, struct parcel *parcel);

/* Sends it by the connection, and gives what the machine keeper says. False,
 * after saying why, when it says nothing. */
bool parcel_send(const struct parcel *parcel, int connection,
	enum move_result *result, char serial[17]);

/* Overwrites and removes it: no token in the first moment, then nothing.
 * False, after saying why. */
bool parcel_destroy(struct parcel *parcel);

/* Goes on where parcel_destroy was ended. */
void parcel_sweep(const struct home *home);

void parcel_clear(struct parcel *parcel);

#endif
