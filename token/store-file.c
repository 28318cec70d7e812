/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's SQLite file: its tables read and written, nothing judged. */

#include "config.h"

#include "token/store-file.h"

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

/*
 * The tables, word for word as SQLite keeps their texts: a file with anything
 * else in it is not ours. Sorted by name, for the comparison.
 */
static const struct {
	const char *name, *text;
} tables[] = {
	{ "node",
		"CREATE TABLE node (id INTEGER PRIMARY KEY,"
		" digests BLOB NOT NULL) STRICT" },
	{ "notice",
		"CREATE TABLE notice (id INTEGER PRIMARY KEY,"
		" wakes INTEGER NOT NULL, remains INTEGER NOT NULL) STRICT" },
	{ "object",
		"CREATE TABLE object (id INTEGER PRIMARY KEY,"
		" version INTEGER NOT NULL, is_private INTEGER NOT NULL,"
		" tags BLOB NOT NULL, open BLOB NOT NULL,"
		" sealed BLOB NOT NULL) STRICT" },
	{ "object_by_privacy",
		"CREATE INDEX object_by_privacy ON object (is_private)" },
	{ "search",
		"CREATE TABLE search (tag BLOB NOT NULL, id INTEGER NOT NULL,"
		" PRIMARY KEY (tag, id)) STRICT, WITHOUT ROWID" },
	{ "token",
		"CREATE TABLE token (id INTEGER PRIMARY KEY,"
		" serial BLOB NOT NULL, label BLOB NOT NULL,"
		" made INTEGER NOT NULL, verifier BLOB NOT NULL,"
		" so_wrapping BLOB, user_wrapping BLOB,"
		" change INTEGER NOT NULL, count INTEGER NOT NULL,"
		" highest INTEGER NOT NULL, top BLOB NOT NULL,"
		" signature BLOB NOT NULL) STRICT" },
};

enum { TABLES = sizeof(tables) / sizeof(*tables) };

enum statement {
	BEGIN_READING,
	BEGIN_WRITING,
	COMMIT,
	ROLLBACK,
	DATA_VERSION,
	READ_TOKEN,
	WRITE_TOKEN,
	READ_ROW,
	SEEK_ROW,
	INSERT_ROW,
	UPDATE_ROW,
	REMOVE_ROW,
	INSERT_ENTRY,
	REMOVE_ENTRY,
	SEARCH,
	MATCH,
	LIST,
	LIST_PUBLIC,
	REMOVE_ENTRIES_OF,
	REMOVE_ENTRIES,
	REMOVE_NODES,
	EACH_ENTRY,
	COUNT_ROWS,
	HIGHEST_ROW,
	READ_NODE,
	WRITE_NODE,
	WAKE,
	MARK_REMAINS,
	HAS_REMAINS,
	UNMARK_REMAINS,
	STATEMENTS
};

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

struct store_file {
	sqlite3 *sqlite;
	sqlite3_stmt *statements[STATEMENTS];
	bool is_durable;
};

/* The longest value and row that we read: a key or certificate is far below. */
static const int value_longest = 1 << 24;
static const int busy_milliseconds = 10000;

static CK_RV
file_error(struct store_file *file, const char *doing)
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

/* Gives the statement, ready for values; NULL when it cannot be had. */
static sqlite3_stmt *
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

/* Runs a statement that gives no row to the end, and frees its locks. */
static CK_RV
statement_finish(
	struct store_file *file, sqlite3_stmt *statement, const char *doing)
{
	CK_RV rv = CKR_OK;

	if (!statement || sqlite3_step(statement) != SQLITE_DONE)
		rv = file_error(file, doing);
	if (statement) {
		sqlite3_reset(statement);
		sqlite3_clear_bindings(statement);
	}
	return rv;
}

static CK_RV
run(struct store_file *file, enum statement which, const char *doing)
{
	return statement_finish(file, statement_get(file, which), doing);
}

