/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a token's file, version by version. */

#include "config.h"

#include "token/store-layout.h"

/* What every version has. */
#define COMMON \
	{ "node", \
		"CREATE TABLE node (id INTEGER PRIMARY KEY," \
		" digests BLOB NOT NULL) STRICT" }, \
		{ "notice", \
			"CREATE TABLE notice (id INTEGER PRIMARY KEY," \
			" wakes INTEGER NOT NULL, remains INTEGER NOT NULL) " \
			"STRICT" }, \
		{ "object", \
			"CREATE TABLE object (id INTEGER PRIMARY KEY," \
			" version INTEGER NOT NULL, is_private INTEGER NOT " \
			"NULL," \
			" tags BLOB NOT NULL, open BLOB NOT NULL," \
			" sealed BLOB NOT NULL) STRICT" }, \
		{ "object_by_privacy", \
			"CREATE INDEX object_by_privacy ON object " \
			"(is_private)" }, \
		{ "search", \
			"CREATE TABLE search (tag BLOB NOT NULL, id INTEGER " \
			"NOT NULL," \
			" PRIMARY KEY (tag, id)) STRICT, WITHOUT ROWID" }, \
	{ \
		"token", \
			"CREATE TABLE token (id INTEGER PRIMARY KEY," \
			" serial BLOB NOT NULL, label BLOB NOT NULL," \
			" made INTEGER NOT NULL, verifier BLOB NOT NULL," \
			" so_wrapping BLOB, user_wrapping BLOB," \
			" change INTEGER NOT NULL, count INTEGER NOT NULL," \
			" highest INTEGER NOT NULL, top BLOB NOT NULL," \
			" signature BLOB NOT NULL) STRICT" \
	}

static const struct store_table first[] = { COMMON };

/* What a TPM has to do with the token: no row, or one. */
#define GUARD \
	"CREATE TABLE guard (id INTEGER PRIMARY KEY," \
	" secret INTEGER NOT NULL, counter INTEGER NOT NULL," \
	" reached INTEGER NOT NULL, former INTEGER NOT NULL) STRICT"

static const struct store_table second[] = { { "guard", GUARD }, COMMON };

const struct store_layout store_layouts[] = {
	{ 1, first, sizeof(first) / sizeof(*first), NULL },
	{ 2, second, sizeof(second) / sizeof(*second), GUARD },
};
const size_t store_layouts_count =
	sizeof(store_layouts) / sizeof(*store_layouts);
