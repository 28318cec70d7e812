/* SPDX-License-Identifier: BSD-2-Clause */
/* A token whose PIN a TPM guards: with swtpm. */

#include "config.h"

#include "token/previous.h"
#include "token/store-state.h"

#include "tests/test.h"
#include "tests/unit/store-kit.h"
#include "tests/unit/tpm-kit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The TPM that this machine has; NULL: none. */
static const char *machine;
/* How often it may be reached before it is gone for once. */
static int reaches_left = 1000;
/* Or for good. */
static bool goes_for_good;
/* Another process' store, and when it adds two secrets: after so
 * many. */
static struct store *other;
static int other_waits;

/* The TPM is one that hangs when it is asked for its counter, and then says so
 * there. */
static int hang_told = -1;

static int
reach_tpm(void *context, bool is_recovery, unsigned char owner[TPM_OWNER_SIZE])
{
	struct store *now = other;

	if (now && --other_waits == 0) {
		other = NULL;
		add_private(now, "bob", "his secret");
		add_private(now, "dave", "his secret");
	}
	if (goes_for_good && reaches_left < 0)
		return -1;
	if (!machine || reaches_left-- == 0)
		return -1;
	if (hang_told >= 0)
		return tpm_connect_ailing(machine, 0x14e, TPM_HANGS, hang_told);
	return tpm_connect(machine);
}

static const struct store_tries tries = { .reach_tpm = reach_tpm };
static const struct store_cost cost = { 16 };

static struct store *
open_guarded(void)
{
	struct store *store = NULL;

	EXPECT_RV(store_open(store_path(), &tries, &store), CKR_OK);
	return store;
}

static CK_RV
log_in(struct store *store, CK_USER_TYPE user, const char *pin)
{
	return store_login(store, user, pin, strlen(pin));
}

static struct store *
open_as(CK_USER_TYPE user, const char *pin)
{
	struct store *store = open_guarded();

	EXPECT_RV(log_in(store, user, pin), CKR_OK);
	return store;
}

static CK_RV
login_rv(const char *pin)
{
	struct store *store = open_guarded();
	CK_RV rv = log_in(store, CKU_USER, pin);

	store_close(store);
	return rv;
}

static CK_RV
set_pin(struct store *store, const char *pin)
{
	return store_set_pin(store, CKU_USER, NULL, 0, pin, strlen(pin), &cost);
}

/* A new token, guarded by the first TPM, with one secret in it. */
static void
make_guarded(void)
{
	struct store *store;
	struct store_token token;

	tpm_start("one");
	machine = "one";
	store_kit_keep_log();
	EXPECT_RV(initialize_store(&tries), CKR_OK);
	store = open_as(CKU_SO, SO_PIN);
	EXPECT_RV(store_want_guard(store), CKR_OK);
	EXPECT_RV(set_pin(store, USER_PIN), CKR_OK);
	store_token(store, &token);
	EXPECT(token.is_guarded);
	EXPECT_RV(log_in(store, CKU_USER, USER_PIN), CKR_OK);
	add_private(store, "alice", "her secret");
	store_close(store);
}

/* The recovery code, and one new PIN. */
static void
recover(const char *pin)
{
	struct store *store = open_as(CKU_SO, SO_PIN);

	EXPECT_RV(set_pin(store, pin), CKR_OK);
	store_close(store);
	store = open_as(CKU_USER, pin);
	EXPECT(find_label(store, "alice") != 0);
	EXPECT_NUMBER(store_damage(store), 0);
	store_close(store);
}

TEST(guarded_pin_opens_with_its_tpm)
{
	struct store *store;

	make_guarded();
	store = open_as(CKU_USER, USER_PIN);
	EXPECT(find_label(store, "alice") != 0);
	store_close(store);
	tpm_stop("one");
	tpm_start("one");
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
}

TEST(stolen_store_allows_no_guess)
{
	struct store *store;
	struct secret root = { 0 };
	const struct span pin = { USER_PIN, strlen(USER_PIN) };
	struct wrapping_owner owner = { .user = CKU_USER };

	make_guarded();
	machine = NULL;
	EXPECT_RV(login_rv(USER_PIN), CKR_DEVICE_ERROR);
	EXPECT_RV(login_rv("another PIN"), CKR_DEVICE_ERROR);
	store = open_guarded();
	memcpy(owner.token, store->token.id, TOKEN_ID_SIZE);
	EXPECT_RV(wrapping_open(&owner, &pin, NULL,
			  store->token.wrapping[CKU_USER], &root),
		CKR_DEVICE_ERROR);
	store_close(store);
}

