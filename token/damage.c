/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of the whole set of rows, and the list of what it found. */

#include "config.h"

#include "token/damage.h"

#include "pkcs11/log.h"
#include "token/store-row.h"

#include <stdlib.h>
#include <string.h>

struct damaged *
damage_find(const struct damage *damage, uint32_t id)
{
	size_t i;

	for (i = 0; i < damage->count; i++)
		if (damage->at[i].id == id)
			return &damage->at[i];
	return NULL;
}

/* More than anyone will look at; the rest is as one. */
static const size_t damage_most = 1000;

static void
append(struct damage *damage, struct damaged damaged)
{
	size_t room = damage->room ? damage->room * 2 : 8;
	struct damaged *grown;

	if (damage->count == damage_most)
		return;
	if (damage->count == damage->room) {
		grown = reallocarray(damage->at, room, sizeof(*grown));
		if (!grown)
			return;
		damage->at = grown;
		damage->room = room;
	}
	damage->at[damage->count++] = damaged;
}

static void
report(uint32_t id, const char *why)
{
	if (id)
		note("object %lu was altered: %s", (unsigned long)id, why);
	else
		note("the token was altered: %s", why);
}

void
damage_add(struct damage *damage, uint32_t id, const char *why)
{
	if (damage_find(damage, id))
		return;
	report(id, why);
	append(damage, (struct damaged){ .id = id, .why = why });
}

void
damage_remove(struct damage *damage, uint32_t id)
{
	struct damaged *damaged = damage_find(damage, id);

	if (damaged)
		*damaged = damage->at[--damage->count];
}

void
damage_clear(struct damage *damage)
{
	free(damage->at);
	*damage = (struct damage){ 0 };
}

/* A tag and the row that a search by it finds. */
struct entry {
	unsigned char tag[TAG_SIZE];
	unsigned char id[4]; /* most significant first, so that they sort */
};

struct entries {
	struct entry *at;
	size_t count, room;
};

/* One run of the check. What it finds is reported when it is over. */
struct check {
	struct damage found;
	struct store_file *file;
	struct tree *tree;
	const struct file_token *token;
	struct entries entries; /* that the sound rows should have */
	struct entries others;  /* those of damaged rows, as they are */
	size_t compared;
	bool entries_differ, nodes_differ, failed, is_stale;
};

static struct entry
entry_of(const unsigned char *tag, uint32_t id)
{
	struct entry entry;

	memcpy(entry.tag, tag, TAG_SIZE);
	entry.id[0] = id >> 24 & 0xff;
	entry.id[1] = id >> 16 & 0xff;
	entry.id[2] = id >> 8 & 0xff;
	entry.id[3] = id & 0xff;
	return entry;
}

static bool
entries_add(struct entries *entries, const unsigned char *tag, uint32_t id)
{
	size_t room = entries->room ? entries->room * 2 : 256;
	struct entry *grown;

	if (entries->count == entries->room) {
		grown = reallocarray(entries->at, room, sizeof(*grown));
		if (!grown)
			return false;
		entries->at = grown;
		entries->room = room;
	}
	entries->at[entries->count++] = entry_of(tag, id);
	return true;
}

static bool
entries_add_row(struct entries *entries, const struct file_row *row)
{
	static const unsigned char empty[TAG_SIZE];
	const unsigned char *tag = row->tags.at;
	size_t i;

	for (i = 0; i + TAG_SIZE <= row->tags.length; i += TAG_SIZE)
		if (memcmp(tag + i, empty, TAG_SIZE) != 0 &&
			!entries_add(entries, tag + i, row->id))
			return false;
	return true;
}

static int
entry_compare(const void *one, const void *other)
{
	return memcmp(one, other, sizeof(struct entry));
}

