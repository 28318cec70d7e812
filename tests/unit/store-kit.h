/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in the test's folder, and what tests do to its file. */

#ifndef STORE_KIT_H
#define STORE_KIT_H

#include "token/store.h"

#define USER_PIN "correct horse"
#define SO_PIN "battery staple"

/* The path of the test's token, and of another in the same folder. */
const char *store_path(void);
const char *other_path(void);

/* A new token with both PINs, and the user logged in. */
struct store *fresh_store(void);
struct store *fresh_store_at(const char *path);
/* Makes the test's token anew, with no PIN yet. */
CK_RV initialize_store(const struct store_tries *tries);
struct store *open_store(void);
CK_RV login(struct store *store);

/* Adds a row with the text as open blob and label; a private one has a sealed
 * blob too. All have CKO_DATA in the column for the class. */
object_id add_public(struct store *store, const char *label);
object_id add_private(
	struct store *store, const char *label, const char *secret);
/* The one row with that label; 0: none. */
object_id find_label(struct store *store, const char *label);
CK_RV find_rv(struct store *store, const char *label);
size_t count_all(struct store *store);

/* The file alone; no journal stays beside it. */
void copy_store(const char *from, const char *to);

/* Runs SQL on the file behind the store's back. */
void run_sql(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What it says first, as a number. */
long long ask_sql(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Keeps the log; the stores of this kit do so themselves. */
void store_kit_keep_log(void);
/* The lines of the log so far that have the text in them. */
unsigned count_log(const char *text);

#endif
