/* SPDX-License-Identifier: BSD-2-Clause */
/* A layer under SQLite that counts writes, lets one fail, and tells where a
 * process was when it died. */

#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>

/* What the process did last; SHIM_QUIET is computing, and reading. */
enum shim_stage {
	SHIM_QUIET,
	SHIM_JOURNAL, /* writing to the journal (WAL) */
	SHIM_JOURNAL_SYNC,
	SHIM_FILE, /* writing to the file itself */
	SHIM_FILE_SYNC,
	SHIM_CUT, /* cutting one of them off */
	SHIM_STAGES
};

enum shim_fault {
	SHIM_ERROR, /* nothing is written, an input/output error */
	SHIM_FULL,  /* nothing is written, the disk is full */
	SHIM_SHORT, /* half is written, then the disk is full */
	SHIM_FAULTS,
	SHIM_KILL /* half is written, then the process is killed */
};

/* May lie in memory that processes share. */
struct shim {
	volatile unsigned writes;  /* so far: writing, syncing, cutting off */
	volatile unsigned fail_at; /* the number of the one to fail; 0: none */
	volatile enum shim_fault fault;
	volatile bool goes_on; /* and all that follow */
	volatile unsigned failed;
	volatile enum shim_stage stage;
	bool is_fast; /* nothing is synced in truth */
};

/* From now on every file that SQLite opens goes through it. */
void shim_install(struct shim *shim);

#endif
