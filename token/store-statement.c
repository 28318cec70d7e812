/* SPDX-License-Identifier: BSD-2-Clause */
/* The statements that the store runs on a token's file, and transactions. */

#include "config.h"

#include "token/store-sqlite.h"

#include "pkcs11/log.h"

#include <sqlite3.h>
#include <string.h>

static const char *const texts[STATEMENTS] = {
	[BEGIN_READING] = "BEGIN",
	[BEGIN_WRITING] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[DATA_VERSION] = "PRAGMA data_version",
	[READ_TOKEN] = "SELECT serial, label, made, verifier, so_wrapping,"
		       " user_wrapping, change, count, highest, top, signature"
		       " FROM token WHERE id = 1",
	[WRITE_TOKEN] = "REPLACE INTO token VALUES"
			" (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[READ_GUARD] = "SELECT secret, counter, reached, former FROM guard"
		       " WHERE id = 1",
	[WRITE_GUARD] = "REPLACE INTO guard VALUES (1, ?, ?, ?, ?)",
	[REMOVE_GUARD] = "DELETE FROM guard",
	[READ_ROW] = "SELECT id, version, is_private, tags, open, sealed"
		     " FROM object WHERE id = ?",
	[SEEK_ROW] = "SELECT id, version, is_private, tags, open, sealed"
		     " FROM object WHERE id >= ? ORDER BY id",
	[INSERT_ROW] = "INSERT INTO object VALUES (?, ?, ?, ?, ?, ?)",
	[UPDATE_ROW] = "REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?)",
	[REMOVE_ROW] = "DELETE FROM object WHERE id = ?",
	[INSERT_ENTRY] = "REPLACE INTO search VALUES (?, ?)",
	[REMOVE_ENTRY] = "DELETE FROM search WHERE tag = ? AND id = ?",
	[SEARCH] = "SELECT id FROM search WHERE tag = ?"
		   " ORDER BY id LIMIT ?",
	[MATCH] = "SELECT 1 FROM search WHERE tag = ? AND id = ?",
	[LIST] = "SELECT id FROM object INDEXED BY object_by_privacy"
		 " WHERE is_private IN (0, 1)",
	[LIST_PUBLIC] = "SELECT id FROM object INDEXED BY object_by_privacy"
			" WHERE is_private = 0",
	[REMOVE_ENTRIES_OF] = "DELETE FROM search WHERE id = ?",
	[REMOVE_ENTRIES] = "DELETE FROM search",
	[REMOVE_NODES] = "DELETE FROM node",
	[EACH_ENTRY] = "SELECT tag, id FROM search",
	[COUNT_ROWS] = "SELECT count(*) FROM object",
	[HIGHEST_ROW] = "SELECT max(id) FROM object",
	[READ_NODE] = "SELECT digests FROM node WHERE id = ?",
	[WRITE_NODE] = "REPLACE INTO node VALUES (?, ?)",
	[WAKE] = "UPDATE notice SET wakes = wakes + 1 WHERE id = 1",
	[MARK_REMAINS] = "UPDATE notice SET remains = 1 WHERE id = 1",
	[HAS_REMAINS] = "SELECT 1 FROM notice WHERE id = 1 AND remains <> 0",
	[UNMARK_REMAINS] = "UPDATE notice SET remains = 0 WHERE id = 1",
};
CK_RV
store_file_error(struct store_file *file, const char *doing)
{
	static const struct {
		int code;
		CK_RV rv;
	} known[] = {
		{ SQLITE_NOMEM, CKR_HOST_MEMORY },
		{ SQLITE_FULL, CKR_DEVICE_MEMORY },
		{ SQLITE_TOOBIG, CKR_DEVICE_MEMORY },
		{ SQLITE_READONLY, CKR_TOKEN_WRITE_PROTECTED },
		{ SQLITE_BUSY, CKR_FUNCTION_FAILED },
		{ SQLITE_NOTADB, CKR_TOKEN_NOT_RECOGNIZED },
	};
	int code = sqlite3_errcode(file->sqlite) & 0xff;
	CK_RV rv = CKR_DEVICE_ERROR;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code)
			rv = known[i].rv;
	return refuse(rv, "the token's file, %s: %s", doing,
		sqlite3_errmsg(file->sqlite));
}

sqlite3_stmt *
statement_get(struct store_file *file, enum statement which)
{
	sqlite3_stmt **statement = &file->statements[which];

	if (*statement)
		sqlite3_reset(*statement);
	else
		sqlite3_prepare_v3(file->sqlite, texts[which], -1,
			SQLITE_PREPARE_PERSISTENT, statement, NULL);
	return *statement;
}

