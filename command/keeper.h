/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the keeper that listens in a folder. */

#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>

/* The process at the other end of keeper.sock; 0: nobody listens there, or
 * another user does. */
pid_t keeper_process(const char *folder);

#endif
