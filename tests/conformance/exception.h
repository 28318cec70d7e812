/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the modules of vendors are known to break the standard. */

#ifndef EXCEPTION_H
#define EXCEPTION_H

#include "tests/test.h"

/* How and why this claim does not hold there, until the next call, or NULL. */
const struct test_exception *exception_find(const char *claim);
/* Prints what is so only through Privy Seal. */
void exception_report(void);

#endif
