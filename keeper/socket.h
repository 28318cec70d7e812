/* SPDX-License-Identifier: BSD-2-Clause */
/* The place where applications find the keeper: one per home. */

#ifndef SOCKET_H
#define SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

struct keeper_socket {
	int listening;    /* non-blocking */
	int folder, lock; /* -1 when the socket was given */
	ino_t file;       /* of keeper.sock, as we made it */
	bool is_given;    /* by systemd, which keeps it when we leave */
	bool is_retired;
};

enum socket_result { SOCKET_OURS, SOCKET_SERVED, SOCKET_FAILED };

/* Who may reach it: the user, or (of the machine keeper) everybody. */
enum socket_reach { SOCKET_PRIVATE, SOCKET_PUBLIC };

/*
 * Takes the socket that systemd passed, or makes run/keeper.sock (the folder
 * too: 0700, or 0755) under a lock, so that of many starters one succeeds.
 * SERVED: another keeper has it. FAILED: why is in the log.
 */
enum socket_result socket_open(struct keeper_socket *keeper_socket,
	const char *run, enum socket_reach reach);

/*
 * Takes the socket from where it can be found, so that whoever comes now starts
 * a new keeper; those who came before can still be accepted. socket_return
 * puts it back, for the case that one had come. A given socket stays.
 */
void socket_retire(struct keeper_socket *keeper_socket);
void socket_return(struct keeper_socket *keeper_socket);

/* Also removes the socket's file, and only then gives the lock away. */
void socket_close(struct keeper_socket *keeper_socket);

#endif
