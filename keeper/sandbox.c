/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls that a process of the keeper puts around itself. */

#include "config.h"

#include "keeper/sandbox.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

bool
sandbox_begin(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
		setrlimit(RLIMIT_CORE, &none) == 0 &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return true;
	note("this process cannot be closed to others: %s", strerror(errno));
	return false;
}

void
sandbox_limit_memory(unsigned mebibytes)
{
	const rlim_t bytes = (rlim_t)mebibytes << 20;
	const struct rlimit limit = { bytes, bytes };

	/* What a sanitizer keeps its books in is no client's. */
	if (!SANITIZED && setrlimit(RLIMIT_DATA, &limit) < 0)
		note("memory is not limited: %s", strerror(errno));
}
