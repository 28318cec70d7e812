/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store says of a file that somebody else has written to. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/store-kit.h"
#include "token/store-row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than are checked when a file is opened. */
enum { MANY = 1100 };

/* A closed token with alice (1), bob (2), and the private key (3). */
static void
make_three(void)
{
	struct store *store = fresh_store();

	EXPECT_NUMBER(add_public(store, "alice"), 1);
	EXPECT_NUMBER(add_public(store, "bob"), 2);
	EXPECT_NUMBER(add_private(store, "key", "secret"), 3);
	store_close(store);
}

/* The same, and as many rows more as make a large token. */
static void
make_many(void)
{
	struct store *store;
	char label[16];
	int i;

	make_three();
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	for (i = 0; i < MANY; i++) {
		snprintf(label, sizeof(label), "more %d", i);
		add_public(store, label);
	}
	store_close(store);
}

static CK_RV
read_rv(struct store *store, object_id id)
{
	struct store_row row;
	CK_RV rv = store_read(store, id, &row);

	if (rv == CKR_OK)
		store_row_clear(&row);
	return rv;
}

/* The row is reported, by whatever way one comes to it; the others serve. */
static void
expect_damaged(struct store *store, object_id id, const char *label)
{
	EXPECT(store_damage(store) >= 1);
	EXPECT(count_log("object") >= 1);
	EXPECT_RV(find_rv(store, label), CKR_DEVICE_ERROR);
	EXPECT_RV(find_rv(store, label), CKR_OK);
	EXPECT_RV(read_rv(store, id), CKR_DEVICE_ERROR);
}

static void
expect_sound(struct store *store, object_id id, const char *label)
{
	EXPECT_NUMBER(find_label(store, label), id);
	EXPECT_RV(read_rv(store, id), CKR_OK);
}

/* Every column that a row has, and something else to stand in it. */
static const char *const edits[] = {
	"version = version + 1",
	"is_private = 1 - is_private",
	"tags = zeroblob(length(tags))",
	"tags = substr(tags, 17)",
	"open = CAST(x'ff' || substr(open, 2) AS BLOB)",
	"open = x''",
	"open = CAST(open || x'00' AS BLOB)",
	"sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)",
	"sealed = x''",
	"sealed = substr(sealed, 1, length(sealed) - 1)",
	"id = 77",
};

TEST(store_reports_a_row_with_any_column_edited_before_login)
{
	struct store *store;
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		printf("# %s\n", edits[i]);
		make_three();
		run_sql(store_path(), "UPDATE object SET %s WHERE id = 1",
			edits[i]);
		store = open_store();
		expect_damaged(store, 1, "alice");
		expect_sound(store, 2, "bob");
		store_close(store);
		unlink(store_path());
	}
}

TEST(store_reports_a_private_row_with_any_column_edited_after_login)
{
	struct store *store;
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		printf("# %s\n", edits[i]);
		make_three();
		run_sql(store_path(), "UPDATE object SET %s WHERE id = 3",
			edits[i]);
		store = open_store();
		EXPECT_RV(login(store), CKR_OK);
		expect_damaged(store, 3, "key");
		expect_sound(store, 1, "alice");
		expect_sound(store, 2, "bob");
		store_close(store);
		unlink(store_path());
	}
}

TEST(store_reports_an_edited_row_among_many_when_it_is_read)
{
	struct store *store;

	make_many();
	run_sql(store_path(),
		"UPDATE object SET open = x'6d616c6c6f7279' WHERE id = 1");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	EXPECT_NUMBER(store_damage(store), 1);
	expect_sound(store, 2, "bob");
	store_close(store);
}

TEST(store_reports_an_edited_row_among_many_at_login)
{
	struct store *store;

	make_many();
	run_sql(store_path(),
		"UPDATE object SET open = x'6d616c6c6f7279' WHERE id = 1");
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 1);
	expect_damaged(store, 1, "alice");
	expect_sound(store, 2, "bob");
	store_close(store);
}

TEST(store_reports_rows_swapped)
{
	struct store *store;

	make_three();
	run_sql(store_path(),
		"UPDATE object SET id = 99 WHERE id = 1;"
		"UPDATE object SET id = 1 WHERE id = 2;"
		"UPDATE object SET id = 2 WHERE id = 99;");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 2);
	expect_damaged(store, 1, "alice");
	expect_damaged(store, 2, "bob");
	EXPECT_RV(login(store), CKR_OK);
	expect_sound(store, 3, "key");
	store_close(store);
}

