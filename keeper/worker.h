/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that holds one application's token, login and keys. */

#ifndef WORKER_H
#define WORKER_H

#include "keeper/child.h"

#include <stdbool.h>

/* The descriptors that a worker is started with. */
enum {
	WORKER_CONTROL = CHILD_FIRST, /* messages with the listener */
	WORKER_PEER = CHILD_SECOND,   /* the application's pidfd, if any */
};

/* What a worker is told; borrowed. */
struct worker_orders {
	/* Of the machine keeper: its owner's. NULL: this user's. */
	const char *folder;
	const char *run;          /* likewise: where the socket is */
	const char *token_module; /* as for listener_run */
	const char *front;        /* the module of this name instead, or NULL */
	const char *group;        /* whose tokens are in the folder, or NULL */
	bool is_members;          /* for a member, who only uses them */
};

/* Serves until the application or the listener ends, or the last connection
 * has been gone for a while. The status. */
int worker_run(const struct worker_orders *orders);

#endif
