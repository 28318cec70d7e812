/* SPDX-License-Identifier: BSD-2-Clause */
/* A table from numbers (handles) to what they stand for. */

#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table_entry {
	unsigned long number;
	void *value; /* NULL: the place is free */
};

/* Starts empty ({ 0 }). It does not own the values. */
struct table {
	struct table_entry *at;
	size_t size, count;
};

void *table_find(const struct table *table, unsigned long number);
/* Adds or replaces; value is not NULL. False: memory is short. */
bool table_put(struct table *table, unsigned long number, void *value);
/* Removes and returns; NULL when it was not there. */
void *table_take(struct table *table, unsigned long number);
/* The values one after another: *cursor starts at 0; NULL at the end. The table
 * must not change in between. */
void *table_next(const struct table *table, size_t *cursor);
void table_clear(struct table *table);

#endif