TEST(tpm_counts_wrong_pins_and_locks)
{
	char pin[32];
	CK_RV rv = CKR_PIN_INCORRECT;
	int i;

	make_guarded();
	for (i = 0; rv == CKR_PIN_INCORRECT && i < 100; i++) {
		snprintf(pin, sizeof(pin), "wrong number %d", i);
		rv = login_rv(pin);
	}
	EXPECT_RV(rv, CKR_PIN_LOCKED);
	EXPECT_RV(login_rv(USER_PIN), CKR_PIN_LOCKED);
	/* Where nobody has forbidden it, the recovery code ends that. */
	recover("a third PIN");
}

TEST(store_on_another_machine_needs_the_recovery_code)
{
	make_guarded();
	tpm_start("two");
	machine = "two";
	EXPECT_RV(login_rv(USER_PIN), CKR_TOKEN_NOT_RECOGNIZED);
	recover("a third PIN");
}

TEST(store_of_a_cleared_tpm_needs_the_recovery_code)
{
	make_guarded();
	tpm_clear("one");
	EXPECT_RV(login_rv(USER_PIN), CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT(count_log("was cleared") > 0);
	recover("a third PIN");
}

TEST(older_store_is_refused_until_the_recovery_code)
{
	struct store *store;

	make_guarded();
	copy_store(store_path(), other_path());
	store = open_as(CKU_USER, USER_PIN);
	add_private(store, "bob", "his secret");
	store_close(store);
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
	copy_store(other_path(), store_path());
	EXPECT_RV(login_rv(USER_PIN), CKR_FUNCTION_REJECTED);
	EXPECT(count_log("an older copy of the token") > 0);
	recover("a third PIN");
}

TEST(older_store_cannot_be_made_to_look_new)
{
	struct store *store;

	make_guarded();
	copy_store(store_path(), other_path());
	store = open_as(CKU_USER, USER_PIN);
	add_private(store, "bob", "his secret");
	store_close(store);
	copy_store(other_path(), store_path());
	run_sql(store_path(), "UPDATE guard SET reached = reached + 1");
	EXPECT_RV(login_rv(USER_PIN), CKR_DEVICE_ERROR);
	run_sql(store_path(), "DELETE FROM guard");
	EXPECT(login_rv(USER_PIN) != CKR_OK);
}

static CK_RV
reach_and_give(void *context, const struct secret *authorisation,
	struct secret *secret)
{
	struct guard_job *job = context;
	CK_RV rv;

	EXPECT_RV(tpm_open(tpm_connect(machine), &job->tpm), CKR_OK);
	rv = guard_give(job, authorisation, secret);
	guard_end(job);
	return rv;
}

TEST(old_pin_is_gone_from_the_tpm)
{
	struct store *store;
	struct guard_job job = { .store = NULL };
	const struct wrapping_guard guard = { reach_and_give, &job };
	const struct span pin = { USER_PIN, strlen(USER_PIN) };
	unsigned char wrapping[WRAPPING_SIZE];
	struct wrapping_owner owner = { .user = CKU_USER };
	struct secret root = { 0 };

	make_guarded();
	store = open_guarded();
	memcpy(wrapping, store->token.wrapping[CKU_USER], WRAPPING_SIZE);
	memcpy(owner.token, store->token.id, TOKEN_ID_SIZE);
	job.store = store;
	job.guard = store->token.guard;
	EXPECT_RV(wrapping_open(&owner, &pin, &guard, wrapping, &root), CKR_OK);
	secret_clear(&root);
	EXPECT_RV(store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
			  "a third PIN", 11, &cost),
		CKR_OK);
	EXPECT_RV(wrapping_open(&owner, &pin, &guard, wrapping, &root),
		CKR_TOKEN_NOT_RECOGNIZED);
	store_close(store);
	EXPECT_RV(login_rv("a third PIN"), CKR_OK);
	EXPECT_RV(login_rv(USER_PIN), CKR_PIN_INCORRECT);
}

TEST(change_that_the_counter_missed_is_made_good)
{
	struct store *store;

	make_guarded();
	store = open_as(CKU_USER, USER_PIN);
	/* Once before the change, and not after it. */
	reaches_left = 1;
	add_private(store, "bob", "his secret");
	store_close(store);
	EXPECT(count_log("follows at the next login") > 0);
	reaches_left = 1000;
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
}

TEST(certificates_do_not_wear_the_tpm_out)
{
	struct store *store;
	uint64_t reached;

	make_guarded();
	store = open_as(CKU_USER, USER_PIN);
	reached = store->token.guard.reached;
	reaches_left = 0;
	add_public(store, "a certificate");
	EXPECT_NUMBER(store->token.guard.reached, reached);
	store_close(store);
}

