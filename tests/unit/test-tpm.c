/* SPDX-License-Identifier: BSD-2-Clause */
/* What a TPM keeps for a token, and counts: with swtpm. */

#include "config.h"

#include "token/tpm.h"

#include "tests/test.h"
#include "tests/unit/tpm-kit.h"

#include <string.h>

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

static struct bytes
sealed_by(const char *name)
{
	struct bytes sealed = { 0 };
	struct tpm *tpm = open_tpm(name);

	EXPECT_RV(tpm_seal(tpm, &authorisation, &secret, &sealed), CKR_OK);
	tpm_close(tpm);
	return sealed;
}

static CK_RV
unseal_rv(const char *name, const struct secret *with, struct bytes *sealed)
{
	struct tpm *tpm = open_tpm(name);
	struct secret opened = { 0 };
	CK_RV rv = tpm_unseal(tpm, with, sealed, &opened);

	if (rv == CKR_OK)
		EXPECT_BYTES(
			opened.at, opened.length, secret.at, secret.length);
	else
		EXPECT(!opened.at);
	secret_clear(&opened);
	tpm_close(tpm);
	return rv;
}

TEST(tpm_opens_what_it_sealed_after_it_was_started_again)
{
	struct bytes sealed;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed), CKR_OK);
	tpm_stop("one");
	tpm_start("one");
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed), CKR_OK);
}

TEST(what_a_tpm_sealed_is_not_in_what_it_gives)
{
	struct bytes sealed;
	size_t i;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	EXPECT(sealed.length > 64 && sealed.length <= TPM_SEALED_MOST);
	for (i = 0; i + 8 <= sealed.length; i++)
		EXPECT(memcmp(sealed.at + i, secret.at, 8) != 0);
}

TEST(tpm_counts_wrong_authorisations_and_locks)
{
	struct bytes sealed;
	CK_RV rv = CKR_PIN_INCORRECT;
	int tries;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	for (tries = 0; rv == CKR_PIN_INCORRECT && tries < 100; tries++)
		rv = unseal_rv("one", &other, &sealed);
	EXPECT_RV(rv, CKR_PIN_LOCKED);
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed), CKR_PIN_LOCKED);
}

TEST(another_tpm_does_not_open_it)
{
	struct bytes sealed;

	make_secrets();
	tpm_start("one");
	tpm_start("two");
	sealed = sealed_by("one");
	EXPECT_RV(unseal_rv("two", &authorisation, &sealed),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(a_cleared_tpm_does_not_open_it)
{
	struct bytes sealed;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	tpm_clear("one");
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(what_was_altered_is_not_opened)
{
	struct bytes sealed;
	size_t i;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	for (i = 0; i < sealed.length; i += 17) {
		sealed.at[i] ^= 1;
		EXPECT(unseal_rv("one", &authorisation, &sealed) != CKR_OK);
		sealed.at[i] ^= 1;
	}
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed), CKR_OK);
	sealed.length--;
	EXPECT_RV(unseal_rv("one", &authorisation, &sealed),
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
	EXPECT_RV(tpm_counter_remove(tpm, index), CKR_OK);
	EXPECT_RV(tpm_counter_remove(tpm, index), CKR_OK);
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
	EXPECT_RV(tpm_counter_remove(tpm, index), CKR_OK);
	EXPECT_RV(
		tpm_counter_make(tpm, &authorisation, &index, &second), CKR_OK);
	EXPECT(second > first);
	tpm_close(tpm);
}

TEST(connections_leave_nothing_in_the_tpm)
{
	struct bytes sealed;
	int i;

	make_secrets();
	tpm_start("one");
	sealed = sealed_by("one");
	for (i = 0; i < 20; i++)
		EXPECT_RV(unseal_rv("one", &authorisation, &sealed), CKR_OK);
}

TEST(a_tpm_that_hangs_up_is_an_error)
{
	struct tpm *tpm = NULL;
	struct bytes sealed = { 0 };

	make_secrets();
	tpm_start("one");
	tpm = open_tpm("one");
	tpm_stop("one");
	EXPECT_RV(tpm_seal(tpm, &authorisation, &secret, &sealed),
		CKR_DEVICE_ERROR);
	tpm_close(tpm);
}