/* SQLite makes a NULL of an address that is none. */
static void
bind_bytes(sqlite3_stmt *statement, int index, const void *at, size_t length)
{
	if (length == 0)
		sqlite3_bind_zeroblob(statement, index, 0);
	else
		sqlite3_bind_blob64(
			statement, index, at, length, SQLITE_STATIC);
}

static bool
take_exactly(sqlite3_stmt *statement, int column, void *to, size_t length)
{
	const void *at = sqlite3_column_blob(statement, column);

	if (!at || (size_t)sqlite3_column_bytes(statement, column) != length)
		return false;
	memcpy(to, at, length);
	return true;
}

static struct span
take_span(sqlite3_stmt *statement, int column)
{
	const void *at = sqlite3_column_blob(statement, column);
	int length = sqlite3_column_bytes(statement, column);

	return (struct span){ at ? at : "", at ? (size_t)length : 0 };
}

CK_RV
store_file_begin(struct store_file *file, bool to_write)
{
	return run(file, to_write ? BEGIN_WRITING : BEGIN_READING,
		"to begin a transaction");
}

CK_RV
store_file_commit(struct store_file *file)
{
	CK_RV rv = run(file, COMMIT, "to commit");

	if (rv != CKR_OK)
		store_file_rollback(file);
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
		run(file, ROLLBACK, "to roll back");
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
		return file_error(file, "to set its durability");
	file->is_durable = durable;
	return CKR_OK;
}

CK_RV
store_file_version(struct store_file *file, uint32_t *version)
{
	sqlite3_stmt *statement = statement_get(file, DATA_VERSION);

	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		return file_error(file, "to ask its version");
	*version = (uint32_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return CKR_OK;
}

static bool
take_wrapping(sqlite3_stmt *statement, int column, struct file_token *token,
	CK_USER_TYPE user)
{
	token->has_wrapping[user] =
		sqlite3_column_type(statement, column) != SQLITE_NULL;
	return !token->has_wrapping[user] ||
		take_exactly(statement, column, token->wrapping[user],
			WRAPPING_SIZE);
}

static bool
take_token(sqlite3_stmt *statement, struct file_token *token)
{
	sqlite3_int64 highest = sqlite3_column_int64(statement, 8);

	token->made = (uint64_t)sqlite3_column_int64(statement, 2);
	token->change = (uint64_t)sqlite3_column_int64(statement, 6);
	token->count = (uint64_t)sqlite3_column_int64(statement, 7);
	token->highest = (uint32_t)highest;
	return highest >= 0 && highest < ROW_LIMIT &&
		take_exactly(statement, 0, token->id, sizeof(token->id)) &&
		take_exactly(
			statement, 1, token->label, sizeof(token->label)) &&
		take_exactly(statement, 3, token->verifier, VERIFIER_SIZE) &&
		take_wrapping(statement, 4, token, CKU_SO) &&
		take_wrapping(statement, 5, token, CKU_USER) &&
		take_exactly(statement, 9, token->top, DIGEST_SIZE) &&
		take_exactly(statement, 10, token->signature, SIGNATURE_SIZE);
}

CK_RV
store_file_read_token(struct store_file *file, struct file_token *token)
{
	sqlite3_stmt *statement = statement_get(file, READ_TOKEN);
	struct file_token found = { 0 };
	int step;
	bool right;

	step = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return file_error(file, "to read the token's row");
	right = step == SQLITE_ROW && take_token(statement, &found);
	sqlite3_reset(statement);
	if (!right)
		return refuse(CKR_DEVICE_ERROR,
			"the token's own row is missing or malformed");
	*token = found;
	return CKR_OK;
}

static void
bind_wrapping(sqlite3_stmt *statement, int index,
	const struct file_token *token, CK_USER_TYPE user)
{
	if (token->has_wrapping[user])
		bind_bytes(
			statement, index, token->wrapping[user], WRAPPING_SIZE);
	else
		sqlite3_bind_null(statement, index);
}

CK_RV
store_file_write_token(struct store_file *file, const struct file_token *token)
{
	sqlite3_stmt *statement = statement_get(file, WRITE_TOKEN);

	if (statement) {
		bind_bytes(statement, 1, token->id, sizeof(token->id));
		bind_bytes(statement, 2, token->label, sizeof(token->label));
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)token->made);
		bind_bytes(statement, 4, token->verifier, VERIFIER_SIZE);
		bind_wrapping(statement, 5, token, CKU_SO);
		bind_wrapping(statement, 6, token, CKU_USER);
		sqlite3_bind_int64(statement, 7, (sqlite3_int64)token->change);
		sqlite3_bind_int64(statement, 8, (sqlite3_int64)token->count);
		sqlite3_bind_int64(statement, 9, token->highest);
		bind_bytes(statement, 10, token->top, DIGEST_SIZE);
		bind_bytes(statement, 11, token->signature, SIGNATURE_SIZE);
	}
	return statement_finish(file, statement, "to write the token's row");
}

