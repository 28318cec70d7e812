/* SPDX-License-Identifier: BSD-2-Clause */
/* Preloaded into the command: kills it before the KILL_AT-th step that changes
 * something outside of it while a token moves. */

#include "config.h"

#include "pkcs11/hello.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static void
step(void)
{
	static long count;
	const char *last = getenv("KILL_AT");

	if (last && ++count == atol(last))
		raise(SIGKILL);
}

/* By way of a pointer to it, as POSIX has it for functions. */
#define NEXT(name) \
	static __typeof__(&(name)) next; \
	if (!next) \
	*(void **)&next = dlsym(RTLD_NEXT, #name)

/* The module's own frames are many, and change nothing. */
static int
is_of_parcel(const unsigned char *at, size_t length)
{
	uint32_t size = 0, call = 0;

	if (length >= FRAME_HEADER)
		frame_take_header(at, &size, &call);
	return call == MOVE_CALL || length > 16384;
}

EXPORTED ssize_t
send(int connection, const void *at, size_t length, int flags)
{
	NEXT(send);
	if (is_of_parcel(at, length))
		step();
	return next(connection, at, length, flags);
}

EXPORTED int
shutdown(int connection, int how)
{
	NEXT(shutdown);
	step();
	return next(connection, how);
}

EXPORTED ssize_t
write(int file, const void *at, size_t length)
{
	NEXT(write);
	step();
	return next(file, at, length);
}

EXPORTED int
fsync(int file)
{
	NEXT(fsync);
	step();
	return next(file);
}

EXPORTED int
unlink(const char *path)
{
	NEXT(unlink);
	step();
	return next(path);
}

EXPORTED int
rename(const char *from, const char *to)
{
	NEXT(rename);
	step();
	return next(from, to);
}