TEST(store_reports_a_row_copied_under_a_new_id)
{
	struct store *store;

	make_three();
	run_sql(store_path(),
		"INSERT INTO object SELECT 4, version, is_private, tags, open,"
		" sealed FROM object WHERE id = 1;"
		"INSERT INTO search SELECT tag, 4 FROM search WHERE id = 1");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 1);
	EXPECT_RV(find_rv(store, "alice"), CKR_DEVICE_ERROR);
	EXPECT_RV(read_rv(store, 4), CKR_DEVICE_ERROR);
	expect_sound(store, 1, "alice");
	expect_sound(store, 2, "bob");
	store_close(store);
}

TEST(store_reports_a_row_transplanted_from_another_token)
{
	struct store *store = fresh_store_at(other_path());

	add_public(store, "mallory");
	store_close(store);
	make_three();
	run_sql(store_path(),
		"ATTACH '%s' AS other; DELETE FROM object WHERE id = 1;"
		"INSERT INTO object SELECT * FROM other.object WHERE id = 1;"
		"INSERT INTO search SELECT * FROM other.search WHERE tag NOT IN"
		" (SELECT tag FROM search)",
		other_path());
	store = open_store();
	expect_damaged(store, 1, "mallory");
	expect_sound(store, 2, "bob");
	store_close(store);
}

TEST(store_reports_a_deleted_row_with_what_finds_it)
{
	struct store *store;

	make_three();
	run_sql(store_path(), "DELETE FROM object WHERE id = 1");
	store = open_store();
	/* Where it was is still known: only searches for it are in doubt. */
	expect_sound(store, 2, "bob");
	expect_damaged(store, 1, "alice");
	store_close(store);
}

TEST(store_reports_a_deleted_row_of_which_nothing_is_left)
{
	struct store *store;

	make_three();
	run_sql(store_path(),
		"DELETE FROM object WHERE id = 1;"
		"DELETE FROM search WHERE id = 1");
	store = open_store();
	EXPECT_RV(find_rv(store, "bob"), CKR_DEVICE_ERROR);
	expect_sound(store, 2, "bob");
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	EXPECT_NUMBER(count_log("object 1 was altered: it is missing"), 1);
	store_close(store);
}

TEST(store_reports_a_deleted_row_among_many_before_login)
{
	struct store *store;

	make_many();
	run_sql(store_path(),
		"DELETE FROM object WHERE id = 1;"
		"DELETE FROM search WHERE id = 1");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 1);
	EXPECT_RV(find_rv(store, "alice"), CKR_DEVICE_ERROR);
	expect_sound(store, 2, "bob");
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	store_close(store);
}

TEST(store_reports_an_old_row_restored_beside_new_ones)
{
	static const struct store_value columns[COLUMN_COUNT] = { { 0 } };
	struct store *store;
	struct store_row row;

	make_three();
	run_sql(store_path(),
		"ATTACH '%s' AS old; CREATE TABLE old.object AS"
		" SELECT * FROM object WHERE id = 1",
		other_path());
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(store_read(store, 1, &row), CKR_OK);
	EXPECT_RV(store_replace(store, &row, columns), CKR_OK);
	store_row_clear(&row);
	store_close(store);
	run_sql(store_path(),
		"ATTACH '%s' AS old; REPLACE INTO object"
		" SELECT * FROM old.object",
		other_path());
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 1);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	EXPECT_RV(find_rv(store, "bob"), CKR_OK);
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	expect_sound(store, 2, "bob");
	store_close(store);
}

TEST(store_notices_a_row_deleted_while_it_is_open)
{
	struct store *store;

	make_three();
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	run_sql(store_path(), "DELETE FROM object WHERE id = 1");
	expect_sound(store, 2, "bob");
	EXPECT_NUMBER(store_damage(store), 1);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	store_close(store);
}

