/* SPDX-License-Identifier: BSD-2-Clause */
/* One token's file: rows of objects, authenticated and partly sealed. */

#ifndef STORE_H
#define STORE_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"
#include "token/tpm.h"

#include <stdint.h>

/*
 * The store knows blobs, ids and index columns, not policy and not attributes.
 * Safe in several threads; other processes may have the same file open. What
 * is promised before and after login: doc/STORE.md. When the file was removed
 * or replaced, every call that needs it is CKR_DEVICE_REMOVED.
 */
struct store;

/* A row's number: never used twice in a file's life, also over a new
 * initialisation. It is the object's handle; below 2^30. */
typedef uint32_t object_id;

/* What a search can be for. A row carries a value or none in each column. */
enum store_column {
	COLUMN_CLASS,
	COLUMN_ID,
	COLUMN_LABEL,
	COLUMN_SUBJECT,
	COLUMN_ISSUER,
	COLUMN_SERIAL,
	COLUMN_VALUE, /* certificates: the DER; public keys: modulus or point */
	COLUMN_KEY_TYPE,
	COLUMN_COUNT
};

struct store_value {
	const void *at; /* NULL: the row has no such value; borrowed */
	size_t length;
};

/* A row as the object layer sees it. */
struct store_row {
	object_id id;
	/* Set by reading: the change that wrote the row. Another number means
	 * that the row may have changed; it never comes back. */
	uint64_t version;
	/* Invisible, and open blob sealed as well, until the user logs in. */
	bool is_private;
	struct bytes open;    /* readable (before login if not is_private) */
	struct secret sealed; /* readable after login only; may be empty */
};

void store_row_clear(struct store_row *row);

/* Parameters of the memory-hard KDF for new PINs: memory in KiB. */
struct store_cost {
	uint32_t memory;
};

/* A token's public key, which its rows are signed by. */
enum { TOKEN_KEY_SIZE = 32 };

/* What is kept outside of the store, since whoever can put an old file back
 * could put that back too: PIN tries are counted before the check, and how far
 * the token has come is remembered. NULL where one is asked for: nothing is
 * counted, and nothing is remembered longer than the store is open. */
struct store_tries {
	/* Counts a try of user (CKU_USER, CKU_SO) on the token with this
	 * serial, durably, before it is checked. CKR_PIN_LOCKED: none is left.
	 */
	CK_RV (*count)(void *context, const char *serial, CK_USER_TYPE user);
	/* The try that was counted last was right. */
	void (*clear)(void *context, const char *serial, CK_USER_TYPE user);
	/* How many are left, of how many. */
	void (*look)(void *context, const char *serial, CK_USER_TYPE user,
		unsigned *left, unsigned *limit);
	void *context;
	/* Notes that the token with this key was seen after so many changes,
	 * and gives the most that anyone noted. */
	uint64_t (*recall)(void *context,
		const unsigned char key[TOKEN_KEY_SIZE], uint64_t changes);
	/* Notes it, without waiting. */
	void (*advance)(void *context, const unsigned char key[TOKEN_KEY_SIZE],
		uint64_t changes);
	/* A new connection to the machine's TPM, which the store closes; -1:
	 * there is none. What places there begin with goes to owner; for a
	 * recovery it may end the TPM's lock, but not often. */
	int (*reach_tpm)(void *context, bool is_recovery,
		unsigned char owner[TPM_OWNER_SIZE]);
	/* The try that was counted last was none: a PIN that was right once. */
	void (*give_back)(void *context, const char *serial, CK_USER_TYPE user);
};

/* What a token's file says of itself, readable by anyone. */
struct store_token {
	CK_UTF8CHAR label[32]; /* padded with blanks */
	char serial[17];       /* 16 hexadecimal digits: the token's id */
	bool user_pin_is_set;
	struct store_cost cost; /* of the user PIN; of the SO PIN without one */
	uint64_t made;          /* how often it was initialised */
	bool is_guarded;        /* a TPM guards the user's PIN */
};

/*
 * Makes a new token in a new file, or makes the token in an existing one anew
 * (its objects are gone, its row numbers go on): when it exists, so_pin must be
 * the present one. The root key is wrapped under so_pin; the user PIN is set
 * later. CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_DEVICE_ERROR (disk).
 */
