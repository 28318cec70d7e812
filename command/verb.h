/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of the command: one row and one file for each. */

#ifndef VERB_H
#define VERB_H

#include "command/option.h"

/* How the command ends. Import's own codes are in import/refusal.h. */
enum {
	ENDED_WELL = 0,
	ENDED_BADLY = 1,
	ENDED_BY_USAGE = 2,
};

struct verb {
	const char *name;
	/* One line, for the list of verbs. */
	const char *summary;
	/* What follows "privyseal NAME", without the options. */
	const char *operands;
	int least, most;
	uint64_t options;
	/* A few sentences for its help; may be NULL. */
	const char *explanation;
	/* Returns the exit code. */
	int (*run)(const struct request *request);
};

extern const struct verb verbs[];
/* By name; NULL: there is none. */
const struct verb *verb_find(const char *name);
void verb_help(const struct verb *verb);

int audit_run(const struct request *request);
int completion_run(const struct request *request);
int decrypt_run(const struct request *request);
int delete_run(const struct request *request);
int doctor_run(const struct request *request);
int export_certificate_run(const struct request *request);
int front_run(const struct request *request);
int generate_run(const struct request *request);
int import_run(const struct request *request);
int init_run(const struct request *request);
int keeper_run(const struct request *request);
int list_run(const struct request *request);
int move_run(const struct request *request);
int policy_run(const struct request *request);
int pin_run(const struct request *request);
int remote_run(const struct request *request);
int rename_run(const struct request *request);
int setup_run(const struct request *request);
int show_run(const struct request *request);
int sign_run(const struct request *request);
int status_run(const struct request *request);

#endif
