/* SPDX-License-Identifier: BSD-2-Clause */
/* Watches of the keeper's that fail, for tests: a file in its home says on what
 * ("socket" or "pidfd", as the kernel calls it). The linker puts this in the
 * place of the C library's (--wrap). */

#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int __real_epoll_ctl(
	int events, int action, int descriptor, struct epoll_event *event);
int __wrap_epoll_ctl(
	int events, int action, int descriptor, struct epoll_event *event);

/* Of the sockets, only those to a worker. */
static bool
is_meant(const char *kind, int descriptor)
{
	char path[32], found[64] = "";
	socklen_t length = sizeof(int);
	int type = SOCK_SEQPACKET;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
	if (readlink(path, found, sizeof(found) - 1) < 0 ||
		!strstr(found, kind))
		return false;
	(void)getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length);
	return type == SOCK_SEQPACKET;
}

static bool
fails(int descriptor)
{
	const char *home = getenv("PRIVYSEAL_HOME");
	char path[4096], kind[16];
	bool is_failing;
	FILE *file;

	snprintf(path, sizeof(path), "%s/failing", home ? home : "");
	file = fopen(path, "re");
	if (!file)
		return false;
	is_failing =
		fscanf(file, "%15s", kind) == 1 && is_meant(kind, descriptor);
	fclose(file);
	return is_failing;
}

int
__wrap_epoll_ctl(
	int events, int action, int descriptor, struct epoll_event *event)
{
	if (action == EPOLL_CTL_ADD && fails(descriptor)) {
		errno = ENOSPC;
		return -1;
	}
	return __real_epoll_ctl(events, action, descriptor, event);
}