/* Takes the row that the statement stands on. */
static CK_RV
take_row(struct store_file *file, sqlite3_stmt *statement, struct file_row *row)
{
	int step = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	sqlite3_int64 id, is_private;

	if (step == SQLITE_DONE)
		return CKR_OBJECT_HANDLE_INVALID;
	if (step != SQLITE_ROW)
		return file_error(file, "to read a row");
	id = sqlite3_column_int64(statement, 0);
	is_private = sqlite3_column_int64(statement, 2);
	if (id < 1 || id >= ROW_LIMIT || is_private < 0 || is_private > 1)
		return refuse(CKR_DEVICE_ERROR, "row %lld was never ours",
			(long long)id);
	row->id = (uint32_t)id;
	row->version = (uint64_t)sqlite3_column_int64(statement, 1);
	row->is_private = is_private != 0;
	row->tags = take_span(statement, 3);
	row->open = take_span(statement, 4);
	row->sealed = take_span(statement, 5);
	return CKR_OK;
}

CK_RV
store_file_read_row(struct store_file *file, uint32_t id, struct file_row *row)
{
	sqlite3_stmt *statement = statement_get(file, READ_ROW);

	sqlite3_bind_int64(statement, 1, id);
	return take_row(file, statement, row);
}

CK_RV
store_file_seek(struct store_file *file, uint32_t id)
{
	sqlite3_stmt *statement = statement_get(file, SEEK_ROW);

	if (!statement)
		return file_error(file, "to read rows");
	sqlite3_bind_int64(statement, 1, id);
	return CKR_OK;
}

CK_RV
store_file_next_row(struct store_file *file, struct file_row *row)
{
	return take_row(file, file->statements[SEEK_ROW], row);
}

static CK_RV
write_entry(struct store_file *file, enum statement which, const void *tag,
	uint32_t id)
{
	sqlite3_stmt *statement = statement_get(file, which);

	bind_bytes(statement, 1, tag, TAG_SIZE);
	sqlite3_bind_int64(statement, 2, id);
	return statement_finish(file, statement, "to write what is searched");
}

/* An empty tag is that of a column without value. */
static CK_RV
write_entries(struct store_file *file, enum statement which,
	const struct span *tags, uint32_t id)
{
	static const unsigned char empty[TAG_SIZE];
	const unsigned char *tag = tags->at;
	const unsigned char *end = tag + tags->length / TAG_SIZE * TAG_SIZE;
	CK_RV rv = CKR_OK;

	for (; rv == CKR_OK && tag < end; tag += TAG_SIZE)
		if (memcmp(tag, empty, TAG_SIZE) != 0)
			rv = write_entry(file, which, tag, id);
	return rv;
}

