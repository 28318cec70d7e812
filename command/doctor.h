/* SPDX-License-Identifier: BSD-2-Clause */
/* What the doctor looks at, and what it finds. */

#ifndef DOCTOR_H
#define DOCTOR_H

#include "command/inventory.h"

enum health {
	HEALTH_GOOD,
	/* Works, but somebody should know. */
	HEALTH_REMARKABLE,
	HEALTH_BAD,
	/* Could not be looked at. */
	HEALTH_UNKNOWN,
};

/* One thing found; texts are owned and translated. */
struct finding {
	/* The check's stable name, for programs; borrowed. */
	const char *check;
	enum health health;
	char *text;
	/* How to mend it; may be NULL. */
	char *remedy;
};

/* The visit: what all checks share. Starts empty. */
struct visit {
	const struct request *request;
	struct module module;
	struct token_list tokens;
	bool has_pin; /* one that is for a token of these */
	/* Of each token in turn, while the checks of tokens run. */
	struct token *token;
	struct inventory inventory;
	/* How often p11-kit has the module, once that was looked at. */
	size_t p11_kit_count;
	/* The check that runs. */
	const char *check;
	struct finding *findings;
	size_t count;
};

/* Adds what a check found; the remedy may be NULL. */
void visit_add(struct visit *visit, enum health health, char *text,
	const char *remedy);
/* A new text, for visit_add(). */
char *words(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Checks of the house, and of the programs that use the module. */
void check_module(struct visit *visit);
void check_keeper(struct visit *visit);
void check_fronts(struct visit *visit);
void check_walls(struct visit *visit);
void check_rights(struct visit *visit);
void check_place(struct visit *visit);
void check_configuration(struct visit *visit);
void check_p11_kit(struct visit *visit);
void check_thunderbird(struct visit *visit);
void check_duplicates(struct visit *visit);
/* Checks of one token, with its inventory at hand. */
void check_pin(struct visit *visit);
void check_guard(struct visit *visit);
void check_certificates(struct visit *visit);
void check_imports(struct visit *visit);
void check_chains(struct visit *visit);
void check_signature(struct visit *visit);

#endif
