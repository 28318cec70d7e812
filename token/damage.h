/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of the whole set of rows, and the list of what it found. */

#ifndef DAMAGE_H
#define DAMAGE_H

#include "token/store-file.h"

/* The rows that are known to be altered or missing, each once. */
struct damage {
	struct damaged {
		uint32_t id;     /* 0: rows of which not even the id is known */
		const char *why; /* for the log */
		bool is_told;    /* the application has had an error for it */
		bool has_entries; /* searches may still find it */
	} * at;
	size_t count, room;
};

/* Adds a row, and says why in the log when it is new. */
void damage_add(struct damage *damage, uint32_t id, const char *why);
struct damaged *damage_find(const struct damage *damage, uint32_t id);
void damage_remove(struct damage *damage, uint32_t id);
void damage_clear(struct damage *damage);

/*
 * Compares every row with the tree under the token's signed top, and what
 * searches go by with the rows. Whatever differs is added to the damage; what
 * no longer differs leaves it. Entries and nodes only repeat what rows say:
 * when they differ they are mended from sound rows, with a line in the log.
 * Outside of transactions. False: somebody changed the token meanwhile, and the
 * caller should read its row again.
 */
bool damage_check(struct damage *damage, struct store_file *file,
	struct tree *tree, const struct file_token *token);

#endif
