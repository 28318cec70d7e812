/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's SQLite file: made, recognised, and hardened against what is in it.
 */

#include "config.h"

#include "token/store-layout.h"
#include "token/store-sqlite.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "PvSl" */
#define APPLICATION_ID 0x5076536c

/* The longest value and row that we read: a key or certificate is far below. */
static const int value_longest = 1 << 24;

/* By its descriptor: a worker has no rights to paths. */
static bool
close_to_others(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool is_closed = file >= 0 && fchmod(file, 0600) == 0;
	int reason = errno;

	if (file >= 0)
		close(file);
	errno = reason;
	return is_closed;
}

/* Who may read a token's file: its owner, and nobody else. */
static CK_RV
make_own(const char *path)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return refuse(CKR_TOKEN_NOT_RECOGNIZED, "%s: %s", path,
			strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid())
		return refuse(CKR_TOKEN_NOT_RECOGNIZED,
			"%s is not a file of this user", path);
	if ((status.st_mode & 077) == 0)
		return CKR_OK;
	note("%s could be read by others: mended", path);
	if (!close_to_others(path))
		return refuse(CKR_TOKEN_WRITE_PROTECTED, "%s: %s", path,
			strerror(errno));
	return CKR_OK;
}

/* A hostile file must not make SQLite do more than read and write it. */
static CK_RV
harden(struct store_file *file)
{
	static const int off[] = { SQLITE_DBCONFIG_ENABLE_TRIGGER,
		SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
		SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL,
		SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION };
	sqlite3 *sqlite = file->sqlite;
	size_t i;

	for (i = 0; i < sizeof(off) / sizeof(*off); i++)
		sqlite3_db_config(sqlite, off[i], 0, (int *)NULL);
	sqlite3_db_config(sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, value_longest);
	sqlite3_limit(sqlite, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_extended_result_codes(sqlite, 1);
	sqlite3_busy_timeout(sqlite, BUSY_MILLISECONDS);
	if (sqlite3_exec(sqlite,
		    "PRAGMA mmap_size = 0; PRAGMA secure_delete = ON;"
		    "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8192;"
		    "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;",
		    NULL, NULL, NULL) != SQLITE_OK)
		return store_file_error(file, "to set it up");
	file->is_durable = true;
	return CKR_OK;
}

static CK_RV
connect(const char *path, struct store_file **result)
{
	struct store_file *file = calloc(1, sizeof(*file));
	CK_RV rv;

	if (!file)
		return CKR_HOST_MEMORY;
	if (sqlite3_open_v2(path, &file->sqlite,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
			    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW,
		    NULL) != SQLITE_OK)
		rv = store_file_error(file, "to open it");
	else
		rv = harden(file);
	if (rv != CKR_OK) {
		store_file_close(file);
		return rv;
	}
	*result = file;
	return CKR_OK;
}

static CK_RV
read_pragma(struct store_file *file, const char *text, sqlite3_int64 *number)
{
	sqlite3_stmt *statement = NULL;
	CK_RV rv = CKR_OK;

	if (sqlite3_prepare_v2(file->sqlite, text, -1, &statement, NULL) !=
			SQLITE_OK ||
		sqlite3_step(statement) != SQLITE_ROW)
		rv = store_file_error(file, "to recognise it");
	else
		*number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return rv;
}

static bool
text_is(sqlite3_stmt *statement, int column, const char *expected)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text && strcmp((const char *)text, expected) == 0;
}

/* The tables are those of that version, and nothing is beside them. */
static CK_RV
compare_tables(struct store_file *file, const struct store_layout *layout)
{
	sqlite3_stmt *statement = NULL;
	bool right = true;
	size_t i = 0;
	int step;

	if (sqlite3_prepare_v2(file->sqlite,
		    "SELECT name, sql FROM sqlite_schema ORDER BY name", -1,
		    &statement, NULL) != SQLITE_OK)
		return store_file_error(file, "to read its tables");
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		right = right && i < layout->count &&
			text_is(statement, 0, layout->tables[i].name) &&
			text_is(statement, 1, layout->tables[i].text);
		i++;
	}
	right = right && step == SQLITE_DONE && i == layout->count;
	sqlite3_finalize(statement);
	if (!right)
		return refuse(CKR_DEVICE_ERROR,
			"the token's file has other tables than ours");
	return CKR_OK;
}

static const struct store_layout *
newest_layout(void)
{
	return &store_layouts[store_layouts_count - 1];
}

static CK_RV
read_layout(struct store_file *file, const struct store_layout **layout)
{
	sqlite3_int64 version = 0;
	CK_RV rv = read_pragma(file, "PRAGMA user_version", &version);
	size_t i;

	if (rv != CKR_OK)
		return rv;
	for (i = 0; i < store_layouts_count; i++) {
		if (store_layouts[i].version != version)
			continue;
		*layout = &store_layouts[i];
		return compare_tables(file, *layout);
	}
	return refuse(CKR_TOKEN_NOT_RECOGNIZED,
		"the token's file is of version %lld: this program knows %d",
		(long long)version, newest_layout()->version);
}

static CK_RV
run_text(struct store_file *file, const char *text, const char *doing)
{
	if (sqlite3_exec(file->sqlite, text, NULL, NULL, NULL) != SQLITE_OK)
		return store_file_error(file, doing);
	return CKR_OK;
}

