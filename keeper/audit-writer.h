/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the audit log's writer share. */

#ifndef AUDIT_WRITER_H
#define AUDIT_WRITER_H

#include "keeper/audit-line.h"
#include "keeper/audit-state.h"
#include "keeper/audit.h"

#include <sys/stat.h>

/* Lines that wait for the system to take them. */
enum { AUDIT_WAITING = 256 * 1024 };

struct audit {
	struct audit_settings settings;
	struct audit_state_file state_file;
	/* After the last line that waits. */
	struct audit_state state;
	int file;
	dev_t device; /* which file it is */
	ino_t inode;
	uint64_t first; /* number of the first line in it */
	char waiting[AUDIT_WAITING];
	size_t length;   /* of what waits */
	time_t anchored; /* when that was done last */
	bool is_held;    /* no other keeper writes */
	bool is_stuck;   /* and the log says so */
};

/* A path in the folder, which the next call overwrites. */
const char *audit_path(const struct audit *audit, const char *name);

/* Begins the next line: number, time and what it is about. */
void audit_line_begin(
	struct audit *audit, struct audit_text *text, const char *what);
/* What ties a line to the one before where that may be in another file. */
void audit_put_before(const struct audit *audit, struct audit_text *text);
/* Seals it and moves on to the next key; it waits to be written. False: the
 * crypto library failed, and no line was added. */
bool audit_line_end(struct audit *audit, struct audit_text *text);

/* Opens audit.log, which may be new; offset and first stay. */
bool audit_file_open(struct audit *audit);
/* Ends a line that somebody left unfinished; ours begin on their own. */
bool audit_file_end_line(struct audit *audit);
/* Puts the file aside and begins another. */
bool audit_file_turn(struct audit *audit);

/* audit-recover.c: the state and the file, wherever they were left; adds the
 * line that says how. */
bool audit_recover(struct audit *audit);
/* The same when another keeper wrote, or somebody else did something to it; a
 * line says so where it was somebody else. */
bool audit_catch_up(struct audit *audit);

/* audit-anchor.c: tells the system log how far the log goes. */
void audit_anchor(struct audit *audit);

#endif
