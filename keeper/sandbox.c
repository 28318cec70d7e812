/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls that a process of the keeper puts around itself. */

#include "config.h"

#include "keeper/sandbox.h"

#include "keeper/sandbox-calls.h"
#include "keeper/sandbox-files.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's word on this process, and its version of Landlock: asked while
 * it can be. */
static int own_status = -1, files_version;
/* A folder that the walls close. */
static char *closed_folder;

bool
sandbox_begin(void)
{
	const struct rlimit none = { 0, 0 };

	files_version = sandbox_files_version();
	own_status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
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

bool
sandbox_can_confine(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return sandbox_files_version() > 0 &&
		syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static void
remember_closed(const char *folder)
{
	free(closed_folder);
	closed_folder = strdup(folder);
}

bool
sandbox_soft_worker(const char *tokens)
{
	bool has_files = sandbox_files_only(tokens);

	remember_closed("/");
	return sandbox_calls_only() && has_files;
}

bool
sandbox_module_worker(const struct home *home, bool is_beside_others)
{
	char *around = is_beside_others ? strdup(home->folder) : NULL;
	const char *folders[] = { home->folder, home->run };
	bool has_files;

	if (around)
		folders[0] = dirname(around);
	has_files = sandbox_files_without(folders, home->run ? 2 : 1);
	remember_closed(folders[0]);
	free(around);
	return sandbox_calls_alone() && has_files;
}

bool
sandbox_listener(void)
{
	return sandbox_calls_without_tracing();
}

/* The number after a name in /proc/self/status; -1. */
static long
find_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static bool
is_closed(const char *folder)
{
	int descriptor =
		open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);

	if (descriptor >= 0)
		close(descriptor);
	return descriptor < 0 && errno == EACCES;
}

void
sandbox_describe(char *text, size_t room)
{
	char status[4096] = "";
	ssize_t length = own_status < 0
		? -1
		: pread(own_status, status, sizeof(status) - 1, 0);

	status[length < 0 ? 0 : length] = '\0';
	snprintf(text, room,
		"seccomp %ld no-new-privileges %ld dumpable %d landlock %d",
		find_number(status, "\nSeccomp:"),
		find_number(status, "\nNoNewPrivs:"),
		prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
		closed_folder && is_closed(closed_folder) ? files_version : 0);
}

int
sandbox_ptrace_scope(void)
{
	char digit = 0;
	int file = open(
		"/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	bool is_read = file >= 0 && read(file, &digit, 1) == 1;

	if (file >= 0)
		close(file);
	return is_read ? digit - '0' : -1;
}
