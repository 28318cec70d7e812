/* SPDX-License-Identifier: BSD-2-Clause */
/* How far each token has come, as long as the keeper runs. */

#include "config.h"

#include "keeper/history.h"

#include <stdlib.h>
#include <string.h>

/* More tokens than anyone has, and than all have; who makes more has not the
 * listener's memory. */
enum { OWNER_MOST = 512, TOKENS_MOST = 65536 };

static struct progress *
find(struct history *history, uint64_t owner, const unsigned char key[32],
	unsigned *others)
{
	size_t i;

	*others = 0;
	for (i = 0; i < history->count; i++) {
		if (history->at[i].owner != owner)
			continue;
		if (memcmp(history->at[i].key, key, 32) == 0)
			return &history->at[i];
		(*others)++;
	}
	return NULL;
}

static struct progress *
add(struct history *history, uint64_t owner, const unsigned char key[32])
{
	size_t room = history->room ? history->room * 2 : 16;
	struct progress *grown;

	if (history->count == TOKENS_MOST)
		return NULL;
	if (history->count == history->room) {
		grown = reallocarray(history->at, room, sizeof(*grown));
		if (!grown)
			return NULL;
		history->at = grown;
		history->room = room;
	}
	grown = &history->at[history->count++];
	grown->owner = owner;
	memcpy(grown->key, key, 32);
	grown->changes = 0;
	return grown;
}

uint64_t
history_advance(struct history *history, uint64_t owner,
	const unsigned char key[32], uint64_t changes)
{
	unsigned others;
	struct progress *progress = find(history, owner, key, &others);

	if (!progress && others < OWNER_MOST)
		progress = add(history, owner, key);
	if (!progress)
		return changes;
	if (progress->changes < changes)
		progress->changes = changes;
	return progress->changes;
}

void
history_clear(struct history *history)
{
	free(history->at);
	*history = (struct history){ 0 };
}
