/* SPDX-License-Identifier: BSD-2-Clause */
/* What a store promises of PINs, tries and the root key. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/store-kit.h"
#include "token/store-row.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct store_cost cheap = { .memory = 16 };

/* Counts as the keeper does, and writes down what happened in which order. */
struct counted {
	char events[64];
	unsigned left;
};

static CK_RV
count(void *context, const char *serial, CK_USER_TYPE user)
{
	struct counted *counted = context;

	EXPECT_NUMBER(strlen(serial), 16);
	strcat(counted->events, user == CKU_SO ? "S" : "u");
	if (counted->left == 0)
		return CKR_PIN_LOCKED;
	counted->left--;
	return CKR_OK;
}

static void
clear(void *context, const char *serial, CK_USER_TYPE user)
{
	struct counted *counted = context;

	strcat(counted->events, "c");
	counted->left = 3;
}

static void
look(void *context, const char *serial, CK_USER_TYPE user, unsigned *left,
	unsigned *limit)
{
	struct counted *counted = context;

	*left = counted->left;
	*limit = 3;
}

static struct store *
open_counted(struct counted *counted)
{
	struct store_tries tries = {
		.count = count, .clear = clear, .look = look, .context = counted
	};
	struct store *store;

	counted->left = 3;
	EXPECT_RV(store_open(store_path(), &tries, &store), CKR_OK);
	return store;
}

static CK_RV
try(struct store *store, const char *pin)
{
	return store_login(store, CKU_USER, pin, strlen(pin));
}

TEST(pin_try_is_counted_before_it_is_checked)
{
	struct counted counted = { .left = 3 };
	struct store *store;

	store_close(fresh_store());
	store = open_counted(&counted);
	EXPECT_RV(try(store, "wrong"), CKR_PIN_INCORRECT);
	EXPECT_RV(try(store, USER_PIN), CKR_OK);
	EXPECT_TEXT(counted.events, "uuc");
	store_close(store);
}

/* Whoever kills us between counting and checking has used up the try. */
static CK_RV
count_and_die(void *context, const char *serial, CK_USER_TYPE user)
{
	if (write(*(int *)context, "x", 1) == 1)
		raise(SIGKILL);
	return CKR_GENERAL_ERROR;
}

TEST(pin_try_is_counted_even_if_the_process_is_killed)
{
	int ends[2], status;
	char seen;

	store_close(fresh_store());
	EXPECT(pipe(ends) == 0);
	if (fork() == 0) {
		struct store_tries tries = { .count = count_and_die,
			.context = &ends[1] };
		struct store *store;

		if (store_open(store_path(), &tries, &store) == CKR_OK)
			try(store, USER_PIN);
		_exit(1);
	}
	EXPECT(wait(&status) > 0);
	EXPECT(WIFSIGNALED(status));
	EXPECT(read(ends[0], &seen, 1) == 1);
}

/* In a child, since the limit stays. A sanitizer takes what it wants. */
TEST(pin_that_there_is_no_memory_to_check_costs_no_try)
{
	const struct store_cost dear = { .memory = 256 << 10 };
	const struct rlimit limit = { 128 << 20, 128 << 20 };
	struct counted counted = { .left = 3 };
	struct store *store;
	int status;

	if (SANITIZED)
		return;
	store = fresh_store();
	EXPECT_RV(store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
			  USER_PIN, strlen(USER_PIN), &dear),
		CKR_OK);
	store_close(store);
	if (fork() == 0) {
		store = open_counted(&counted);
		setrlimit(RLIMIT_DATA, &limit);
		EXPECT_RV(try(store, USER_PIN), CKR_HOST_MEMORY);
		EXPECT_TEXT(counted.events, "");
		_exit(0);
	}
	EXPECT(wait(&status) > 0);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(pin_that_is_locked_is_not_checked)
{
	struct counted counted = { .left = 3 };
	struct store *store;

	store_close(fresh_store());
	store = open_counted(&counted);
	counted.left = 0;
	EXPECT_RV(try(store, USER_PIN), CKR_PIN_LOCKED);
	EXPECT_NUMBER(store_user(store), CK_UNAVAILABLE_INFORMATION);
	store_close(store);
}

TEST(pin_that_is_wrong_twice_counts_once)
{
	struct counted counted = { .left = 3 };
	struct store *store;

	store_close(fresh_store());
	store = open_counted(&counted);
	EXPECT_RV(try(store, "wrong"), CKR_PIN_INCORRECT);
	EXPECT_RV(try(store, "wrong"), CKR_PIN_INCORRECT);
	EXPECT_RV(store_check_pin(store, CKU_USER, "wrong", 5),
		CKR_PIN_INCORRECT);
	EXPECT_NUMBER(counted.left, 2);
	EXPECT_RV(try(store, "wronger"), CKR_PIN_INCORRECT);
	EXPECT_RV(try(store, "wrong"), CKR_PIN_INCORRECT);
	EXPECT_NUMBER(counted.left, 1);
	store_close(store);
}

