/* SPDX-License-Identifier: BSD-2-Clause */
/* The process between one worker and the machine's TPM. */

#ifndef BROKER_H
#define BROKER_H

#include "keeper/child.h"

#include <stdbool.h>

/* Where it has its worker, and the TPM. */
enum { BROKER_WORKER = CHILD_FIRST, BROKER_DEVICE = CHILD_SECOND };

/* Passes commands on that tpm-filter.h lets pass, until the worker hangs up.
 * owner: what the places of its tokens begin with, in hexadecimal digits;
 * is_machine: without all its walls it does not begin. The exit status. */
int broker_run(const char *owner, bool may_end_lock, bool is_machine);

#endif
