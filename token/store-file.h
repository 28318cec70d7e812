/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's SQLite file: its tables read and written, nothing judged. */

#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "token/wrapping.h"
#include "token/tree.h"

/*
 * One connection; one thread at a time. Errors are noted with what SQLite said
 * and come as CKR_DEVICE_ERROR (damaged), CKR_DEVICE_MEMORY (disk full),
 * CKR_TOKEN_WRITE_PROTECTED, CKR_HOST_MEMORY or CKR_FUNCTION_FAILED (busy for
 * long).
 */
struct store_file;

/* FILE_VERSION is part of what is sealed and signed. */
enum { TAG_SIZE = 16, FILE_VERSION = 1 };

/* What a TPM has to do with the user's PIN: the places where it keeps the
 * secret and the counter; 0: nothing. Without them, former says that there may
 * be some all the same: of before, or made by a process that died. */
struct file_guard {
	uint32_t secret, counter, former;
	uint64_t reached; /* what the counter says, or is about to say */
};

/* The one row of the table token, and of guard. The signature covers all the
 * rest. */
struct file_token {
	unsigned char id[TOKEN_ID_SIZE];
	CK_UTF8CHAR label[32];
	uint64_t made; /* how often the token was initialised */
	unsigned char verifier[VERIFIER_SIZE];
	bool has_wrapping[2]; /* by CKU_SO and CKU_USER, which are 0 and 1 */
	unsigned char wrapping[2][WRAPPING_SIZE];
	struct file_guard guard;
	uint64_t change;  /* counts changes; a row has that of its own */
	uint64_t count;   /* of rows */
	uint32_t highest; /* row id ever used */
	unsigned char top[DIGEST_SIZE];
	unsigned char signature[SIGNATURE_SIZE];
};

struct file_row {
	uint32_t id;
	uint64_t version;
	bool is_private;
	struct span tags; /* TAG_SIZE each */
	struct span open, sealed;
};

/* Makes a new file with the tables of this version and the token's row.
 * CKR_FUNCTION_FAILED when there is a file at path already. */
CK_RV store_file_make(const char *path, const struct file_token *token);
/* Opens a file, whose tables must be exactly those of this version.
 * CKR_TOKEN_NOT_RECOGNIZED. */
CK_RV store_file_open(const char *path, struct store_file **result);
void store_file_close(struct store_file *file);

/* A transaction: for reading one state of the file, or to change it at the
 * end or not at all. Ends by commit or rollback. */
CK_RV store_file_begin(struct store_file *file, bool to_write);
CK_RV store_file_commit(struct store_file *file);
void store_file_rollback(struct store_file *file);
/* Whether commits reach the disk before they return; they do at first. */
CK_RV store_file_be_durable(struct store_file *file, bool durable);

/* A number that is another when another connection has changed the file. */
CK_RV store_file_version(struct store_file *file, uint32_t *version);
/* Nobody has changed the file since this was asked last; false in doubt. Costs
 * next to nothing. */
bool store_file_is_as_seen(struct store_file *file);

CK_RV store_file_read_token(struct store_file *file, struct file_token *token);
CK_RV store_file_write_token(
	struct store_file *file, const struct file_token *token);

/* A row, or the first with an id not below the given one. What it points to
 * lives until the next call. CKR_OBJECT_HANDLE_INVALID: there is none. */
CK_RV store_file_read_row(
	struct store_file *file, uint32_t id, struct file_row *row);
CK_RV store_file_seek(struct store_file *file, uint32_t id);
CK_RV store_file_next_row(struct store_file *file, struct file_row *row);
/* Adds, replaces (also what searches find it by) or removes. */
CK_RV store_file_write_row(
	struct store_file *file, const struct file_row *row, bool is_new);
CK_RV store_file_remove_row(struct store_file *file, uint32_t id);
/* The same for a row that was altered: what searches find it by is looked for
 * everywhere. It may be missing. */
CK_RV store_file_remove_altered(struct store_file *file, uint32_t id);
CK_RV store_file_remove_all(struct store_file *file);
/* How many rows there are, and the highest id. */
CK_RV store_file_count(
	struct store_file *file, uint64_t *count, uint32_t *highest);

/* Ids, ascending, that a search by the tag finds: at most limit (0: all). */
struct file_ids {
	uint32_t *at;
	size_t count, room;
};

void file_ids_clear(struct file_ids *ids);
bool file_ids_add(struct file_ids *ids, uint32_t id);
CK_RV store_file_search(struct store_file *file, const unsigned char *tag,
	size_t limit, struct file_ids *ids);
bool store_file_matches(
	struct store_file *file, const unsigned char *tag, uint32_t id);
/* All rows, without the private ones or with them. */
CK_RV store_file_list(
	struct store_file *file, bool with_private, struct file_ids *ids);
/* Calls visit for each entry that searches go by. */
CK_RV store_file_each_entry(struct store_file *file,
	void (*visit)(void *context, const unsigned char *tag, uint32_t id),
	void *context);

/* What mending needs. */
CK_RV store_file_remove_entries(struct store_file *file);
CK_RV store_file_add_entry(
	struct store_file *file, const unsigned char *tag, uint32_t id);
CK_RV store_file_remove_nodes(struct store_file *file);

/* For struct tree_shelf; the context is the file. */
bool store_file_read_node(
	void *file, uint64_t node, unsigned char digests[NODE_SIZE]);
bool store_file_write_node(
	void *file, uint64_t node, const unsigned char digests[NODE_SIZE]);

/* Makes other connections look again, without any change of the token. */
CK_RV store_file_wake_others(struct store_file *file);
/* Replaced wrappings may still be in the journal (to be set in the transaction
 * that replaces one); and clears the journal, with every trace of them. */
CK_RV store_file_mark_remains(struct store_file *file);
CK_RV store_file_clear_remains(struct store_file *file);

#endif
