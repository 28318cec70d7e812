/* SPDX-License-Identifier: BSD-2-Clause */
/* What opens a token: its making, logins and PINs. */

#include "config.h"

#include "token/store-state.h"

#include "pkcs11/log.h"
#include "token/previous.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static CK_RV
count_try(struct store *store, CK_USER_TYPE user)
{
	struct store_token token;

	if (!store->tries.count)
		return CKR_OK;
	store_token(store, &token);
	return store->tries.count(store->tries.context, token.serial, user);
}

static void
clear_tries(struct store *store, CK_USER_TYPE user)
{
	struct store_token token;

	if (!store->tries.clear)
		return;
	store_token(store, &token);
	store->tries.clear(store->tries.context, token.serial, user);
}

/* A program that goes on with the PIN of before guesses nothing. It was counted
 * like any other, so that nobody can ask about that PIN for nothing. */
static void
forgive_previous(struct store *store, CK_USER_TYPE user, const struct span *pin)
{
	struct store_token token;

	if (user != CKU_USER || !store->tries.give_back ||
		!previous_is(store->path, pin))
		return;
	store_token(store, &token);
	note("the PIN of token %s was changed, and a program goes on with the "
	     "old one",
		token.serial);
	store->tries.give_back(store->tries.context, token.serial, user);
}

/* When no try is left, who is logged in elsewhere should notice at once. */
static void
wake_if_locked(struct store *store, CK_USER_TYPE user)
{
	struct store_token token;
	unsigned left = 1, limit = 1;

	if (!store->tries.look)
		return;
	store_token(store, &token);
	store->tries.look(
		store->tries.context, token.serial, user, &left, &limit);
	if (left > 0)
		return;
	pthread_mutex_lock(&store->mutex);
	store_file_wake_others(store->file);
	pthread_mutex_unlock(&store->mutex);
}

static CK_RV
get_wrapping(struct store *store, CK_USER_TYPE user,
	struct wrapping_owner *owner, unsigned char wrapping[WRAPPING_SIZE],
	struct file_guard *guard)
{
	CK_RV rv = store_enter(store, false);

	if (rv != CKR_OK)
		return rv;
	memcpy(owner->token, store->token.id, TOKEN_ID_SIZE);
	owner->user = user;
	memcpy(wrapping, store->token.wrapping[user], WRAPPING_SIZE);
	*guard = store->token.guard;
	if (!store->token.has_wrapping[user])
		rv = CKR_USER_PIN_NOT_INITIALIZED;
	/* An old PIN may have been replaced because others knew it. */
	if (store->is_older)
		rv = refuse(CKR_DEVICE_ERROR,
			"a PIN of an older copy opens nothing");
	store_leave(store);
	return rv;
}

/* Whether the KDF will have its memory: without, even the right PIN would only
 * use up a try. That it is not taken in between, nobody promises. */
static bool
memory_is_there(const unsigned char wrapping[WRAPPING_SIZE])
{
	const size_t rest = 2 << 20;
	size_t size = ((size_t)wrapping_memory(wrapping) << 10) + rest;
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return room != MAP_FAILED && munmap(room, size) == 0;
}

/* Counted before it is checked, so that nobody can stop us in between and have
 * had a guess for nothing. The KDF runs outside of the store's mutex. */
static CK_RV
try_pin(struct store *store, CK_USER_TYPE user, const struct span *pin,
	struct secret *root)
{
	unsigned char wrapping[WRAPPING_SIZE];
	struct wrapping_owner owner;
	struct guard_job job = { .store = store };
	const struct wrapping_guard guard = { guard_give, &job };
	CK_RV rv;

