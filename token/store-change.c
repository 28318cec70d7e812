/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a token's rows: one transaction each, signed. */

#include "config.h"

#include "token/store-state.h"

#include "pkcs11/log.h"

#include <string.h>

CK_RV
store_commit(struct store *store, const struct store_keys *keys,
	struct file_token *next)
{
	bool counts = next->guard.secret && store->lasts;
	unsigned char digest[DIGEST_SIZE];
	CK_RV rv = CKR_OK;

	store->is_unsure = false;
	/* A counter that is new with this change stands where it says. */
	if (counts && next->guard.counter == store->token.guard.counter)
		rv = guard_settle(store, keys, &store->token.guard);
	if (rv != CKR_OK)
		return rv;
	next->guard.reached += counts;
	next->change++;
	if (!token_digest(next, digest) ||
		!signer_sign(
			keys->signer, digest, sizeof(digest), next->signature))
		return CKR_HOST_MEMORY;
	if ((rv = store_file_write_token(store->file, next)) != CKR_OK)
		return rv;
	if ((rv = store_file_commit(store->file)) != CKR_OK) {
		store->is_unsure = true;
		return rv;
	}
	store->token = *next;
	guard_leave(store);
	if (counts)
		guard_follow(store, keys);
	if (store->tries.advance)
		store->tries.advance(
			store->tries.context, next->verifier, next->change);
	return CKR_OK;
}

/* Enters to change rows. What holds no secret need not have reached the disk
 * when the call returns: a thousand certificates are a thousand waits less, and
 * the next change that does wait takes them along. */
static CK_RV
enter_change(struct store *store, bool must_last)
{
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	rv = store_file_be_durable(store->file, must_last);
	store->lasts = must_last;
	pthread_mutex_unlock(&store->mutex);
	if (rv == CKR_OK)
		rv = must_last ? guard_enter(store, false)
			       : store_enter(store, true);
	if (rv != CKR_OK)
		return rv;
	if (!store_is_logged_in(store))
		rv = CKR_USER_NOT_LOGGED_IN;
	else if (!store->is_sound)
		rv = refuse(CKR_DEVICE_ERROR,
			"a token that was altered is not changed");
	if (rv != CKR_OK)
		store_leave(store);
	return rv;
}

/* The row's place in the tree becomes the digest (NULL: empty). */
static CK_RV
place_row(struct store *store, struct file_token *next, uint32_t id,
	const struct file_row *row)
{
	unsigned char digest[DIGEST_SIZE] = { 0 };

	if (row && !row_digest(next->id, row, digest))
		return CKR_HOST_MEMORY;
	if (!tree_set(store->tree, next->top, id, digest))
		return refuse(CKR_DEVICE_ERROR,
			"the digests beside object %lu were altered",
			(unsigned long)id);
	return CKR_OK;
}

static CK_RV
write_row(struct store *store, const struct store_row *row,
	const struct store_value *columns, bool is_new)
{
	struct file_token next = store->token;
	struct sealed_row sealed;
	CK_RV rv;

	if (is_new) {
		next.count++;
		next.highest = row->id;
	}
	rv = row_seal(
		&store->keys, next.id, row, next.change + 1, columns, &sealed);
	if (rv != CKR_OK)
		return rv;
	rv = place_row(store, &next, row->id, &sealed.row);
	if (rv == CKR_OK)
		rv = store_file_write_row(store->file, &sealed.row, is_new);
	if (rv == CKR_OK)
		rv = store_commit(store, &store->keys, &next);
	sealed_row_clear(&sealed);
	return rv;
}

static bool
may_write(const struct store *store, bool is_private)
{
	return !is_private || store->user == CKU_USER;
}

CK_RV
store_add(struct store *store, const struct store_row *row,
	const struct store_value *columns, object_id *id)
{
	struct store_row added = *row; /* borrows what it points to */
	CK_RV rv =
		enter_change(store, row->is_private || row->sealed.length > 0);

	if (rv != CKR_OK)
		return rv;
	added.id = store->token.highest + 1;
	if (!may_write(store, row->is_private))
		rv = CKR_USER_NOT_LOGGED_IN;
	else if (added.id >= ROW_LIMIT)
		rv = refuse(CKR_DEVICE_MEMORY, "no object number is left");
	else
		rv = write_row(store, &added, columns, true);
	store_leave(store);
	if (rv == CKR_OK)
		*id = added.id;
	return rv;
}

/* Is there such a row, as it was written last? The transaction stays. */
static CK_RV
find_row(struct store *store, uint32_t id, bool *is_private, uint64_t *version)
{
	unsigned char expected[DIGEST_SIZE], digest[DIGEST_SIZE];
	struct file_row row;
	CK_RV rv = store_file_read_row(store->file, id, &row);

	if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
		return rv;
	if (!tree_get(store->tree, store->token.top, id, expected))
		return CKR_DEVICE_ERROR;
	if (rv == CKR_OBJECT_HANDLE_INVALID)
		return digest_is_empty(expected) ? rv : CKR_DEVICE_ERROR;
	if (!row_digest(store->token.id, &row, digest))
		return CKR_HOST_MEMORY;
	*is_private = row.is_private;
	*version = row.version;
	return memcmp(expected, digest, DIGEST_SIZE) == 0 ? CKR_OK
							  : CKR_DEVICE_ERROR;
}

CK_RV
store_replace(struct store *store, const struct store_row *row,
	const struct store_value *columns)
{
	bool was_private = false;
	uint64_t version = 0;
	CK_RV rv =
		enter_change(store, row->is_private || row->sealed.length > 0);

	if (rv != CKR_OK)
		return rv;
	rv = find_row(store, row->id, &was_private, &version);
	if (rv == CKR_OK && row->version && row->version != version)
		rv = CKR_FUNCTION_REJECTED;
	if (rv == CKR_OK && !may_write(store, was_private || row->is_private))
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv == CKR_OK)
		rv = write_row(store, row, columns, false);
	store_leave(store);
	return rv;
}

/* The number of signed rows goes by the tree: a row that was never there does
 * not count, and one that is missing did. */
static CK_RV
remove_row(struct store *store, uint32_t id, bool is_altered)
{
	struct file_token next = store->token;
	unsigned char expected[DIGEST_SIZE];
	CK_RV rv;

	if (!tree_get(store->tree, next.top, id, expected))
		return CKR_DEVICE_ERROR;
	if (!digest_is_empty(expected))
		next.count--;
	rv = place_row(store, &next, id, NULL);
	if (rv == CKR_OK)
		rv = is_altered ? store_file_remove_altered(store->file, id)
				: store_file_remove_row(store->file, id);
	if (rv == CKR_OK)
		rv = store_commit(store, &store->keys, &next);
	if (rv == CKR_OK)
		damage_remove(&store->damage, id);
	return rv;
}

CK_RV
store_remove(struct store *store, object_id id)
{
	bool is_private = false, is_altered;
	uint64_t version;
	CK_RV rv;

	if (id == 0 || id >= ROW_LIMIT)
		return CKR_OBJECT_HANDLE_INVALID;
	if ((rv = enter_change(store, true)) != CKR_OK)
		return rv;
	rv = find_row(store, id, &is_private, &version);
	is_altered = rv == CKR_DEVICE_ERROR;
	if (rv == CKR_OK && !may_write(store, is_private))
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv == CKR_OK || is_altered)
		rv = remove_row(store, id, is_altered);
	store_leave(store);
	return rv;
}
