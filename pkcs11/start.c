/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the user's keeper, makes sure whose it is, and starts it on demand. */

#include "config.h"

#include "pkcs11/start.h"

#include "pkcs11/log.h"
#include "pkcs11/way.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* For a keeper whose queue is full. */
enum { CONNECT_SECONDS = 10 };

/* How long a keeper that was just started may take to answer: attempts with
 * pauses (milliseconds) that grow to the longest. */
enum { PAUSE_FIRST = 2, PAUSE_LONGEST = 50, PATIENCE = 10000, REPORT = 2000 };

/* A socket's address has 108 bytes; through a descriptor of its folder any
 * path fits. */
static socklen_t
address_fill(struct sockaddr_un *address, int folder, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (access("/proc/self/fd", X_OK) == 0)
		snprintf(address->sun_path, sizeof(address->sun_path),
			"/proc/self/fd/%d/keeper.sock", folder);
	else if (snprintf(address->sun_path, sizeof(address->sun_path),
			 "%s/keeper.sock",
			 path) >= (int)sizeof(address->sun_path))
		return 0;
	return sizeof(*address);
}

/* Whoever can write there could put a false keeper in its place. */
static bool
folder_is_ours(int folder, const char *path, CK_RV *rv)
{
	struct statx status;

	if (statx(folder, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 &&
		status.stx_uid == geteuid() && (status.stx_mode & 077) == 0)
		return true;
	*rv = refuse(CKR_DEVICE_ERROR,
		"%s is not this user's, or open to others", path);
	return false;
}

/* Of the user's keeper, the user; of the machine's, whoever has its folder, or
 * root, whose systemd made the socket. */
static bool
server_is(int connection, const struct home *home, uid_t owner, CK_RV *rv)
{
	struct ucred server;
	socklen_t length = sizeof(server);

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &server, &length) ==
			0 &&
		(server.uid == owner || (home->is_machine && server.uid == 0)))
		return true;
	*rv = refuse(CKR_DEVICE_ERROR, "the keeper in %s is not its owner's",
		home->run);
	return false;
}

/* 0 to 2 are the application's, also while it has them closed; and a keeper
 * that is stopped must not hold up who connects. */
static int
socket_open(void)
{
	const struct timeval limit = { .tv_sec = CONNECT_SECONDS };
	int low = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), high;

	high = low < 0 || low > 2 ? low : fcntl(low, F_DUPFD_CLOEXEC, 3);
	if (high != low)
		close(low);
	if (high >= 0)
		setsockopt(
			high, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return high;
}

/* CKR_DEVICE_REMOVED when nobody listens. */
static CK_RV
connect_to(int connection, const struct sockaddr_un *address, socklen_t length)
{
	while (connect(connection, (const struct sockaddr *)address, length) !=
		0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return CKR_DEVICE_REMOVED;
		if (errno != EINTR)
			return refuse(CKR_DEVICE_ERROR, "connect: %s",
				strerror(errno));
	}
	return CKR_OK;
}

/* What is at the home's place for the socket, if nobody else can have put it
 * there; -1, with *rv changed where somebody could. */
