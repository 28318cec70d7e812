/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM that guards the user's PIN, and knows when the token is not the newest.
 */

#include "config.h"

#include "token/store-state.h"
#include "token/tpm.h"

#include "pkcs11/log.h"

#include <string.h>

static CK_RV
connect_tpm(const struct store_tries *tries, bool is_recovery,
	unsigned char owner[TPM_OWNER_SIZE], struct tpm **tpm)
{
	int descriptor = -1;

	if (tries->reach_tpm)
		descriptor =
			tries->reach_tpm(tries->context, is_recovery, owner);
	if (descriptor < 0)
		return refuse(CKR_DEVICE_ERROR,
			"a TPM guards this token, and none can be reached");
	return tpm_open(descriptor, tpm);
}

static CK_RV
reach_for(struct store *store, bool is_recovery, struct tpm **tpm)
{
	unsigned char owner[TPM_OWNER_SIZE] = { 0 };
	CK_RV rv = connect_tpm(&store->tries, is_recovery, owner, tpm);

	_Static_assert((int)TOKEN_ID_SIZE == (int)TPM_TOKEN_SIZE, "a token");
	if (rv == CKR_OK)
		tpm_serve(*tpm, owner, store->token.id);
	return rv;
}

static CK_RV
reach(struct store *store, struct tpm **tpm)
{
	return reach_for(store, false, tpm);
}

CK_RV
guard_enter(struct store *store, bool is_about_to)
{
	struct tpm *tpm = NULL;
	bool is_guarded, was_guarded;
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	is_guarded = is_about_to || store->token.guard.secret != 0;
	pthread_mutex_unlock(&store->mutex);
	/* Once more, if others had it guarded meanwhile. */
	do {
		was_guarded = is_guarded;
		if (is_guarded && !tpm)
			(void)reach(store, &tpm);
		if ((rv = store_enter(store, true)) != CKR_OK)
			break;
		is_guarded = is_about_to || store->token.guard.secret != 0;
		if (is_guarded && !was_guarded)
			store_leave(store);
	} while (is_guarded && !was_guarded);
	if (rv == CKR_OK)
		store->tpm = tpm;
	else
		tpm_close(tpm);
	return rv;
}

void
guard_leave(struct store *store)
{
	tpm_close(store->tpm);
	store->tpm = NULL;
}

CK_RV
store_find_guard(const struct store_tries *tries)
{
	struct tpm *tpm = NULL;
	unsigned char owner[TPM_OWNER_SIZE];
	CK_RV rv = connect_tpm(tries, false, owner, &tpm);

	tpm_close(tpm);
	return rv;
}

CK_RV
guard_begin(struct guard_job *job)
{
	CK_RV rv = reach(job->store, &job->tpm);

	if (rv == CKR_OK)
		rv = tpm_look(job->tpm, job->guard.secret);
	if (rv != CKR_OK)
		guard_end(job);
	return rv;
}

void
guard_end(struct guard_job *job)
{
	tpm_close(job->tpm);
	job->tpm = NULL;
}

CK_RV
guard_give(void *context, const struct secret *authorisation,
	struct secret *secret)
{
	struct guard_job *job = context;

	return tpm_give(job->tpm, job->guard.secret, authorisation, secret);
}

CK_RV
guard_make(void *context, const struct secret *authorisation,
	struct secret *secret)
{
	struct guard_job *job = context;
	struct secret made = { 0 };
	struct tpm *tpm = NULL;
	CK_RV rv = reach(job->store, &tpm);

	if (rv == CKR_OK &&
		(!secret_init(&made, TPM_SECRET_SIZE) ||
			!seal_random(made.at, made.length)))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = tpm_keep(tpm, authorisation, &made, &job->guard.secret);
	if (rv == CKR_OK) {
		job->secret_is_new = true;
		*secret = made;
		made = (struct secret){ 0 };
	}
	secret_clear(&made);
	tpm_close(tpm);
	return rv;
}

/* What authorises the counter: who has logged in knows it. */
static bool
counter_key(const struct store_keys *keys, struct secret *key)
{
	return seal_subkey(&keys->root, "privyseal counter", key);
}

