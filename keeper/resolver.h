/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that looks up who is in a group: lists of users may hang. */

#ifndef RESOLVER_H
#define RESOLVER_H

#include <sys/types.h>

#include "keeper/witness.h"

/* What it says, of the group that is named: the group is there; a member; that
 * nobody has a name of the list; that it could not find out. At last, once, of
 * no group: that it read all there is. */
enum finding_kind {
	FOUND_GROUP,
	FOUND_MEMBER,
	FOUND_NOBODY,
	FOUND_OUT_NOTHING,
	FOUND_ALL
};

struct finding {
	enum finding_kind kind;
	char circle[32];
	uid_t user;
};

/*
 * Reads the [group NAME] sections of the system's configuration and of
 * groups.conf beside it, and looks their members up ("alice, 1001, @staff").
 * If it says all, the log has whom it does not find. Each finding comes whole
 * out of *findings, which does not block and is the caller's to close. -1, with
 * errno.
 */
pid_t resolver_start(int *findings, bool says_all);

/* The files that it reads itself or has the C library read; what they were like
 * before. */
void resolver_see(struct witnesses *seen);

#endif
