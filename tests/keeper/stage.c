/* SPDX-License-Identifier: BSD-2-Clause */
/* A home and a keeper for one test, and what a test says to the keeper. */

#include "config.h"

#include "tests/keeper/stage.h"

#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static char home[3072];

const char *
stage_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

void
stage_home(const char *configuration)
{
	int file;

	/* What hangs is to fail. */
	alarm(60);
	snprintf(home, sizeof(home), "%s/home", test_folder());
	EXPECT(mkdir(home, 0700) == 0);
	EXPECT(setenv("PRIVYSEAL_HOME", home, 1) == 0);
	file = open(stage_path("privyseal.conf"), O_WRONLY | O_CREAT, 0600);
	EXPECT(write(file, configuration, strlen(configuration)) ==
		(ssize_t)strlen(configuration));
	close(file);
}

pid_t
stage_start(const char *option, const char *value)
{
	pid_t process = fork();

	EXPECT(process >= 0);
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(BUILDDIR "/privyseal-keeper", "privyseal-keeper", option,
			value, NULL);
		_exit(127);
	}
	return process;
}

pid_t
stage_keeper(const char *option, const char *value)
{
	pid_t process = stage_start(option, value);

	EXPECT(WITHIN(10000, access(stage_path("run/keeper.sock"), F_OK) == 0));
	return process;
}

/* Ends the keeper with the test: the kernel forgets that wish of a process that
 * becomes another user. */
static void
end_with_test(pid_t process)
{
	int test = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int keeper = (int)syscall(SYS_pidfd_open, process, 0);
	struct pollfd ended = { test, POLLIN, 0 };

	EXPECT(test >= 0 && keeper >= 0);
	if (fork() == 0) {
		alarm(0);
		while (poll(&ended, 1, -1) != 1)
			;
		syscall(SYS_pidfd_send_signal, keeper, SIGKILL, NULL, 0);
		_exit(0);
	}
	close(test);
	close(keeper);
}

/* The tests' folder is root's alone, and others are to come by. */
void
stage_machine_home(const char *configuration)
{
	uid_t keeper = geteuid() == 0 ? STAGE_KEEPER : geteuid();

	umask(022);
	stage_home(configuration);
	EXPECT(unsetenv("PRIVYSEAL_HOME") == 0);
	EXPECT(chmod(test_folder(), 0755) == 0);
	EXPECT(chmod(home, 0755) == 0);
	EXPECT(chmod(stage_path("privyseal.conf"), 0644) == 0);
	EXPECT(mkdir(stage_path("state"), 0700) == 0);
	EXPECT(chown(stage_path("state"), keeper, (gid_t)-1) == 0);
	EXPECT(mkdir(stage_path("run"), 0755) == 0);
	EXPECT(setenv("PRIVYSEAL_MACHINE", stage_path("run"), 1) == 0);
}

static pid_t
start_machine(const char *option, const char *value)
{
	char state[4096], run[4096], configuration[4096], user[16];
	pid_t process;

	snprintf(state, sizeof(state), "%s", stage_path("state"));
	snprintf(run, sizeof(run), "%s", stage_path("run"));
	snprintf(configuration, sizeof(configuration), "%s",
		stage_path("privyseal.conf"));
	snprintf(user, sizeof(user), "%d", STAGE_KEEPER);
	process = fork();
	EXPECT(process >= 0);
	if (process == 0) {
		execl(BUILDDIR "/privyseal-keeper", "privyseal-keeper",
			"--machine", "--state", state, "--run", run,
			"--system-configuration", configuration, "--user", user,
			option, value, NULL);
		_exit(127);
	}
	end_with_test(process);
	return process;
}

pid_t
stage_machine_start(void)
{
	return start_machine(NULL, NULL);
}

pid_t
stage_machine_with(const char *option, const char *value)
{
	pid_t process = start_machine(option, value);

	EXPECT(WITHIN(10000, access(stage_path("run/keeper.sock"), F_OK) == 0));
	return process;
}

pid_t
stage_machine(void)
{
	return stage_machine_with(NULL, NULL);
}

bool
stage_is_open(const char *folder)
{
	char path[PATH_MAX], *slash;
	struct stat status;
	bool is_open = true;

	EXPECT(snprintf(path, sizeof(path), "%s/", folder) < PATH_MAX);
	for (slash = path; slash; slash = strchr(slash + 1, '/')) {
		char *rest = slash + 1, kept = *rest;

		*rest = '\0';
		if (stat(path, &status) == 0)
			is_open &= (status.st_mode & S_IXOTH) != 0;
		*rest = kept;
	}
	return is_open;
}

