/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM keeps for a token, when processes are killed that change it, or
 * their disk fails. */

#include "config.h"

#include "token/store-state.h"

#include "tests/crash/shim.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"
#include "tests/unit/tpm-kit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_PIN "a third PIN"

static const struct store_cost cost = { 16 };

/* In memory that is shared with who is killed. */
static struct shared {
	struct shim shim;
	struct tpm_killer killer;
} * shared;

static bool tpm_is_away;
/* There is a guarded token that need not be made again. */
static bool is_kept;

/* Somebody else logs in when the TPM is reached for the n-th time; 0: nobody.
 */
static unsigned other_comes_at;

static void log_other_in(void);

static int
reach_tpm(void *context, bool is_recovery, unsigned char owner[TPM_OWNER_SIZE])
{
	if (other_comes_at && --other_comes_at == 0)
		log_other_in();
	if (tpm_is_away)
		return -1;
	return shared->killer.at ? tpm_connect_killing("one", &shared->killer)
				 : tpm_connect("one");
}

static const struct store_tries tries = { .reach_tpm = reach_tpm };

static struct store *
open_it(void)
{
	struct store *store = NULL;

	EXPECT_RV(store_open(store_path(), &tries, &store), CKR_OK);
	return store;
}

static CK_RV
login_rv(CK_USER_TYPE user, const char *pin)
{
	struct store *store = open_it();
	CK_RV rv = store_login(store, user, pin, strlen(pin));

	store_close(store);
	return rv;
}

static void
log_other_in(void)
{
	EXPECT_RV(login_rv(CKU_USER, USER_PIN), CKR_OK);
}

/* By the recovery code. */
static CK_RV
unlock(const char *pin, bool is_guarded)
{
	struct store *store = open_it();
	CK_RV rv = store_login(store, CKU_SO, SO_PIN, strlen(SO_PIN));

	if (rv == CKR_OK && is_guarded)
		rv = store_want_guard(store);
	if (rv == CKR_OK)
		rv = store_set_pin(
			store, CKU_USER, NULL, 0, pin, strlen(pin), &cost);
	store_close(store);
	return rv;
}

static void
add_secret(void)
{
	struct store *store = open_it();

	EXPECT_RV(store_login(store, CKU_USER, USER_PIN, strlen(USER_PIN)),
		CKR_OK);
	add_private(store, "alice", "her secret");
	store_close(store);
}

/* What is there before, for each kind of change. */
static void
prepare_new(void)
{
	EXPECT_RV(initialize_store(&tries), CKR_OK);
	EXPECT_NUMBER(tpm_count_places("one"), 0);
}

static void
prepare_guarded(void)
{
	prepare_new();
	EXPECT_RV(unlock(USER_PIN, true), CKR_OK);
	add_secret();
	EXPECT_NUMBER(tpm_count_places("one"), 2);
}

/* The TPM locks after three. */
static void
forget_wrong_pins(void)
{
	struct tpm *tpm = NULL;

	EXPECT_RV(tpm_open(tpm_connect("one"), &tpm), CKR_OK);
	tpm_end_lockout(tpm);
	tpm_close(tpm);
}

/* The same token each time, since it costs less. */
static void
prepare_kept(void)
{
	struct store *store;

	if (!is_kept)
		prepare_guarded();
	is_kept = true;
	forget_wrong_pins();
	if (login_rv(CKU_USER, USER_PIN) == CKR_OK)
		return;
	store = open_it();
	EXPECT_RV(store_set_pin(store, CKU_USER, NEW_PIN, strlen(NEW_PIN),
			  USER_PIN, strlen(USER_PIN), &cost),
		CKR_OK);
	store_close(store);
}

static void
prepare_older(void)
{
	prepare_guarded();
	copy_store(store_path(), other_path());
	add_secret();
	copy_store(other_path(), store_path());
	EXPECT_RV(login_rv(CKU_USER, USER_PIN), CKR_FUNCTION_REJECTED);
}

/* What is killed. */
static void
guard_first(void)
{
	(void)unlock(USER_PIN, true);
}

