/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store promises when several processes have it, and when one dies. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/store-kit.h"
#include "token/store-row.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct store_cost cheap = { .memory = 16 };
static const CK_UTF8CHAR label[33] = "Made anew                       ";

static CK_RV
read_rv(struct store *store, object_id id)
{
	struct store_row row;
	CK_RV rv = store_read(store, id, &row);

	if (rv == CKR_OK)
		store_row_clear(&row);
	return rv;
}

/* Runs in a process of its own; its expectations are ours. */
static void
elsewhere(void (*does)(object_id id), object_id id)
{
	int status;

	if (fork() == 0) {
		does(id);
		fflush(stdout);
		_exit(0);
	}
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(status, 0);
}

static void
remove_elsewhere(object_id id)
{
	struct store *store = open_store();

	EXPECT_RV(login(store), CKR_OK);
	EXPECT_RV(store_remove(store, id), CKR_OK);
	store_close(store);
}

TEST(store_notices_what_another_process_removed)
{
	struct store *store = fresh_store();
	object_id id = add_private(store, "key", "secret");
	uint64_t before = store_changes(store);

	elsewhere(remove_elsewhere, id);
	EXPECT(store_changes(store) != before);
	EXPECT_RV(read_rv(store, id), CKR_OBJECT_HANDLE_INVALID);
	EXPECT_NUMBER(store_damage(store), 0);
	before = store_changes(store);
	usleep(1000);
	EXPECT_NUMBER(store_changes(store), before);
	store_close(store);
}

/* However soon it comes after a look. */
TEST(store_notices_each_change_of_another_at_its_next_look)
{
	struct store *store = fresh_store(), *other = open_store();
	uint64_t before;
	int i;

	EXPECT_RV(login(other), CKR_OK);
	for (i = 0; i < 100; i++) {
		before = store_changes(store);
		add_public(other, "a certificate");
		EXPECT(store_changes(store) != before);
		before = store_changes(other);
		EXPECT_NUMBER(store_changes(other), before);
	}
	store_close(other);
	store_close(store);
}

