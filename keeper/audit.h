/* SPDX-License-Identifier: BSD-2-Clause */
/* The audit log, as its only writer sees it. */

#ifndef AUDIT_H
#define AUDIT_H

#include "keeper/audit-record.h"
#include "pkcs11/bytes.h"

/*
 * A keeper's lines go to audit.log in its folder; full files become
 * audit.log.NUMBER by the number of their first line; audit.state has the
 * present key. Lines are tied together and sealed as audit-chain.h says.
 * Nothing here is for several threads.
 */
struct audit;

struct audit_settings {
	const char *folder;     /* borrowed while the log is open */
	const char *system_log; /* a socket: /dev/log; NULL: none */
	size_t file_size;       /* a longer file is put aside */
	unsigned files_kept;    /* of those that were put aside */
	unsigned anchor_lines;  /* after so many the system log gets one */
	bool has_anchor_file;   /* audit.anchors in the folder gets it too */
};

/*
 * Opens the log or begins it; goes on where a keeper that was killed left it;
 * writes a line that says so. NULL, with the reason in the log: there can be
 * none, and nothing must happen that should be in it.
 */
struct audit *audit_open(const struct audit_settings *settings);
/* Writes a last line and an anchor. */
void audit_close(struct audit *audit);

/* Adds a line; audit_has_room must have said so. */
void audit_add(struct audit *audit, const struct audit_record *record,
	const struct audit_author *author);
bool audit_has_room(struct audit *audit);
/* Hands all lines to the system: they outlive this process, and at each anchor
 * they are on the disk. False: some wait for another attempt. */
bool audit_flush(struct audit *audit);
/* Milliseconds after which that is to be called again, though no line came; -1:
 * only then. */
int audit_patience(const struct audit *audit);

/* From the next line on the keys come from a new verification code, which the
 * caller gets and nobody keeps. False: it could not be written. */
bool audit_new_code(struct audit *audit, struct secret *code);

#endif
