/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds what was done to an audit log. Reads hostile files. */

#ifndef AUDIT_VERIFY_H
#define AUDIT_VERIFY_H

#include "keeper/audit-chain.h"
#include "keeper/audit-line.h"
#include "keeper/audit-state.h"

enum audit_finding {
	AUDIT_MALFORMED,  /* no line of a log */
	AUDIT_CHANGED,    /* its text is not what its chain value was made of */
	AUDIT_FORGED,     /* its MAC was made by somebody without its key */
	AUDIT_MISSING,    /* lines before it are missing */
	AUDIT_MISPLACED,  /* it has been before, or out of order */
	AUDIT_BEGUN,      /* the log was begun anew in its middle */
	AUDIT_CUT,        /* an anchor is later than the last line */
	AUDIT_UNANCHORED, /* an anchor says another chain value */
	AUDIT_REPLACED,   /* anchors or a code are of another log */
	AUDIT_FINDINGS
};

/* Where: file and its line (from 1), and the number that the line gives; for
 * MISSING the numbers from first up to that one, without it. */
struct audit_place {
	enum audit_finding finding;
	const char *file;
	unsigned long line;
	uint64_t number, first;
	bool is_explained; /* MISSING: the keeper says that the system ended */
};

typedef void (*audit_hear)(void *context, const struct audit_place *place);

struct audit_verifier;

/* Each finding is told to hear. */
struct audit_verifier *audit_verifier_new(audit_hear hear, void *context);
/* Lines after that many since their code are not checked by their MACs (67
 * million, which take a minute or two). */
void audit_verifier_limit(struct audit_verifier *verifier, uint64_t steps);
void audit_verifier_free(struct audit_verifier *verifier);

/* A verification code in its written form: lines that its keys are for are
 * checked by their MACs. Several may be added. False: memory is short. */
bool audit_verifier_code(
	struct audit_verifier *verifier, const struct secret *code);
/* Text with anchors, one a line, with whatever a system log has before them;
 * other lines are left alone. False: memory is short. */
bool audit_verifier_anchors(
	struct audit_verifier *verifier, const char *at, size_t length);

/* The files of a log one after another, whole. */
void audit_verifier_file(struct audit_verifier *verifier, const char *name,
	const char *at, size_t length);

struct audit_summary {
	uint64_t lines, first, last; /* numbers */
	uint64_t sealed;             /* lines whose MAC was checked */
	uint64_t sealed_first;
	uint64_t anchors, anchored; /* of this log; the last one's line */
	unsigned long findings;
	bool is_sealed_to_end;
	unsigned char code[AUDIT_PRINT_SIZE]; /* of the last line; 0: none */
};

/* After the last file: what only the end shows, and all in numbers. */
void audit_verifier_end(
	struct audit_verifier *verifier, struct audit_summary *summary);

#endif
