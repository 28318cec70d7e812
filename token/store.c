/* SPDX-License-Identifier: BSD-2-Clause */
/* One token's file: rows of objects, authenticated and partly sealed. */

#include "config.h"

#include "token/store-state.h"

#include "pkcs11/log.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(
	(int)TOKEN_KEY_SIZE == (int)VERIFIER_SIZE, "a token's public key");

/* Up to so many rows, all are checked at once when the file was opened or
 * changed by others: some three milliseconds. */
static const uint64_t rows_few = 1000;
/* Others may change the token while it is checked, but not for ever. */
static const unsigned rounds_most = 8;

bool
store_is_logged_in(const struct store *store)
{
	return store->user != CK_UNAVAILABLE_INFORMATION;
}

void
store_forget_login(struct store *store)
{
	store->user = CK_UNAVAILABLE_INFORMATION;
	store_keys_clear(&store->keys);
}

bool
token_is_signed(const struct file_token *token)
{
	unsigned char digest[DIGEST_SIZE];

	return token_digest(token, digest) &&
		signature_is_right(token->verifier, digest, sizeof(digest),
			token->signature);
}

static bool
is_same_key(const struct store *store, const struct file_token *now)
{
	return store->is_known &&
		memcmp(now->verifier, store->token.verifier, VERIFIER_SIZE) ==
		0;
}

/* How far the token had come: to be asked before the row is read that is
 * compared with it, since others may go on in between. False: it is known for
 * this version of the file. */
static bool
recall(struct store *store, const struct file_token *now, uint32_t version)
{
	const struct store_tries *others = &store->tries;
	uint64_t reached = 0;

	if (store->has_recalled && store->recalled == version)
		return false;
	if (is_same_key(store, now))
		store->reached = store->token.change;
	else
		store->reached = 0;
	if (others->recall && token_is_signed(now))
		reached = others->recall(
			others->context, now->verifier, now->change);
	if (reached > store->reached)
		store->reached = reached;
	store->recalled = version;
	store->has_recalled = true;
	return true;
}

/* The token's row as it now is: is it to be believed? */
static void
judge(struct store *store, const struct file_token *now)
{
	bool is_same = is_same_key(store, now);
	bool is_older = now->change < store->reached;

	damage_remove(&store->damage, 0);
	store->is_older = is_older;
	store->is_sound = token_is_signed(now) && !is_older;
	if (!store->is_sound)
		damage_add(&store->damage, 0,
			is_older ? "it is older than it was (when a copy "
				   "was put back: privyseal keeper stop)"
				 : "its own row is not as it was signed");
	/* The login was to a token that is no more. */
	if (store_is_logged_in(store) && store->is_sound && !is_same) {
		note("the token was initialised anew: logged out");
		store_forget_login(store);
	}
	/* The newest that was seen stays, so that an older one stays known. */
	if (is_older && is_same)
		return;
	store->token = *now;
	store->is_known = true;
}

/* In a transaction: reads the token's row when the file is not as known. It may
 * say "again" when it is allowed to: the transaction was left. */
static CK_RV
look(struct store *store, bool *again)
{
	struct file_token now;
	bool is_first = !store->is_known, may_again = *again;
	uint32_t version;
	CK_RV rv = store_file_version(store->file, &version);

	*again = false;
	if (rv != CKR_OK || (!is_first && version == store->version))
		return rv;
	if ((rv = store_file_read_token(store->file, &now)) != CKR_OK)
		return rv;
	if (may_again && recall(store, &now, version)) {
		store_file_rollback(store->file);
		*again = true;
		return CKR_OK;
	}
	judge(store, &now);
	store->is_checked = false;
	store->version = version;
	if (!is_first)
		atomic_fetch_add(&store->changes, 1);
	return CKR_OK;
}

/* Many rows are only counted: the rest shows when they are read, or at login.
 */
static void
count_rows(struct store *store)
{
	const struct file_token *token = &store->token;
	uint64_t count = 0;
	uint32_t highest = 0;

	if (store_file_count(store->file, &count, &highest) != CKR_OK ||
		count != token->count || highest > token->highest)
		damage_add(&store->damage, 0,
			"it has not as many rows as were signed");
}

