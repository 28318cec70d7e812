/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM that guards the user's PIN, and knows when the token is not the newest.
 */

#include "config.h"

#include "token/store-state.h"
#include "token/tpm.h"

#include "pkcs11/log.h"

static CK_RV
connect_tpm(const struct store_tries *tries, struct tpm **tpm)
{
	int descriptor = -1;

	if (tries->reach_tpm)
		descriptor = tries->reach_tpm(tries->context);
	if (descriptor < 0)
		return refuse(CKR_DEVICE_ERROR,
			"a TPM guards this token, and none can be reached");
	return tpm_open(descriptor, tpm);
}

static CK_RV
reach(struct store *store, struct tpm **tpm)
{
	return connect_tpm(&store->tries, tpm);
}

CK_RV
guard_enter(struct store *store)
{
	struct tpm *tpm = NULL;
	bool is_guarded, was_guarded;
	CK_RV rv;

	pthread_mutex_lock(&store->mutex);
	is_guarded = store->token.guard.secret != 0;
	pthread_mutex_unlock(&store->mutex);
	/* Once more, if others had it guarded meanwhile. */
	do {
		was_guarded = is_guarded;
		if (is_guarded && !tpm)
			(void)reach(store, &tpm);
		if ((rv = store_enter(store, true)) != CKR_OK)
			break;
		is_guarded = store->token.guard.secret != 0;
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
	CK_RV rv = connect_tpm(tries, &tpm);

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
	/* A change of the PIN that was cut short left the old one there. */
	if (rv == CKR_OK && guard->former)
		tpm_forget(tpm, guard->former);
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

CK_RV
guard_check(struct store *store, const struct store_keys *keys)
{
	struct file_token now;
	struct tpm *tpm = NULL;
	CK_RV rv = reach(store, &tpm);

	if (rv == CKR_OK)
		rv = store_file_begin(store->file, true);
	if (rv == CKR_OK)
		rv = store_file_read_token(store->file, &now);
	if (rv == CKR_OK && now.guard.secret)
		rv = settle(tpm, keys, &now.guard);
	store_file_rollback(store->file);
	tpm_close(tpm);
	return rv;
}

void
guard_follow(struct store *store, const struct store_keys *keys)
{
	if (guard_check(store, keys) != CKR_OK)
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
		rv = reach(job->store, &tpm);
	if (rv == CKR_OK && is_so)
		tpm_end_lockout(tpm);
	if (rv == CKR_OK && guard->secret) {
		rv = compare(tpm, guard, &key);
		if ((rv == CKR_TOKEN_NOT_RECOGNIZED ||
			    rv == CKR_FUNCTION_REJECTED) &&
			is_so)
			rv = tpm_forget(tpm, guard->counter);
		else
			goto out;
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

void
guard_forget(struct store *store, uint32_t place)
{
	struct tpm *tpm = NULL;

	if (place && reach(store, &tpm) == CKR_OK)
		tpm_forget(tpm, place);
	tpm_close(tpm);
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
