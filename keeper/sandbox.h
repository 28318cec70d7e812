/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls that a process of the keeper puts around itself. */

#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "pkcs11/home.h"

/* No core dump, no tracing by the same user, no new privileges. For listener
 * and worker, first of all. False: a wall does not stand. */
bool sandbox_begin(void);

/* No more than this many MiB of memory of its own; for a worker. */
void sandbox_limit_memory(unsigned mebibytes);

/* Whether this kernel has all that a worker's walls need. Where not, a keeper
 * for one user says so and goes on; one for many must not start. */
bool sandbox_can_confine(void);

/*
 * The further walls, each before there are threads: for a worker of the soft
 * token, which is left its tokens' folder (NULL: none); for one of somebody
 * else's module, which is left all but what is ours (beside others: with the
 * folder above the home); and for a listener. False, with the reason in the
 * log: one of them does not stand.
 */
bool sandbox_soft_worker(const char *tokens);
bool sandbox_module_worker(const struct home *home, bool is_beside_others);
bool sandbox_listener(void);

/*
 * What stands around this process, as the kernel says and as was tried, not as
 * was asked for: "seccomp 2 no-new-privileges 1 dumpable 0 landlock 7". Without
 * newline; landlock 0 when the files are open.
 */
void sandbox_describe(char *text, size_t room);

/* The same of all processes: kernel.yama.ptrace_scope; -1: there is none. */
int sandbox_ptrace_scope(void);

#endif