TEST(pin_that_was_wrong_may_become_the_right_one)
{
	struct counted counted = { .left = 3 };
	struct store *store;

	store_close(fresh_store());
	store = open_counted(&counted);
	EXPECT_RV(try(store, "next PIN"), CKR_PIN_INCORRECT);
	EXPECT_RV(store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
			  "next PIN", 8, &cheap),
		CKR_OK);
	EXPECT_RV(try(store, "next PIN"), CKR_OK);
	EXPECT_RV(try(store, USER_PIN), CKR_PIN_INCORRECT);
	store_close(store);
}

TEST(pin_lock_is_noticed_by_other_processes)
{
	struct counted counted = { .left = 3 };
	struct store *store, *other = fresh_store();
	uint64_t before;

	store = open_counted(&counted);
	usleep(1000);
	before = store_changes(other);
	EXPECT_RV(try(store, "wrong 1"), CKR_PIN_INCORRECT);
	EXPECT_RV(try(store, "wrong 2"), CKR_PIN_INCORRECT);
	usleep(1000);
	EXPECT_NUMBER(store_changes(other), before);
	EXPECT_RV(try(store, "wrong 3"), CKR_PIN_INCORRECT);
	usleep(1000);
	EXPECT(store_changes(other) != before);
	EXPECT_NUMBER(store_user(other), CKU_USER);
	store_close(store);
	store_close(other);
}

TEST(pin_of_the_security_officer_sets_a_new_one_and_keeps_the_keys)
{
	struct store *store = fresh_store();
	object_id key = add_private(store, "key", "secret");
	struct store_row row;

	store_logout(store);
	EXPECT_RV(store_login(store, CKU_SO, SO_PIN, strlen(SO_PIN)), CKR_OK);
	/* He is not the user. */
	EXPECT_RV(store_read(store, key, &row), CKR_OBJECT_HANDLE_INVALID);
	EXPECT_NUMBER(count_all(store), 0);
	EXPECT_RV(
		store_set_pin(store, CKU_USER, NULL, 0, "next PIN", 8, &cheap),
		CKR_OK);
	store_close(store);
	store = open_store();
	EXPECT_RV(try(store, USER_PIN), CKR_PIN_INCORRECT);
	EXPECT_RV(try(store, "next PIN"), CKR_OK);
	EXPECT_RV(store_read(store, key, &row), CKR_OK);
	EXPECT_BYTES(row.sealed.at, row.sealed.length, "secret", 6);
	store_row_clear(&row);
	store_close(store);
}

TEST(pin_change_without_login_needs_the_old_pin)
{
	struct store *store = fresh_store();

	store_logout(store);
	EXPECT_RV(
		store_set_pin(store, CKU_USER, NULL, 0, "next PIN", 8, &cheap),
		CKR_USER_NOT_LOGGED_IN);
	EXPECT_RV(store_set_pin(
			  store, CKU_USER, "wrong", 5, "next PIN", 8, &cheap),
		CKR_PIN_INCORRECT);
	EXPECT_RV(store_set_pin(store, CKU_USER, USER_PIN, strlen(USER_PIN),
			  "next PIN", 8, &cheap),
		CKR_OK);
	EXPECT_RV(try(store, "next PIN"), CKR_OK);
	store_close(store);
}

TEST(pin_may_have_any_bytes_and_255_of_them)
{
	struct store *store = fresh_store();
	char pin[255];

	memset(pin, 0xc3, sizeof(pin));
	pin[100] = '\0';
	EXPECT_RV(store_set_pin(
			  store, CKU_USER, NULL, 0, pin, sizeof(pin), &cheap),
		CKR_OK);
	EXPECT_RV(store_login(store, CKU_USER, pin, 100), CKR_PIN_INCORRECT);
	EXPECT_RV(store_login(store, CKU_USER, pin, 254), CKR_PIN_INCORRECT);
	EXPECT_RV(store_login(store, CKU_USER, pin, 255), CKR_OK);
	store_close(store);
}

/* How often the bytes stand in a file beside the token's. */
static unsigned
count_in_file(const char *suffix, const unsigned char *bytes, size_t length)
{
	static unsigned char room[1 << 22];
	unsigned char *at, *end;
	unsigned found = 0;
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", store_path(), suffix);
	if (!(file = fopen(path, "rb")))
		return 0;
	end = room + fread(room, 1, sizeof(room), file);
	EXPECT(end < room + sizeof(room));
	fclose(file);
	for (at = room; (at = memmem(at, (size_t)(end - at), bytes, length));
		at++)
		found++;
	return found;
}

