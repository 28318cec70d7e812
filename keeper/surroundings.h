/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process has from the one that started it: made anew. */

#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <stdbool.h>

/*
 * The first application that needs the keeper starts it, and others rely on it
 * later: nothing of the first may stay. Begins the program again when its
 * environment has anything but the few variables that say where things are;
 * then closes descriptors, and resets umask, signals, limits, session, control
 * group and working directory. Standard input and output become /dev/null,
 * standard error too unless keeps_error. What an administrator started
 * (is_service) stays in the control group where that was done.
 */
void surroundings_renew(char **arguments, bool keeps_error, bool is_service);

/* The environment that a process of ours gets; never freed. */
char **surroundings_environment(void);

#endif