	rv = get_wrapping(store, user, &owner, wrapping, &job.guard);
	if (rv != CKR_OK)
		return rv;
	if (wrong_pins_have(&store->wrong, pin, wrapping))
		return CKR_PIN_INCORRECT;
	if (!memory_is_there(wrapping))
		return refuse(CKR_HOST_MEMORY,
			"a try of the PIN takes %lu KiB, which are not there",
			(unsigned long)wrapping_memory(wrapping));
	if (wrapping_is_guarded(wrapping) && (rv = guard_begin(&job)) != CKR_OK)
		return rv;
	if ((rv = count_try(store, user)) != CKR_OK) {
		guard_end(&job);
		if (rv == CKR_PIN_LOCKED)
			wake_if_locked(store, user);
		return rv;
	}
	rv = wrapping_open(&owner, pin, &guard, wrapping, root);
	guard_end(&job);
	if (rv == CKR_OK)
		clear_tries(store, user);
	if (rv == CKR_PIN_INCORRECT) {
		wrong_pins_add(&store->wrong, pin, wrapping);
		forgive_previous(store, user, pin);
		wake_if_locked(store, user);
	}
	return rv;
}

/* Opens the root key with a PIN; one at a time, since each takes the KDF's
 * memory, and since the same wrong one at the same time is one guess. */
static CK_RV
open_root(struct store *store, CK_USER_TYPE user, const struct span *pin,
	struct secret *root)
{
	CK_RV rv;

	if (user != CKU_USER && user != CKU_SO)
		return CKR_USER_TYPE_INVALID;
	pthread_mutex_lock(&store->pin_mutex);
	rv = try_pin(store, user, pin, root);
	pthread_mutex_unlock(&store->pin_mutex);
	return rv;
}

/* The login's own public key is what the token's row must be signed by. */
static void
bind_verifier(struct store *store, const struct store_keys *keys)
{
	unsigned char verifier[VERIFIER_SIZE];

	signer_verifier(keys->signer, verifier);
	if (memcmp(verifier, store->token.verifier, VERIFIER_SIZE) == 0)
		return;
	store->is_sound = false;
	damage_add(&store->damage, 0, "its signing key is not its own");
}

/* The SO may log in to a token that its TPM does not know any more: that is how
 * it is made usable again. Where no TPM guards it, nothing depends on one. */
static CK_RV
check_guard(struct store *store, CK_USER_TYPE user)
{
	const struct file_guard *guard = &store->token.guard;

	if (!wrapping_is_guarded(store->token.wrapping[CKU_USER])) {
		if (store->is_sound && !guard->secret && guard->former)
			(void)guard_check(store, &store->keys, true);
		return CKR_OK;
	}
	if (user != CKU_USER)
		return CKR_OK;
	if (!store->is_sound)
		return refuse(CKR_DEVICE_ERROR,
			"the row of a guarded token was altered");
	return guard_check(store, &store->keys, true);
}

CK_RV
store_login(
	struct store *store, CK_USER_TYPE user, const void *pin, size_t length)
{
	struct span span = { pin, length };
	struct secret root = { 0 };
	struct store_keys keys = { 0 };
	CK_RV rv = open_root(store, user, &span, &root);

	if (rv == CKR_OK && !store_keys_open(&keys, &root))
		rv = CKR_HOST_MEMORY;
	secret_clear(&root);
	if (rv != CKR_OK || (rv = store_enter(store, false)) != CKR_OK) {
		store_keys_clear(&keys);
		return rv;
	}
	store_file_rollback(store->file);
	store_forget_login(store);
	store->keys = keys;
	store->user = user;
	bind_verifier(store, &keys);
	if ((rv = check_guard(store, user)) != CKR_OK) {
		store_forget_login(store);
		store_leave(store);
		return rv;
	}
	store_check_all(store);
	store_file_clear_remains(store->file);
	store_leave(store);
	return CKR_OK;
}

void
store_logout(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	store_forget_login(store);
	pthread_mutex_unlock(&store->mutex);
}

CK_RV
store_check_pin(
	struct store *store, CK_USER_TYPE user, const void *pin, size_t length)
{
	struct span span = { pin, length };
	struct secret root = { 0 };
	CK_RV rv = open_root(store, user, &span, &root);