static CK_RV
compare(struct tpm *tpm, const struct file_guard *guard,
	const struct secret *key)
{
	uint64_t value = 0;
	CK_RV rv = tpm_counter_read(tpm, guard->counter, key, &value);

	if (rv == CKR_OK && value + 1 == guard->reached)
		rv = tpm_counter_advance(tpm, guard->counter, key, &value);
	if (rv != CKR_OK || value == guard->reached)
		return rv;
	return refuse(CKR_FUNCTION_REJECTED,
		"this is an older copy of the token: the TPM has seen change "
		"%llu, and here is %llu",
		(unsigned long long)value, (unsigned long long)guard->reached);
}

/* What former says when it names no place. */
enum { BEGUN = 1 };

/* With the transaction held others wait: a TPM that hangs keeps them no longer
 * than this. */
enum { IN_TRANSACTION = 1500 };

static CK_RV
settle(struct tpm *tpm, const struct store_keys *keys,
	const struct file_guard *guard)
{
	struct secret key = { 0 };
	CK_RV rv = CKR_HOST_MEMORY;

	tpm_limit(tpm, IN_TRANSACTION);
	if (counter_key(keys, &key))
		rv = compare(tpm, guard, &key);
	secret_clear(&key);
	return rv;
}

CK_RV
guard_settle(struct store *store, const struct store_keys *keys,
	const struct file_guard *guard)
{
	CK_RV rv;

	if (!store->tpm)
		return refuse(CKR_DEVICE_ERROR,
			"a TPM guards this token, and none can be reached");
	rv = settle(store->tpm, keys, guard);
	guard_leave(store);
	return rv;
}

/* Begins a transaction to write. */
static CK_RV
settle_now(struct store *store, struct tpm *tpm, const struct store_keys *keys,
	struct file_token *now)
{
	CK_RV rv = store_file_begin(store->file, true);

	if (rv == CKR_OK)
		rv = store_file_read_token(store->file, now);
	if (rv == CKR_OK && !token_is_signed(now))
		rv = refuse(CKR_DEVICE_ERROR,
			"the row of a guarded token was altered");
	if (rv == CKR_OK && now->guard.secret)
		rv = settle(tpm, keys, &now->guard);
	return rv;
}

static CK_RV
find_left(struct tpm *tpm, const struct file_token *now, uint32_t *place)
{
	const uint32_t named[] = { now->guard.secret, now->guard.counter };

	*place = 0;
	return tpm_find_other(tpm, named, place);
}

/* A commit that failed may be found in the journal yet, and name what the row
 * does not: it is overwritten first. */
static CK_RV
make_sure(struct store *store, struct tpm *tpm, const struct store_keys *keys,
	struct file_token *now)
{
	CK_RV rv;

	store_file_rollback(store->file);
	rv = store_file_be_durable(store->file, true);
	if (rv == CKR_OK)
		rv = store_file_wake_others(store->file);
	return rv == CKR_OK ? settle_now(store, tpm, keys, now) : rv;
}

/* In the transaction: who is about to name a new place waits, and then looks
 * whether it is there. */
static CK_RV
tidy(struct store *store, struct tpm *tpm, const struct store_keys *keys,
	struct file_token *now)
{
	uint32_t place;
	CK_RV rv;

	tpm_limit(tpm, IN_TRANSACTION);
	rv = find_left(tpm, now, &place);
	if (rv == CKR_OK && place &&
		(rv = make_sure(store, tpm, keys, now)) == CKR_OK)
		rv = find_left(tpm, now, &place);
	while (rv == CKR_OK && place)
		if ((rv = tpm_forget(tpm, place)) == CKR_OK)
			rv = find_left(tpm, now, &place);
	if (rv != CKR_OK || now->guard.secret || !now->guard.former)
		return rv;
	now->guard.former = 0;
	store->lasts = false;
	return store_commit(store, keys, now);
}

CK_RV
guard_check(struct store *store, const struct store_keys *keys, bool tidies)
{
	struct file_token now;
	struct tpm *tpm = NULL;
	CK_RV rv = reach(store, &tpm);

	if (rv == CKR_OK)
		rv = settle_now(store, tpm, keys, &now);
	if (rv == CKR_OK && tidies && tidy(store, tpm, keys, &now) != CKR_OK)
		note("what is left in the TPM goes at the next login");
	store_file_rollback(store->file);
	tpm_close(tpm);
	return rv;
}

void
guard_follow(struct store *store, const struct store_keys *keys)
{
	if (guard_check(store, keys, false) != CKR_OK)
		note("the TPM's counter follows at the next login");
}

