/* SPDX-License-Identifier: BSD-2-Clause */
/* Where SoftHSM2, the yardstick, is known to break the standard. */

#ifndef EXCEPTION_H
#define EXCEPTION_H

/* Why this claim does not hold there, or NULL. */
const char *exception_find(const char *claim);

#endif
