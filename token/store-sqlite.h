/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the store that speak SQL share. */

#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include "token/store-file.h"

/* Named without SQLite's header, which only the sources include. */
struct sqlite3;
struct sqlite3_stmt;

enum statement {
	BEGIN_READING,
	BEGIN_WRITING,
	COMMIT,
	ROLLBACK,
	DATA_VERSION,
	READ_TOKEN,
	WRITE_TOKEN,
	READ_GUARD,
	WRITE_GUARD,
	REMOVE_GUARD,
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

/* The head of the journal's index; a second copy of it follows. */
enum { GLANCE_WORDS = 48 / 4 };

struct store_file {
	struct sqlite3 *sqlite;
	struct sqlite3_stmt *statements[STATEMENTS];
	bool is_durable;
	bool has_index;
	uint32_t seen[GLANCE_WORDS];
};

/* Whether the file has a journal with an index in shared memory. */
bool store_file_has_index(struct store_file *file);

enum { BUSY_MILLISECONDS = 10000 };

/* Notes what SQLite says of its last error, and gives the CK_RV for it. */
CK_RV store_file_error(struct store_file *file, const char *doing);

/* Gives the statement, ready for values; NULL when it cannot be had, which
 * SQLite takes for a statement that fails. */
struct sqlite3_stmt *statement_get(
	struct store_file *file, enum statement which);
/* Runs a statement that gives no row to the end, and frees its locks. */
CK_RV statement_finish(struct store_file *file, struct sqlite3_stmt *statement,
	const char *doing);
/* Both at once. */
CK_RV statement_run(
	struct store_file *file, enum statement which, const char *doing);

/* Borrowed until the statement was finished. */
void statement_bind(struct sqlite3_stmt *statement, int index, const void *at,
	size_t length);
/* Takes a value of exactly that length. */
bool statement_take(
	struct sqlite3_stmt *statement, int column, void *to, size_t length);
/* Borrowed until the statement is stepped or reset. */
struct span statement_span(struct sqlite3_stmt *statement, int column);

#endif
