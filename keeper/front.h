/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules of others that the configuration names. */

#ifndef FRONT_H
#define FRONT_H

#include "keeper/configuration.h"

#include <stdbool.h>
#include <stddef.h>

enum { FRONT_NAME_MOST = 63, FRONTS_MOST = 64 };

/* Its texts are borrowed from the configuration. */
struct front {
	const char *name;
	const char *module;      /* an absolute path */
	const char *tokens;      /* URIs of those to show; NULL: all */
	const char *environment; /* NAME=VALUE, parted by blanks, or NULL */
	const char *chain;       /* files, parted by blanks, or NULL */
	bool is_serial;          /* one call at a time */
	unsigned call_seconds;   /* of one call; 0: as usual */
};

/* All of them, in the order of the file; how many there are. */
size_t front_list(const struct configuration *configuration,
	struct front fronts[FRONTS_MOST]);
/* By name; false: there is none. */
bool front_find(const struct configuration *configuration, const char *name,
	struct front *front);

/* Whether root or this user owns the module, and nobody else can write it or
 * put another in its place; else why not, in the user's language. */
bool front_is_trustworthy(const struct front *front, char *reason, size_t room);
/* The same: the real path of which that is true, for the caller to load and to
 * free; NULL: it is true of none. */
char *front_find_module(const struct front *front, char *reason, size_t room);

/* Any file of which that is true, likewise. */
char *front_find_file(const char *path, char *reason, size_t room);

/* Sets what its environment says for this process. */
void front_set_environment(const struct front *front);
/* Whether one of its URIs, where it has any, names the token. */
bool front_shows(const struct front *front, const struct subject *token);

#endif
