/* SPDX-License-Identifier: BSD-2-Clause */
/* What setup remembers of a profile, so that it can be undone: a file of
 * preferences with two for each setting that was changed. */

#ifndef SETUP_RECORD_H
#define SETUP_RECORD_H

#include "command/preferences.h"

/* The file's name in the profile. */
#define RECORD_NAME "privyseal-setup.js"

/* The value from before the first setup, as the file had it: an empty text when
 * it had none, NULL when the record does not know. The caller frees it. */
char *record_before(const struct preferences *record, const char *name);
/* What setup made of it the last time. */
char *record_after(const struct preferences *record, const char *name);
/* The name of the setting that a line of the record is about, for the caller to
 * free; NULL for lines without. Each setting has one such line. */
char *record_name_at(const struct preferences *record, size_t line);
/* Remembers a change; before is NULL when the setting was not there. */
bool record_change(struct preferences *record, const char *name,
	const char *before, const char *after);

#endif