static unsigned
count_in_files(const unsigned char *bytes, size_t length)
{
	return count_in_file("", bytes, length) +
		count_in_file("-wal", bytes, length) +
		count_in_file("-shm", bytes, length) +
		count_in_file("-journal", bytes, length);
}

static void
read_token(struct file_token *token)
{
	struct store_file *file;

	EXPECT_RV(store_file_open(store_path(), &file), CKR_OK);
	EXPECT_RV(store_file_read_token(file, token), CKR_OK);
	store_file_close(file);
}

/* Any 16 bytes of the old salt or the old sealed key would do for guessing
 * part of it. */
static unsigned
count_windows(const unsigned char wrapping[WRAPPING_SIZE])
{
	unsigned found = 0;
	size_t i;

	for (i = 13; i + 16 <= WRAPPING_SIZE; i++)
		found += count_in_files(wrapping + i, 16);
	return found;
}

TEST(pin_change_leaves_no_old_wrapping_in_any_file)
{
	struct store *store = fresh_store(), *other;
	struct file_token token;
	int i;

	/* Another connection keeps the journal alive, as other workers do. */
	other = open_store();
	for (i = 0; i < 30; i++)
		add_public(store, "something to move pages about");
	read_token(&token);
	EXPECT(count_windows(token.wrapping[CKU_USER]) > 0);
	EXPECT_RV(
		store_set_pin(store, CKU_USER, NULL, 0, "next PIN", 8, &cheap),
		CKR_OK);
	EXPECT_NUMBER(count_windows(token.wrapping[CKU_USER]), 0);
	EXPECT(count_windows(token.wrapping[CKU_SO]) > 0);
	add_public(store, "and again");
	EXPECT_NUMBER(count_windows(token.wrapping[CKU_USER]), 0);
	store_close(other);
	store_close(store);
	EXPECT_NUMBER(count_windows(token.wrapping[CKU_USER]), 0);
}

TEST(pin_change_that_was_interrupted_is_cleared_at_the_next_login)
{
	struct file_token token, now;
	struct store_file *file;
	struct store *store;
	int status;

	store_close(fresh_store());
	read_token(&token);
	/* What a change leaves that dies before it clears the journal. */
	if (fork() == 0) {
		store = open_store();
		EXPECT_RV(login(store), CKR_OK);
		EXPECT_RV(store_file_open(store_path(), &file), CKR_OK);
		EXPECT_RV(store_file_read_token(file, &now), CKR_OK);
		EXPECT_RV(store_file_write_token(file, &now), CKR_OK);
		EXPECT_RV(store_file_mark_remains(file), CKR_OK);
		raise(SIGKILL);
	}
	EXPECT(wait(&status) > 0);
	EXPECT(count_in_file("-wal", token.wrapping[CKU_USER] + 20, 16) > 0);
	store = open_store();
	EXPECT_RV(login(store), CKR_OK);
	EXPECT_NUMBER(
		count_in_file("-wal", token.wrapping[CKU_USER] + 20, 16), 0);
	store_close(store);
}

TEST(wrapping_opens_only_for_its_token_user_and_parameters)
{
	struct wrapping_owner owner = { "token 1", CKU_USER }, wrong;
	struct span pin = { "PIN", 3 };
	unsigned char wrapping[WRAPPING_SIZE], altered[WRAPPING_SIZE];
	struct secret root = { 0 }, found = { 0 };
	size_t i;

	EXPECT(secret_copy(&root, "0123456789abcdef0123456789abcdef", 32));
	EXPECT_RV(
		wrapping_make(&owner, &pin, 16, NULL, &root, wrapping), CKR_OK);
	EXPECT_RV(wrapping_open(&owner, &pin, NULL, wrapping, &found), CKR_OK);
	EXPECT(secret_equal(&found, root.at, root.length));
	secret_clear(&found);
	wrong = owner;
	wrong.user = CKU_SO;
	EXPECT_RV(wrapping_open(&wrong, &pin, NULL, wrapping, &found),
		CKR_PIN_INCORRECT);
	wrong = owner;
	wrong.token[7] ^= 1;
	EXPECT_RV(wrapping_open(&wrong, &pin, NULL, wrapping, &found),
		CKR_PIN_INCORRECT);
	for (i = 0; i < WRAPPING_SIZE; i++) {
		memcpy(altered, wrapping, sizeof(altered));
		altered[i] ^= 1;
		EXPECT(wrapping_open(&owner, &pin, NULL, altered, &found) !=
			CKR_OK);
	}
	EXPECT(found.at == NULL);
	secret_clear(&root);
}