static struct store *
begin_change(void)
{
	struct store *store = open_it();

	(void)store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
		NEW_PIN, strlen(NEW_PIN), &cost);
	return store;
}

static void
change_pin(void)
{
	store_close(begin_change());
}

/* Until it is killed: the journal is not put away. */
static void
change_pin_and_wait(int told)
{
	(void)begin_change();
	EXPECT_NUMBER(write(told, "", 1), 1);
	for (;;)
		pause();
}

static void
make_anew(void)
{
	(void)initialize_store(&tries);
}

static void
drop_guard(void)
{
	tpm_is_away = true;
	(void)unlock(NEW_PIN, false);
}

/* And what the owner does then: how many places there are to be. */
static unsigned
log_in(void)
{
	if (login_rv(CKU_USER, USER_PIN) != CKR_OK)
		EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
	return 2;
}

static unsigned
unlock_guarded(void)
{
	EXPECT_RV(unlock(NEW_PIN, true), CKR_OK);
	EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
	return 2;
}

/* Whether it is guarded goes by how far the first PIN came. */
static unsigned
unlock_unguarded(void)
{
	struct store_token token;
	struct store *store;

	EXPECT_RV(unlock(NEW_PIN, false), CKR_OK);
	EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
	store = open_it();
	store_token(store, &token);
	store_close(store);
	return token.is_guarded ? 2 : 0;
}

static unsigned
enter_anew(void)
{
	struct store_token token;
	struct store *store = open_it();

	store_token(store, &token);
	store_close(store);
	if (token.user_pin_is_set)
		return log_in();
	EXPECT_RV(login_rv(CKU_SO, SO_PIN), CKR_OK);
	return 0;
}

/* The TPM is there again, whether the new PIN is or not. */
static unsigned
log_in_unguarded(void)
{
	if (login_rv(CKU_USER, USER_PIN) == CKR_OK)
		return 2;
	EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
	return 0;
}

struct course {
	void (*prepare)(void);
	void (*act)(void);
	unsigned (*mend)(void);
	unsigned stride; /* of the writes it is killed at, from any on */
};