CK_RV store_initialize(const char *path, const CK_UTF8CHAR label[32],
	const void *so_pin, size_t length, const struct store_cost *cost,
	const struct store_tries *tries);

/* Opens an existing file; the caller owns *result.
 * CKR_TOKEN_NOT_RECOGNIZED: not a token or of a newer version;
 * CKR_DEVICE_ERROR: damaged, with the reason in the log. */
CK_RV store_open(const char *path, const struct store_tries *tries,
	struct store **result);
void store_close(struct store *store);
/* As the file was when it was looked at last (store_changes looks). */
void store_token(struct store *store, struct store_token *token);

/* Opens the root key, counts the try, and checks the whole set of rows: rows
 * that were edited, swapped, copied, transplanted or deleted are logged and
 * counted by store_damage; the login is good all the same, and the other rows
 * serve. CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_USER_PIN_NOT_INITIALIZED; where
 * a TPM guards the PIN: CKR_TOKEN_NOT_RECOGNIZED: it is not this one, or was
 * cleared; CKR_FUNCTION_REJECTED: it has seen a newer state of the token;
 * CKR_DEVICE_ERROR: it cannot be reached, or all of the file is older than it
 * was, so that no PIN of it is tried. The same wrong PIN again counts once.
 */
CK_RV store_login(
	struct store *store, CK_USER_TYPE user, const void *pin, size_t length);
void store_logout(struct store *store);
/* Who is logged in: CKU_USER, CKU_SO, or CK_UNAVAILABLE_INFORMATION, also when
 * another process initialised the token anew in the meantime. */
CK_USER_TYPE store_user(struct store *store);
/* After login: wraps the root key under a new PIN for user, and leaves nothing
 * of the old wrapping in the file or its journal. With old_pin (may be NULL)
 * the present one is checked first, and counts as a try. */
CK_RV store_set_pin(struct store *store, CK_USER_TYPE user, const void *old_pin,
	size_t old_length, const void *new_pin, size_t new_length,
	const struct store_cost *cost);
/* From now on the user's PINs that are set in this store are guarded by the
 * machine's TPM; those of a token that has such a PIN are in any case.
 * CKR_DEVICE_ERROR: there is none. */
CK_RV store_want_guard(struct store *store);
/* The same answer before there is a token that wants it. */
CK_RV store_find_guard(const struct store_tries *tries);
/* Checks a PIN without changing anything (a context-specific login). */
CK_RV store_check_pin(
	struct store *store, CK_USER_TYPE user, const void *pin, size_t length);

/* Adds, replaces, removes: one transaction each; a login is needed
 * (CKR_USER_NOT_LOGGED_IN), that of CKU_USER for private rows. columns are
 * COLUMN_COUNT values to search by. A row that was altered can be removed.
 * store_replace with a version: CKR_FUNCTION_REJECTED when the row is no longer
 * of that one, so that no change is lost under another. */
CK_RV store_add(struct store *store, const struct store_row *row,
	const struct store_value *columns, object_id *id);
CK_RV store_replace(struct store *store, const struct store_row *row,
	const struct store_value *columns);
CK_RV store_remove(struct store *store, object_id id);

/* Reads a row and checks it. CKR_OBJECT_HANDLE_INVALID: no such row (or it is
 * private and CKU_USER is not logged in); CKR_DEVICE_ERROR: it was altered, or
 * it is missing without having been removed. */
CK_RV store_read(struct store *store, object_id id, struct store_row *row);
/*
 * The ids of rows that have all the given values (a NULL value is any), in
 * ascending order; private ones for CKU_USER only. The caller frees *ids.
 * CKR_DEVICE_ERROR, once for each altered or missing row that the search might
 * have found, rather than a list that is silently shorter; the same search
 * again gives the sound rows. The rows' contents are checked when they are
 * read: when store_read says CKR_DEVICE_ERROR of one, so should the search.
 */
CK_RV store_find(struct store *store, const struct store_value *columns,
	object_id **ids, size_t *count);

/* A number that is another one when another process changed the file: a row,
 * a PIN, all of it, or the number of PIN tries that are left (then store_tries
 * is to be asked). Cheap enough for every use of a key. */
uint64_t store_changes(struct store *store);
/* How many rows are known to be altered or missing; the others serve. */
unsigned store_damage(struct store *store);

#endif