/* Below root's own home, say, a user needs copies of what was built. */
static void
copy_build(void)
{
	char command[1024], path[512];

	snprintf(command, sizeof(command),
		"install -m 755 " BUILDDIR "/privyseal-keeper " BUILDDIR
		"/.libs/privyseal-pkcs11.so %s && chmod 755 %s",
		test_folder(), test_folder());
	EXPECT(system(command) == 0);
	snprintf(path, sizeof(path), "%s/privyseal-keeper", test_folder());
	EXPECT(setenv("PRIVYSEAL_KEEPER", path, 1) == 0);
	snprintf(path, sizeof(path), "%s/privyseal-pkcs11.so", test_folder());
	EXPECT(setenv("TEST_MODULE", path, 1) == 0);
}

void
stage_become(unsigned user)
{
	if (geteuid() == 0 && !stage_is_open(BUILDDIR))
		copy_build();
	EXPECT(setgroups(0, NULL) == 0);
	EXPECT(setresgid(user, user, user) == 0);
	EXPECT(setresuid(user, user, user) == 0);
}

void
stage_keep_doing(unsigned user, void (*act)(void))
{
	struct pollfd test = { (int)syscall(SYS_pidfd_open, getpid(), 0),
		POLLIN, 0 };
	char begun = 0;
	int ends[2];

	EXPECT(test.fd >= 0 && pipe(ends) == 0);
	if (fork() == 0) {
		stage_become(user);
		act();
		EXPECT(write(ends[1], "+", 1) == 1);
		alarm(0);
		while (poll(&test, 1, -1) != 1)
			;
		_exit(0);
	}
	close(ends[1]);
	EXPECT(read(ends[0], &begun, 1) == 1);
	close(ends[0]);
}

int
stage_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int folder = open(stage_path("run"), O_PATH | O_CLOEXEC);
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/keeper.sock", folder);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) <
		0) {
		close(connection);
		connection = -1;
	}
	close(folder);
	return connection;
}

bool
stage_has_hung_up(int connection, int milliseconds)
{
	struct pollfd poll_for = { connection, POLLIN, 0 };
	char byte;

	return poll(&poll_for, 1, milliseconds) == 1 &&
		recv(connection, &byte, 1, MSG_DONTWAIT) <= 0;
}

/* The whole of it, or false. */
static bool
receive(int connection, void *at, size_t length)
{
	return length == 0 ||
		recv(connection, at, length, MSG_WAITALL) == (ssize_t)length;
}

uint64_t
stage_greet(int connection, unsigned char secret)
{
	struct hello hello = { .calls = 1, .application = "a test" };
	struct wire wire = { 0 };
	unsigned char header[FRAME_HEADER], body[HELLO_CAP];
	uint32_t length = 0, call;

	memset(hello.secret, secret, sizeof(hello.secret));
	hello_put(&wire, &hello);
	(void)send(connection, wire.at, wire.length, MSG_NOSIGNAL);
	wire_clear(&wire);
	if (!receive(connection, header, sizeof(header)))
		return 0;
	frame_take_header(header, &length, &call);
	EXPECT(length <= sizeof(body) && call == HELLO_CALL);
	EXPECT(receive(connection, body, length));
	EXPECT(hello_take(body, length, &hello));
	return hello.instance;
}

int
stage_join(unsigned char secret, uint64_t *instance)
{
	int connection = stage_connect();

	EXPECT(connection >= 0);
	*instance = stage_greet(connection, secret);
	EXPECT(*instance != 0);
	return connection;
}

const char *
stage_status(void)
{
	static char text[131072];
	unsigned char header[FRAME_HEADER];
	uint32_t length = 0, call = 0;
	int connection = stage_connect();

	EXPECT(connection >= 0);
	frame_put_header(header, 0, STATUS_CALL);
	EXPECT(send(connection, header, sizeof(header), MSG_NOSIGNAL) ==
		sizeof(header));
	EXPECT(receive(connection, header, sizeof(header)));
	frame_take_header(header, &length, &call);
	EXPECT(call == STATUS_CALL && length < sizeof(text));
	EXPECT(receive(connection, text, length));
	text[length] = '\0';
	close(connection);
	return text;
}

pid_t
stage_worker(void)
{
	const char *first = strstr(stage_status(), "\nworker ");

	if (!first || strstr(first + 1, "\nworker "))
		return 0;
	return (pid_t)atol(first + strlen("\nworker "));
}

/* Z as well: it is no more. */
static char
state_of(const char *path)
{
	FILE *file = fopen(path, "r");
	char state = 'Z';

	if (!file)
		return state;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(file);
	return state;
}

bool
stage_is_running(pid_t process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)process);
	return state_of(path) != 'Z';
}

static bool
is_frozen(pid_t process)
{
	char pattern[64];
	bool is_frozen = true;
	glob_t threads;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/proc/%ld/task/*/stat",
		(long)process);
	if (glob(pattern, 0, NULL, &threads) != 0)
		return false;
	for (i = 0; i < threads.gl_pathc; i++)
		is_frozen = is_frozen && state_of(threads.gl_pathv[i]) == 'T';
	globfree(&threads);
	return is_frozen;
}

void
stage_freeze(pid_t process)
{
	EXPECT(kill(process, SIGSTOP) == 0);
	EXPECT(WITHIN(5000, is_frozen(process)));
}