	secret_clear(&root);
	return rv;
}

/* The root key that a change of PIN wraps anew: by the present PIN, or by the
 * login. */
static CK_RV
get_root(struct store *store, CK_USER_TYPE user, const struct span *old_pin,
	struct secret *root)
{
	CK_RV rv = CKR_OK;

	if (old_pin->at)
		return open_root(store, user, old_pin, root);
	pthread_mutex_lock(&store->mutex);
	if (!store_is_logged_in(store))
		rv = CKR_USER_NOT_LOGGED_IN;
	else if (!secret_copy(
			 root, store->keys.root.at, store->keys.root.length))
		rv = CKR_HOST_MEMORY;
	pthread_mutex_unlock(&store->mutex);
	return rv;
}

/* For a token that is not guarded any more: what says that it was. */
static uint32_t
left_by(const struct file_guard *guard)
{
	return guard->secret ? guard->secret : guard->former;
}

/* The old wrapping is overwritten in the file by SQLite (secure_delete), and
 * goes from the journal when that is cleared. */
static CK_RV
replace_wrapping(struct store *store, CK_USER_TYPE user,
	const struct store_keys *keys,
	const unsigned char wrapping[WRAPPING_SIZE], struct guard_job *job)
{
	unsigned char verifier[VERIFIER_SIZE], old[WRAPPING_SIZE];
	struct file_token next = store->token;
	const struct file_guard former = store->token.guard;
	bool had_one;
	CK_RV rv;

	signer_verifier(keys->signer, verifier);
	if (!store->is_sound ||
		memcmp(verifier, next.verifier, VERIFIER_SIZE) != 0)
		return refuse(CKR_DEVICE_ERROR,
			"a token that was altered keeps its PINs");
	if (user == CKU_USER && former.secret && !job->guard.secret &&
		!job->drops_guard)
		return refuse(CKR_FUNCTION_FAILED,
			"a TPM guards this token since a moment ago");
	if (job->secret_is_new && (rv = guard_confirm(job)) != CKR_OK)
		return rv;
	next.has_wrapping[user] = true;
	memcpy(next.wrapping[user], wrapping, WRAPPING_SIZE);
	if (user == CKU_USER) {
		next.guard = job->guard;
		next.guard.former = job->guard.secret ? 0 : left_by(&former);
	}
	/* Others may have gone on while the KDF ran. */
	if (user == CKU_USER && job->guard.secret && !job->counter_is_new) {
		next.guard.counter = former.counter;
		next.guard.reached = former.reached;
	}
	had_one = store->token.has_wrapping[user];
	memcpy(old, store->token.wrapping[user], WRAPPING_SIZE);
	rv = store_file_mark_remains(store->file);
	if (rv == CKR_OK)
		rv = store_commit(store, keys, &next);
	/* Beside a guarded PIN, nothing may be there that can be guessed at. */
	if (rv == CKR_OK && user == CKU_USER && wrapping_is_guarded(wrapping))
		previous_forget(store->path);
	else if (rv == CKR_OK && user == CKU_USER && had_one)
		previous_keep(store->path, old, &keys->root);
	wipe(old, sizeof(old));
	if (rv == CKR_OK && store_file_clear_remains(store->file) != CKR_OK)
		note("the old PIN's wrapping goes at the next login");
	return rv;
}

static CK_RV
enter_durably(struct store *store, bool is_about_to_be_guarded)
{
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	rv = store_file_be_durable(store->file, true);
	store->lasts = true;
	pthread_mutex_unlock(&store->mutex);
	return rv == CKR_OK ? guard_enter(store, is_about_to_be_guarded) : rv;
}