/* Takes what searches find a row by away, where the row is there. */
static CK_RV
remove_entries_by_tags(struct store_file *file, uint32_t id)
{
	struct bytes tags = { 0 };
	struct file_row row;
	struct span span;
	CK_RV rv;

	rv = store_file_read_row(file, id, &row);
	if (rv != CKR_OK)
		return rv;
	if (!bytes_copy(&tags, row.tags.at, row.tags.length))
		return CKR_HOST_MEMORY;
	statement_get(file, READ_ROW);
	span = (struct span){ tags.at, tags.length };
	rv = write_entries(file, REMOVE_ENTRY, &span, id);
	bytes_clear(&tags);
	return rv;
}

CK_RV
store_file_write_row(
	struct store_file *file, const struct file_row *row, bool is_new)
{
	enum statement which = is_new ? INSERT_ROW : UPDATE_ROW;
	sqlite3_stmt *statement;
	CK_RV rv = is_new ? CKR_OK : remove_entries_by_tags(file, row->id);

	if (rv != CKR_OK)
		return rv;
	statement = statement_get(file, which);
	if (statement) {
		sqlite3_bind_int64(statement, 1, row->id);
		sqlite3_bind_int64(statement, 2, (sqlite3_int64)row->version);
		sqlite3_bind_int(statement, 3, row->is_private);
		bind_bytes(statement, 4, row->tags.at, row->tags.length);
		bind_bytes(statement, 5, row->open.at, row->open.length);
		bind_bytes(statement, 6, row->sealed.at, row->sealed.length);
	}
	rv = statement_finish(file, statement, "to write a row");
	if (rv == CKR_OK)
		rv = write_entries(file, INSERT_ENTRY, &row->tags, row->id);
	return rv;
}

static CK_RV
run_for(struct store_file *file, enum statement which, uint32_t id,
	const char *doing)
{
	sqlite3_stmt *statement = statement_get(file, which);

	sqlite3_bind_int64(statement, 1, id);
	return statement_finish(file, statement, doing);
}

CK_RV
store_file_remove_row(struct store_file *file, uint32_t id)
{
	CK_RV rv = remove_entries_by_tags(file, id);

	return rv == CKR_OK ? run_for(file, REMOVE_ROW, id, "to remove a row")
			    : rv;
}

CK_RV
store_file_remove_altered(struct store_file *file, uint32_t id)
{
	CK_RV rv = run_for(file, REMOVE_ENTRIES_OF, id, "to remove a row");

	return rv == CKR_OK ? run_for(file, REMOVE_ROW, id, "to remove a row")
			    : rv;
}

CK_RV
store_file_remove_entries(struct store_file *file)
{
	return run(file, REMOVE_ENTRIES, "to remove what is searched");
}

CK_RV
store_file_add_entry(
	struct store_file *file, const unsigned char *tag, uint32_t id)
{
	return write_entry(file, INSERT_ENTRY, tag, id);
}

CK_RV
store_file_remove_nodes(struct store_file *file)
{
	return run(file, REMOVE_NODES, "to remove its nodes");
}

CK_RV
store_file_remove_all(struct store_file *file)
{
	if (sqlite3_exec(file->sqlite,
		    "DELETE FROM object; DELETE FROM search; DELETE FROM node",
		    NULL, NULL, NULL) != SQLITE_OK)
		return file_error(file, "to remove all rows");
	return CKR_OK;
}

static CK_RV
read_number(struct store_file *file, enum statement which, uint64_t *number)
{
	sqlite3_stmt *statement = statement_get(file, which);

	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		return file_error(file, "to count its rows");
	*number = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return CKR_OK;
}

CK_RV
store_file_count(struct store_file *file, uint64_t *count, uint32_t *highest)
{
	uint64_t last;
	CK_RV rv;

	if ((rv = read_number(file, COUNT_ROWS, count)) != CKR_OK ||
		(rv = read_number(file, HIGHEST_ROW, &last)) != CKR_OK)
		return rv;
	*highest = last > UINT32_MAX ? UINT32_MAX : (uint32_t)last;
	return CKR_OK;
}