/* In a transaction. False: it had to be left, since rows were checked. */
static bool
check_rows(struct store *store)
{
	if (store->is_checked)
		return true;
	store->is_checked = true;
	if (!store->is_sound)
		return true;
	if (store->token.count > rows_few) {
		count_rows(store);
		return true;
	}
	store_file_rollback(store->file);
	store->is_checked = damage_check(
		&store->damage, store->file, store->tree, &store->token);
	return false;
}

CK_RV
store_enter(struct store *store, bool to_write)
{
	unsigned round = 0;
	bool again = false;
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	do {
		rv = store_file_begin(store->file, to_write);
		again = round < rounds_most;
		if (rv == CKR_OK)
			rv = look(store, &again);
		if (++round > rounds_most)
			store->is_checked = true;
	} while (rv == CKR_OK && (again || !check_rows(store)));
	if (rv != CKR_OK)
		store_leave(store);
	return rv;
}

void
store_leave(struct store *store)
{
	store_file_rollback(store->file);
	guard_leave(store);
	pthread_mutex_unlock(&store->mutex);
}

void
store_check_all(struct store *store)
{
	unsigned round = 0;
	bool again = true;

	while (store->is_sound && round++ < rounds_most &&
		!damage_check(&store->damage, store->file, store->tree,
			&store->token) &&
		store_file_begin(store->file, false) == CKR_OK) {
		if (look(store, &again) != CKR_OK)
			round = rounds_most;
		store_file_rollback(store->file);
	}
	store->is_checked = true;
}

static CK_RV
start(struct store *store)
{
	struct tree_shelf shelf = { store_file_read_node, store_file_write_node,
		store->file };
	CK_RV rv;

	store->tree = tree_new(&shelf);
	if (!store->tree)
		return CKR_HOST_MEMORY;
	if ((rv = store_enter(store, false)) == CKR_OK)
		store_leave(store);
	return rv;
}

CK_RV
store_open(const char *path, const struct store_tries *tries,
	struct store **result)
{
	struct store *store = calloc(1, sizeof(*store));
	CK_RV rv;

	if (!store)
		return CKR_HOST_MEMORY;
	pthread_mutex_init(&store->mutex, NULL);
	pthread_mutex_init(&store->pin_mutex, NULL);
	store->user = CK_UNAVAILABLE_INFORMATION;
	if (tries)
		store->tries = *tries;
	store->path = strdup(path);
	rv = store->path ? store_file_open(path, &store->file)
			 : CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = start(store);
	if (rv != CKR_OK) {
		store_close(store);
		return rv;
	}
	*result = store;
	return CKR_OK;
}

void
store_close(struct store *store)
{
	if (!store)
		return;
	store_forget_login(store);
	wrong_pins_clear(&store->wrong);
	damage_clear(&store->damage);
	tree_free(store->tree);
	store_file_close(store->file);
	pthread_mutex_destroy(&store->pin_mutex);
	pthread_mutex_destroy(&store->mutex);
	free(store->path);
	free(store);
}

void
store_token(struct store *store, struct store_token *token)
{
	static const char digits[] = "0123456789ABCDEF";
	const struct file_token *known = &store->token;
	CK_USER_TYPE user;
	int i;

	pthread_mutex_lock(&store->mutex);
	user = known->has_wrapping[CKU_USER] ? CKU_USER : CKU_SO;
	memcpy(token->label, known->label, sizeof(token->label));
	for (i = 0; i < TOKEN_ID_SIZE; i++) {
		token->serial[2 * i] = digits[known->id[i] >> 4];
		token->serial[2 * i + 1] = digits[known->id[i] & 15];
	}
	token->serial[2 * i] = '\0';
	token->user_pin_is_set = known->has_wrapping[CKU_USER];
	token->cost.memory = wrapping_memory(known->wrapping[user]);
	token->made = known->made;
	token->is_guarded = known->guard.secret != 0;
	pthread_mutex_unlock(&store->mutex);
}

/* What the row at id should be by the tree. CKR_DEVICE_ERROR: nobody can say.
 */
static CK_RV
expect_row(struct store *store, uint32_t id, unsigned char digest[DIGEST_SIZE])
{
	if (!store->is_sound ||
		!tree_get(store->tree, store->token.top, id, digest))
		return CKR_DEVICE_ERROR;
	return CKR_OK;
}

static CK_RV
row_is_altered(struct store *store, uint32_t id, const char *why)
{
	struct damaged *damaged;

	damage_add(&store->damage, id, why);
	damaged = damage_find(&store->damage, id);
	/* Whoever reads it gets the error. */
	if (damaged)
		damaged->is_told = true;
	return CKR_DEVICE_ERROR;
}

