/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a token's file: its own row, objects, entries and nodes. */

#include "config.h"

#include "token/store-sqlite.h"

#include "pkcs11/log.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static bool
take_wrapping(sqlite3_stmt *statement, int column, struct file_token *token,
	CK_USER_TYPE user)
{
	token->has_wrapping[user] =
		sqlite3_column_type(statement, column) != SQLITE_NULL;
	return !token->has_wrapping[user] ||
		statement_take(statement, column, token->wrapping[user],
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
		statement_take(statement, 0, token->id, sizeof(token->id)) &&
		statement_take(
			statement, 1, token->label, sizeof(token->label)) &&
		statement_take(statement, 3, token->verifier, VERIFIER_SIZE) &&
		take_wrapping(statement, 4, token, CKU_SO) &&
		take_wrapping(statement, 5, token, CKU_USER) &&
		statement_take(statement, 9, token->top, DIGEST_SIZE) &&
		statement_take(statement, 10, token->signature, SIGNATURE_SIZE);
}

static CK_RV
read_guard(struct store_file *file, struct file_guard *guard)
{
	sqlite3_stmt *statement = statement_get(file, READ_GUARD);
	int step = statement ? sqlite3_step(statement) : SQLITE_ERROR;

	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_file_error(file, "to read its guard");
	if (step == SQLITE_ROW) {
		guard->secret = (uint32_t)sqlite3_column_int64(statement, 0);
		guard->counter = (uint32_t)sqlite3_column_int64(statement, 1);
		guard->reached = (uint64_t)sqlite3_column_int64(statement, 2);
		guard->former = (uint32_t)sqlite3_column_int64(statement, 3);
	}
	sqlite3_reset(statement);
	return CKR_OK;
}

static CK_RV
write_guard(struct store_file *file, const struct file_guard *guard)
{
	sqlite3_stmt *statement;

	if (!guard->secret && !guard->former)
		return statement_run(file, REMOVE_GUARD, "to write its guard");
	statement = statement_get(file, WRITE_GUARD);
	sqlite3_bind_int64(statement, 1, guard->secret);
	sqlite3_bind_int64(statement, 2, guard->counter);
	sqlite3_bind_int64(statement, 3, (sqlite3_int64)guard->reached);
	sqlite3_bind_int64(statement, 4, guard->former);
	return statement_finish(file, statement, "to write its guard");
}

CK_RV
store_file_read_token(struct store_file *file, struct file_token *token)
{
	sqlite3_stmt *statement = statement_get(file, READ_TOKEN);
	struct file_token found = { 0 };
	int step;
	bool right;
	CK_RV rv;

	step = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		return store_file_error(file, "to read the token's row");
	right = step == SQLITE_ROW && take_token(statement, &found);
	sqlite3_reset(statement);
	if (!right)
		return refuse(CKR_DEVICE_ERROR,
			"the token's own row is missing or malformed");
	rv = read_guard(file, &found.guard);
	if (rv == CKR_OK)
		*token = found;
	return rv;
}

static void
bind_wrapping(sqlite3_stmt *statement, int index,
	const struct file_token *token, CK_USER_TYPE user)
{
	if (token->has_wrapping[user])
		statement_bind(
			statement, index, token->wrapping[user], WRAPPING_SIZE);
	else
		sqlite3_bind_null(statement, index);
}

CK_RV
store_file_write_token(struct store_file *file, const struct file_token *token)
{
	sqlite3_stmt *statement;
	CK_RV rv = write_guard(file, &token->guard);

	if (rv != CKR_OK)
		return rv;
	statement = statement_get(file, WRITE_TOKEN);
	if (statement) {
		statement_bind(statement, 1, token->id, sizeof(token->id));
		statement_bind(
			statement, 2, token->label, sizeof(token->label));
		sqlite3_bind_int64(statement, 3, (sqlite3_int64)token->made);
		statement_bind(statement, 4, token->verifier, VERIFIER_SIZE);
		bind_wrapping(statement, 5, token, CKU_SO);
		bind_wrapping(statement, 6, token, CKU_USER);
		sqlite3_bind_int64(statement, 7, (sqlite3_int64)token->change);
		sqlite3_bind_int64(statement, 8, (sqlite3_int64)token->count);
		sqlite3_bind_int64(statement, 9, token->highest);
		statement_bind(statement, 10, token->top, DIGEST_SIZE);
		statement_bind(statement, 11, token->signature, SIGNATURE_SIZE);
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
		return store_file_error(file, "to read a row");
	id = sqlite3_column_int64(statement, 0);
	is_private = sqlite3_column_int64(statement, 2);
	if (id < 1 || id >= ROW_LIMIT || is_private < 0 || is_private > 1)
		return refuse(CKR_DEVICE_ERROR, "row %lld was never ours",
			(long long)id);
	row->id = (uint32_t)id;
	row->version = (uint64_t)sqlite3_column_int64(statement, 1);
	row->is_private = is_private != 0;
	row->tags = statement_span(statement, 3);
	row->open = statement_span(statement, 4);
	row->sealed = statement_span(statement, 5);
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
		return store_file_error(file, "to read rows");
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

	statement_bind(statement, 1, tag, TAG_SIZE);
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
		statement_bind(statement, 4, row->tags.at, row->tags.length);
		statement_bind(statement, 5, row->open.at, row->open.length);
		statement_bind(
			statement, 6, row->sealed.at, row->sealed.length);
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
	return statement_run(
		file, REMOVE_ENTRIES, "to remove what is searched");
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
	return statement_run(file, REMOVE_NODES, "to remove its nodes");
}

CK_RV
store_file_remove_all(struct store_file *file)
{
	if (sqlite3_exec(file->sqlite,
		    "DELETE FROM object; DELETE FROM search; DELETE FROM node",
		    NULL, NULL, NULL) != SQLITE_OK)
		return store_file_error(file, "to remove all rows");
	return CKR_OK;
}

static CK_RV
read_number(struct store_file *file, enum statement which, uint64_t *number)
{
	sqlite3_stmt *statement = statement_get(file, which);

	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		return store_file_error(file, "to count its rows");
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
		return store_file_error(file, "to search");
	while (rv == CKR_OK && (step = sqlite3_step(statement)) == SQLITE_ROW) {
		id = sqlite3_column_int64(statement, 0);
		if (id > 0 && id < ROW_LIMIT &&
			!file_ids_add(ids, (uint32_t)id))
			rv = CKR_HOST_MEMORY;
	}
	if (rv == CKR_OK && step != SQLITE_DONE)
		rv = store_file_error(file, "to search");
	sqlite3_reset(statement);
	return rv;
}

CK_RV
store_file_search(struct store_file *file, const unsigned char *tag,
	size_t limit, struct file_ids *ids)
{
	sqlite3_stmt *statement = statement_get(file, SEARCH);

	statement_bind(statement, 1, tag, TAG_SIZE);
	sqlite3_bind_int64(statement, 2, limit ? (sqlite3_int64)limit : -1);
	return collect(file, statement, ids);
}

bool
store_file_matches(
	struct store_file *file, const unsigned char *tag, uint32_t id)
{
	sqlite3_stmt *statement = statement_get(file, MATCH);
	bool matches;

	statement_bind(statement, 1, tag, TAG_SIZE);
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
		return store_file_error(file, "to read what is searched");
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		tag = statement_span(statement, 0);
		if (tag.length == TAG_SIZE)
			visit(context, tag.at,
				(uint32_t)sqlite3_column_int64(statement, 1));
	}
	if (step != SQLITE_DONE)
		rv = store_file_error(file, "to read what is searched");
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
		statement_take(statement, 0, digests, NODE_SIZE);
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
	statement_bind(statement, 2, digests, NODE_SIZE);
	return statement_finish(file, statement, "to write a node") == CKR_OK;
}
