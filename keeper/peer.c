/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is at the other end of a connection: asked of the kernel. */

#include "config.h"

#include "keeper/peer.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since Linux 6.5; older headers do not know it. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static bool
is_connected(int connection)
{
	struct pollfd poll_for = { .fd = connection };

	return poll(&poll_for, 1, 0) == 0;
}

/* Before SO_PEERPIDFD the number is all there is, and it may have gone to
 * another process; but a process that ended has hung up. */
static int
open_by_number(pid_t number, int connection)
{
	int process = (int)syscall(SYS_pidfd_open, number, 0);

	if (process >= 0 && !is_connected(connection)) {
		close(process);
		errno = ESRCH;
		return -1;
	}
	return process;
}

bool
peer_init(struct peer *peer, int connection)
{
	struct ucred who;
	socklen_t length = sizeof(who);
	int process;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0)
		return false;
	*peer = (struct peer){ who.uid, who.pid, -1 };
	if (who.pid == 0)
		return true;
	length = sizeof(process);
	if (getsockopt(connection, SOL_SOCKET, SO_PEERPIDFD, &process,
		    &length) == 0)
		peer->process = process;
	else if (errno == ENOPROTOOPT)
		peer->process = open_by_number(who.pid, connection);
	return peer->process >= 0;
}

void
peer_clear(struct peer *peer)
{
	if (peer->process >= 0)
		close(peer->process);
	*peer = (struct peer){ .process = -1 };
}

bool
peer_is_alive(const struct peer *peer)
{
	struct pollfd poll_for = { .fd = peer->process, .events = POLLIN };

	return peer->process < 0 || poll(&poll_for, 1, 0) == 0;
}

/* While a process lives (or its pidfd says so), nobody else has its number. */
bool
peer_is_same(const struct peer *one, const struct peer *other)
{
	return one->user == other->user && one->number == other->number &&
		peer_is_alive(one) && peer_is_alive(other);
}