/* Compares a row with the tree. Where the tree cannot be believed, a row's own
 * seal must do, which only a login can check: then it is not vouched for. */
static CK_RV
compare_row(struct store *store, const struct file_row *row, bool *is_vouched)
{
	unsigned char expected[DIGEST_SIZE], digest[DIGEST_SIZE];

	*is_vouched = expect_row(store, row->id, expected) == CKR_OK;
	if (!*is_vouched)
		return store->user == CKU_USER ? CKR_OK : CKR_DEVICE_ERROR;
	if (!row_digest(store->token.id, row, digest))
		return CKR_HOST_MEMORY;
	if (memcmp(expected, digest, DIGEST_SIZE) != 0)
		return row_is_altered(store, row->id,
			digest_is_empty(expected)
				? "it was never there"
				: "it is not as it was written last");
	return CKR_OK;
}

/* A row that is not there: was it ever, and was it not removed? */
static CK_RV
judge_absence(struct store *store, uint32_t id)
{
	unsigned char expected[DIGEST_SIZE];

	if (id == 0 || id > store->token.highest ||
		expect_row(store, id, expected) != CKR_OK ||
		digest_is_empty(expected))
		return CKR_OBJECT_HANDLE_INVALID;
	return row_is_altered(store, id, "it is missing");
}

static CK_RV
read_row(struct store *store, object_id id, struct store_row *result)
{
	bool is_user = store->user == CKU_USER;
	bool is_vouched;
	struct file_row row;
	CK_RV rv = store_file_read_row(store->file, id, &row);

	if (rv == CKR_OBJECT_HANDLE_INVALID)
		return judge_absence(store, id);
	if (rv != CKR_OK ||
		(rv = compare_row(store, &row, &is_vouched)) != CKR_OK)
		return rv;
	if (row.is_private && !is_user)
		return CKR_OBJECT_HANDLE_INVALID;
	/* An empty seal says nothing that the tree has not said. */
	if (is_vouched && !row.is_private && row.sealed.length == SEAL_OVERHEAD)
		is_user = false;
	rv = row_unseal(
		is_user ? &store->keys : NULL, store->token.id, &row, result);
	if (rv == CKR_DEVICE_ERROR)
		row_is_altered(store, id, "it does not unseal");
	return rv;
}

CK_RV
store_read(struct store *store, object_id id, struct store_row *row)
{
	CK_RV rv = store_enter(store, false);

	if (rv != CKR_OK)
		return rv;
	rv = id < ROW_LIMIT ? read_row(store, id, row)
			    : CKR_OBJECT_HANDLE_INVALID;
	store_leave(store);
	return rv;
}

/* What a search looks for among rows of one kind, public or private. */
struct wanted {
	unsigned char tags[COLUMN_COUNT][TAG_SIZE];
	size_t count;
};

static CK_RV
want(struct store *store, const struct store_value *columns, bool is_private,
	struct wanted *wanted)
{
	int i;

	wanted->count = 0;
	for (i = 0; i < COLUMN_COUNT; i++)
		if (columns[i].at &&
			!row_tag(&store->keys, is_private, i, &columns[i],
				wanted->tags[wanted->count++]))
			return CKR_HOST_MEMORY;
	return CKR_OK;
}

static bool
row_matches(struct store *store, const struct wanted *wanted, uint32_t id)
{
	size_t i;

	for (i = 0; i < wanted->count; i++)
		if (!store_file_matches(store->file, wanted->tags[i], id))
			return false;
	return true;
}

/* The tag that fewest rows have: the search starts there. Beyond a few dozen
 * it makes no difference which it is. */
static CK_RV
choose_tag(struct store *store, const struct wanted *wanted, size_t *best)
{
	enum { ENOUGH = 64 };
	size_t i, fewest = ENOUGH;
	CK_RV rv = CKR_OK;

	*best = 0;
	for (i = 0; rv == CKR_OK && fewest > 0 && i < wanted->count; i++) {
		struct file_ids ids = { 0 };

		rv = store_file_search(
			store->file, wanted->tags[i], fewest, &ids);
		if (rv == CKR_OK && ids.count < fewest) {
			fewest = ids.count;
			*best = i;
		}
		file_ids_clear(&ids);
	}
	return rv;
}