TEST(store_lets_an_altered_row_be_removed)
{
	struct store *store;

	make_three();
	run_sql(store_path(),
		"UPDATE object SET open = x'00' WHERE id = 1;"
		"DELETE FROM object WHERE id = 2;"
		"INSERT INTO object SELECT 9, version, is_private, tags, open,"
		" sealed FROM object WHERE id = 3");
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 3);
	EXPECT_RV(store_remove(store, 9), CKR_OK);
	EXPECT_RV(store_remove(store, 1), CKR_OK);
	EXPECT_RV(store_remove(store, 2), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	store_close(store);
	EXPECT_NUMBER(ask_sql(store_path(), "SELECT count FROM token"), 1);
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_NUMBER(count_all(store), 0);
	EXPECT_RV(login(store), CKR_OK);
	expect_sound(store, 3, "key");
	store_close(store);
}

/* Every column of the token's own row that is signed. */
static const char *const token_edits[] = {
	"label = CAST(x'20' || substr(label, 2) AS BLOB)",
	"made = made + 1",
	"verifier = CAST(x'00' || substr(verifier, 2) AS BLOB)",
	"so_wrapping = NULL",
	"so_wrapping = user_wrapping",
	"change = change + 1",
	"count = count - 1",
	"highest = highest + 1",
	"top = zeroblob(32)",
	"signature = CAST(x'00' || substr(signature, 2) AS BLOB)",
};

TEST(store_reports_the_tokens_own_row_with_any_column_edited)
{
	struct store *store;
	size_t i;

	for (i = 0; i < sizeof(token_edits) / sizeof(*token_edits); i++) {
		printf("# %s\n", token_edits[i]);
		make_three();
		run_sql(store_path(), "UPDATE token SET %s", token_edits[i]);
		store = open_store();
		EXPECT(store_damage(store) >= 1);
		EXPECT_RV(find_rv(store, "alice"), CKR_DEVICE_ERROR);
		EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
		/* With the keys, each row can be checked alone. */
		EXPECT_RV(login(store), CKR_OK);
		EXPECT(store_damage(store) >= 1);
		EXPECT_RV(read_rv(store, 1), CKR_OK);
		EXPECT_RV(read_rv(store, 3), CKR_OK);
		run_sql(store_path(),
			"UPDATE object SET open = x'00' WHERE id = 1");
		EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
		EXPECT_RV(store_remove(store, 2), CKR_DEVICE_ERROR);
		store_close(store);
		unlink(store_path());
	}
}

TEST(store_reports_an_old_pin_put_back)
{
	static const struct store_cost cheap = { .memory = 16 };
	struct store *store;

	make_three();
	run_sql(store_path(),
		"ATTACH '%s' AS old; CREATE TABLE old.token AS"
		" SELECT * FROM token",
		other_path());
	store = open_store();
	EXPECT_RV(store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
			  "another PIN", 11, &cheap),
		CKR_OK);
	store_close(store);
	run_sql(store_path(),
		"ATTACH '%s' AS old; UPDATE token SET user_wrapping ="
		" (SELECT user_wrapping FROM old.token)",
		other_path());
	store = open_store();
	EXPECT(store_damage(store) >= 1);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	store_close(store);
}

/* Whoever writes the file can sign it all with a key of his own; the login
 * knows better. */
TEST(store_reports_another_signing_key_at_login)
{
	unsigned char digest[DIGEST_SIZE];
	struct file_token token;
	struct store_keys keys;
	struct store_file *file;
	struct secret seed = { 0 };
	struct store *store;

	make_three();
	EXPECT(secret_copy(&seed, "0123456789abcdef0123456789abcdef", 32));
	EXPECT(store_keys_open(&keys, &seed));
	EXPECT_RV(store_file_open(store_path(), &file), CKR_OK);
	EXPECT_RV(store_file_read_token(file, &token), CKR_OK);
	signer_verifier(keys.signer, token.verifier);
	EXPECT(token_digest(&token, digest));
	EXPECT(signer_sign(
		keys.signer, digest, sizeof(digest), token.signature));
	EXPECT_RV(store_file_write_token(file, &token), CKR_OK);
	store_file_close(file);
	store_keys_clear(&keys);
	secret_clear(&seed);

	store = open_store();
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_RV(login(store), CKR_OK);
	EXPECT(store_damage(store) >= 1);
	EXPECT_NUMBER(count_log("signing key"), 1);
	EXPECT_RV(store_remove(store, 1), CKR_DEVICE_ERROR);
	store_close(store);
}