TEST(pin_of_a_guarded_token_stays_guarded)
{
	struct store *store;
	struct store_token token;

	make_guarded();
	recover("a third PIN");
	store = open_guarded();
	store_token(store, &token);
	EXPECT(token.is_guarded);
	store_close(store);
	machine = NULL;
	EXPECT_RV(login_rv("a third PIN"), CKR_DEVICE_ERROR);
}

TEST(token_that_is_made_anew_has_no_guard)
{
	struct store_token token;
	struct store *store;

	make_guarded();
	EXPECT_RV(initialize_store(&tries), CKR_OK);
	store = open_guarded();
	store_token(store, &token);
	EXPECT(!token.is_guarded);
	EXPECT_RV(log_in(store, CKU_SO, SO_PIN), CKR_OK);
	EXPECT_RV(set_pin(store, USER_PIN), CKR_OK);
	store_close(store);
	machine = NULL;
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
}

TEST(no_guard_is_wanted_where_there_is_no_tpm)
{
	struct store *store = fresh_store();

	EXPECT_RV(store_want_guard(store), CKR_DEVICE_ERROR);
	store_close(store);
}

/* The KDF takes long, and others need not wait for it. */
TEST(change_by_others_during_a_new_pin_locks_nobody_out)
{
	struct store *store, *second;

	make_guarded();
	store = open_guarded();
	second = open_as(CKU_USER, USER_PIN);
	EXPECT_RV(log_in(store, CKU_USER, USER_PIN), CKR_OK);
	other = second;
	other_waits = 2;
	EXPECT_RV(set_pin(store, "a third PIN"), CKR_OK);
	EXPECT(other == NULL);
	add_private(second, "carol", "her secret");
	store_close(store);
	store_close(second);
	EXPECT_RV(login_rv("a third PIN"), CKR_OK);
	EXPECT_RV(login_rv("a third PIN"), CKR_OK);
}

static unsigned counted;

static CK_RV
count(void *context, const char *serial, CK_USER_TYPE user)
{
	counted++;
	return CKR_OK;
}

static CK_RV
counted_login_rv(const char *pin)
{
	static const struct store_tries counting = { .count = count,
		.reach_tpm = reach_tpm };
	struct store *store = NULL;
	CK_RV rv;

	EXPECT_RV(store_open(store_path(), &counting, &store), CKR_OK);
	rv = log_in(store, CKU_USER, pin);
	store_close(store);
	return rv;
}

TEST(tpm_that_can_check_no_pin_costs_no_try)
{
	char pin[32];
	int i;

	make_guarded();
	machine = NULL;
	EXPECT_RV(counted_login_rv(USER_PIN), CKR_DEVICE_ERROR);
	tpm_start("two");
	machine = "two";
	EXPECT_RV(counted_login_rv(USER_PIN), CKR_TOKEN_NOT_RECOGNIZED);
	machine = "one";
	for (i = 0; i < 100; i++) {
		snprintf(pin, sizeof(pin), "wrong number %d", i);
		if (login_rv(pin) == CKR_PIN_LOCKED)
			break;
	}
	EXPECT_RV(counted_login_rv(USER_PIN), CKR_PIN_LOCKED);
	EXPECT_NUMBER(counted, 0);
	recover("a third PIN");
	EXPECT_RV(counted_login_rv("a third PIN"), CKR_OK);
	EXPECT_NUMBER(counted, 1);
}

/* Where the machine broke, and the next has no TPM. */
TEST(recovery_code_needs_no_tpm)
{
	struct store_token token;
	struct store *store;

	make_guarded();
	machine = NULL;
	EXPECT_RV(login_rv(USER_PIN), CKR_DEVICE_ERROR);
	recover("a third PIN");
	store = open_guarded();
	store_token(store, &token);
	EXPECT(!token.is_guarded);
	EXPECT_RV(log_in(store, CKU_SO, SO_PIN), CKR_OK);
	EXPECT_RV(store_want_guard(store), CKR_DEVICE_ERROR);
	store_close(store);
}

/* The place of the PIN before is looked for again at each login. */
TEST(log_is_quiet_after_a_new_pin)
{
	struct store *store;

	make_guarded();
	store = open_as(CKU_USER, USER_PIN);
	EXPECT_RV(set_pin(store, "a third PIN"), CKR_OK);
	store_close(store);
	EXPECT_RV(login_rv("a third PIN"), CKR_OK);
	EXPECT_NUMBER(count_log("does not have it"), 0);
}

