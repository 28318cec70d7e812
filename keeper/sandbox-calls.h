/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process may still ask of the kernel: seccomp. */

#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include <stdbool.h>

/*
 * From now on only what the soft token needs. What libraries try and can do
 * without does not exist (ENOSYS); what only an intruder would try ends the
 * process: programs, network, other processes, memory that runs.
 */
bool sandbox_calls_only(void);

/* All but looking into others and changing the kernel's state; for listeners,
 * and what they start. The call is refused (EPERM). */
bool sandbox_calls_without_tracing(void);

/* The same, and no other process either, so that what is in this one can be
 * told by its number; for modules of others. */
bool sandbox_calls_alone(void);

#endif
