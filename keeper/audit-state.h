/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the audit log goes on: its present key, and what was written last. */

#ifndef AUDIT_STATE_H
#define AUDIT_STATE_H

#include "keeper/audit-chain.h"

enum { AUDIT_LOG_ID = 8 };

struct audit_state {
	uint64_t next;      /* number of the next line */
	uint64_t offset;    /* where in the file it will begin */
	uint64_t anchored;  /* number of the line that was anchored last */
	uint64_t code_line; /* the line that the code's first key is for */
	unsigned char log[AUDIT_LOG_ID]; /* drawn at the log's beginning */
	unsigned char print[AUDIT_PRINT_SIZE]; /* of the code; zeros: none */
	unsigned char boot[16]; /* of the system, when it was written */
	bool is_closed;         /* by a keeper that ended in order */
	unsigned char chain[DIGEST_SIZE]; /* of the line before next */
	struct secret key;                /* of the line next */
};

void audit_state_clear(struct audit_state *state);

/*
 * The file is one record that fits in a disk's sector, overwritten in place: it
 * is the old one or the new one whatever ends the process, and a key that was
 * used is gone with the write. Each function returns false with errno.
 */
struct audit_state_file {
	int file;                       /* -1: not open */
	unsigned char sum[DIGEST_SIZE]; /* of what we read or wrote last */
};

enum audit_state_found {
	AUDIT_STATE_FOUND,
	AUDIT_STATE_NONE,
	AUDIT_STATE_LOST
};

/* Opens or makes the file (0600). */
bool audit_state_open(struct audit_state_file *file, const char *path);
void audit_state_close(struct audit_state_file *file);
/* Whether no other keeper has it open. */
bool audit_state_is_alone(const struct audit_state_file *file);

/* For this process alone, waiting a moment for another; a file that somebody
 * removed is made again. path: as for open. */
bool audit_state_lock(struct audit_state_file *file, const char *path);
void audit_state_unlock(const struct audit_state_file *file);

/* Whether nobody has written since we did. */
bool audit_state_is_ours(const struct audit_state_file *file);
/* NONE: the file is empty. LOST: it is damaged; the state stays as it was. */
enum audit_state_found audit_state_read(
	struct audit_state_file *file, struct audit_state *state);
bool audit_state_write(
	struct audit_state_file *file, const struct audit_state *state);
bool audit_state_sync(const struct audit_state_file *file);

#endif
