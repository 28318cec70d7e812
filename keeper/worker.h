/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that holds one application's token, login and keys. */

#ifndef WORKER_H
#define WORKER_H

/* The descriptors that a worker is started with. */
enum {
	WORKER_CONTROL = 3, /* messages with the listener */
	WORKER_PEER = 4,    /* the application's pidfd, if there is one */
};

/* Serves until the application or the listener ends, or the last connection
 * has been gone for a while. token_module as for listener_run. The status. */
int worker_run(const char *token_module);

#endif
