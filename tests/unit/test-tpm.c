/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM keeps for a token, and counts: with swtpm. */

#include "config.h"

#include "token/tpm.h"

#include "tests/test.h"
#include "tests/unit/tpm-kit.h"

#include <string.h>
#include <time.h>

static struct secret authorisation, other, secret;

static void
make_secrets(void)
{
	EXPECT(secret_init(&authorisation, TPM_SECRET_SIZE));
	EXPECT(secret_init(&other, TPM_SECRET_SIZE));
	EXPECT(secret_init(&secret, TPM_SECRET_SIZE));
	memset(authorisation.at, 'a', TPM_SECRET_SIZE);
	memset(other.at, 'b', TPM_SECRET_SIZE);
	memset(secret.at, 's', TPM_SECRET_SIZE);
}

static struct tpm *
open_tpm(const char *name)
{
	struct tpm *tpm = NULL;

	EXPECT_RV(tpm_open(tpm_connect(name), &tpm), CKR_OK);
	return tpm;
}

static uint32_t
kept_by(const char *name)
{
	struct tpm *tpm = open_tpm(name);
	uint32_t index;

	EXPECT_RV(tpm_keep(tpm, &authorisation, &secret, &index), CKR_OK);
	tpm_close(tpm);
	return index;
}

static CK_RV
give_rv(const char *name, const struct secret *with, uint32_t index)
{
	struct tpm *tpm = open_tpm(name);
	struct secret given = { 0 };
	CK_RV rv = tpm_give(tpm, index, with, &given);

	if (rv == CKR_OK)
		EXPECT_BYTES(given.at, given.length, secret.at, secret.length);
	else
		EXPECT(!given.at);
	secret_clear(&given);
	tpm_close(tpm);
	return rv;
}

TEST(tpm_gives_what_it_keeps_after_it_was_started_again)
{
	uint32_t index;

	make_secrets();
	tpm_start("one");
	index = kept_by("one");
	EXPECT_RV(give_rv("one", &authorisation, index), CKR_OK);
	tpm_stop("one");
	tpm_start("one");
	EXPECT_RV(give_rv("one", &authorisation, index), CKR_OK);
}

TEST(tpm_counts_wrong_authorisations_and_locks)
{
	CK_RV rv = CKR_PIN_INCORRECT;
	uint32_t index;
	int tries;

	make_secrets();
	tpm_start("one");
	index = kept_by("one");
	for (tries = 0; rv == CKR_PIN_INCORRECT && tries < 100; tries++)
		rv = give_rv("one", &other, index);
	EXPECT_RV(rv, CKR_PIN_LOCKED);
	EXPECT_RV(give_rv("one", &authorisation, index), CKR_PIN_LOCKED);
}

TEST(lock_that_has_a_password_is_left_to_who_knows_it)
{
	struct tpm *tpm;

	tpm_start("one");
	EXPECT_NUMBER(tpm_ask_as_administrator(
			      "one", TPM_CHANGE_PASSWORD, "", "secret"),
		0);
	tpm = open_tpm("one");
	tpm_end_lockout(tpm);
	tpm_close(tpm);
	EXPECT_NUMBER(
		tpm_ask_as_administrator("one", TPM_END_LOCK, "secret", NULL),
		0);
}

