/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups whose members share tokens, as root's configuration names them.
 * (A struct group is the C library's.) */

#ifndef CIRCLE_H
#define CIRCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Members are known by number: nobody is asked for names while the keeper
 * serves. */
struct circle {
	char name[32];
	uid_t *members;
	size_t count;
};

/* Starts empty ({ 0 }). */
struct circles {
	struct circle *at;
	size_t count;
};

/*
 * Reads the [group NAME] sections of the system's configuration and of
 * groups.conf beside it, and resolves the members ("alice, 1001, @staff"). A
 * process of its own does that, and has little time: account databases may
 * hang. Whom it does not find is no member; the log says so.
 */
void circles_read(struct circles *circles);
void circles_clear(struct circles *circles);

/* NULL: there is none of that name. */
const struct circle *circles_find(
	const struct circles *circles, const char *name);
bool circle_has(const struct circle *circle, uid_t user);

#endif
