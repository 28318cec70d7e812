/* SPDX-License-Identifier: BSD-2-Clause */
/* The PIN before the present one, told apart from a guess. */

#ifndef PREVIOUS_H
#define PREVIOUS_H

#include "token/wrapping.h"

/*
 * A program that has a PIN stored goes on trying it after it was changed. So
 * that this does not lock the token, a file beside the token's has what tells
 * that PIN again: the KDF's salt and parameters, and a digest of what its key
 * makes of nothing. It opens nothing, since the root key's old wrapping is
 * gone, and a guess at it costs the KDF.
 */

/* Keeps it from the wrapping that is going to be replaced. A guarded one is not
 * kept: its guard counts for itself. Failing is no harm. */
void previous_keep(const char *token_path,
	const unsigned char wrapping[WRAPPING_SIZE], const struct secret *root);
void previous_forget(const char *token_path);

/* Whether this is that PIN. The KDF runs where there is one to compare with. */
bool previous_is(const char *token_path, const struct span *pin);

#endif