void
file_ids_clear(struct file_ids *ids)
{
	free(ids->at);
	*ids = (struct file_ids){ 0 };
}

bool
file_ids_add(struct file_ids *ids, uint32_t id)
{
	size_t room = ids->room ? ids->room * 2 : 16;
	uint32_t *grown;

	if (ids->count == ids->room) {
		grown = reallocarray(ids->at, room, sizeof(*grown));
		if (!grown)
			return false;
		ids->at = grown;
		ids->room = room;
	}
	ids->at[ids->count++] = id;
	return true;
}

static CK_RV
collect(struct store_file *file, sqlite3_stmt *statement, struct file_ids *ids)
{
	CK_RV rv = CKR_OK;
	sqlite3_int64 id;
	int step;

	if (!statement)
		return file_error(file, "to search");
	while (rv == CKR_OK && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		id = sqlite3_column_int64(statement, 0);
		if (id > 0 && id < ROW_LIMIT &&
			!file_ids_add(ids, (uint32_t)id))
			rv = CKR_HOST_MEMORY;
	}
	if (rv == CKR_OK && step != SQLITE_DONE)
		rv = file_error(file, "to search");
	sqlite3_reset(statement);
	return rv;
}

CK_RV
store_file_search(struct store_file *file, const unsigned char *tag,
	size_t limit, struct file_ids *ids)
{
	sqlite3_stmt *statement = statement_get(file, SEARCH);

	bind_bytes(statement, 1, tag, TAG_SIZE);
	sqlite3_bind_int64(statement, 2, limit ? (sqlite3_int64)limit : -1);
	return collect(file, statement, ids);
}

bool
store_file_matches(
	struct store_file *file, const unsigned char *tag, uint32_t id)
{
	sqlite3_stmt *statement = statement_get(file, MATCH);
	bool matches;

	bind_bytes(statement, 1, tag, TAG_SIZE);
	sqlite3_bind_int64(statement, 2, id);
	matches = statement && sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_reset(statement);
	return matches;
}

CK_RV
store_file_list(
	struct store_file *file, bool with_private, struct file_ids *ids)
{
	return collect(file,
		statement_get(file, with_private ? LIST : LIST_PUBLIC), ids);
}

CK_RV
store_file_each_entry(struct store_file *file,
	void (*visit)(void *context, const unsigned char *tag, uint32_t id),
	void *context)
{
	sqlite3_stmt *statement = statement_get(file, EACH_ENTRY);
	struct span tag;
	CK_RV rv = CKR_OK;
	int step;

	if (!statement)
		return file_error(file, "to read what is searched");
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		tag = take_span(statement, 0);
		if (tag.length == TAG_SIZE)
			visit(context, tag.at,
				(uint32_t)sqlite3_column_int64(statement, 1));
	}
	if (step != SQLITE_DONE)
		rv = file_error(file, "to read what is searched");
	sqlite3_reset(statement);
	return rv;
}

bool
store_file_read_node(
	void *context, uint64_t node, unsigned char digests[NODE_SIZE])
{
	struct store_file *file = context;
	sqlite3_stmt *statement = statement_get(file, READ_NODE);
	bool found;

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)node);
	found = statement && sqlite3_step(statement) == SQLITE_ROW &&
		take_exactly(statement, 0, digests, NODE_SIZE);
	sqlite3_reset(statement);
	return found;
}

bool
store_file_write_node(
	void *context, uint64_t node, const unsigned char digests[NODE_SIZE])
{
	struct store_file *file = context;
	sqlite3_stmt *statement = statement_get(file, WRITE_NODE);

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)node);
	bind_bytes(statement, 2, digests, NODE_SIZE);
	return statement_finish(file, statement, "to write a node") == CKR_OK;
}

CK_RV
store_file_wake_others(struct store_file *file)
{
	return run(file, WAKE, "to wake others");
}

