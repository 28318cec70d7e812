/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal.conf: what a person may choose, with its bounds and defaults. */

#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "keeper/rule.h"
#include "keeper/setting.h"

/* Each field is described by the row of the same name in configuration.c. */
struct configuration {
	unsigned pin_min_length; /* characters */
	unsigned pin_min_digits; /* characters, when all are digits */
	unsigned pin_tries;
	unsigned kdf_memory; /* MiB */
	unsigned idle_exit;  /* seconds; 0: never */
	unsigned prompt_seconds;
	unsigned spare_slot; /* a claim: 0 or 1 */
	unsigned client_connections;
	unsigned client_sessions;
	unsigned client_objects;
	unsigned client_memory;       /* MiB */
	unsigned allow_network_store; /* a claim */
	unsigned audit, audit_hash;   /* claims */
	unsigned audit_size;          /* KiB */
	unsigned audit_keep, audit_anchor;
	unsigned audit_anchor_file; /* a claim */
	unsigned p11_kit;           /* a claim */
	struct settings settings;   /* each line that counts or could */
};

/* What is wrong in which line, in the user's language. line 0: the file. */
typedef void (*configuration_complaint)(
	void *context, const char *file, unsigned line, const char *message);

/* Also empties it, whatever was there. */
void configuration_default(struct configuration *configuration);
void configuration_clear(struct configuration *configuration);

/*
 * Reads "key = value" lines and sections, with # for comments, over what
 * configuration holds already. A bad line, or one that an earlier level has
 * locked, is complained about and changes nothing; the others count. Returns
 * how many were bad. file is only named in complaints.
 */
unsigned configuration_parse(struct configuration *configuration,
	const char *text, size_t length, enum setting_level level,
	const char *file, configuration_complaint complain, void *context);

/*
 * Starts from the defaults; reads the system's file, which must be root's, and
 * then the user's at path. No file is no error; one that cannot be read, is
 * another's, or can be written by others is complained about and ignored.
 * Returns how many complaints there were. The caller clears.
 */
unsigned configuration_read(struct configuration *configuration,
	const char *path, configuration_complaint complain, void *context);
/* The same, without telling the complaints; and all that it depends on
 * (witness.h). */
struct witnesses;
unsigned configuration_read_seen(struct configuration *configuration,
	const char *path, struct witnesses *seen);

/* One file, over what configuration holds already. */
unsigned configuration_read_file(struct configuration *configuration,
	const char *path, enum setting_level level,
	configuration_complaint complain, void *context);

/* For tests: configuration_read also reads this file between the two, as if it
 * were the system's. It unlocks nothing. Borrowed. */
void configuration_add_file(const char *path);
const char *configuration_added_file(void); /* NULL: none */

/* The value of a rule for the subject: its number, or its text (NULL: nothing
 * is said). */
unsigned configuration_rule(const struct configuration *configuration,
	const char *name, const struct subject *subject);
const char *configuration_rule_text(const struct configuration *configuration,
	const char *name, const struct subject *subject);

/* A row for each key, for whoever shows or documents them. */
struct configuration_key {
	const char *name;
	size_t offset; /* of an unsigned in struct configuration */
	bool is_claim; /* yes or no */
	unsigned preset, least, most;
	const char *purpose; /* to be translated */
};

extern const struct configuration_key configuration_keys[];
extern const size_t configuration_keys_count;

/* By name; NULL: there is none. */
const struct configuration_key *configuration_find(const char *name);
unsigned configuration_value(const struct configuration *configuration,
	const struct configuration_key *key);
void configuration_set(struct configuration *configuration,
	const struct configuration_key *key, unsigned value);

#endif
