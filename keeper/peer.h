/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end of a connection: asked of the kernel. */

#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <sys/types.h>

struct peer {
	uid_t user;
	pid_t number; /* 0: in a place whose processes are not seen here */
	int process;  /* a pidfd, owned; -1 where there is none */
};

/* False: the peer is gone, or cannot be known. */
bool peer_init(struct peer *peer, int connection);
void peer_clear(struct peer *peer);

bool peer_is_alive(const struct peer *peer);
/* Whether both are one process, not merely one number after the other. */
bool peer_is_same(const struct peer *one, const struct peer *other);

#endif
