/* SPDX-License-Identifier: BSD-2-Clause */
/* Each write of a long life of a store fails once: WRITES says how many of
 * them, STRIDE which. */

#include "config.h"

#include "pkcs11/log.h"
#include "tests/crash/ledger.h"
#include "tests/crash/shim.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct shim shim;
static struct ledger ledger;

static unsigned
wish(const char *variable, unsigned usual)
{
	const char *text = getenv(variable);

	return text ? (unsigned)atoi(text) : usual;
}

static void
quiet(const char *line)
{
}

/* The same life each time: half of it adding, the rest of all kinds. */
static CK_RV
live_on(struct store *store, unsigned step)
{
	object_id any = ledger_any(&ledger, step * 7);

	if (step % 10 == 9)
		return ledger_change_pin(&ledger, store);
	if (step % 5 == 3 && any)
		return ledger_replace(&ledger, store, any);
	if (step % 5 == 4 && any)
		return ledger_remove(&ledger, store, any);
	return ledger_add(&ledger, store);
}

/* It ends by the error that the failed write is to an application, or some
 * steps after a write that was no loss. */
static CK_RV
live_until(struct store *store, unsigned write)
{
	unsigned step = 0, rest = 3;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && rest) {
		rv = live_on(store, step++);
		if (shim.failed)
			rest--;
		EXPECT(step < 8000);
	}
	return rv;
}

static void
remove_file(void)
{
	char path[200];

	unlink(store_path());
	snprintf(path, sizeof(path), "%s-wal", store_path());
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", store_path());
	unlink(path);
}

/* What is lost by the n-th write's failing: nothing. */
static CK_RV
fail_write(unsigned write, enum shim_fault fault, bool goes_on)
{
	struct store *store;
	CK_RV rv;

	remove_file();
	ledger_begin(&ledger);
	log_to(quiet);
	store = ledger_open(&ledger);
	log_to(quiet);
	shim = (struct shim){ .is_fast = true,
		.fail_at = write,
		.fault = fault,
		.goes_on = goes_on };
	rv = live_until(store, write);
	EXPECT(shim.failed > 0);
	shim.fail_at = 0;
	/* Who has it open goes on, and so does who opens it. */
	if (ledger.doubt == DOUBT_PIN) {
		store_close(store);
		store = ledger_open(&ledger);
		log_to(quiet);
	}
	ledger_check(&ledger, store);
	EXPECT_RV(ledger_add(&ledger, store), CKR_OK);
	EXPECT_RV(ledger_change_pin(&ledger, store), CKR_OK);
	store_close(store);
	ledger_check_file(&ledger);
	return rv;
}

TEST(write_that_fails_is_an_error_and_loses_nothing)
{
	unsigned writes = wish("WRITES", 2000), stride = wish("STRIDE", 41);
	unsigned write, count = 0, errors = 0;

	alarm(3600);
	shim.is_fast = true;
	shim_install(&shim);
	for (write = 1; write <= writes; write += stride) {
		errors += fail_write(write, write % SHIM_FAULTS,
				  write / SHIM_FAULTS % 2) != CKR_OK;
		count++;
	}
	printf("# %u writes failed, %u of them errors of the operation\n",
		count, errors);
	EXPECT(errors > count / 2);
}

TEST(write_that_fails_while_a_token_is_made_leaves_none)
{
	static const CK_UTF8CHAR label[33] = "Never made                      ";
	static const struct store_cost cheap = { .memory = 16 };
	struct store *store;
	unsigned write;
	CK_RV rv = CKR_GENERAL_ERROR;

	log_to(quiet);
	shim_install(&shim);
	for (write = 1; rv != CKR_OK; write++) {
		shim = (struct shim){ .is_fast = true,
			.fail_at = write,
			.fault = write % SHIM_FAULTS };
		rv = store_initialize(store_path(), label, SO_PIN,
			strlen(SO_PIN), &cheap, NULL);
		if (rv != CKR_OK)
			EXPECT(access(store_path(), F_OK) != 0);
		EXPECT(write < 1000);
	}
	printf("# %u writes\n", write - 1);
	EXPECT(write > 10);
	EXPECT_RV(store_open(store_path(), NULL, &store), CKR_OK);
	store_close(store);
}