static int
open_place(const struct home *home, uid_t *owner, CK_RV *rv)
{
	int folder;

	*owner = geteuid();
	if (!home->is_machine)
		return open(home->run,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	folder = way_open(home->run, owner);
	if (folder < 0 && errno != ENOENT && errno != EACCES)
		*rv = refuse(CKR_DEVICE_ERROR, "others could have put %s there",
			home->run);
	return folder;
}

/* One attempt; *rv is CKR_DEVICE_REMOVED when nobody listens. */
static int
attempt(const struct home *home, CK_RV *rv)
{
	struct sockaddr_un address;
	int folder, connection = -1;
	socklen_t length;
	uid_t owner;

	*rv = CKR_DEVICE_REMOVED;
	folder = open_place(home, &owner, rv);
	if (folder < 0)
		return -1;
	length = address_fill(&address, folder, home->run);
	if (length &&
		(home->is_machine || folder_is_ours(folder, home->run, rv))) {
		connection = socket_open();
		*rv = connection < 0 ? CKR_HOST_MEMORY : CKR_OK;
	}
	if (connection >= 0) {
		*rv = connect_to(connection, &address, length);
		if (*rv != CKR_OK || !server_is(connection, home, owner, rv)) {
			close(connection);
			connection = -1;
		}
	}
	close(folder);
	return connection;
}

/* A filter of system calls, or a container for one program: what is started
 * there would be caught in it, and could not serve others. */
static bool
is_sandboxed(void)
{
	return prctl(PR_GET_SECCOMP) > 0 ||
		access("/.flatpak-info", F_OK) == 0 ||
		secure_getenv("SNAP_NAME") != NULL;
}

enum { VARIABLES = 5, ARGUMENTS = 3 };

/* All that the new process needs, made before it is: after the clone nothing
 * may take memory or a lock. */
struct launch {
	const char *program;
	char *arguments[ARGUMENTS];
	char *environment[VARIABLES + 1];
};

static bool
variable_add(struct launch *launch, const char *name, const char *value)
{
	size_t i = 0;

	if (!value)
		return true;
	while (launch->environment[i])
		i++;
	if (asprintf(&launch->environment[i], "%s=%s", name, value) >= 0)
		return true;
	launch->environment[i] = NULL;
	return false;
}

/* Nothing of this process's environment but where its files are. */
static bool
launch_prepare(struct launch *launch, const struct home *home)
{
	static char name[] = "privyseal-keeper", mode[] = "--listener";
	static const char usual[] = LIBEXECDIR "/privyseal-keeper";
	const char *chosen = secure_getenv("PRIVYSEAL_KEEPER");

	*launch = (struct launch){ 0 };
	launch->program = chosen && chosen[0] == '/' ? chosen : usual;
	launch->arguments[0] = name;
	launch->arguments[1] = mode;
	return variable_add(launch, "PATH", "/usr/bin:/bin") &&
		variable_add(launch, "HOME", secure_getenv("HOME")) &&
		variable_add(launch, "PRIVYSEAL_HOME",
			home->is_moved ? home->folder : NULL) &&
		variable_add(launch, "XDG_DATA_HOME",
			secure_getenv("XDG_DATA_HOME")) &&
		variable_add(launch, "XDG_CONFIG_HOME",
			secure_getenv("XDG_CONFIG_HOME"));
}

static void
launch_clear(struct launch *launch)
{
	size_t i;

	for (i = 0; i < VARIABLES; i++)
		free(launch->environment[i]);
}

/* A child that is a copy, made behind the back of fork handlers of the
 * application, and whose end sends it no signal. */
static pid_t
copy_process(void)
{
	return (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, NULL);
}

static void
descriptors_close(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return;
#endif
	for (; first < 65536; first++)
		close(first);
}

/* In the grandchild. report is a pipe that exec closes: an error number in it
 * says that there was none. */
_Noreturn static void
become_keeper(const struct launch *launch, int report)
{
	enum { KEPT = 3, ABOVE = 10 };
	int null, error;
	sigset_t none;

	/* The application may have closed 0, 1 or 2: then the pipe is there. */
	report = fcntl(report, F_DUPFD_CLOEXEC, ABOVE);
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	dup3(report, KEPT, O_CLOEXEC);
	descriptors_close(KEPT + 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(launch->program, launch->arguments, launch->environment);
	error = errno;
	(void)!write(KEPT, &error, sizeof(error));
	_exit(127);
}

/* Between the two: ends at once, so that the keeper is nobody's child. */
_Noreturn static void
become_between(const struct launch *launch, int report)
{
	setsid();
	if (copy_process() == 0)
		become_keeper(launch, report);
	_exit(0);
}

/* Signals wait meanwhile: a handler of the application must not run in the
 * copies. */
static bool
launch_run(const struct launch *launch, int report)
{
	sigset_t all, before;
	pid_t between;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	between = copy_process();
	if (between == 0)
		become_between(launch, report);
	while (between > 0 && waitpid(between, NULL, __WCLONE) < 0 &&
		errno == EINTR)
		;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return between > 0;
}

/* What the grandchild has to say: nothing, when it became the keeper. Another
 * thread's fork may hold the pipe open for as long as it likes. */
static int
launch_error(int report)
{
	struct pollfd ready = { report, POLLIN, 0 };
	int error = 0;

	if (poll(&ready, 1, REPORT) != 1 ||
		read(report, &error, sizeof(error)) != (ssize_t)sizeof(error))
		return 0;
	return error;
}

static bool
keeper_start(const struct home *home)
{
	struct launch launch;
	int report[2], error = ENOMEM;

	if (launch_prepare(&launch, home) && pipe2(report, O_CLOEXEC) == 0) {
		error = launch_run(&launch, report[1]) ? 0 : EAGAIN;
		close(report[1]);
		error = error ? error : launch_error(report[0]);
		close(report[0]);
	}
	if (error)
		note("%s: %s", launch.program, strerror(error));
	launch_clear(&launch);
	return error == 0;
}

/* Several may start one at the same time; all but one of those end again. */
int
keeper_connect(const struct home *home, bool may_start, CK_RV *rv)
{
	int pause = PAUSE_FIRST, waited = 0;
	int connection = attempt(home, rv);

	if (connection >= 0 || *rv != CKR_DEVICE_REMOVED || !may_start ||
		getauxval(AT_SECURE) || is_sandboxed() || !keeper_start(home))
		return connection;
	while ((connection = attempt(home, rv)) < 0 &&
		*rv == CKR_DEVICE_REMOVED && waited < PATIENCE) {
		poll(NULL, 0, pause);
		waited += pause;
		pause = pause * 2 < PAUSE_LONGEST ? pause * 2 : PAUSE_LONGEST;
	}
	return connection;
}
