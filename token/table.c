/* SPDX-License-Identifier: BSD-2-Clause */
/* A table from numbers (handles) to what they stand for. */

#include "config.h"

#include "token/table.h"

#include <stdint.h>
#include <stdlib.h>

/* Open addressing, at most three quarters full; the size is a power of two. */
static size_t
place_of(const struct table *table, unsigned long number)
{
	return (size_t)(((uint64_t)number * 0x9e3779b97f4a7c15U) >> 32) &
		(table->size - 1);
}

static size_t
search(const struct table *table, unsigned long number)
{
	size_t i = place_of(table, number);

	while (table->at[i].value && table->at[i].number != number)
		i = (i + 1) & (table->size - 1);
	return i;
}

void *
table_find(const struct table *table, unsigned long number)
{
	return table->count ? table->at[search(table, number)].value : NULL;
}

static bool
grow(struct table *table)
{
	struct table grown = { .size = table->size ? table->size * 2 : 16,
		.count = table->count };
	size_t i;

	grown.at = calloc(grown.size, sizeof(*grown.at));
	if (!grown.at)
		return false;
	for (i = 0; i < table->size; i++)
		if (table->at[i].value)
			grown.at[search(&grown, table->at[i].number)] =
				table->at[i];
	free(table->at);
	*table = grown;
	return true;
}

bool
table_put(struct table *table, unsigned long number, void *value)
{
	size_t i;

	if (table->count >= table->size / 4 * 3 && !grow(table))
		return false;
	i = search(table, number);
	table->count += !table->at[i].value;
	table->at[i] = (struct table_entry){ number, value };
	return true;
}

/* What follows a freed place without a gap may belong there: it moves up. */
static void
close_gap(struct table *table, size_t gap)
{
	size_t i = gap, home, mask = table->size - 1;

	for (;;) {
		i = (i + 1) & mask;
		if (!table->at[i].value)
			break;
		home = place_of(table, table->at[i].number);
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		table->at[gap] = table->at[i];
		gap = i;
	}
	table->at[gap].value = NULL;
}

void *
table_take(struct table *table, unsigned long number)
{
	void *value;
	size_t i;

	if (!table->count)
		return NULL;
	i = search(table, number);
	value = table->at[i].value;
	if (!value)
		return NULL;
	close_gap(table, i);
	table->count--;
	return value;
}

void *
table_next(const struct table *table, size_t *cursor)
{
	while (*cursor < table->size)
		if (table->at[(*cursor)++].value)
			return table->at[*cursor - 1].value;
	return NULL;
}

void
table_clear(struct table *table)
{
	free(table->at);
	*table = (struct table){ 0 };
}