/* The file has them in the same order: tag, then id. */
static void
compare_entry(void *context, const unsigned char *tag, uint32_t id)
{
	struct check *check = context;
	struct entry entry = entry_of(tag, id);
	struct damaged *damaged = damage_find(&check->found, id);

	if (damaged) {
		damaged->has_entries = true;
		if (!entries_add(&check->others, tag, id))
			check->failed = true;
		return;
	}
	if (check->compared >= check->entries.count ||
		entry_compare(&check->entries.at[check->compared], &entry) != 0)
		check->entries_differ = true;
	check->compared++;
}

static void
find_altered(struct check *check, uint32_t id, const char *why)
{
	append(&check->found, (struct damaged){ .id = id, .why = why });
}

/* A row of the file against its place in the tree. */
static void
check_row(struct check *check, const struct file_row *row,
	const unsigned char expected[DIGEST_SIZE])
{
	unsigned char digest[DIGEST_SIZE];

	if (!row_digest(check->token->id, row, digest))
		check->failed = true;
	else if (digest_is_empty(expected))
		find_altered(check, row->id, "it was never there");
	else if (memcmp(digest, expected, DIGEST_SIZE) != 0)
		find_altered(
			check, row->id, "it is not as it was written last");
	else if (!entries_add_row(&check->entries, row))
		check->failed = true;
}

/* Where the tree is next not empty. */
struct place {
	enum tree_step step;
	uint32_t id, last;
	unsigned char digest[DIGEST_SIZE];
};

static void
place_next(struct check *check, struct place *place, uint64_t from)
{
	place->step = TREE_END;
	place->id = place->last = (uint32_t)from;
	if (from < ROW_LIMIT)
		place->step = tree_next(check->tree, check->token->top,
			&place->id, &place->last, place->digest);
	if (place->step == TREE_ALTERED)
		check->nodes_differ = true;
}

/* Moves on to the place of id; what was due before it is missing. */
static void
place_reach(struct check *check, struct place *place, uint64_t id)
{
	while (place->step != TREE_END && place->last < id) {
		if (place->step == TREE_FOUND)
			find_altered(check, place->id, "it is missing");
		place_next(check, place, (uint64_t)place->last + 1);
	}
}

/* The place was reached: it is the row's, or one after it. */
static void
check_row_at(
	struct check *check, const struct file_row *row, struct place *place)
{
	static const unsigned char empty[DIGEST_SIZE];

	if (place->step == TREE_END || row->id < place->id) {
		check_row(check, row, empty);
	} else if (place->step == TREE_ALTERED) {
		find_altered(check, row->id, "what its check needs is damaged");
	} else {
		check_row(check, row, place->digest);
		place_next(check, place, (uint64_t)row->id + 1);
	}
}

static CK_RV
check_rows(struct check *check)
{
	struct place place;
	struct file_row row;
	CK_RV rv;

	place_next(check, &place, 0);
	if ((rv = store_file_seek(check->file, 0)) != CKR_OK)
		return rv;
	while ((rv = store_file_next_row(check->file, &row)) == CKR_OK) {
		place_reach(check, &place, row.id);
		check_row_at(check, &row, &place);
	}
	place_reach(check, &place, ROW_LIMIT);
	return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_OK : rv;
}

static CK_RV
check_all(struct check *check)
{
	CK_RV rv;

	if ((rv = check_rows(check)) != CKR_OK)
		return rv;
	if (check->entries.count)
		qsort(check->entries.at, check->entries.count,
			sizeof(struct entry), entry_compare);
	rv = store_file_each_entry(check->file, compare_entry, check);
	if (check->compared != check->entries.count)
		check->entries_differ = true;
	return rv;
}