TEST(another_tpm_has_nothing_there)
{
	uint32_t index;

	make_secrets();
	tpm_start("one");
	tpm_start("two");
	index = kept_by("one");
	EXPECT_RV(give_rv("two", &authorisation, index),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(a_cleared_tpm_has_nothing_there)
{
	uint32_t index;

	make_secrets();
	tpm_start("one");
	index = kept_by("one");
	tpm_clear("one");
	EXPECT_RV(give_rv("one", &authorisation, index),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(what_was_forgotten_is_gone)
{
	struct tpm *tpm;
	uint32_t index;

	make_secrets();
	tpm_start("one");
	index = kept_by("one");
	tpm = open_tpm("one");
	EXPECT_RV(tpm_forget(tpm, index), CKR_OK);
	EXPECT_RV(tpm_forget(tpm, index), CKR_OK);
	tpm_close(tpm);
	EXPECT_RV(give_rv("one", &authorisation, index),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(counter_goes_up_and_is_there_after_a_start)
{
	uint64_t made, read, advanced;
	uint32_t index;
	struct tpm *tpm;

	make_secrets();
	tpm_start("one");
	tpm = open_tpm("one");
	EXPECT_RV(tpm_counter_make(tpm, &authorisation, &index, &made), CKR_OK);
	EXPECT_RV(tpm_counter_advance(tpm, index, &authorisation, &advanced),
		CKR_OK);
	EXPECT_NUMBER(advanced, made + 1);
	tpm_close(tpm);
	tpm_stop("one");
	tpm_start("one");
	tpm = open_tpm("one");
	EXPECT_RV(tpm_counter_read(tpm, index, &authorisation, &read), CKR_OK);
	EXPECT_NUMBER(read, made + 1);
	EXPECT_RV(tpm_counter_read(tpm, index, &other, &read),
		CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT_RV(tpm_forget(tpm, index), CKR_OK);
	EXPECT_RV(tpm_forget(tpm, index), CKR_OK);
	EXPECT_RV(tpm_counter_read(tpm, index, &authorisation, &read),
		CKR_TOKEN_NOT_RECOGNIZED);
	tpm_close(tpm);
}

TEST(a_new_counter_is_not_below_an_old_one)
{
	uint64_t first, second;
	uint32_t index;
	struct tpm *tpm;
	int i;

	make_secrets();
	tpm_start("one");
	tpm = open_tpm("one");
	EXPECT_RV(
		tpm_counter_make(tpm, &authorisation, &index, &first), CKR_OK);
	for (i = 0; i < 5; i++)
		EXPECT_RV(
			tpm_counter_advance(tpm, index, &authorisation, &first),
			CKR_OK);
	EXPECT_RV(tpm_forget(tpm, index), CKR_OK);
	EXPECT_RV(
		tpm_counter_make(tpm, &authorisation, &index, &second), CKR_OK);
	EXPECT(second > first);
	tpm_close(tpm);
}

TEST(connections_leave_nothing_in_the_tpm)
{
	uint32_t index;
	int i;

	make_secrets();
	tpm_start("one");
	index = kept_by("one");
	for (i = 0; i < 20; i++)
		EXPECT_RV(give_rv("one", &authorisation, index), CKR_OK);
}

TEST(a_tpm_that_hangs_up_is_an_error)
{
	struct tpm *tpm = NULL;
	uint32_t index;

	make_secrets();
	tpm_start("one");
	tpm = open_tpm("one");
	tpm_stop("one");
	EXPECT_RV(tpm_keep(tpm, &authorisation, &secret, &index),
		CKR_DEVICE_ERROR);
	tpm_close(tpm);
}

enum { NV_READ = 0x14e };

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Sixty bytes and more, five a second. */
static void
expect_deadline(enum tpm_ailment ailment)
{
	struct secret given = { 0 };
	struct tpm *tpm = NULL;
	uint32_t index;
	double start;

	tpm_start("one");
	make_secrets();
	index = kept_by("one");
	EXPECT_RV(
		tpm_open(tpm_connect_ailing("one", NV_READ, ailment, -1), &tpm),
		CKR_OK);
	start = seconds();
	tpm_limit(tpm, 1000);
	EXPECT_RV(
		tpm_give(tpm, index, &authorisation, &given), CKR_DEVICE_ERROR);
	tpm_close(tpm);
	EXPECT(seconds() - start < 10);
}

TEST(answer_byte_by_byte_does_not_stretch_the_deadline)
{
	expect_deadline(TPM_DRIPS);
}

TEST(tpm_that_never_answers_is_asked_once)
{
	expect_deadline(TPM_HANGS);
}
