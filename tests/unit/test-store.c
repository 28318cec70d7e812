/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store promises to its user. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <stdlib.h>
#include <string.h>

TEST(store_keeps_public_and_private_rows)
{
	struct store *store = fresh_store();
	object_id alice = add_public(store, "alice"), key;
	struct store_row row;

	key = add_private(store, "key", "secret");
	store_close(store);

	store = open_store();
	EXPECT_RV(store_read(store, alice, &row), CKR_OK);
	EXPECT_BYTES(row.open.at, row.open.length, "alice", 5);
	store_row_clear(&row);
	EXPECT_RV(store_read(store, key, &row), CKR_OBJECT_HANDLE_INVALID);

	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(store_read(store, key, &row), CKR_OK);
	EXPECT_BYTES(row.open.at, row.open.length, "key", 3);
	EXPECT_BYTES(row.sealed.at, row.sealed.length, "secret", 6);
	store_row_clear(&row);
	store_logout(store);
	EXPECT_RV(store_read(store, key, &row), CKR_OBJECT_HANDLE_INVALID);
	EXPECT_NUMBER(store_damage(store), 0);
	store_close(store);
}

TEST(store_finds_rows_by_every_column_and_by_several)
{
	struct store *store = fresh_store();
	object_id alice = add_public(store, "alice");
	object_id bob = add_public(store, "bob");

	EXPECT_NUMBER(find_label(store, "alice"), alice);
	EXPECT_NUMBER(find_label(store, "bob"), bob);
	EXPECT_NUMBER(find_label(store, "carol"), 0);
	EXPECT_NUMBER(count_all(store), 2);
	EXPECT_RV(store_remove(store, alice), CKR_OK);
	EXPECT_NUMBER(find_label(store, "alice"), 0);
	EXPECT_NUMBER(count_all(store), 1);
	store_close(store);
}

TEST(store_refuses_a_wrong_pin_and_takes_the_right_one)
{
	struct store *store = fresh_store();

	store_logout(store);
	EXPECT_RV(store_login(store, CKU_USER, "wrong", 5), CKR_PIN_INCORRECT);
	EXPECT_RV(store_login(store, CKU_USER, SO_PIN, strlen(SO_PIN)),
		CKR_PIN_INCORRECT);
	EXPECT_NUMBER(store_user(store), CK_UNAVAILABLE_INFORMATION);
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_user(store), CKU_USER);
	store_close(store);
}
