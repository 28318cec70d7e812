/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of digests that tells whether each row is the one written last. */

#include "config.h"

#include "token/tree.h"

#include <stdlib.h>
#include <string.h>

/* A node that was checked. It is found by its place and by its digest, which
 * nothing else can have. */
struct kept {
	uint64_t node;
	unsigned char digest[DIGEST_SIZE];
	unsigned char digests[NODE_SIZE];
};

enum { KEPT = 256 };

struct tree {
	struct tree_shelf shelf;
	struct kept kept[KEPT];
};

struct tree *
tree_new(const struct tree_shelf *shelf)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (tree)
		tree->shelf = *shelf;
	return tree;
}

void
tree_free(struct tree *tree)
{
	free(tree);
}

bool
digest_is_empty(const unsigned char digest[DIGEST_SIZE])
{
	static const unsigned char empty[DIGEST_SIZE];

	return memcmp(digest, empty, DIGEST_SIZE) == 0;
}

/* Level 0 is above the rows. */
static uint64_t
node_above(uint32_t id, unsigned level)
{
	return (uint64_t)level << 30 | id >> (TREE_BITS * (level + 1));
}

static unsigned char *
place_of(unsigned char *digests, uint32_t id, unsigned level)
{
	return digests + (id >> (TREE_BITS * level)) % TREE_WIDTH * DIGEST_SIZE;
}

static bool
digest_node(const unsigned char digests[NODE_SIZE],
	unsigned char digest[DIGEST_SIZE])
{
	static const unsigned char empty[NODE_SIZE];
	struct span spans[] = { { "privyseal node", 14 },
		{ digests, NODE_SIZE } };

	if (memcmp(digests, empty, NODE_SIZE) == 0) {
		memset(digest, 0, DIGEST_SIZE);
		return true;
	}
	return seal_digest(spans, SPAN_COUNT(spans), digest);
}

/* Neighbours of one level do not push each other out. */
static struct kept *
kept_for(struct tree *tree, uint64_t node)
{
	return &tree->kept[(node + (node >> 30) * 41) % KEPT];
}

/* The digests in the node with that digest; NULL when there is none. They are
 * the tree's, until the next call. */
static unsigned char *
node_get(struct tree *tree, uint64_t node,
	const unsigned char expected[DIGEST_SIZE])
{
	struct kept *kept = kept_for(tree, node);
	unsigned char digest[DIGEST_SIZE];

	if (kept->node == node &&
		memcmp(kept->digest, expected, DIGEST_SIZE) == 0)
		return kept->digests;
	memset(kept->digest, 0, DIGEST_SIZE);
	if (!tree->shelf.read(tree->shelf.context, node, kept->digests) ||
		!digest_node(kept->digests, digest) ||
		memcmp(digest, expected, DIGEST_SIZE) != 0)
		return NULL;
	kept->node = node;
	memcpy(kept->digest, digest, DIGEST_SIZE);
	return kept->digests;
}

/*
 * Goes down from the top towards id. Writes what it found there, and returns
 * the level that it got to: 0 is the row's own; above it nothing is below, or
 * the node below was altered and altered is set.
 */
static unsigned
descend(struct tree *tree, const unsigned char top[DIGEST_SIZE], uint32_t id,
	unsigned char digest[DIGEST_SIZE], bool *altered)
{
	unsigned level = TREE_LEVELS;
	unsigned char *digests;

	*altered = false;
	memcpy(digest, top, DIGEST_SIZE);
	while (level > 0 && !digest_is_empty(digest)) {
		digests = node_get(tree, node_above(id, level - 1), digest);
		if (!digests) {
			*altered = true;
			break;
		}
		level--;
		memcpy(digest, place_of(digests, id, level), DIGEST_SIZE);
	}
	return level;
}

bool
tree_get(struct tree *tree, const unsigned char top[DIGEST_SIZE], uint32_t id,
	unsigned char digest[DIGEST_SIZE])
{
	bool altered;

	descend(tree, top, id, digest, &altered);
	return !altered;
}

/* The nodes on the way to id; false when one was altered. */
static bool
copy_path(struct tree *tree, const unsigned char top[DIGEST_SIZE], uint32_t id,
	unsigned char path[TREE_LEVELS][NODE_SIZE])
{
	unsigned char above[DIGEST_SIZE], *digests;
	int level;

	memcpy(above, top, DIGEST_SIZE);
	for (level = TREE_LEVELS - 1; level >= 0; level--) {
		memset(path[level], 0, NODE_SIZE);
		if (!digest_is_empty(above)) {
			digests = node_get(
				tree, node_above(id, (unsigned)level), above);
			if (!digests)
				return false;
			memcpy(path[level], digests, NODE_SIZE);
		}
		memcpy(above, place_of(path[level], id, (unsigned)level),
			DIGEST_SIZE);
	}
	return true;
}

/* Writes a node; its own digest is what the node above it holds. */
static bool
node_set(struct tree *tree, uint64_t node,
	const unsigned char digests[NODE_SIZE],
	unsigned char digest[DIGEST_SIZE])
{
	struct kept *kept = kept_for(tree, node);

	if (!digest_node(digests, digest) ||
		!tree->shelf.write(tree->shelf.context, node, digests))
		return false;
	kept->node = node;
	memcpy(kept->digest, digest, DIGEST_SIZE);
	memcpy(kept->digests, digests, NODE_SIZE);
	return true;
}

bool
tree_set(struct tree *tree, unsigned char top[DIGEST_SIZE], uint32_t id,
	const unsigned char digest[DIGEST_SIZE])
{
	unsigned char path[TREE_LEVELS][NODE_SIZE], below[DIGEST_SIZE];
	unsigned level;

	if (!copy_path(tree, top, id, path))
		return false;
	memcpy(below, digest, DIGEST_SIZE);
	for (level = 0; level < TREE_LEVELS; level++) {
		memcpy(place_of(path[level], id, level), below, DIGEST_SIZE);
		if (!node_set(tree, node_above(id, level), path[level], below))
			return false;
	}
	memcpy(top, below, DIGEST_SIZE);
	return true;
}

enum tree_step
tree_next(struct tree *tree, const unsigned char top[DIGEST_SIZE], uint32_t *id,
	uint32_t *last, unsigned char digest[DIGEST_SIZE])
{
	uint64_t at = *id, span;
	unsigned level;
	bool altered;

	while (at < ROW_LIMIT) {
		level = descend(tree, top, (uint32_t)at, digest, &altered);
		/* The places that share what was found. */
		span = (uint64_t)1 << (TREE_BITS * level);
		*id = (uint32_t)at;
		*last = (uint32_t)((at | (span - 1)));
		if (altered)
			return TREE_ALTERED;
		if (!digest_is_empty(digest))
			return TREE_FOUND;
		at = (at | (span - 1)) + 1;
	}
	return TREE_END;
}