/* N, r, p little-endian after the version; what would take the machine. */
TEST(wrapping_refuses_parameters_beyond_its_limits)
{
	static const struct {
		unsigned char bytes[12];
		uint32_t memory;
	} rows[] = {
		{ { 0, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0 }, 65536 },
		{ { 0, 0, 16, 0, 8, 0, 0, 0, 16, 0, 0, 0 }, 1 << 20 },
		{ { 0, 0, 32, 0, 8, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 0, 0, 16, 0, 9, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 0, 0, 0, 128, 8, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 0, 0, 1, 0, 8, 0, 0, 0, 17, 0, 0, 0 }, 0 },
		{ { 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 0, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0 }, 0 },
		{ { 0, 0, 1, 0, 255, 255, 255, 255, 1, 0, 0, 0 }, 0 },
		{ { 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0 }, 0 },
		{ { 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0 }, 0 },
	};
	struct wrapping_owner owner = { "token 1", CKU_USER };
	unsigned char wrapping[WRAPPING_SIZE] = { 1 };
	struct span pin = { "PIN", 3 };
	struct secret found = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memcpy(wrapping + 1, rows[i].bytes, 12);
		EXPECT_NUMBER(wrapping_memory(wrapping), rows[i].memory);
		if (rows[i].memory == 0)
			EXPECT_RV(wrapping_open(
					  &owner, &pin, NULL, wrapping, &found),
				CKR_DEVICE_ERROR);
	}
}

TEST(wrapping_takes_the_memory_that_was_asked_for)
{
	struct wrapping_owner owner = { "token 1", CKU_USER };
	struct span pin = { "PIN", 3 };
	unsigned char wrapping[WRAPPING_SIZE];
	struct secret root = { 0 };

	EXPECT(secret_init(&root, ROOT_KEY_SIZE));
	EXPECT_RV(wrapping_make(&owner, &pin, 1000, NULL, &root, wrapping),
		CKR_OK);
	EXPECT_NUMBER(wrapping_memory(wrapping), 512);
	EXPECT_RV(
		wrapping_make(&owner, &pin, 0, NULL, &root, wrapping), CKR_OK);
	EXPECT_NUMBER(wrapping_memory(wrapping), 16);
	secret_clear(&root);
}

/* How often the key stands in this process's memory. The key is given masked,
 * so that the scanner does not find its own copy. */
static unsigned
count_in_memory(const unsigned char masked[32])
{
	static unsigned char page[1 << 16];
	unsigned long from, to, at;
	unsigned found = 0;
	char line[256], rights[8];
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *memory = fopen("/proc/self/mem", "rb");
	size_t i, j, length;

	EXPECT(maps && memory);
	setvbuf(memory, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 ||
			strncmp(rights, "rw", 2) != 0 ||
			to - from > 1ul << 28) /* a sanitizer's own */
			continue;
		for (at = from; at < to; at += sizeof(page) - 64) {
			length =
				to - at < sizeof(page) ? to - at : sizeof(page);
			if (at <= (unsigned long)page + sizeof(page) &&
				at + length > (unsigned long)page)
				continue;
			if (fseek(memory, (long)at, SEEK_SET) != 0 ||
				fread(page, 1, length, memory) != length)
				continue;
			for (i = 0; i + 32 <= length; i++) {
				for (j = 0; j < 32; j++)
					if ((page[i + j] ^ 0xa5) != masked[j])
						break;
				found += j == 32;
			}
			memset(page, 0, sizeof(page));
		}
	}
	fclose(maps);
	fclose(memory);
	return found;
}

TEST(logout_leaves_no_key_in_memory)
{
	struct wrapping_owner owner = { .user = CKU_USER };
	struct span pin = { USER_PIN, strlen(USER_PIN) };
	unsigned char root_masked[32], seal_masked[32];
	struct store *store = fresh_store();
	struct secret root = { 0 };
	struct store_keys keys = { 0 };
	struct file_token token;
	int i;

	store_logout(store);
	read_token(&token);
	memcpy(owner.token, token.id, TOKEN_ID_SIZE);
	EXPECT_RV(wrapping_open(
			  &owner, &pin, NULL, token.wrapping[CKU_USER], &root),
		CKR_OK);
	EXPECT(store_keys_open(&keys, &root));
	for (i = 0; i < 32; i++) {
		root_masked[i] = root.at[i] ^ 0xa5;
		seal_masked[i] = keys.seal.at[i] ^ 0xa5;
	}
	secret_clear(&root);
	store_keys_clear(&keys);
	EXPECT_NUMBER(count_in_memory(root_masked), 0);
	EXPECT_RV(login(store), CKR_OK);
	add_private(store, "key", "secret");
	EXPECT(count_in_memory(root_masked) > 0);
	EXPECT(count_in_memory(seal_masked) > 0);
	store_logout(store);
	EXPECT_NUMBER(count_in_memory(root_masked), 0);
	EXPECT_NUMBER(count_in_memory(seal_masked), 0);
	store_close(store);
}