TEST(store_mends_what_searches_go_by)
{
	static const char *const entries[] = {
		"DELETE FROM search WHERE id = 1",
		"UPDATE search SET id = 1 WHERE id = 2",
		"INSERT INTO search SELECT tag, 2 FROM search WHERE id = 1",
	};
	struct store *store;
	size_t i;

	for (i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		make_three();
		/* Two rows have the same class: that entry is there. */
		run_sql(store_path(),
			"CREATE TEMP TABLE same AS SELECT tag FROM search"
			" GROUP BY tag HAVING count(*) > 1;"
			"DELETE FROM search WHERE tag IN"
			" (SELECT tag FROM same); %s",
			entries[i]);
		store = open_store();
		EXPECT_NUMBER(store_damage(store), 0);
		expect_sound(store, 1, "alice");
		expect_sound(store, 2, "bob");
		EXPECT_RV(login(store), CKR_OK);
		expect_sound(store, 3, "key");
		EXPECT_NUMBER(
			count_log("what searches go by was altered"), i + 1);
		store_close(store);
		unlink(store_path());
	}
}

TEST(store_mends_its_digests_from_sound_rows)
{
	struct store *store;

	make_three();
	run_sql(store_path(), "UPDATE node SET digests = zeroblob(1024)");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 0);
	expect_sound(store, 1, "alice");
	EXPECT_NUMBER(count_log("mended from its rows"), 1);
	store_close(store);
}

TEST(store_believes_no_row_when_its_digests_were_altered_too)
{
	struct store *store;

	make_three();
	run_sql(store_path(),
		"UPDATE node SET digests = zeroblob(1024);"
		"UPDATE object SET open = x'6d616c6c6f7279' WHERE id = 1");
	store = open_store();
	EXPECT_NUMBER(store_damage(store), 3);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	/* The login's keys tell the sound ones. */
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(read_rv(store, 1), CKR_DEVICE_ERROR);
	EXPECT_RV(read_rv(store, 2), CKR_OK);
	EXPECT_RV(read_rv(store, 3), CKR_OK);
	store_close(store);
}

TEST(store_refuses_a_truncated_file)
{
	struct store *store;

	make_many();
	EXPECT(truncate(store_path(), 64 * 4096) == 0);
	EXPECT_RV(store_open(store_path(), NULL, &store), CKR_DEVICE_ERROR);
	EXPECT(count_log("malformed") >= 1);
}

TEST(store_refuses_what_is_not_a_token)
{
	struct store *store;
	FILE *file;

	store_close(fresh_store_at(other_path()));
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
	file = fopen(store_path(), "w");
	EXPECT(file && fchmod(fileno(file), 0600) == 0);
	fclose(file);
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
	file = fopen(store_path(), "w");
	fprintf(file, "%5000s", "no database");
	fclose(file);
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
}

TEST(store_follows_no_link_and_takes_no_file_of_another_user)
{
	struct store *store = NULL;

	make_three();
	EXPECT(rename(store_path(), other_path()) == 0);
	EXPECT(symlink(other_path(), store_path()) == 0);
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT(unlink(store_path()) == 0);
	EXPECT(mkfifo(store_path(), 0600) == 0);
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT(unlink(store_path()) == 0);
	EXPECT(rename(other_path(), store_path()) == 0);
	if (geteuid() == 0) {
		EXPECT(chown(store_path(), 65534, 65534) == 0);
		EXPECT_RV(store_open(store_path(), NULL, &store),
			CKR_TOKEN_NOT_RECOGNIZED);
		EXPECT(chown(store_path(), 0, 0) == 0);
	}
	store_close(open_store());
}

TEST(store_refuses_a_newer_version_and_names_it)
{
	struct store *store;

	make_three();
	run_sql(store_path(), "PRAGMA user_version = 99");
	EXPECT_RV(store_open(store_path(), NULL, &store),
		CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT_NUMBER(count_log("is of version 99: this program knows 2"), 1);
}

TEST(store_refuses_tables_that_are_not_its_own)
{
	static const char *const additions[] = {
		"CREATE TABLE more (a)",
		"CREATE INDEX more ON object (open)",
		"CREATE VIEW more AS SELECT 1",
		("CREATE TRIGGER more AFTER INSERT ON object"
		 " BEGIN DELETE FROM object; END"),
	};
	struct store *store;
	size_t i;

	for (i = 0; i < sizeof(additions) / sizeof(*additions); i++) {
		make_three();
		run_sql(store_path(), "%s", additions[i]);
		EXPECT_RV(store_open(store_path(), NULL, &store),
			CKR_DEVICE_ERROR);
		unlink(store_path());
	}
}
