/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lives as long as one request, and is wiped with it. */

#include "config.h"

#include "pkcs11/arena.h"

#include "pkcs11/bytes.h"

#include <stdlib.h>

struct arena_block {
	struct arena_block *next;
	size_t length;
	_Alignas(16) unsigned char at[];
};

void *
arena_take(struct arena *arena, size_t length)
{
	struct arena_block *block;
	size_t rounded = (length + 15) & ~(size_t)15;

	if (length > ARENA_CAP || rounded > ARENA_CAP - arena->total)
		return NULL;
	if (rounded <= sizeof(arena->first) - arena->used) {
		arena->used += rounded;
		return arena->first + arena->used - rounded;
	}
	block = calloc(1, sizeof(*block) + rounded);
	if (!block)
		return NULL;
	block->length = rounded;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->total += rounded;
	return block->at;
}

void
arena_clear(struct arena *arena)
{
	struct arena_block *block;

	/* Wiping leaves zeros, which is what the next taking promises. */
	wipe(arena->first, arena->used);
	arena->used = 0;
	while ((block = arena->blocks)) {
		arena->blocks = block->next;
		wipe(block->at, block->length);
		free(block);
	}
	arena->total = 0;
}
