/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the keeper that listens in a folder. */

#ifndef KEEPER_H
#define KEEPER_H

#include "command/option.h"
#include "pkcs11/bytes.h"
#include "pkcs11/home.h"

#include <stdint.h>
#include <sys/types.h>

/* The process at the other end of keeper.sock; 0: nobody listens there, or
 * another user does. */
pid_t keeper_process(const char *folder);

/* The machine keeper, as the module sees it. */
enum machine_keeper { MACHINE_ABSENT, MACHINE_ANSWERS, MACHINE_UNSAFE };
enum machine_keeper keeper_of_machine(void);
/* Starts it if it does not run. False, after saying why. */
bool keeper_wake(const struct request *request, const struct home *home);
/* Asks the keeper in this folder by a call without a body; the answer's body,
 * which the caller clears. False: there is none. */
bool keeper_ask(const char *folder, uint32_t call, struct secret *answer);
/* The same of the machine keeper. */
bool keeper_ask_machine(uint32_t call, struct secret *answer);

#endif
