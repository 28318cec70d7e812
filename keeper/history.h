/* SPDX-License-Identifier: BSD-2-Clause */
/* How far each token has come, as long as the keeper runs. */

#ifndef HISTORY_H
#define HISTORY_H

#include <stddef.h>
#include <stdint.h>

/* A token's public key, and the most changes that a worker of its owner saw it
 * with. */
struct progress {
	uint64_t owner;
	unsigned char key[32];
	uint64_t changes;
};

/* Starts empty ({ 0 }). A token that there is no room for is not remembered. */
struct history {
	struct progress *at;
	size_t count, room;
};

/* Notes it, and gives the most that was ever noted for this owner: others
 * neither change that nor take its room. */
uint64_t history_advance(struct history *history, uint64_t owner,
	const unsigned char key[32], uint64_t changes);
void history_clear(struct history *history);

#endif
