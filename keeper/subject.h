/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom a section of the configuration names. */

#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

/* The narrower one counts where two sections name the same. */
enum scope {
	SCOPE_GENERAL, /* no section, or [general] */
	SCOPE_APPLICATION,
	SCOPE_TOKEN,
	SCOPE_KEY,
	SCOPE_FRONT, /* a module of somebody else's */
	SCOPE_GROUP, /* users who share tokens */
	SCOPES
};

/* A use of a key, or as much of it as is known; all borrowed. NULL: there is
 * none, so no section names it. */
struct subject {
	const char *application; /* the program's name */
	const char *program;     /* its path */
	const char *token;       /* the label */
	const char *serial;      /* of the token */
	const char *key;         /* the label */
	const unsigned char *id; /* of the key */
	size_t id_length;
	const char *front;                /* the name of the module's section */
	const char *group;                /* the same of a group */
	const char *model, *manufacturer; /* of the token; NULL: any */
};

/* Whether the section's name can name something at all. */
bool subject_is_name(enum scope scope, const char *name);

/*
 * Whether the section [SCOPE NAME] is about the subject. A program is named by
 * its path or its name, also without "-bin" or ".bin" at the end; a token by
 * its label, its serial number or its URI, a key by its label, its id in
 * hexadecimal digits or its URI; a module by the section's name. "*" names
 * all.
 */
bool subject_is_meant(
	enum scope scope, const char *name, const struct subject *subject);

#endif