/* What is to guard a new PIN. */
static CK_RV
choose_guard(struct store *store, const struct store_keys *keys, bool is_wanted,
	bool is_so, struct guard_job *job)
{
	CK_RV rv = CKR_OK;

	/* The token came to a machine without a TPM, and to stay. */
	if (is_so && !is_wanted && store_find_guard(&store->tries) != CKR_OK) {
		note("no TPM guards the new PIN: there is none");
		job->guard = (struct file_guard){ 0 };
		job->drops_guard = true;
		return CKR_OK;
	}
	if (!job->guard.secret)
		rv = guard_announce(store, keys);
	return rv == CKR_OK ? guard_choose_counter(job, keys, is_so) : rv;
}

static CK_RV
wrap_for(struct store *store, CK_USER_TYPE user, const struct span *pin,
	const struct store_cost *cost, const struct store_keys *keys,
	struct guard_job *job)
{
	unsigned char wrapping[WRAPPING_SIZE];
	struct wrapping_owner owner = { .user = user };
	const struct wrapping_guard guard = { guard_make, job };
	bool is_guarded, is_so, is_wanted;
	CK_RV rv = store_enter(store, false);

	if (rv != CKR_OK)
		return rv;
	memcpy(owner.token, store->token.id, TOKEN_ID_SIZE);
	job->guard = store->token.guard;
	is_so = store->user == CKU_SO;
	is_wanted = store->wants_guard;
	store->is_unsure = false;
	store_leave(store);
	is_guarded = user == CKU_USER && (is_wanted || job->guard.secret != 0);
	if (is_guarded)
		rv = choose_guard(store, keys, is_wanted, is_so, job);
	is_guarded = is_guarded && !job->drops_guard;
	if (rv == CKR_OK)
		rv = wrapping_make(&owner, pin, cost->memory,
			is_guarded ? &guard : NULL, &keys->root, wrapping);
	if (rv == CKR_OK && (rv = enter_durably(store, is_guarded)) == CKR_OK) {
		rv = replace_wrapping(store, user, keys, wrapping, job);
		store_leave(store);
	}
	return rv;
}

static CK_RV
wrap_anew(struct store *store, CK_USER_TYPE user, const struct span *pin,
	const struct store_cost *cost, const struct secret *root)
{
	struct store_keys keys = { 0 };
	struct guard_job job;
	int rounds = 3;
	CK_RV rv;

	if (!store_keys_open(&keys, root))
		return CKR_HOST_MEMORY;
	do {
		job = (struct guard_job){ .store = store };
		rv = wrap_for(store, user, pin, cost, &keys, &job);
		if (user == CKU_USER)
			guard_finish(&job, &keys, rv);
	} while (job.was_tidied && --rounds);
	store_keys_clear(&keys);
	return rv;
}

CK_RV
store_set_pin(struct store *store, CK_USER_TYPE user, const void *old_pin,
	size_t old_length, const void *new_pin, size_t new_length,
	const struct store_cost *cost)
{
	struct span old = { old_pin, old_length },
		    new = { new_pin, new_length };
	struct secret root = { 0 };
	CK_RV rv;

	if (user != CKU_USER && user != CKU_SO)
		return CKR_USER_TYPE_INVALID;
	rv = get_root(store, user, &old, &root);
	if (rv == CKR_OK)
		rv = wrap_anew(store, user, &new, cost, &root);
	/* A PIN that its owner's superior set has all its tries. */
	if (rv == CKR_OK)
		clear_tries(store, user);
	secret_clear(&root);
	return rv;
}

/* A fresh root key under the SO PIN, and what the token's row says of it. */
static CK_RV
make_root(struct file_token *token, const CK_UTF8CHAR label[32],
	const struct span *pin, const struct store_cost *cost,
	struct store_keys *keys)
{
	struct wrapping_owner owner = { .user = CKU_SO };
	struct secret root = { 0 };
	CK_RV rv = CKR_HOST_MEMORY;

