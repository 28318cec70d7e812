/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls that a process of the keeper puts around itself. */

#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/* No core dump, no tracing by the same user, no new privileges. For listener
 * and worker, first of all. False: a wall does not stand. */
bool sandbox_begin(void);

/* No more than this many MiB of memory of its own; for a worker. */
void sandbox_limit_memory(unsigned mebibytes);

#endif
