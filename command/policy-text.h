/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one value in the text of a configuration file. */

#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include "keeper/subject.h"
#include "pkcs11/bytes.h"

/* A value in a section. */
struct policy_line {
	enum scope scope;
	const char *section;      /* its name; "" for SCOPE_GENERAL */
	const char *name, *value; /* value NULL: it shall not be there */
	const char *remark;       /* above a new section; may be NULL */
};

/*
 * The text with the value set, for the caller to clear: in its line if there is
 * one (the last counts, so others of that name there go), else at the end of
 * its section, else in a new one. Everything else stays as it is. *was_there:
 * whether a line was changed or taken out. False: memory is short.
 */
bool policy_text_set(const char *text, size_t length,
	const struct policy_line *line, struct bytes *result, bool *was_there);

/* The text without the sections of that scope and name (the rest of the line
 * that says so does not count): their lines go, with the remarks among them.
 * Remarks after a blank line at a section's end are about what follows. */
bool policy_text_remove(const char *text, size_t length,
	const struct policy_line *section, struct bytes *result,
	bool *was_there);

#endif
