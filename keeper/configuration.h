/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal.conf: what a person may choose, with its bounds and defaults. */

#ifndef CONFIGURATION_H
#define CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>

/* Each field is described by the row of the same name in configuration.c. */
struct configuration {
	unsigned pin_min_length; /* characters */
	unsigned pin_min_digits; /* characters, when all are digits */
	unsigned pin_tries;
	unsigned kdf_memory; /* MiB */
	unsigned idle_exit;  /* seconds; 0: never */
	unsigned spare_slot; /* a claim: 0 or 1 */
	unsigned client_connections;
	unsigned client_sessions;
	unsigned client_memory; /* MiB */
};

/* What is wrong in which line, in the user's language. line 0: the file. */
typedef void (*configuration_complaint)(
	void *context, const char *file, unsigned line, const char *message);

void configuration_default(struct configuration *configuration);

/*
 * Reads "key = value" lines, with # for comments, over what configuration holds
 * already. A bad line is complained about and changes nothing; the others
 * count. Returns how many were bad. file is only named in complaints.
 */
unsigned configuration_parse(struct configuration *configuration,
	const char *text, size_t length, const char *file,
	configuration_complaint complain, void *context);

/*
 * Starts from the defaults and reads the file at path. No file is no error;
 * one that cannot be read, is not this user's, or can be written by others is
 * complained about and ignored. Returns how many complaints there were.
 */
unsigned configuration_read(struct configuration *configuration,
	const char *path, configuration_complaint complain, void *context);

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

unsigned configuration_value(const struct configuration *configuration,
	const struct configuration_key *key);

#endif
