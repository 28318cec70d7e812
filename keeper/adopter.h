/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that takes in one token which its owner brings. */

#ifndef ADOPTER_H
#define ADOPTER_H

#include "keeper/child.h"

/* What it is started with: the owner's connection, and a pipe to the listener,
 * which gets the serial of the token that was taken in. */
enum { ADOPTER_CONNECTION = CHILD_FIRST, ADOPTER_REPORT = CHILD_SECOND };

/*
 * Reads a token's file from the connection into the owner's folder, makes sure
 * that it is one, and gives it a name there; then says how that went (the
 * answer to MOVE_CALL, pkcs11/hello.h). Confined like a worker, since the bytes
 * are a client's. Ended at any point it leaves no half of a token. The status.
 */
int adopter_run(const char *folder);

#endif
