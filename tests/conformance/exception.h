/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the modules of vendors are known to break the standard. */

#ifndef EXCEPTION_H
#define EXCEPTION_H

/* Why this claim does not hold there, or NULL. */
const char *exception_find(const char *claim);
/* Prints what is so only through Privy Seal. */
void exception_report(void);

#endif