/* Adds the sound rows of one kind that have all that is wanted. */
static CK_RV
search(struct store *store, const struct wanted *wanted, struct file_ids *found)
{
	struct file_ids ids = { 0 };
	size_t best = 0, i;
	CK_RV rv = choose_tag(store, wanted, &best);

	if (rv == CKR_OK)
		rv = store_file_search(
			store->file, wanted->tags[best], 0, &ids);
	for (i = 0; rv == CKR_OK && i < ids.count; i++)
		if ((wanted->count == 1 ||
			    row_matches(store, wanted, ids.at[i])) &&
			!file_ids_add(found, ids.at[i]))
			rv = CKR_HOST_MEMORY;
	file_ids_clear(&ids);
	return rv;
}

/* Would the search have found a damaged row of which it was not told yet? Rows
 * that nothing is known of any more might be anything. */
static bool
misses_damaged(struct store *store, const struct wanted *wanted)
{
	struct damaged *damaged;
	bool misses = false;
	size_t i;

	for (i = 0; i < store->damage.count; i++) {
		damaged = &store->damage.at[i];
		if (damaged->is_told ||
			(damaged->has_entries &&
				!row_matches(store, wanted, damaged->id)))
			continue;
		damaged->is_told = true;
		misses = true;
	}
	return misses;
}

static void
drop_damaged(const struct damage *damage, struct file_ids *found)
{
	size_t i, kept = 0;

	if (damage->count == 0)
		return;
	for (i = 0; i < found->count; i++)
		if (!damage_find(damage, found->at[i]))
			found->at[kept++] = found->at[i];
	found->count = kept;
}

static int
compare_ids(const void *one, const void *other)
{
	const uint32_t *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

/* Public rows, and after them the private ones that a user may see. */
static CK_RV
find(struct store *store, const struct store_value *columns,
	struct file_ids *found)
{
	bool is_user = store->user == CKU_USER, misses = false;
	struct wanted wanted[2];
	int kind;
	CK_RV rv = CKR_OK;

	for (kind = 0; rv == CKR_OK && kind <= is_user; kind++) {
		rv = want(store, columns, kind, &wanted[kind]);
		if (rv == CKR_OK)
			misses |= misses_damaged(store, &wanted[kind]);
	}
	if (rv == CKR_OK && misses)
		rv = refuse(CKR_DEVICE_ERROR,
			"altered objects may be missing in a search");
	if (rv == CKR_OK && wanted[0].count == 0)
		return store_file_list(store->file, is_user, found);
	for (kind = 0; rv == CKR_OK && kind <= is_user; kind++)
		rv = search(store, &wanted[kind], found);
	return rv;
}

CK_RV
store_find(struct store *store, const struct store_value *columns,
	object_id **ids, size_t *count)
{
	struct file_ids found = { 0 };
	CK_RV rv = store_enter(store, false);

	if (rv != CKR_OK)
		return rv;
	rv = find(store, columns, &found);
	drop_damaged(&store->damage, &found);
	store_leave(store);
	if (found.count > 1)
		qsort(found.at, found.count, sizeof(uint32_t), compare_ids);
	if (rv != CKR_OK) {
		file_ids_clear(&found);
		return rv;
	}
	*ids = found.at;
	*count = found.count;
	return CKR_OK;
}

uint64_t
store_changes(struct store *store)
{
	bool is_stale;
	uint32_t version;

	/* Who holds the mutex is looking. */
	if (pthread_mutex_trylock(&store->mutex) != 0)
		return atomic_load(&store->changes);
	if (!store_file_is_as_seen(store->file))
		store->is_stale =
			store_file_version(store->file, &version) != CKR_OK ||
			version != store->version;
	is_stale = store->is_stale;
	pthread_mutex_unlock(&store->mutex);
	if (is_stale && store_enter(store, false) == CKR_OK) {
		store->is_stale = false;
		store_leave(store);
	}
	return atomic_load(&store->changes);
}

CK_USER_TYPE
store_user(struct store *store)
{
	CK_USER_TYPE user;

	pthread_mutex_lock(&store->mutex);
	user = store->user;
	pthread_mutex_unlock(&store->mutex);
	return user;
}

unsigned
store_damage(struct store *store)
{
	size_t count;

	pthread_mutex_lock(&store->mutex);
	count = store->damage.count;
	pthread_mutex_unlock(&store->mutex);
	return (unsigned)count;
}
