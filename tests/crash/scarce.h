/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that runs short at a moment that a test chooses: the program is linked
 * so that malloc and its like are asked here, also for libcrypto. */

#ifndef SCARCE_H
#define SCARCE_H

#include <stdbool.h>

/* Whose allocations: libcrypto is not always as careful. */
enum scarce_source {
	SCARCE_OURS,
	SCARCE_LIBCRYPTO,
	SCARCE_SQLITE,
	SCARCE_MAPPING,
	SCARCE_SOURCES
};

/* Counts one; whether it is the one that fails. */
bool scarce_refuses(enum scarce_source source);
/* Of a program that is linked with scarce-sqlite.c: all that SQLite took it has
 * given back. It is of no use afterwards. */
void scarce_expect_no_leak_of_sqlite(void);

/*
 * Runs work once to count its allocations, then again and again in children of
 * its own, in which the first, second, third ... allocation fails: each, or
 * with a stride so that there are at most 50 (or SCARCE_RUNS of them). A child
 * that crashes, hangs or leaks (which a sanitizer tells) fails the test. After
 * each, check is run in a child with memory enough, unless it is NULL.
 */
void scarce_run(void (*work)(void), void (*check)(void));
/* In work: whether the allocation that fails has failed. */
bool scarce_has_failed(void);
/* In work: whether the one that fails is of this source. */
bool scarce_was_of(enum scarce_source source);

#endif
