/* SPDX-License-Identifier: BSD-2-Clause */
/* How often the TPM's lock may be ended for an owner. */

#ifndef PARDON_H
#define PARDON_H

#include <stdbool.h>

/*
 * Once a day, as the folder of the owner's counts remembers. The recovery code
 * ends a lock, and only a worker knows whether it was right: one that was taken
 * over must not have the TPM forget wrong PINs as often as it likes.
 */
bool pardon_take(const char *folder);

#endif
