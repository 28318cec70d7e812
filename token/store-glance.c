/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a token's file was changed: a glance that costs no system call. */

#include "config.h"

#include "token/store-sqlite.h"

#include <sqlite3.h>
#include <string.h>

/* The index of the journal, which all connections have in shared memory, comes
 * in regions of this size. [SQLite, WAL-mode File Format, 2] */
enum { REGION = 32768 };

/* A change of the journal's mode needs the file alone: what it is when the file
 * was opened, it stays. */
bool
store_file_has_index(struct store_file *file)
{
	sqlite3_stmt *statement = NULL;
	const char *mode = NULL;
	bool has;

	if (sqlite3_prepare_v2(file->sqlite, "PRAGMA journal_mode", -1,
		    &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW)
		mode = (const char *)sqlite3_column_text(statement, 0);
	has = mode && strcmp(mode, "wal") == 0;
	sqlite3_finalize(statement);
	return has;
}

/* SQLite has it mapped; it is asked where. */
static const volatile uint32_t *
index_find(struct store_file *file)
{
	sqlite3_file *database = NULL;
	volatile void *index = NULL;

	if (!file->has_index ||
		sqlite3_file_control(file->sqlite, "main",
			SQLITE_FCNTL_FILE_POINTER, &database) != SQLITE_OK ||
		!database || !database->pMethods ||
		database->pMethods->iVersion < 2 ||
		database->pMethods->xShmMap(database, 0, REGION, 0, &index) !=
			SQLITE_OK)
		return NULL;
	return index;
}

/* Each commit ends by writing the head of the index: counters and a checksum
 * over the whole journal. SQLite itself goes by it when it begins to read. */
bool
store_file_is_as_seen(struct store_file *file)
{
	const volatile uint32_t *index = index_find(file);
	uint32_t head[GLANCE_WORDS];
	size_t i;

	if (!index)
		return false;
	for (i = 0; i < GLANCE_WORDS; i++)
		head[i] = index[i];
	if (memcmp(head, file->seen, sizeof(head)) == 0)
		return true;
	memcpy(file->seen, head, sizeof(head));
	return false;
}
