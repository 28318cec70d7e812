/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups whose members share tokens, as root's configuration names them.
 * (A struct group is the C library's.) */

#ifndef CIRCLE_H
#define CIRCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "keeper/resolver.h"

/* Members are known by number: the listener asks nobody for names. */
struct circle {
	char name[32];
	uid_t *members;
	size_t count;
	bool is_there;  /* no longer: it keeps its place, and that is all */
	bool is_unsure; /* not all that its list names could be looked up */
};

/* Starts empty ({ 0 }). A circle's place is its own as long as the keeper runs.
 */
struct circles {
	struct circle *at;
	size_t count;
	bool is_whole;    /* all that there is was said */
	bool has_unknown; /* there is a name that nobody has */
};

/* What the resolver says; false: memory is short, and it is not known. */
bool circles_add(struct circles *circles, const struct finding *finding);
/* From now on it is as it was said anew. Who could not be looked up stays a
 * member where that is so. Takes over what is in fresh, and clears it. */
void circles_renew(struct circles *circles, struct circles *fresh);
void circles_clear(struct circles *circles);

/* NULL: there never was one of that name. */
const struct circle *circles_find(
	const struct circles *circles, const char *name);
bool circle_has(const struct circle *circle, uid_t user);

#endif