	memcpy(owner.token, token->id, TOKEN_ID_SIZE);
	if (secret_init(&root, ROOT_KEY_SIZE) &&
		seal_random(root.at, root.length) &&
		store_keys_open(keys, &root))
		rv = wrapping_make(&owner, pin, cost->memory, NULL, &root,
			token->wrapping[CKU_SO]);
	secret_clear(&root);
	if (rv != CKR_OK)
		return rv;
	token->has_wrapping[CKU_SO] = true;
	token->has_wrapping[CKU_USER] = false;
	/* The new token's first PIN says whether there is one. */
	token->guard = (struct file_guard){ 0 };
	memcpy(token->label, label, sizeof(token->label));
	memset(token->top, 0, DIGEST_SIZE);
	signer_verifier(keys->signer, token->verifier);
	token->made++;
	token->count = 0;
	return CKR_OK;
}

static CK_RV
make_first(const char *path, const CK_UTF8CHAR label[32],
	const struct span *pin, const struct store_cost *cost)
{
	unsigned char digest[DIGEST_SIZE];
	struct store_keys keys = { 0 };
	struct file_token token = { 0 };
	CK_RV rv = CKR_HOST_MEMORY;

	if (seal_random(token.id, TOKEN_ID_SIZE))
		rv = make_root(&token, label, pin, cost, &keys);
	token.change = 1;
	if (rv == CKR_OK &&
		(!token_digest(&token, digest) ||
			!signer_sign(keys.signer, digest, sizeof(digest),
				token.signature)))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = store_file_make(path, &token);
	store_keys_clear(&keys);
	return rv;
}

/* Rows that are gone keep their numbers: none is given twice. */
static CK_RV
replace_token(struct store *store, const struct file_token *made,
	const struct store_keys *keys)
{
	struct file_token next = *made, old = store->token;
	uint64_t count;
	uint32_t highest;
	CK_RV rv = store_file_count(store->file, &count, &highest);

	next.change = store->token.change;
	next.highest = store->token.highest;
	next.guard.former = left_by(&old.guard);
	if (rv == CKR_OK && highest > next.highest && highest < ROW_LIMIT)
		next.highest = highest;
	if (rv == CKR_OK)
		rv = store_file_remove_all(store->file);
	if (rv == CKR_OK)
		rv = store_file_mark_remains(store->file);
	if (rv == CKR_OK)
		rv = store_commit(store, keys, &next);
	if (rv == CKR_OK)
		store_file_clear_remains(store->file);
	/* No copy from before is ever to count again. */
	if (rv == CKR_OK && store->tries.advance)
		store->tries.advance(
			store->tries.context, old.verifier, UINT64_MAX);
	if (rv == CKR_OK && next.guard.former)
		(void)guard_check(store, keys, true);
	return rv;
}

static CK_RV
make_anew(struct store *store, const CK_UTF8CHAR label[32],
	const struct span *pin, const struct store_cost *cost)
{
	struct store_keys keys = { 0 };
	struct secret root = { 0 };
	struct file_token token;
	CK_RV rv = open_root(store, CKU_SO, pin, &root);

	secret_clear(&root);
	if (rv != CKR_OK)
		return rv;
	token = store->token;
	rv = make_root(&token, label, pin, cost, &keys);
	if (rv == CKR_OK && (rv = enter_durably(store, false)) == CKR_OK) {
		rv = replace_token(store, &token, &keys);
		if (rv == CKR_OK)
			previous_forget(store->path);
		store_leave(store);
	}
	store_keys_clear(&keys);
	return rv;
}

CK_RV
store_initialize(const char *path, const CK_UTF8CHAR label[32],
	const void *so_pin, size_t length, const struct store_cost *cost,
	const struct store_tries *tries)
{
	struct span pin = { so_pin, length };
	struct store *store = NULL;
	CK_RV rv;

	if (access(path, F_OK) != 0)
		return make_first(path, label, &pin, cost);
	if ((rv = store_open(path, tries, &store)) != CKR_OK)
		return rv;
	rv = make_anew(store, label, &pin, cost);
	store_close(store);
	return rv;
}