static CK_RV
write_version(struct store_file *file)
{
	char text[64];

	snprintf(text, sizeof(text), "PRAGMA user_version = %d",
		newest_layout()->version);
	return run_text(file, text, "to set its version");
}

/* In a transaction. Another process may have done it in the meantime. */
static CK_RV
take_steps(struct store_file *file)
{
	const struct store_layout *layout;
	CK_RV rv = read_layout(file, &layout);

	while (rv == CKR_OK && layout != newest_layout())
		rv = run_text(file, (++layout)->upgrade, "to bring it up");
	if (rv == CKR_OK)
		rv = write_version(file);
	return rv == CKR_OK ? compare_tables(file, newest_layout()) : rv;
}

/* An older file becomes a newest one, at once or not at all. */
static CK_RV
bring_up(struct store_file *file)
{
	CK_RV rv = store_file_begin(file, true);

	if (rv == CKR_OK)
		rv = take_steps(file);
	if (rv == CKR_OK)
		rv = store_file_commit(file);
	store_file_rollback(file);
	if (rv == CKR_OK)
		note("the token's file is of version %d now",
			newest_layout()->version);
	return rv;
}

static CK_RV
recognize(struct store_file *file, const char *path)
{
	const struct store_layout *layout = NULL;
	sqlite3_int64 application = 0;
	CK_RV rv;

	rv = read_pragma(file, "PRAGMA application_id", &application);
	if (rv != CKR_OK)
		return rv;
	if (application != APPLICATION_ID)
		return refuse(CKR_TOKEN_NOT_RECOGNIZED,
			"%s is not the file of a token", path);
	rv = read_layout(file, &layout);
	if (rv == CKR_OK && layout != newest_layout())
		rv = bring_up(file);
	return rv;
}

CK_RV
store_file_open(const char *path, struct store_file **result)
{
	struct store_file *file = NULL;
	CK_RV rv;

	if ((rv = make_own(path)) != CKR_OK ||
		(rv = connect(path, &file)) != CKR_OK)
		return rv;
	rv = recognize(file, path);
	if (rv != CKR_OK) {
		store_file_close(file);
		return rv;
	}
	file->has_index = store_file_has_index(file);
	*result = file;
	return CKR_OK;
}

void
store_file_close(struct store_file *file)
{
	size_t i;

	if (!file)
		return;
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(file->statements[i]);
	sqlite3_close_v2(file->sqlite);
	free(file);
}

static CK_RV
make_tables(struct store_file *file, const struct file_token *token)
{
	const struct store_layout *layout = newest_layout();
	const char *const doing = "to make its tables";
	char application[64];
	size_t i;
	CK_RV rv;

	snprintf(application, sizeof(application), "PRAGMA application_id = %d",
		APPLICATION_ID);
	rv = run_text(file, application, doing);
	if (rv == CKR_OK)
		rv = write_version(file);
	for (i = 0; rv == CKR_OK && i < layout->count; i++)
		rv = run_text(file, layout->tables[i].text, doing);
	if (rv == CKR_OK)
		rv = run_text(file,
			"INSERT INTO notice (id, wakes, remains)"
			" VALUES (1, 0, 0)",
			doing);
	if (rv != CKR_OK)
		return rv;
	rv = store_file_write_token(file, token);
	/* From here on it has a journal beside it; nobody else is there. */
	if (rv == CKR_OK &&
		sqlite3_exec(file->sqlite, "PRAGMA journal_mode = WAL", NULL,
			NULL, NULL) != SQLITE_OK)
		rv = store_file_error(file, "to give it a journal");
	return rv;
}

static CK_RV
remove_beside(const char *path)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	char *beside;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (asprintf(&beside, "%s%s", path, ends[i]) < 0)
			return CKR_HOST_MEMORY;
		unlink(beside);
		free(beside);
	}
	return CKR_OK;
}

/* A journal that somebody left beside a file which is gone would be taken for
 * the new one's. Nobody can open that until the old one is removed.
 * [SQLite, File Locking, 3: PENDING_BYTE to the last of SHARED_SIZE] */
static CK_RV
give_name(const char *made, const char *path)
{
	struct flock all = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = 0x40000000,
		.l_len = 512 };
	int file = open(made, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	CK_RV rv = CKR_OK;

	if (file < 0 || fcntl(file, F_SETLK, &all) != 0 ||
		link(made, path) != 0)
		rv = refuse(errno == EEXIST ? CKR_FUNCTION_FAILED
					    : CKR_TOKEN_WRITE_PROTECTED,
			"%s: %s", path, strerror(errno));
	else
		rv = remove_beside(path);
	if (file >= 0)
		close(file);
	return rv;
}

/* It gets its name when it is whole, so that no half of one is ever seen. */
CK_RV
store_file_make(const char *path, const struct file_token *token)
{
	struct store_file *file = NULL;
	char *made = NULL;
	int descriptor;
	CK_RV rv;

	if (asprintf(&made, "%s.new-XXXXXX", path) < 0)
		return CKR_HOST_MEMORY;
	descriptor = mkostemp(made, O_CLOEXEC);
	if (descriptor < 0) {
		rv = refuse(CKR_TOKEN_WRITE_PROTECTED, "%s: %s", made,
			strerror(errno));
		free(made);
		return rv;
	}
	close(descriptor);
	if ((rv = connect(made, &file)) == CKR_OK)
		rv = make_tables(file, token);
	store_file_close(file);
	if (rv == CKR_OK)
		rv = give_name(made, path);
	unlink(made);
	free(made);
	return rv;
}
