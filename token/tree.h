/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of digests that tells whether each row is the one written last. */

#ifndef TREE_H
#define TREE_H

#include "token/crypto-seal.h"

/*
 * A leaf is the digest of a row, at the place of its id; a node holds the
 * digests of 32 rows or of 32 nodes below. The digest of the top node stands
 * for the whole set, and every row can be checked against it alone. A place
 * without row, and a node without rows, is the digest of zeros.
 */
enum {
	TREE_BITS = 5,
	TREE_WIDTH = 1 << TREE_BITS,
	TREE_LEVELS = 6,
	NODE_SIZE = TREE_WIDTH * DIGEST_SIZE,
	ROW_LIMIT = 1 << (TREE_BITS * TREE_LEVELS)
};

/* Where nodes are kept; node ids are below 2^33. */
struct tree_shelf {
	/* False: there is none, or it cannot be read. */
	bool (*read)(
		void *context, uint64_t node, unsigned char digests[NODE_SIZE]);
	bool (*write)(void *context, uint64_t node,
		const unsigned char digests[NODE_SIZE]);
	void *context;
};

/* Remembers nodes by their digest, so one stays right whatever changes. */
struct tree;

struct tree *tree_new(const struct tree_shelf *shelf);
void tree_free(struct tree *tree);

/* The digest at the place of id under the given top; false when a node on the
 * way was altered. */
bool tree_get(struct tree *tree, const unsigned char top[DIGEST_SIZE],
	uint32_t id, unsigned char digest[DIGEST_SIZE]);
/* Puts a digest at the place of id: writes the nodes on the way, and the new
 * top. False, with the top as it was, for an altered node or a failed write. */
bool tree_set(struct tree *tree, unsigned char top[DIGEST_SIZE], uint32_t id,
	const unsigned char digest[DIGEST_SIZE]);

enum tree_step { TREE_FOUND, TREE_END, TREE_ALTERED };

/* The first place at or after *id that is not empty. TREE_ALTERED: the places
 * from *id to *last are under a node that was altered. */
enum tree_step tree_next(struct tree *tree,
	const unsigned char top[DIGEST_SIZE], uint32_t *id, uint32_t *last,
	unsigned char digest[DIGEST_SIZE]);

bool digest_is_empty(const unsigned char digest[DIGEST_SIZE]);

#endif