/* Who turns the guard on may well keep the PIN. */
TEST(pin_before_a_guarded_one_cannot_be_guessed_at)
{
	const struct span pin = { USER_PIN, strlen(USER_PIN) };
	struct store *store = fresh_store();

	store_close(store);
	tpm_start("one");
	machine = "one";
	store = open_as(CKU_USER, USER_PIN);
	EXPECT_RV(set_pin(store, USER_PIN), CKR_OK);
	EXPECT(previous_is(store_path(), &pin));
	EXPECT_RV(store_want_guard(store), CKR_OK);
	EXPECT_RV(set_pin(store, USER_PIN), CKR_OK);
	EXPECT(!previous_is(store_path(), &pin));
	store_close(store);
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
}

/* One change, with a TPM that goes away after so many reaches: what it says has
 * happened, and the owner still has her PIN. */
static bool
survives(int reaches, const char *pin, const char *next)
{
	struct store *store = open_guarded();
	bool was_cut;
	CK_RV rv;

	EXPECT_RV(log_in(store, CKU_USER, pin), CKR_OK);
	reaches_left = reaches;
	rv = set_pin(store, next);
	if (rv == CKR_OK)
		add_public(store, next);
	was_cut = reaches_left < 0;
	reaches_left = 1000;
	store_close(store);
	EXPECT_RV(login_rv(rv == CKR_OK ? next : pin), CKR_OK);
	if (rv != CKR_OK)
		return was_cut;
	store = open_guarded();
	EXPECT_RV(store_set_pin(store, CKU_USER, next, strlen(next), pin,
			  strlen(pin), &cost),
		CKR_OK);
	store_close(store);
	return was_cut;
}

TEST(tpm_that_goes_away_during_a_new_pin_locks_nobody_out)
{
	int reaches;

	make_guarded();
	for (reaches = 0; survives(reaches, USER_PIN, "a third PIN"); reaches++)
		;
	EXPECT(reaches > 2);
	goes_for_good = true;
	for (reaches = 0; survives(reaches, USER_PIN, "a third PIN"); reaches++)
		;
}

/* It looked when there was none yet. */
TEST(guard_that_came_meanwhile_stays)
{
	struct store *store, *second;
	struct store_token token;

	store = fresh_store();
	store_close(store);
	tpm_start("one");
	machine = "one";
	store = open_as(CKU_SO, SO_PIN);
	second = open_as(CKU_USER, USER_PIN);
	EXPECT_RV(store_want_guard(second), CKR_OK);
	EXPECT_RV(set_pin(second, USER_PIN), CKR_OK);
	store_close(second);
	EXPECT_RV(set_pin(store, "a third PIN"), CKR_OK);
	store_token(store, &token);
	EXPECT(token.is_guarded);
	store_close(store);
	EXPECT_RV(login_rv("a third PIN"), CKR_OK);
}

/* Another's change, begun when the TPM hangs: how long it took. */
struct waiter {
	struct store *store;
	int told;
	double seconds;
};

static void *
wait_for_store(void *context)
{
	struct waiter *waiter = context;
	struct timespec start, end;
	char byte;

	EXPECT(read(waiter->told, &byte, 1) == 1);
	clock_gettime(CLOCK_MONOTONIC, &start);
	add_public(waiter->store, "a certificate");
	clock_gettime(CLOCK_MONOTONIC, &end);
	waiter->seconds = (double)(end.tv_sec - start.tv_sec) +
		(double)(end.tv_nsec - start.tv_nsec) / 1e9;
	return NULL;
}

TEST(tpm_that_hangs_keeps_no_other_from_writing)
{
	struct store *store;
	struct waiter waiter = { 0 };
	pthread_t thread;
	int told[2];

	make_guarded();
	store = open_guarded();
	waiter.store = open_guarded();
	EXPECT_RV(log_in(waiter.store, CKU_USER, USER_PIN), CKR_OK);
	EXPECT_RV(log_in(store, CKU_USER, USER_PIN), CKR_OK);
	EXPECT_NUMBER(pipe(told), 0);
	waiter.told = told[0];
	hang_told = told[1];
	pthread_create(&thread, NULL, wait_for_store, &waiter);
	EXPECT_RV(store_remove(store, find_label(store, "alice")),
		CKR_DEVICE_ERROR);
	pthread_join(thread, NULL);
	EXPECT(waiter.seconds < 3);
	hang_told = -1;
	store_close(store);
	store_close(waiter.store);
	EXPECT_RV(login_rv(USER_PIN), CKR_OK);
}