/* All nodes anew from the rows: good only when they come to the signed top. */
static CK_RV
mend_nodes(struct check *check)
{
	unsigned char top[DIGEST_SIZE] = { 0 }, digest[DIGEST_SIZE];
	struct file_row row;
	CK_RV rv;

	if ((rv = store_file_remove_nodes(check->file)) != CKR_OK ||
		(rv = store_file_seek(check->file, 0)) != CKR_OK)
		return rv;
	while ((rv = store_file_next_row(check->file, &row)) == CKR_OK)
		if (!row_digest(check->token->id, &row, digest) ||
			!tree_set(check->tree, top, row.id, digest))
			return CKR_DEVICE_ERROR;
	if (rv != CKR_OBJECT_HANDLE_INVALID)
		return rv;
	return memcmp(top, check->token->top, DIGEST_SIZE) == 0
		? CKR_OK
		: CKR_DEVICE_ERROR;
}

static CK_RV
write_entries(struct check *check, const struct entries *entries)
{
	const unsigned char *byte;
	CK_RV rv = CKR_OK;
	size_t i;

	for (i = 0; rv == CKR_OK && i < entries->count; i++) {
		byte = entries->at[i].id;
		rv = store_file_add_entry(check->file, entries->at[i].tag,
			(uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 |
				(uint32_t)byte[2] << 8 | byte[3]);
	}
	return rv;
}

static CK_RV
mend_entries(struct check *check)
{
	CK_RV rv = store_file_remove_entries(check->file);

	if (rv == CKR_OK)
		rv = write_entries(check, &check->entries);
	return rv == CKR_OK ? write_entries(check, &check->others) : rv;
}

/* Is the token's row still the one that this check goes by? */
static CK_RV
begin_same(struct check *check, bool to_write)
{
	struct file_token now;
	CK_RV rv = store_file_begin(check->file, to_write);

	if (rv == CKR_OK)
		rv = store_file_read_token(check->file, &now);
	if (rv == CKR_OK)
		check->is_stale = memcmp(now.signature, check->token->signature,
					  SIGNATURE_SIZE) != 0;
	return rv;
}

static bool
mend(struct check *check, CK_RV (*mending)(struct check *check))
{
	CK_RV rv = begin_same(check, true);

	if (rv == CKR_OK && !check->is_stale)
		rv = mending(check);
	if (rv == CKR_OK && !check->is_stale)
		rv = store_file_commit(check->file);
	store_file_rollback(check->file);
	return rv == CKR_OK && !check->is_stale;
}

static void
check_end(struct check *check)
{
	damage_clear(&check->found);
	free(check->entries.at);
	free(check->others.at);
}

static void
check_once(struct check *check)
{
	CK_RV rv = begin_same(check, false);

	if (rv == CKR_OK && !check->is_stale)
		rv = check_all(check);
	store_file_rollback(check->file);
	if (rv != CKR_OK || check->failed)
		find_altered(check, 0, "its rows cannot all be read");
}

/* What was told once needs not be told again. */
static void
damage_become(struct damage *damage, struct damage *found)
{
	struct damaged *known;
	size_t i;

	for (i = 0; i < found->count; i++) {
		known = damage_find(damage, found->at[i].id);
		found->at[i].is_told = known && known->is_told;
		if (!known)
			report(found->at[i].id, found->at[i].why);
	}
	damage_clear(damage);
	*damage = *found;
	*found = (struct damage){ 0 };
}

bool
damage_check(struct damage *damage, struct store_file *file, struct tree *tree,
	const struct file_token *token)
{
	struct check check = { .file = file, .tree = tree, .token = token };
	bool is_stale;

	check_once(&check);
	if (check.nodes_differ && mend(&check, mend_nodes)) {
		note("the token's digests were altered: mended from its rows");
		check_end(&check);
		check = (struct check){
			.file = file, .tree = tree, .token = token
		};
		check_once(&check);
	}
	if (check.entries_differ && !check.failed && !check.is_stale &&
		mend(&check, mend_entries))
		note("what searches go by was altered: mended from the rows");
	is_stale = check.is_stale;
	if (!is_stale)
		damage_become(damage, &check.found);
	check_end(&check);
	return !is_stale;
}
