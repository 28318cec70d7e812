/* SPDX-License-Identifier: BSD-2-Clause */
/* The place where applications find the keeper: one per home. */

#include "config.h"

#include "keeper/socket.h"

#include "keeper/folder.h"
#include "pkcs11/hello.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME "keeper.sock"
#define RETIRED_NAME "keeper.sock.leaving"
#define FRESH_NAME "keeper.sock.coming"
#define LOCK_NAME "keeper.lock"

/* A keeper that leaves holds the lock for a moment longer than the socket. */
enum { LOCK_ATTEMPTS = 1000, LOCK_PAUSE = 10000000, ANSWER_TIME = 1000 };

/* The first descriptor that systemd passes. */
enum { GIVEN_FIRST = 3 };

static bool
is_listening(int descriptor)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	int listening = 0;

	if (getsockname(descriptor, (struct sockaddr *)&address, &length) < 0 ||
		address.sun_family != AF_UNIX)
		return false;
	length = sizeof(listening);
	return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening,
		       &length) == 0 &&
		listening;
}

/* [sd_listen_fds(3)] */
static int
take_given(void)
{
	const char *process = getenv("LISTEN_PID"),
		   *count = getenv("LISTEN_FDS");
	bool is_given = process && count && atol(process) == getpid() &&
		atol(count) == 1 && is_listening(GIVEN_FIRST);

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!is_given)
		return -1;
	fcntl(GIVEN_FIRST, F_SETFD, FD_CLOEXEC);
	fcntl(GIVEN_FIRST, F_SETFL, O_NONBLOCK);
	return GIVEN_FIRST;
}

/* Only we may put anything there: an application gives its PIN to whoever
 * answers in this folder. */
static int
open_folder(const char *path, enum socket_reach reach)
{
	const mode_t mode = reach == SOCKET_PUBLIC ? 0755 : 0700;
	struct stat status;
	int folder;

	if (!folder_make(path))
		return -1;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (folder < 0)
		return -1;
	if (fstat(folder, &status) == 0 && status.st_uid == geteuid() &&
		((status.st_mode & 07777) == mode || fchmod(folder, mode) == 0))
		return folder;
	close(folder);
	errno = EPERM;
	return -1;
}

/* The path may be longer than an address has room for: through the folder's
 * descriptor it is short. */
static struct sockaddr_un
address_in(int folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/%s", folder, name);
	return address;
}

/* A connection to the socket in the folder; -1. What a killed keeper left
 * refuses. */
static int
knock(int folder)
{
	struct sockaddr_un address = address_in(folder, SOCKET_NAME);
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (probe >= 0 &&
		connect(probe, (struct sockaddr *)&address, sizeof(address)) <
			0) {
		close(probe);
		probe = -1;
	}
	return probe;
}

/* Whether a keeper is there that will stay: one that answers has seen us, and
 * waits its idle time anew; one that is leaving hangs up. */
static bool
is_answered(int folder)
{
	unsigned char header[FRAME_HEADER];
	struct pollfd answer = { .fd = knock(folder), .events = POLLIN };
	bool answered = false;

	if (answer.fd < 0)
		return false;
	frame_put_header(header, 0, STATUS_CALL);
	if (send(answer.fd, header, sizeof(header), MSG_NOSIGNAL) ==
			sizeof(header) &&
		poll(&answer, 1, ANSWER_TIME) == 1)
		answered = recv(answer.fd, header, sizeof(header),
				   MSG_DONTWAIT) > 0;
	close(answer.fd);
	return answered;
}

/* Somebody listens though nobody has the lock: systemd, for a keeper of its
 * own. */
static bool
is_held(int folder)
{
	int probe = knock(folder);

	if (probe >= 0)
		close(probe);
	return probe >= 0;
}

/* True with the lock; false when another has it and answers. */
static bool
win_lock(const struct keeper_socket *keeper_socket)
{
	const struct timespec pause = { 0, LOCK_PAUSE };
	int i;

	for (i = 0; i < LOCK_ATTEMPTS; i++) {
		if (flock(keeper_socket->lock, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (is_answered(keeper_socket->folder))
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* Nobody finds it who would be refused: it has its name once it listens. */
static bool
make_socket(struct keeper_socket *keeper_socket, enum socket_reach reach)
{
	const mode_t mode = reach == SOCKET_PUBLIC ? 0666 : 0600;
	const int folder = keeper_socket->folder;
	struct sockaddr_un address = address_in(folder, FRESH_NAME);
	struct stat status;
	int listening =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (listening < 0)
		return false;
	unlinkat(folder, FRESH_NAME, 0);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		fstatat(folder, FRESH_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		fchmodat(folder, FRESH_NAME, mode, 0) < 0 ||
		listen(listening, SOMAXCONN) < 0 ||
		renameat(folder, FRESH_NAME, folder, SOCKET_NAME) < 0) {
		close(listening);
		return false;
	}
	keeper_socket->file = status.st_ino;
	keeper_socket->listening = listening;
	return true;
}

enum socket_result
socket_open(struct keeper_socket *keeper_socket, const char *run,
	enum socket_reach reach)
{
	*keeper_socket = (struct keeper_socket){ -1, -1, -1, 0, false, false };
	keeper_socket->listening = take_given();
	if (keeper_socket->listening >= 0) {
		keeper_socket->is_given = true;
		return SOCKET_OURS;
	}
	keeper_socket->folder = open_folder(run, reach);
	if (keeper_socket->folder >= 0)
		keeper_socket->lock = openat(keeper_socket->folder, LOCK_NAME,
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (keeper_socket->lock < 0)
		goto failed;
	if (!win_lock(keeper_socket) || is_held(keeper_socket->folder)) {
		socket_close(keeper_socket);
		return SOCKET_SERVED;
	}
	if (make_socket(keeper_socket, reach))
		return SOCKET_OURS;
failed:
	note("%s: %s", run, strerror(errno));
	socket_close(keeper_socket);
	return SOCKET_FAILED;
}

/* Whoever emptied the folder may have made room for another keeper: its socket
 * is not ours to move. */
static bool
is_ours(const struct keeper_socket *keeper_socket)
{
	struct stat status;

	return fstatat(keeper_socket->folder, SOCKET_NAME, &status,
		       AT_SYMLINK_NOFOLLOW) == 0 &&
		status.st_ino == keeper_socket->file;
}

void
socket_retire(struct keeper_socket *keeper_socket)
{
	if (keeper_socket->is_given || keeper_socket->is_retired ||
		!is_ours(keeper_socket))
		return;
	renameat(keeper_socket->folder, SOCKET_NAME, keeper_socket->folder,
		RETIRED_NAME);
	keeper_socket->is_retired = true;
}

void
socket_return(struct keeper_socket *keeper_socket)
{
	if (!keeper_socket->is_retired)
		return;
	renameat(keeper_socket->folder, RETIRED_NAME, keeper_socket->folder,
		SOCKET_NAME);
	keeper_socket->is_retired = false;
}

void
socket_close(struct keeper_socket *keeper_socket)
{
	if (keeper_socket->listening >= 0) {
		socket_retire(keeper_socket);
		close(keeper_socket->listening);
	}
	if (keeper_socket->is_retired)
		unlinkat(keeper_socket->folder, RETIRED_NAME, 0);
	if (keeper_socket->lock >= 0)
		close(keeper_socket->lock);
	if (keeper_socket->folder >= 0)
		close(keeper_socket->folder);
	*keeper_socket = (struct keeper_socket){ -1, -1, -1, 0, false, false };
}
