/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of a token's file, version by version. */

#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include <stddef.h>

struct store_table {
	const char *name, *text;
};

/*
 * What a file of a version has, word for word as SQLite keeps the texts, sorted
 * by name: a file with anything else in it is not ours. upgrade makes it of the
 * layout before; it may change tables, and nothing that is sealed or signed,
 * which takes a login.
 */
struct store_layout {
	int version;
	const struct store_table *tables;
	size_t count;
	const char *upgrade; /* SQL; the first has none */
};

/* Ascending; files are made by the last, and brought up to it when opened. */
extern const struct store_layout store_layouts[];
extern const size_t store_layouts_count;

#endif
