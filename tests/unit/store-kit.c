/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in the test's folder, and what tests do to its file. */

#include "config.h"

#include "tests/unit/store-kit.h"

#include "pkcs11/log.h"
#include "tests/test.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char log_text[65536];

static void
keep_log(const char *line)
{
	size_t length = strlen(log_text);

	snprintf(log_text + length, sizeof(log_text) - length, "%s\n", line);
	printf("# log: %s\n", line);
}

unsigned
count_log(const char *text)
{
	const char *at = log_text;
	unsigned count = 0;

	for (; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

const char *
store_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/1.token", test_folder());
	return path;
}

const char *
other_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/2.token", test_folder());
	return path;
}

static const struct store_cost cheap = { .memory = 16 };

void
store_kit_keep_log(void)
{
	log_to(keep_log);
}

CK_RV
initialize_store(const struct store_tries *tries)
{
	CK_UTF8CHAR label[32];

	memset(label, ' ', sizeof(label));
	return store_initialize(
		store_path(), label, SO_PIN, strlen(SO_PIN), &cheap, tries);
}

void
copy_store(const char *from, const char *to)
{
	char command[2048];

	snprintf(command, sizeof(command),
		"rm -f '%s-wal' '%s-shm' && cp '%s' '%s'", to, to, from, to);
	EXPECT_NUMBER(system(command), 0);
}

struct store *
fresh_store_at(const char *path)
{
	static const CK_UTF8CHAR label[33] = "Test token                      ";
	struct store *store;

	log_to(keep_log);
	EXPECT_RV(store_initialize(
			  path, label, SO_PIN, strlen(SO_PIN), &cheap, NULL),
		CKR_OK);
	EXPECT_RV(store_open(path, NULL, &store), CKR_OK);
	EXPECT_RV(store_login(store, CKU_SO, SO_PIN, strlen(SO_PIN)), CKR_OK);
	EXPECT_RV(store_set_pin(store, CKU_USER, NULL, 0, USER_PIN,
			  strlen(USER_PIN), &cheap),
		CKR_OK);
	EXPECT_RV(login(store), CKR_OK);
	return store;
}

struct store *
fresh_store(void)
{
	return fresh_store_at(store_path());
}

struct store *
open_store(void)
{
	struct store *store;

	log_to(keep_log);
	EXPECT_RV(store_open(store_path(), NULL, &store), CKR_OK);
	return store;
}

CK_RV
login(struct store *store)
{
	return store_login(store, CKU_USER, USER_PIN, strlen(USER_PIN));
}

static const CK_OBJECT_CLASS data = CKO_DATA;

static object_id
add(struct store *store, const char *label, const char *secret)
{
	struct store_value columns[COLUMN_COUNT] = {
		[COLUMN_CLASS] = { &data, sizeof(data) },
		[COLUMN_LABEL] = { label, strlen(label) },
	};
	struct store_row row = { .is_private = secret != NULL };
	object_id id = 0;

	EXPECT(bytes_copy(&row.open, label, strlen(label)));
	if (secret)
		EXPECT(secret_copy(&row.sealed, secret, strlen(secret)));
	EXPECT_RV(store_add(store, &row, columns, &id), CKR_OK);
	store_row_clear(&row);
	return id;
}

object_id
add_public(struct store *store, const char *label)
{
	return add(store, label, NULL);
}

object_id
add_private(struct store *store, const char *label, const char *secret)
{
	return add(store, label, secret);
}

static CK_RV
find(struct store *store, const char *label, object_id **ids, size_t *count)
{
	struct store_value columns[COLUMN_COUNT] = {
		[COLUMN_CLASS] = { &data, sizeof(data) },
		[COLUMN_LABEL] = { label, strlen(label) },
	};

	return store_find(store, columns, ids, count);
}

object_id
find_label(struct store *store, const char *label)
{
	object_id *ids, id = 0;
	size_t count;

	EXPECT_RV(find(store, label, &ids, &count), CKR_OK);
	EXPECT(count <= 1);
	if (count)
		id = ids[0];
	free(ids);
	return id;
}

CK_RV
find_rv(struct store *store, const char *label)
{
	object_id *ids = NULL;
	size_t count;
	CK_RV rv = find(store, label, &ids, &count);

	free(ids);
	return rv;
}

size_t
count_all(struct store *store)
{
	struct store_value columns[COLUMN_COUNT] = { { NULL, 0 } };
	object_id *ids;
	size_t count;

	EXPECT_RV(store_find(store, columns, &ids, &count), CKR_OK);
	free(ids);
	return count;
}

static sqlite3 *
open_sql(const char *path)
{
	sqlite3 *sqlite;

	EXPECT(sqlite3_open(path, &sqlite) == SQLITE_OK);
	sqlite3_busy_timeout(sqlite, 5000);
	return sqlite;
}

void
run_sql(const char *path, const char *format, ...)
{
	sqlite3 *sqlite = open_sql(path);
	char text[1024], *error = NULL;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (sqlite3_exec(sqlite, text, NULL, NULL, &error) != SQLITE_OK)
		test_fail(__FILE__, __LINE__, "%s: %s", text, error);
	sqlite3_close(sqlite);
}

long long
ask_sql(const char *path, const char *format, ...)
{
	sqlite3 *sqlite = open_sql(path);
	sqlite3_stmt *statement;
	long long number;
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	EXPECT(sqlite3_prepare_v2(sqlite, text, -1, &statement, NULL) ==
		SQLITE_OK);
	EXPECT(sqlite3_step(statement) == SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(sqlite);
	return number;
}
