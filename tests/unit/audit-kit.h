/* SPDX-License-Identifier: BSD-2-Clause */
/* An audit log in the test's folder: written, altered, verified. */

#ifndef AUDIT_KIT_H
#define AUDIT_KIT_H

#include "keeper/audit-verify.h"
#include "keeper/audit.h"

/* How start() opens the log (what is 0 gets a value there), and the code that
 * the log is under. */
extern struct audit_settings settings;
extern struct secret code;

/* A path in the test's folder; the fourth call from here overwrites it. */
const char *path(const char *name);

struct audit *start(void);
/* Signatures, that many, each flushed. */
void add(struct audit *audit, unsigned count);
/* Lines 1 (begin), 2 (code), 3 to 12, and 13 (stop), all under the code. */
void fresh_log(void);

/* What is read lives as long as the test. */
char *read_file(const char *name, size_t *length);
void write_file(const char *name, const char *at, size_t length);

/* The lines of audit.log, ends included. */
struct lines {
	char *at[256];
	size_t length[256], count;
};

struct lines read_lines(void);
void write_lines(const struct lines *lines);

/* What a verification found: the first of it, and the sum. */
extern struct found {
	struct audit_place first;
	struct audit_summary sum;
	unsigned long count;
} found;

/* Fills found; the code may be NULL, and so may the file of anchors. */
void verify_with(const struct secret *with, const char *anchors);
/* By the code: this was found first, or nothing. */
void expect_finding(enum audit_finding finding, uint64_t number);
void expect_sound(void);

#endif
