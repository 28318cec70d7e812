/* SPDX-License-Identifier: BSD-2-Clause */
/* A store that version 1 wrote, read by a later program: one with the layout
 * of layout-next.c. The fixture is store-kit's token with three rows. */

#include "config.h"

#include "tests/crash/shim.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
take_fixture(void)
{
	char command[600];

	snprintf(command, sizeof(command),
		"rm -f '%s'*; cp '" SRCDIR "/tests/crash/version-1.token' "
		"'%s'; chmod 600 '%s'",
		store_path(), store_path(), store_path());
	EXPECT_NUMBER(system(command), 0);
}

static void
expect_text(
	struct store *store, object_id id, const char *open, const char *sealed)
{
	struct store_row row;

	EXPECT_RV(store_read(store, id, &row), CKR_OK);
	EXPECT_BYTES(row.open.at, row.open.length, open, strlen(open));
	EXPECT_BYTES(row.sealed.at, row.sealed.length, sealed, strlen(sealed));
	store_row_clear(&row);
}

static void
expect_all(struct store *store)
{
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_NUMBER(find_label(store, "alice"), 1);
	expect_text(store, 1, "alice", "");
	expect_text(store, 2, "bob", "");
	expect_text(store, 3, "key", "secret");
}

static long long
version(void)
{
	return ask_sql(
		store_path(), "SELECT user_version FROM pragma_user_version");
}

TEST(store_of_an_older_version_is_brought_up_with_all_that_is_in_it)
{
	struct store *store;

	take_fixture();
	EXPECT_NUMBER(version(), 1);
	store = open_store();
	EXPECT_NUMBER(version(), 3);
	EXPECT_NUMBER(
		ask_sql(store_path(), "SELECT count(*) FROM keepsake"), 3);
	expect_all(store);
	add_private(store, "another key", "another secret");
	store_close(store);
	store = open_store();
	EXPECT_NUMBER(count_log("is of version 3 now"), 1);
	expect_all(store);
	store_close(store);
}

TEST(store_is_brought_up_once_when_several_processes_open_it)
{
	struct store *store;
	int i, status;

	take_fixture();
	for (i = 0; i < 8; i++)
		if (fork() == 0) {
			store = open_store();
			expect_all(store);
			_exit(0);
		}
	for (i = 0; i < 8; i++) {
		EXPECT(wait(&status) > 0);
		EXPECT_NUMBER(status, 0);
	}
	EXPECT_NUMBER(
		ask_sql(store_path(), "SELECT count(*) FROM keepsake"), 3);
}

TEST(store_that_cannot_be_brought_up_stays_as_it_was)
{
	struct shim shim = { .is_fast = true };
	struct store *store = NULL;
	unsigned writes, n;

	shim_install(&shim);
	take_fixture();
	store_close(open_store());
	writes = shim.writes;
	for (n = 1; n <= writes; n++) {
		take_fixture();
		shim = (struct shim){ .is_fast = true,
			.fail_at = n,
			.fault = n % SHIM_FAULTS,
			.goes_on = true };
		if (store_open(store_path(), NULL, &store) == CKR_OK)
			store_close(store);
		else
			EXPECT_NUMBER(version(), 1);
		shim.fail_at = 0;
		store = open_store();
		expect_all(store);
		store_close(store);
		EXPECT_NUMBER(version(), 3);
	}
	printf("# %u writes, each failed once\n", writes);
	EXPECT(writes > 10);
}

TEST(store_that_is_not_quite_an_older_one_is_refused)
{
	struct store *store;

	take_fixture();
	run_sql(store_path(), "CREATE TABLE guest (id INTEGER PRIMARY KEY)");
	EXPECT_RV(store_open(store_path(), NULL, &store), CKR_DEVICE_ERROR);
	EXPECT_NUMBER(version(), 1);
}
