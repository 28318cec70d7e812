/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's TPM, opened for a worker that may open nothing. */

#include "config.h"

#include "keeper/hardware.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* With the kernel's resource manager: it gives each its own room. */
#define USUAL "/dev/tpmrm0"

static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int connection;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	/* Nobody is waited for: the listener has others to serve. */
	connection =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connection >= 0 &&
		(connect(connection, (struct sockaddr *)&address,
			 sizeof(address)) < 0 ||
			fcntl(connection, F_SETFL, 0) < 0)) {
		close(connection);
		return -1;
	}
	return connection;
}

int
hardware_reach(const char *path)
{
	struct stat status;
	int connection = -1;

	if (!path || !path[0])
		path = USUAL;
	if (stat(path, &status) == 0)
		connection = S_ISSOCK(status.st_mode)
			? connect_to(path)
			: open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (connection < 0)
		note("%s: %s", path, strerror(errno));
	return connection;
}
