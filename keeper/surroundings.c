/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process has from the one that started it: made anew. */

#include "config.h"

#include "keeper/surroundings.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What may come along; everything else is set here or not at all. */
static const char *const kept[] = { "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
	"PRIVYSEAL_HOME", "LISTEN_PID", "LISTEN_FDS" };
static char path_setting[] = "PATH=/usr/bin:/bin";
static char locale_setting[] = "LC_ALL=C.UTF-8";

enum { KEPT_COUNT = sizeof(kept) / sizeof(kept[0]), OWN_COUNT = 2 };

char **
surroundings_environment(void)
{
	static char *environment[KEPT_COUNT + OWN_COUNT + 1];
	size_t count = 0, i;
	const char *value;

	if (environment[0])
		return environment;
	environment[count++] = path_setting;
	environment[count++] = locale_setting;
	for (i = 0; i < KEPT_COUNT; i++) {
		value = getenv(kept[i]);
		if (value &&
			asprintf(&environment[count], "%s=%s", kept[i],
				value) >= 0)
			count++;
	}
	environment[count] = NULL;
	return environment;
}

static bool
has(char **environment, const char *setting)
{
	for (; *environment; environment++)
		if (strcmp(*environment, setting) == 0)
			return true;
	return false;
}

static bool
environment_is(char **wanted)
{
	char **setting;

	for (setting = environ; *setting; setting++)
		if (!has(wanted, *setting))
			return false;
	return true;
}

/* The dynamic linker and the libraries have read the environment before us. */
static void
renew_environment(char **arguments)
{
	char **wanted = surroundings_environment();

	if (environment_is(wanted))
		return;
	execve("/proc/self/exe", arguments, wanted);
	note("cannot begin again: %s", strerror(errno));
	_exit(1);
}

static void
renew_descriptors(bool keeps_error)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const char *given = getenv("LISTEN_PID");
	bool is_given = given && atol(given) == getpid();

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (!keeps_error)
			dup2(null, STDERR_FILENO);
	}
	close_range(is_given ? 4 : 3, ~0U, 0);
}

/* Asked of the kernel: the C library keeps two signals for itself, which the
 * application may have had ignored all the same. Zeros are the default action,
 * whatever the order of its parts. */
static void
renew_signals(void)
{
	static const unsigned long usual[16];
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		syscall(SYS_rt_sigaction, number, usual, NULL, NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What the application set for itself is undone as far as the kernel lets us:
 * a lowered hard limit stays. */
static void
renew_limits(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct rlimit limit;
	int resource;

	for (resource = 0; resource < (int)RLIM_NLIMITS; resource++) {
		if (resource == RLIMIT_STACK ||
			getrlimit((__rlimit_resource_t)resource, &limit) < 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		setrlimit((__rlimit_resource_t)resource, &limit);
	}
	setrlimit(RLIMIT_CORE, &no_core);
}

static bool
write_text(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	bool written = file >= 0 &&
		write(file, text, strlen(text)) == (ssize_t)strlen(text);

	if (file >= 0)
		close(file);
	return written;
}

/* Where this process is in the unified hierarchy ("/..."), or NULL. */
static char *
find_group(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char *line = NULL, *group = NULL;
	size_t room = 0;

	while (file && !group && getline(&line, &room, file) > 0)
		if (strncmp(line, "0::/", 4) == 0) {
			line[strcspn(line, "\n")] = '\0';
			group = strdup(line + 3);
		}
	free(line);
	if (file)
		fclose(file);
	return group;
}

static bool
enter_group(const char *root, const char *above)
{
	char *group = NULL, *members = NULL;
	bool entered = false;

	if (asprintf(&group, "%s%s/privyseal-keeper.scope", root, above) < 0)
		group = NULL;
	else if (asprintf(&members, "%s/cgroup.procs", group) < 0)
		members = NULL;
	if (group && members)
		entered = (mkdir(group, 0755) == 0 || errno == EEXIST) &&
			write_text(members, "0");
	free(group);
	free(members);
	return entered;
}

/* Beside the application's control group, so that neither its limits nor its
 * end are ours. Only where the user may do that: in a session of systemd. */
static void
leave_group(void)
{
	char *group = find_group();
	char *last = group ? strrchr(group, '/') : NULL;

	if (last && last[1] && !strstr(group, "/privyseal-keeper")) {
		*last = '\0';
		if (!enter_group("/sys/fs/cgroup", group))
			enter_group("/sys/fs/cgroup/unified", group);
	}
	free(group);
}

void
surroundings_renew(char **arguments, bool keeps_error, bool is_service)
{
	renew_environment(arguments);
	renew_descriptors(keeps_error);
	renew_signals();
	renew_limits();
	umask(077);
	setsid();
	if (!is_service)
		leave_group();
	if (chdir("/") < 0)
		note("/: %s", strerror(errno));
}
