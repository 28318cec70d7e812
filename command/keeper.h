/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the keeper that listens in a folder. */

#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>

/* The process at the other end of keeper.sock; 0: nobody listens there, or
 * another user does. */
pid_t keeper_process(const char *folder);

/* The machine keeper, as the module sees it. */
enum machine_keeper { MACHINE_ABSENT, MACHINE_ANSWERS, MACHINE_UNSAFE };
enum machine_keeper keeper_of_machine(void);

#endif