CK_RV
store_file_mark_remains(struct store_file *file)
{
	return run(file, MARK_REMAINS, "to mark what remains");
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
		return file_error(file, "to clear its journal");
	return run(file, UNMARK_REMAINS, "to mark what remains");
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
	if (chmod(path, 0600) != 0)
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
	sqlite3_busy_timeout(sqlite, busy_milliseconds);
	if (sqlite3_exec(sqlite,
		    "PRAGMA mmap_size = 0; PRAGMA secure_delete = ON;"
		    "PRAGMA cell_size_check = ON; PRAGMA cache_size = -8192;"
		    "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;",
		    NULL, NULL, NULL) != SQLITE_OK)
		return file_error(file, "to set it up");
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
		rv = file_error(file, "to open it");
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
		rv = file_error(file, "to recognise it");
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

/* The tables are those of this version, and nothing is beside them. */
static CK_RV
compare_tables(struct store_file *file)
{
	sqlite3_stmt *statement = NULL;
	bool right = true;
	int i = 0, step;

	if (sqlite3_prepare_v2(file->sqlite,
		    "SELECT name, sql FROM sqlite_schema ORDER BY name", -1,
		    &statement, NULL) != SQLITE_OK)
		return file_error(file, "to read its tables");
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		right = right && i < TABLES &&
			text_is(statement, 0, tables[i].name) &&
			text_is(statement, 1, tables[i].text);
		i++;
	}
	right = right && step == SQLITE_DONE && i == TABLES;
	sqlite3_finalize(statement);
	if (!right)
		return refuse(CKR_DEVICE_ERROR,
			"the token's file has other tables than ours");
	return CKR_OK;
}

static CK_RV
recognize(struct store_file *file, const char *path)
{
	sqlite3_int64 application = 0, version = 0;
	CK_RV rv;

	rv = read_pragma(file, "PRAGMA application_id", &application);
	if (rv == CKR_OK)
		rv = read_pragma(file, "PRAGMA user_version", &version);
	if (rv != CKR_OK)
		return rv;
	if (application != APPLICATION_ID)
		return refuse(CKR_TOKEN_NOT_RECOGNIZED,
			"%s is not the file of a token", path);
	if (version != FILE_VERSION)
		return refuse(CKR_TOKEN_NOT_RECOGNIZED,
			"%s is of version %lld: this program knows %d", path,
			(long long)version, FILE_VERSION);
	return compare_tables(file);
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
	char version[96];
	int i;
	bool right;
	CK_RV rv;

	snprintf(version, sizeof(version),
		"PRAGMA application_id = %d; PRAGMA user_version = %d;",
		APPLICATION_ID, FILE_VERSION);
	right = sqlite3_exec(file->sqlite, version, NULL, NULL, NULL) ==
		SQLITE_OK;
	for (i = 0; right && i < TABLES; i++)
		right = sqlite3_exec(file->sqlite, tables[i].text, NULL, NULL,
				NULL) == SQLITE_OK;
	right = right &&
		sqlite3_exec(file->sqlite,
			"INSERT INTO notice VALUES (1, 0, 0)", NULL, NULL,
			NULL) == SQLITE_OK;
	if (!right)
		return file_error(file, "to make its tables");
	rv = store_file_write_token(file, token);
	/* From here on it has a journal beside it; nobody else is there. */
	if (rv == CKR_OK &&
		sqlite3_exec(file->sqlite, "PRAGMA journal_mode = WAL", NULL,
			NULL, NULL) != SQLITE_OK)
		rv = file_error(file, "to give it a journal");
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
	if (rv == CKR_OK && link(made, path) != 0)
		rv = refuse(errno == EEXIST ? CKR_FUNCTION_FAILED
					    : CKR_TOKEN_WRITE_PROTECTED,
			"%s: %s", path, strerror(errno));
	unlink(made);
	free(made);
	return rv;
}
