/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of tomorrow, for tests: as if this program were a later version,
 * one whose step takes all rows along. */

#include "config.h"

/* What today's versions have comes before ours. */
#define store_layouts layouts_today
#define store_layouts_count layouts_today_count
#include "token/store-layout.c"
#undef store_layouts
#undef store_layouts_count

extern const struct store_layout store_layouts[];
extern const size_t store_layouts_count;

#define OBJECT \
	"CREATE TABLE object (id INTEGER PRIMARY KEY," \
	" version INTEGER NOT NULL, is_private INTEGER NOT NULL," \
	" tags BLOB NOT NULL, open BLOB NOT NULL," \
	" sealed BLOB NOT NULL) STRICT"
#define PRIVACY "CREATE INDEX object_by_privacy ON object (is_private)"
#define KEEPSAKE \
	"CREATE TABLE keepsake (id INTEGER PRIMARY KEY," \
	" digest BLOB NOT NULL) STRICT"

static struct store_table next[sizeof(second) / sizeof(*second) + 1];

const struct store_layout store_layouts[] = {
	{ 1, first, sizeof(first) / sizeof(*first), NULL },
	{ 2, second, sizeof(second) / sizeof(*second), GUARD },
	{ 3, next, sizeof(next) / sizeof(*next),
		"ALTER TABLE object RENAME TO before;"
		"DROP INDEX object_by_privacy;" OBJECT ";"
		"INSERT INTO object SELECT * FROM before;"
		"DROP TABLE before;" PRIVACY ";" KEEPSAKE ";"
		"INSERT INTO keepsake SELECT id, tags FROM object" },
};
const size_t store_layouts_count = 3;

/* Sorted: its name comes after the first. */
__attribute__((constructor)) static void
fill_next(void)
{
	size_t i;

	next[0] = second[0];
	next[1] = (struct store_table){ "keepsake", KEEPSAKE };
	for (i = 2; i < sizeof(next) / sizeof(*next); i++)
		next[i] = second[i - 1];
}