/* Everything in the file as it was once, while somebody has it open. */
TEST(store_that_is_open_notices_that_all_of_it_is_older)
{
	struct store *store = fresh_store();
	object_id id = add_private(store, "key", "secret");

	run_sql(store_path(),
		"ATTACH '%s' AS old;"
		"CREATE TABLE old.token AS SELECT * FROM token;"
		"CREATE TABLE old.object AS SELECT * FROM object;"
		"CREATE TABLE old.node AS SELECT * FROM node",
		other_path());
	EXPECT_RV(store_remove(store, id), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	run_sql(store_path(),
		"ATTACH '%s' AS old;"
		"REPLACE INTO token SELECT * FROM old.token;"
		"REPLACE INTO object SELECT * FROM old.object;"
		"REPLACE INTO node SELECT * FROM old.node",
		other_path());
	EXPECT_RV(find_rv(store, "key"), CKR_DEVICE_ERROR);
	EXPECT_NUMBER(count_log("it is older than it was"), 1);
	store_close(store);
}

/* What others remember of the token. */
static uint64_t remembered;

static uint64_t
recall(void *context, const unsigned char key[TOKEN_KEY_SIZE], uint64_t changes)
{
	if (remembered < changes)
		remembered = changes;
	return remembered;
}

static void
advance(void *context, const unsigned char key[TOKEN_KEY_SIZE],
	uint64_t changes)
{
	recall(context, key, changes);
}

TEST(store_that_others_saw_newer_opens_to_no_pin)
{
	struct store_tries others = { .recall = recall, .advance = advance };
	struct store *store = fresh_store();
	uint64_t reached;

	store_close(store);
	EXPECT_RV(store_open(store_path(), &others, &store), CKR_OK);
	EXPECT_RV(login(store), CKR_OK);
	reached = remembered;
	add_public(store, "alice");
	EXPECT_NUMBER(remembered, reached + 1);
	store_close(store);
	remembered++;
	EXPECT_RV(store_open(store_path(), &others, &store), CKR_OK);
	EXPECT_NUMBER(count_log("it is older than it was"), 1);
	EXPECT_RV(login(store), CKR_DEVICE_ERROR);
	EXPECT_RV(find_rv(store, "alice"), CKR_DEVICE_ERROR);
	store_close(store);
}

TEST(store_whose_file_was_replaced_is_removed)
{
	struct store *store = fresh_store();
	object_id id = add_private(store, "key", "secret");

	EXPECT(rename(store_path(), other_path()) == 0);
	EXPECT_RV(read_rv(store, id), CKR_DEVICE_REMOVED);
	store_close(fresh_store());
	EXPECT_RV(read_rv(store, id), CKR_DEVICE_REMOVED);
	EXPECT_RV(store_remove(store, id), CKR_DEVICE_REMOVED);
	store_close(store);
}

static void
initialize_elsewhere(object_id id)
{
	EXPECT_RV(
		store_initialize(store_path(), label, "wrong", 5, &cheap, NULL),
		CKR_PIN_INCORRECT);
	EXPECT_RV(store_initialize(store_path(), label, SO_PIN, strlen(SO_PIN),
			  &cheap, NULL),
		CKR_OK);
}

TEST(store_that_was_made_anew_elsewhere_is_logged_out)
{
	struct store *store = fresh_store();
	object_id id = add_private(store, "key", "secret"), next, last;
	struct store_token before, after;

	last = add_public(store, "the last row is gone before that");
	EXPECT_RV(store_remove(store, last), CKR_OK);
	store_token(store, &before);
	elsewhere(initialize_elsewhere, 0);
	usleep(1000);
	store_changes(store);
	EXPECT_NUMBER(store_user(store), CK_UNAVAILABLE_INFORMATION);
	EXPECT_RV(read_rv(store, id), CKR_OBJECT_HANDLE_INVALID);
	store_token(store, &after);
	EXPECT_TEXT(after.serial, before.serial);
	EXPECT_BYTES(after.label, 32, label, 32);
	EXPECT_NUMBER(after.made, before.made + 1);
	EXPECT(!after.user_pin_is_set);
	EXPECT_RV(login(store), CKR_USER_PIN_NOT_INITIALIZED);
	/* A row's number is never used twice. */
	EXPECT_RV(store_login(store, CKU_SO, SO_PIN, strlen(SO_PIN)), CKR_OK);
	next = add_public(store, "alice");
	EXPECT(next > last);
	EXPECT_NUMBER(count_all(store), 1);
	EXPECT_NUMBER(store_damage(store), 0);
	store_close(store);
}

TEST(store_gives_no_row_number_twice)
{
	struct store *store = fresh_store();
	object_id id = add_public(store, "alice");

	EXPECT_RV(store_remove(store, id), CKR_OK);
	EXPECT_NUMBER(add_public(store, "bob"), id + 1);
	store_close(store);
	run_sql(store_path(), "UPDATE token SET highest = 0");
	store = open_store();
	EXPECT(store_damage(store) >= 1);
	store_close(store);
}

enum { PROCESSES = 3, ROUNDS = 100 };

static void
add_many(unsigned number)
{
	struct store *store = open_store();
	char text[32];
	int i;

	EXPECT_RV(login(store), CKR_OK);
	for (i = 0; i < ROUNDS; i++) {
		snprintf(text, sizeof(text), "%u of %u", i, number);
		if (i % 2)
			add_public(store, text);
		else
			add_private(store, text, "secret");
		if (i % 10 == 9)
			EXPECT_RV(store_remove(store, find_label(store, text)),
				CKR_OK);
	}
	store_close(store);
}

TEST(store_stays_sound_when_processes_change_it_at_once)
{
	struct store *store = fresh_store();
	int i, status;

	for (i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			add_many((unsigned)i);
			fflush(stdout);
			_exit(0);
		}
	for (i = 0; i < PROCESSES; i++) {
		EXPECT(wait(&status) > 0);
		EXPECT_NUMBER(status, 0);
	}
	EXPECT_NUMBER(count_all(store), PROCESSES * ROUNDS * 9 / 10);
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_NUMBER(ask_sql(store_path(), "SELECT max(id) FROM object") <=
			PROCESSES * ROUNDS,
		1);
	store_close(store);
}

/* Adds until it is killed, and tells each number that was given. */
static void
add_and_tell(int told)
{
	struct store *store = open_store();
	object_id id;

	EXPECT_RV(login(store), CKR_OK);
	for (;;) {
		id = add_private(store, "key", "secret");
		if (write(told, &id, sizeof(id)) != sizeof(id))
			_exit(1);
		if (id % 3 == 0)
			EXPECT_RV(store_set_pin(store, CKU_USER, NULL, 0,
					  USER_PIN, strlen(USER_PIN), &cheap),
				CKR_OK);
	}
}

TEST(store_survives_being_killed_at_any_moment)
{
	struct timespec pause = { 0, 0 };
	struct store *store;
	int round, ends[2], status;
	object_id id, last = 0;
	pid_t child;

	store_close(fresh_store());
	for (round = 0; round < 40; round++) {
		EXPECT(pipe(ends) == 0);
		if ((child = fork()) == 0)
			add_and_tell(ends[1]);
		close(ends[1]);
		/* The first one tells that it is under way. */
		EXPECT(read(ends[0], &last, sizeof(last)) == sizeof(last));
		pause.tv_nsec = (round * 7919 % 50) * 100000;
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		EXPECT(waitpid(child, &status, 0) == child);
		while (read(ends[0], &id, sizeof(id)) == sizeof(id))
			last = id;
		close(ends[0]);
		store = open_store();
		EXPECT_NUMBER(store_damage(store), 0);
		EXPECT_RV(login(store), CKR_OK);
		EXPECT_NUMBER(store_damage(store), 0);
		EXPECT_RV(read_rv(store, last), CKR_OK);
		store_close(store);
	}
	EXPECT_NUMBER(ask_sql(store_path(), "SELECT count(*) FROM object"),
		ask_sql(store_path(), "SELECT max(id) FROM object"));
}

TEST(store_that_dies_while_it_is_made_leaves_no_token)
{
	struct timespec pause = { 0, 0 };
	struct store *store;
	int round, status;
	pid_t child;
	CK_RV rv;

	for (round = 0; round < 30; round++) {
		if ((child = fork()) == 0) {
			store_initialize(store_path(), label, SO_PIN,
				strlen(SO_PIN), &cheap, NULL);
			_exit(0);
		}
		pause.tv_nsec = round * 100000;
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		EXPECT(waitpid(child, &status, 0) == child);
		if (access(store_path(), F_OK) != 0)
			continue;
		rv = store_open(store_path(), NULL, &store);
		EXPECT_RV(rv, CKR_OK);
		EXPECT_RV(store_login(store, CKU_SO, SO_PIN, strlen(SO_PIN)),
			CKR_OK);
		store_close(store);
		unlink(store_path());
	}
}

static unsigned
rights(const char *suffix)
{
	struct stat status;
	char path[160];

	snprintf(path, sizeof(path), "%s%s", store_path(), suffix);
	EXPECT(stat(path, &status) == 0);
	return status.st_mode & 07777;
}

TEST(store_files_are_their_owners_alone)
{
	struct store *store;

	umask(0);
	store = fresh_store();
	add_public(store, "alice");
	EXPECT_NUMBER(rights(""), 0600);
	EXPECT_NUMBER(rights("-wal"), 0600);
	EXPECT_NUMBER(rights("-shm"), 0600);
	store_close(store);
	EXPECT(chmod(store_path(), 0644) == 0);
	store = open_store();
	EXPECT_NUMBER(rights(""), 0600);
	EXPECT_NUMBER(count_log("could be read by others"), 1);
	store_close(store);
}

TEST(store_overwrites_what_it_removes)
{
	struct store *store = fresh_store();
	static char room[1 << 20];
	object_id id = add_public(store, "what nobody is to read any more");
	size_t length;
	FILE *file;
	int i;

	for (i = 0; i < 20; i++)
		add_public(store, "what stays beside it");
	EXPECT_RV(store_remove(store, id), CKR_OK);
	store_close(store);
	file = fopen(store_path(), "rb");
	EXPECT(file != NULL);
	length = fread(room, 1, sizeof(room), file);
	fclose(file);
	EXPECT(memmem(room, length, "what stays beside it", 20) != NULL);
	EXPECT(!memmem(room, length, "nobody is to read", 17));
}

TEST(store_leaves_nothing_private_readable_or_guessable_in_its_files)
{
	static const char hidden[] = "a private label", secret[] = "a secret";
	struct store_value value = { hidden, strlen(hidden) };
	struct store *store = fresh_store();
	static char room[1 << 20];
	unsigned char tag[TAG_SIZE];
	char path[160];
	size_t length, i;
	FILE *file;

	/* What stands in the file for the hidden of a public row. */
	EXPECT(row_tag(NULL, false, COLUMN_LABEL, &value, tag));
	add_private(store, hidden, secret);
	for (i = 0; i < 3; i++) {
		if (i == 2)
			add_public(store, hidden);
		snprintf(path, sizeof(path), "%s%s", store_path(),
			i ? "-wal" : "");
		file = fopen(path, "rb");
		EXPECT(file != NULL);
		length = fread(room, 1, sizeof(room), file);
		fclose(file);
		EXPECT(!memmem(room, length, secret, strlen(secret)));
		EXPECT((i == 2) ==
			(memmem(room, length, hidden, strlen(hidden)) != NULL));
		EXPECT((i == 2) ==
			(memmem(room, length, tag, sizeof(tag)) != NULL));
	}
	store_close(store);
}

static void
make_and_die(object_id unused)
{
	add_public(fresh_store(), "old");
}

TEST(store_takes_no_journal_of_a_file_that_is_gone)
{
	struct store *store;

	elsewhere(make_and_die, 0);
	EXPECT(unlink(store_path()) == 0);
	store = fresh_store();
	EXPECT_NUMBER(count_all(store), 0);
	add_public(store, "new");
	store_close(store);
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(count_all(store), 1);
	EXPECT_NUMBER(store_damage(store), 0);
	store_close(store);
}