CK_RV
guard_choose_counter(
	struct guard_job *job, const struct store_keys *keys, bool is_so)
{
	struct file_guard *guard = &job->guard;
	struct secret key = { 0 };
	struct tpm *tpm = NULL;
	CK_RV rv = CKR_HOST_MEMORY;

	if (counter_key(keys, &key))
		rv = reach_for(job->store, is_so, &tpm);
	if (rv == CKR_OK && is_so)
		tpm_end_lockout(tpm);
	if (rv == CKR_OK && guard->secret) {
		rv = compare(tpm, guard, &key);
		/* The old one goes when the token's row names the new one. */
		if ((rv != CKR_TOKEN_NOT_RECOGNIZED &&
			    rv != CKR_FUNCTION_REJECTED) ||
			!is_so)
			goto out;
		rv = CKR_OK;
	}
	if (rv == CKR_OK)
		rv = tpm_counter_make(
			tpm, &key, &guard->counter, &guard->reached);
	job->counter_is_new = rv == CKR_OK;
out:
	tpm_close(tpm);
	secret_clear(&key);
	return rv;
}

static bool
keys_are_of(const struct store_keys *keys, const struct file_token *token)
{
	unsigned char verifier[VERIFIER_SIZE];

	signer_verifier(keys->signer, verifier);
	return memcmp(verifier, token->verifier, VERIFIER_SIZE) == 0;
}

CK_RV
guard_announce(struct store *store, const struct store_keys *keys)
{
	struct file_token next;
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	rv = store_file_be_durable(store->file, true);
	store->lasts = false;
	pthread_mutex_unlock(&store->mutex);
	if (rv != CKR_OK || (rv = store_enter(store, true)) != CKR_OK)
		return rv;
	next = store->token;
	next.guard.former = BEGUN;
	if (!store->is_sound || !keys_are_of(keys, &next))
		rv = refuse(CKR_DEVICE_ERROR,
			"a token that was altered gets no guard");
	else if (!store->token.guard.secret && !store->token.guard.former)
		rv = store_commit(store, keys, &next);
	store_leave(store);
	return rv;
}

CK_RV
guard_confirm(struct guard_job *job)
{
	struct store *store = job->store;
	const struct file_guard *now = &store->token.guard;
	CK_RV rv = CKR_TOKEN_NOT_RECOGNIZED;

	if (!store->tpm)
		return refuse(CKR_DEVICE_ERROR,
			"a TPM is to guard this token, and is gone");
	tpm_limit(store->tpm, IN_TRANSACTION);
	if (now->secret || now->former)
		rv = tpm_has(store->tpm, job->guard.secret);
	if (rv == CKR_OK && job->counter_is_new)
		rv = tpm_has(store->tpm, job->guard.counter);
	if (rv != CKR_TOKEN_NOT_RECOGNIZED)
		return rv;
	job->was_tidied = true;
	return refuse(CKR_FUNCTION_FAILED,
		"what the TPM keeps for a new PIN was tidied away");
}

static void
forget_made(const struct guard_job *job)
{
	struct tpm *tpm = NULL;

	if ((!job->secret_is_new && !job->counter_is_new) ||
		reach(job->store, &tpm) != CKR_OK)
		return;
	if (job->secret_is_new)
		tpm_forget(tpm, job->guard.secret);
	if (job->counter_is_new)
		tpm_forget(tpm, job->guard.counter);
	tpm_close(tpm);
}

/* A commit that failed can yet be found in the journal: then the places of both
 * PINs stay for now, since that is better than a PIN that opens nothing. */
void
guard_finish(struct guard_job *job, const struct store_keys *keys, CK_RV rv)
{
	struct store *store = job->store;
	const struct file_guard *now = &store->token.guard;

	pthread_mutex_lock(&store->mutex);
	if (rv == CKR_OK && (now->secret || now->former))
		guard_check(store, keys, true);
	else if (rv != CKR_OK && !store->is_unsure)
		forget_made(job);
	pthread_mutex_unlock(&store->mutex);
}

CK_RV
store_want_guard(struct store *store)
{
	CK_RV rv = store_find_guard(&store->tries);

	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&store->mutex);
	store->wants_guard = true;
	pthread_mutex_unlock(&store->mutex);
	return CKR_OK;
}