CK_RV
statement_finish(
	struct store_file *file, sqlite3_stmt *statement, const char *doing)
{
	CK_RV rv = CKR_OK;

	if (!statement || sqlite3_step(statement) != SQLITE_DONE)
		rv = store_file_error(file, doing);
	if (statement) {
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	return rv;
}

CK_RV
statement_run(struct store_file *file, enum statement which, const char *doing)
{
	return statement_finish(file, statement_get(file, which), doing);
}

/* SQLite makes a NULL of an address that is none. */
void
statement_bind(
	sqlite3_stmt *statement, int index, const void *at, size_t length)
{
	if (length == 0)
		sqlite3_bind_zeroblob(statement, index, 0);
	else
		sqlite3_bind_blob64(
			statement, index, at, length, SQLITE_STATIC);
}

bool
statement_take(sqlite3_stmt *statement, int column, void *to, size_t length)
{
	const void *at = sqlite3_column_blob(statement, column);

	if (!at || (size_t)sqlite3_column_bytes(statement, column) != length)
		return false;
	memcpy(to, at, length);
	return true;
}

struct span
statement_span(sqlite3_stmt *statement, int column)
{
	const void *at = sqlite3_column_blob(statement, column);
	int length = sqlite3_column_bytes(statement, column);

	return (struct span){ at ? at : "", at ? (size_t)length : 0 };
}

/* Removed, or another file in its place: what is written here nobody reads. */
static bool
has_moved(struct store_file *file)
{
	int moved = 0;

	return sqlite3_file_control(file->sqlite, NULL, SQLITE_FCNTL_HAS_MOVED,
		       &moved) == SQLITE_OK &&
		moved;
}

CK_RV
store_file_begin(struct store_file *file, bool to_write)
{
	if (has_moved(file))
		return refuse(CKR_DEVICE_REMOVED,
			"the token's file is no longer where it was");
	return statement_run(file, to_write ? BEGIN_WRITING : BEGIN_READING,
		"to begin a transaction");
}

/* What is in the journal goes into the file, unless others read just now: a
 * byte of a journal that turns bad takes all that follows with it, and on a
 * full disk its room is needed. */
static void
settle(struct store_file *file)
{
	sqlite3_busy_timeout(file->sqlite, 0);
	sqlite3_wal_checkpoint_v2(
		file->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(file->sqlite, BUSY_MILLISECONDS);
}

CK_RV
store_file_commit(struct store_file *file)
{
	CK_RV rv = statement_run(file, COMMIT, "to commit");

	if (rv != CKR_OK)
		store_file_rollback(file);
	if (rv == CKR_DEVICE_MEMORY || (rv == CKR_OK && file->is_durable))
		settle(file);
	return rv;
}

void
store_file_rollback(struct store_file *file)
{
	size_t i;

	/* A statement in the middle of its rows would hold it up. */
	for (i = 0; i < STATEMENTS; i++)
		if (file->statements[i])
			sqlite3_reset(file->statements[i]);
	if (!sqlite3_get_autocommit(file->sqlite))
		statement_run(file, ROLLBACK, "to roll back");
}

CK_RV
store_file_be_durable(struct store_file *file, bool durable)
{
	if (file->is_durable == durable)
		return CKR_OK;
	if (sqlite3_exec(file->sqlite,
		    durable ? "PRAGMA synchronous = FULL"
			    : "PRAGMA synchronous = NORMAL",
		    NULL, NULL, NULL) != SQLITE_OK)
		return store_file_error(file, "to set its durability");
	file->is_durable = durable;
	return CKR_OK;
}

CK_RV
store_file_version(struct store_file *file, uint32_t *version)
{
	sqlite3_stmt *statement = statement_get(file, DATA_VERSION);

	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		return store_file_error(file, "to ask its version");
	*version = (uint32_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return CKR_OK;
}
CK_RV
store_file_wake_others(struct store_file *file)
{
	return statement_run(file, WAKE, "to wake others");
}

CK_RV
store_file_mark_remains(struct store_file *file)
{
	return statement_run(file, MARK_REMAINS, "to mark what remains");
}

/* The checkpoint copies the journal into the file, where secure_delete has
 * overwritten what was replaced, and cuts it off. */
CK_RV
store_file_clear_remains(struct store_file *file)
{
	sqlite3_stmt *statement = statement_get(file, HAS_REMAINS);
	bool remains;

	remains = statement && sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_reset(statement);
	if (!remains)
		return CKR_OK;
	if (sqlite3_wal_checkpoint_v2(file->sqlite, NULL,
		    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		return store_file_error(file, "to clear its journal");
	return statement_run(file, UNMARK_REMAINS, "to mark what remains");
}
