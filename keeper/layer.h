/* SPDX-License-Identifier: BSD-2-Clause */
/* What layers around a token's function list have in common. */

#ifndef LAYER_H
#define LAYER_H

#include "pkcs11/cryptoki.h"

#include <string.h>

/*
 * A layer is a copy of the next list with some entries replaced by its own,
 * which call the next one's. backing.c puts them around the token:
 *
 *	serve -> entry -> pending -> audit -> policy -> member -> token
 *
 * An entry that the next list does not have stays missing, so that a layer adds
 * no call to a token.
 */
#define LAYER_ENTRY(copy, layer, name) \
	do { \
		if ((copy)->name) \
			(copy)->name = layer##_##name; \
	} while (0)

/* The list of 2.40 ends where that of 3.0 goes on. */
static inline void
layer_copy(CK_FUNCTION_LIST_3_0 *copy, const CK_FUNCTION_LIST_3_0 *next)
{
	memset(copy, 0, sizeof(*copy));
	memcpy(copy, next,
		next->version.major < 3 ? sizeof(CK_FUNCTION_LIST)
					: sizeof(CK_FUNCTION_LIST_3_0));
}

#endif