/* Whether it was, before it was done. */
static bool
is_killed(const struct course *course)
{
	int status = 0;
	pid_t process = fork();

	if (process == 0) {
		course->act();
		_exit(0);
	}
	EXPECT(waitpid(process, &status, 0) == process);
	shared->shim.fail_at = shared->killer.at = 0;
	tpm_flush("one");
	EXPECT(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
				   : WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* Each change of the TPM, each write to the disk, until there are no more. */
static unsigned
kill_at_each(const struct course *course, bool at_disk, bool is_after)
{
	unsigned step = at_disk ? course->stride : 1, kills = 0, places, first;
	bool killed;

	EXPECT(getrandom(&first, sizeof(first), 0) == sizeof(first));
	first = first % step + 1;
	do {
		course->prepare();
		shared->shim.fault = SHIM_KILL;
		shared->shim.fail_at = at_disk
			? shared->shim.writes + kills * step + first
			: 0;
		shared->killer = (struct tpm_killer){
			.at = at_disk ? 0 : kills + 1,
			.is_after = is_after,
		};
		killed = is_killed(course);
		kills += killed;
		places = course->mend();
		EXPECT_NUMBER(tpm_count_places("one"), places);
	} while (killed);
	return kills;
}

static void
begin(void)
{
	struct store *store;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(shared != MAP_FAILED);
	shared->shim.is_fast = true;
	shim_install(&shared->shim);
	tpm_start("one");
	store_kit_keep_log();
	store = fresh_store();
	store_close(store);
}

static void
run(const struct course *course)
{
	unsigned tpm_before, tpm_after, disk;

	begin();
	tpm_before = kill_at_each(course, false, false);
	tpm_after = kill_at_each(course, false, true);
	disk = kill_at_each(course, true, false);
	printf("# killed at %u changes of the TPM and %u writes\n", tpm_before,
		disk);
	EXPECT_NUMBER(tpm_before, tpm_after);
	EXPECT(disk > 2);
}

TEST(first_guard_that_is_cut_short_leaves_nothing)
{
	run(&(const struct course){
		prepare_new, guard_first, unlock_guarded, 3 });
}

TEST(first_guard_that_is_given_up_leaves_nothing)
{
	run(&(const struct course){
		prepare_new, guard_first, unlock_unguarded, 4 });
}

TEST(new_pin_that_is_cut_short_leaves_nothing)
{
	run(&(const struct course){ prepare_kept, change_pin, log_in, 1 });
}

TEST(recovery_that_is_cut_short_leaves_nothing)
{
	run(&(const struct course){
		prepare_older, guard_first, unlock_guarded, 4 });
}

TEST(token_that_is_made_anew_leaves_nothing)
{
	run(&(const struct course){
		prepare_guarded, make_anew, enter_anew, 4 });
}

TEST(guard_that_is_dropped_leaves_nothing)
{
	run(&(const struct course){
		prepare_guarded, drop_guard, log_in_unguarded, 4 });
}

/* Who logs in finds places that no row names yet. */
TEST(new_pin_that_others_tidied_away_is_made_again)
{
	unsigned at = 0;
	bool came;

	begin();
	do {
		prepare_guarded();
		other_comes_at = ++at;
		change_pin();
		came = other_comes_at == 0;
		other_comes_at = 0;
		EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
		EXPECT_NUMBER(tpm_count_places("one"), 2);
	} while (came && at < 4); /* then the row is written */
	EXPECT(count_log("was tidied away") > 0);
}

static void
let_disk_fail(unsigned at)
{
	shared->shim.fault = SHIM_ERROR;
	shared->shim.failed = 0;
	shared->shim.fail_at = shared->shim.writes + at;
}

/* A process whose disk fails at that write, and which then lives on: what it
 * wrote stays in the journal, where nobody sees it yet. */
static pid_t
fail_and_stay(unsigned at, bool *failed)
{
	pid_t process;
	int told[2];
	char byte = 0;

	EXPECT_NUMBER(pipe(told), 0);
	process = fork();
	if (process == 0) {
		let_disk_fail(at);
		change_pin_and_wait(told[1]);
	}
	EXPECT_NUMBER(read(told[0], &byte, 1), 1);
	shared->shim.fail_at = 0;
	*failed = shared->shim.failed > 0;
	close(told[0]);
	close(told[1]);
	return process;
}

TEST(new_pin_that_is_in_the_journal_yet_is_kept)
{
	unsigned at = 0, places;
	bool failed;
	pid_t process;

	begin();
	do {
		prepare_kept();
		process = fail_and_stay(++at, &failed);
		/* Only this may tidy. */
		(void)login_rv(CKU_USER, USER_PIN);
		kill(process, SIGKILL);
		EXPECT(waitpid(process, NULL, 0) == process);
		forget_wrong_pins();
		places = log_in();
		EXPECT_NUMBER(tpm_count_places("one"), places);
	} while (failed);
	EXPECT(at > 2);
}

/* A process that dies then: what it wrote may be found in the journal. */
static bool
fails_and_dies(unsigned at)
{
	int status = 0;
	pid_t process = fork();

	if (process == 0) {
		let_disk_fail(at);
		(void)begin_change();
		_exit(0);
	}
	EXPECT(waitpid(process, &status, 0) == process);
	EXPECT_NUMBER(status, 0);
	shared->shim.fail_at = 0;
	return shared->shim.failed > 0;
}

TEST(pin_whose_commit_failed_leaves_one_that_opens)
{
	unsigned at = 0;
	bool failed;

	begin();
	prepare_guarded();
	do {
		failed = fails_and_dies(++at);
		if (login_rv(CKU_USER, USER_PIN) == CKR_OK)
			continue;
		EXPECT_RV(login_rv(CKU_USER, NEW_PIN), CKR_OK);
		break;
	} while (failed);
	EXPECT(at > 1);
}
