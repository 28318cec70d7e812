/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives the crypto library, and our own secrets, memory of the vault. */

#ifndef CRYPTO_MEMORY_H
#define CRYPTO_MEMORY_H

#include "token/vault.h"

/* Opens the vault, as vault_open says, for all memory that the crypto library
 * takes from now on, and for each struct secret: before the first of either.
 * False: there is no vault, or it is too late. */
bool crypto_memory_begin(
	size_t most, void (*tell)(const struct vault_state *state));

#endif
