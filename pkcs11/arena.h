/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lives as long as one request, and is wiped with it. */

#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* The most that one request may take. */
#define ARENA_CAP (8u << 20)

struct arena_block;

/* Starts empty ({ 0 }). Small takings cost no allocation. */
struct arena {
	_Alignas(16) unsigned char first[4096];
	size_t used;  /* of first */
	size_t total; /* of blocks */
	struct arena_block *blocks;
};

/* Zeroed, aligned for any type, valid until arena_clear. NULL when memory is
 * short or the cap is reached; never NULL for length 0. */
void *arena_take(struct arena *arena, size_t length);
/* Wipes and gives back all; the arena can be used again. */
void arena_clear(struct arena *arena);

#endif
