/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener: one per home, for its user only, whoever started it. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Any user but the one who runs the test. */
#define STRANGER 65534

static bool
has_hung_up(int connection, int milliseconds)
{
	struct pollfd poll_for = { connection, POLLIN, 0 };
	char byte;

	return poll(&poll_for, 1, milliseconds) == 1 &&
		recv(connection, &byte, 1, MSG_DONTWAIT) <= 0;
}

static void
stop(void)
{
	unsigned char header[FRAME_HEADER];
	int connection = stage_connect();

	EXPECT(connection >= 0);
	frame_put_header(header, 0, STOP_CALL);
	EXPECT(write(connection, header, sizeof(header)) == sizeof(header));
	EXPECT(has_hung_up(connection, 5000));
	close(connection);
}

TEST(listener_serves_an_application_by_one_worker)
{
	uint64_t first, second, other;

	stage_home("");
	stage_keeper(NULL, NULL);
	stage_join('a', &first);
	stage_join('a', &second);
	EXPECT_NUMBER(first, second);
	stage_join('b', &other);
	EXPECT(first != other);
}

TEST(listener_keeps_a_secret_to_the_process_that_drew_it)
{
	uint64_t first, second;
	int status;

	stage_home("");
	stage_keeper(NULL, NULL);
	stage_join('a', &first);
	if (fork() == 0) {
		stage_join('a', &second);
		_exit(second == first);
	}
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(status, 0);
}

TEST(listener_is_one_of_fifty_starters)
{
	pid_t starters[50];
	int i, running = 0;

	stage_home("");
	for (i = 0; i < 50; i++)
		starters[i] = stage_start(NULL, NULL);
	for (i = 0; i < 49; i++)
		EXPECT(wait(NULL) > 0);
	EXPECT(strstr(stage_status(), "version") != NULL);
	for (i = 0; i < 50; i++)
		running += stage_is_running(starters[i]);
	EXPECT_NUMBER(running, 1);
}

TEST(listener_that_was_killed_is_replaced)
{
	uint64_t instance;
	pid_t first;

	stage_home("");
	first = stage_keeper(NULL, NULL);
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	EXPECT(stage_connect() < 0);
	stage_start(NULL, NULL);
	EXPECT(WITHIN(5000, stage_connect() >= 0));
	stage_join('a', &instance);
}

/* What the module does: start, connect, say hello, and again if it was lost. */
static bool
be_served(unsigned *starts)
{
	int connection, attempt;
	uint64_t instance;

	for (attempt = 0; attempt < 500; attempt++) {
		connection = stage_connect();
		instance = connection < 0 ? 0 : stage_greet(connection, 'a');
		close(connection);
		if (instance)
			return true;
		if (connection < 0 && attempt % 20 == 0) {
			stage_start(NULL, NULL);
			(*starts)++;
		}
		usleep(5000);
	}
	return false;
}

TEST(listener_that_idles_out_loses_no_client)
{
	unsigned starts = 0, i;

	stage_home("idle-exit = 1\n");
	/* The worker lingers for a second, the listener for another: each
	 * client comes at another moment around that. */
	for (i = 0; i < 8; i++) {
		EXPECT(be_served(&starts));
		usleep(1990000 + i * 10000);
	}
	EXPECT(starts >= 2);
}

TEST(listener_leaves_when_idle_and_removes_its_socket)
{
	pid_t keeper;

	stage_home("idle-exit = 1\n");
	keeper = stage_keeper(NULL, NULL);
	EXPECT_NUMBER(waitpid(keeper, NULL, 0), keeper);
	EXPECT(access(stage_path("run/keeper.sock"), F_OK) < 0);
	EXPECT(access(stage_path("run/keeper.sock.leaving"), F_OK) < 0);
}

TEST(listener_that_leaves_takes_no_other_socket_along)
{
	pid_t first;

	stage_home("");
	first = stage_keeper(NULL, NULL);
	EXPECT(unlink(stage_path("run/keeper.lock")) == 0);
	EXPECT(unlink(stage_path("run/keeper.sock")) == 0);
	stage_keeper(NULL, NULL);
	EXPECT(strstr(stage_status(), "version") != NULL);
	kill(first, SIGTERM);
	EXPECT_NUMBER(waitpid(first, NULL, 0), first);
	EXPECT(strstr(stage_status(), "version") != NULL);
}

TEST(listener_stops_when_asked_and_ends_its_workers)
{
	uint64_t instance;
	pid_t worker;

	stage_home("");
	stage_keeper(NULL, NULL);
	stage_join('a', &instance);
	worker = stage_worker();
	EXPECT(stage_is_running(worker));
	stop();
	EXPECT(!stage_is_running(worker));
	EXPECT(stage_connect() < 0);
}

TEST(listener_stops_though_a_worker_is_frozen)
{
	uint64_t instance;
	pid_t worker;

	stage_home("");
	stage_keeper(NULL, NULL);
	stage_join('a', &instance);
	worker = stage_worker();
	kill(worker, SIGSTOP);
	stop();
	EXPECT(!stage_is_running(worker));
}

TEST(worker_ends_with_its_listener)
{
	uint64_t instance;
	pid_t keeper, worker;
	int connection;

	stage_home("");
	keeper = stage_keeper(NULL, NULL);
	connection = stage_join('a', &instance);
	worker = stage_worker();
	kill(keeper, SIGKILL);
	EXPECT(WITHIN(1000, !stage_is_running(worker)));
	EXPECT(has_hung_up(connection, 0));
}

TEST(worker_ends_with_its_application_though_a_child_holds_the_socket)
{
	uint64_t instance;
	pid_t application, worker;
	int ready[2];
	char byte;

	stage_home("");
	stage_keeper(NULL, NULL);
	EXPECT(pipe(ready) == 0);
	application = fork();
	if (application == 0) {
		stage_join('a', &instance);
		if (fork() == 0)
			sleep(20);
		EXPECT(write(ready[1], "", 1) == 1);
		sleep(20);
		_exit(0);
	}
	EXPECT(read(ready[0], &byte, 1) == 1);
	worker = stage_worker();
	EXPECT(stage_is_running(worker));
	kill(application, SIGKILL);
	waitpid(application, NULL, 0);
	EXPECT(WITHIN(1000, !stage_is_running(worker)));
	EXPECT(WITHIN(1000, !strstr(stage_status(), "worker")));
}

TEST(worker_that_was_killed_is_replaced_by_another)
{
	uint64_t first, second;
	pid_t worker;
	int connection;

	stage_home("");
	stage_keeper(NULL, NULL);
	connection = stage_join('a', &first);
	worker = stage_worker();
	kill(worker, SIGKILL);
	EXPECT(has_hung_up(connection, 1000));
	EXPECT(WITHIN(1000, !strstr(stage_status(), "worker")));
	stage_join('a', &second);
	EXPECT(first != second);
}

TEST(worker_leaves_after_the_last_connection)
{
	uint64_t instance;
	int connection;

	stage_home("");
	stage_keeper(NULL, NULL);
	connection = stage_join('a', &instance);
	usleep(1500000);
	EXPECT(stage_worker() != 0);
	close(connection);
	EXPECT(WITHIN(5000, !strstr(stage_status(), "worker")));
}

/* The bytes that another user sends must not even be read: an answer to them,
 * or a worker, would show it. */
TEST(listener_turns_another_user_away_before_a_byte)
{
	uint64_t instance;
	int status;

	if (geteuid() != 0)
		test_skip("only root can be another user");
	stage_home("");
	stage_keeper(NULL, NULL);
	/* The folders alone would keep a stranger out. */
	chmod(test_folder(), 0755);
	chmod(stage_path(""), 0755);
	chmod(stage_path("run"), 0755);
	chmod(stage_path("run/keeper.sock"), 0666);
	if (fork() == 0) {
		int connection;

		if (setuid(STRANGER) < 0)
			_exit(2);
		connection = stage_connect();
		_exit(connection < 0 || !has_hung_up(connection, 1000) ||
			stage_greet(connection, 'a') != 0);
	}
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(status, 0);
	EXPECT(!strstr(stage_status(), "worker"));
	stage_join('b', &instance);
}

TEST(listener_socket_is_in_a_folder_of_its_user_alone)
{
	struct stat status;

	umask(0);
	stage_home("");
	mkdir(stage_path("run"), 0777);
	stage_keeper(NULL, NULL);
	EXPECT(stat(stage_path("run"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0700);
	EXPECT(stat(stage_path("run/keeper.sock"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 0077, 0);
}

TEST(listener_refuses_a_run_folder_that_is_another_users)
{
	int status;

	if (geteuid() != 0)
		test_skip("only root can make another user's folder");
	stage_home("");
	mkdir(stage_path("run"), 0700);
	EXPECT(chown(stage_path("run"), STRANGER, STRANGER) == 0);
	EXPECT(waitpid(stage_start(NULL, NULL), &status, 0) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 1);
	EXPECT(access(stage_path("run/keeper.sock"), F_OK) < 0);
}

TEST(listener_is_found_in_a_folder_with_a_long_path)
{
	char path[2048];
	uint64_t instance;
	int i;

	stage_home("");
	snprintf(path, sizeof(path), "%s", stage_path(""));
	for (i = 0; i < 6; i++) {
		strcat(path, "/a-folder-with-a-name-of-forty-characters-");
		EXPECT(mkdir(path, 0700) == 0);
	}
	/* The tests' own paths follow by a link. */
	EXPECT(setenv("PRIVYSEAL_HOME", path, 1) == 0);
	strcat(path, "/run");
	EXPECT(symlink(path, stage_path("run")) == 0);
	stage_keeper(NULL, NULL);
	stage_join('a', &instance);
}

TEST(listener_drops_what_is_no_hello_and_goes_on)
{
	static const struct {
		const char *bytes;
		size_t length;
	} bad[] = {
		{ "\xff\xff\xff\xff\x00\x00\x00\x00", 8 }, /* too long */
		{ "\x00\x00\x00\x00\x05\x00\x00\x00", 8 }, /* another call */
		{ "\x00\x00\x00\x00\x00\x00\x00\x00", 8 }, /* empty */
		{ "\x04\x00\x00\x00\x00\x00\x00\x00nope", 12 },
		{ "\x04\x00\x00\x00\x01\xff\xff\xff", 8 }, /* status, body */
	};
	uint64_t instance;
	size_t i;
	int connection;

	stage_home("");
	stage_keeper(NULL, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		connection = stage_connect();
		EXPECT(send(connection, bad[i].bytes, bad[i].length,
			       MSG_NOSIGNAL) == (ssize_t)bad[i].length);
		EXPECT(has_hung_up(connection, 1000));
		close(connection);
	}
	EXPECT(!strstr(stage_status(), "worker"));
	stage_join('a', &instance);
}

TEST(listener_serves_others_while_hundreds_say_half_a_hello)
{
	uint64_t instance;
	int connections[300], i;

	stage_home("");
	stage_keeper(NULL, NULL);
	for (i = 0; i < 300; i++) {
		connections[i] = stage_connect();
		EXPECT(connections[i] >= 0);
		EXPECT(send(connections[i], "\x40\x00\x00\x00\x00", 5,
			       MSG_NOSIGNAL) == 5);
	}
	stage_join('a', &instance);
	/* The oldest make room; the rest has its time. */
	EXPECT(has_hung_up(connections[0], 1000));
	EXPECT(!has_hung_up(connections[299], 100));
	EXPECT(has_hung_up(connections[299], 6000));
}

/* Hundredths of a second that the process has computed. */
static unsigned long
ticks(pid_t process)
{
	unsigned long user = 0, kernel = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)process);
	file = fopen(path, "r");
	if (!file ||
		fscanf(file,
			"%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
			"%*u %lu %lu",
			&user, &kernel) != 2)
		test_fail(__FILE__, __LINE__, "%s", path);
	fclose(file);
	return user + kernel;
}

TEST(listener_short_of_descriptors_waits_and_goes_on)
{
	const struct rlimit few = { 20, 20 };
	int connections[40], i;
	unsigned long before;
	uint64_t instance;
	pid_t keeper;

	stage_home("");
	keeper = stage_keeper(NULL, NULL);
	EXPECT(strstr(stage_status(), "version") != NULL);
	EXPECT(prlimit(keeper, RLIMIT_NOFILE, &few, NULL) == 0);
	for (i = 0; i < 40; i++)
		EXPECT((connections[i] = stage_connect()) >= 0);
	before = ticks(keeper);
	sleep(1);
	EXPECT(ticks(keeper) - before < 10);
	for (i = 0; i < 40; i++)
		close(connections[i]);
	stage_join('a', &instance);
}

/* One of the processes has this in the file of that name in /proc. */
static bool
shows(pid_t process, const char *file, const char *text)
{
	char path[64], content[65536];
	size_t length;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)process, file);
	stream = fopen(path, "r");
	if (!stream)
		test_skip("only root can look into the keeper");
	length = fread(content, 1, sizeof(content) - 1, stream);
	fclose(stream);
	return memmem(content, length, text, strlen(text)) != NULL;
}

static int
count_descriptors(pid_t process, const char *target)
{
	char path[64], linked[4096];
	int i, found = 0;
	ssize_t length;

	for (i = 0; i < 1024; i++) {
		snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)process,
			i);
		length = readlink(path, linked, sizeof(linked) - 1);
		if (length < 0)
			continue;
		linked[length] = '\0';
		found += strcmp(linked, target) == 0;
	}
	return found;
}

static unsigned long
ignored_signals(pid_t process)
{
	char path[64], line[128];
	unsigned long ignored = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)process);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "SigIgn: %lx", &ignored) == 1)
			break;
	if (file)
		fclose(file);
	return ignored;
}

static void
expect_clean(pid_t process, const char *secret_file)
{
	static const char *const traces[] = { "LD_PRELOAD", "OPENSSL_CONF",
		"LD_LIBRARY_PATH", "TMPDIR", "A_SECRET" };
	struct rlimit limit;
	size_t i;

	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		EXPECT(!shows(process, "environ", traces[i]));
	EXPECT(!shows(process, "maps", "libSegFault"));
	EXPECT_NUMBER(count_descriptors(process, secret_file), 0);
	EXPECT(shows(process, "status", "Umask:\t0077"));
	EXPECT_NUMBER(ignored_signals(process), 0);
	EXPECT(prlimit(process, RLIMIT_NOFILE, NULL, &limit) == 0);
	EXPECT(limit.rlim_cur > 64);
	EXPECT(prlimit(process, RLIMIT_FSIZE, NULL, &limit) == 0);
	EXPECT(limit.rlim_cur == RLIM_INFINITY);
	EXPECT(prlimit(process, RLIMIT_CORE, NULL, &limit) == 0);
	EXPECT_NUMBER(limit.rlim_cur, 0);
}

TEST(listener_has_nothing_of_its_starters_surroundings)
{
	struct rlimit few, small;
	sigset_t all;
	uint64_t instance;
	pid_t keeper, worker;

	stage_home("");
	setenv("OPENSSL_CONF", stage_path("evil.cnf"), 1);
	setenv("LD_LIBRARY_PATH", "/nonexistent", 1);
	setenv("A_SECRET", "swordfish", 1);
	EXPECT(dup2(open(stage_path("secret"), O_RDWR | O_CREAT, 0600), 63) ==
		63);
	umask(0);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	getrlimit(RLIMIT_NOFILE, &few);
	few.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &few);
	getrlimit(RLIMIT_FSIZE, &small);
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	keeper = stage_keeper(NULL, NULL);
	stage_join('a', &instance);
	worker = stage_worker();
	EXPECT(worker > 0);
	expect_clean(keeper, stage_path("secret"));
	expect_clean(worker, stage_path("secret"));
	/* The blocked signal would not end it. */
	kill(keeper, SIGTERM);
	EXPECT(WITHIN(5000, !stage_is_running(keeper)));
}

/* The folder of the unified hierarchy, where this test may write. */
static const char *
group_root(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup",
		"/sys/fs/cgroup/unified" };
	char path[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", roots[i]);
		if (access(path, W_OK) == 0 &&
			!shows(getpid(), "cgroup", "0::/privyseal"))
			return roots[i];
	}
	test_skip("no control group may be made here");
}

static bool
enter_group(const char *group)
{
	char path[192];
	int file;
	bool entered;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	file = open(path, O_WRONLY);
	entered = file >= 0 && write(file, "0", 1) == 1;
	close(file);
	return entered;
}

TEST(listener_leaves_the_control_group_of_its_starter)
{
	const char *root = group_root();
	char group[128], name[64];
	pid_t keeper;
	bool left;

	snprintf(name, sizeof(name), "privyseal-test-%ld", (long)getpid());
	snprintf(group, sizeof(group), "%s/%s", root, name);
	if (mkdir(group, 0755) < 0)
		test_skip("no control group may be made here");
	stage_home("");
	EXPECT(enter_group(group));
	keeper = stage_keeper(NULL, NULL);
	EXPECT(shows(getpid(), "cgroup", name));
	left = !shows(keeper, "cgroup", name);
	kill(keeper, SIGTERM);
	waitpid(keeper, NULL, 0);
	EXPECT(enter_group(root));
	EXPECT(rmdir(group) == 0);
	snprintf(group, sizeof(group), "%s/privyseal-keeper.scope", root);
	/* Others' keepers may be there. */
	(void)rmdir(group);
	EXPECT(left);
}

TEST(worker_has_no_more_memory_than_the_configuration_gives)
{
	struct rlimit limit;
	uint64_t instance;

	if (SANITIZED)
		test_skip("a sanitizer needs memory of its own");
	stage_home("client-memory = 100\n");
	stage_keeper(NULL, NULL);
	stage_join('a', &instance);
	EXPECT(prlimit(stage_worker(), RLIMIT_DATA, NULL, &limit) == 0);
	EXPECT_NUMBER(limit.rlim_max, 100 << 20);
}

TEST(worker_has_no_more_connections_than_the_configuration_gives)
{
	uint64_t instance;
	int third;

	stage_home("client-connections = 2\n");
	stage_keeper(NULL, NULL);
	close(stage_join('b', &instance));
	stage_join('a', &instance);
	stage_join('a', &instance);
	third = stage_connect();
	EXPECT_NUMBER(stage_greet(third, 'a'), 0);
	stage_join('b', &instance);
}

/* As systemd does: the socket is descriptor 3, and these variables say so. */
static pid_t
start_with_socket(int listening)
{
	pid_t process = fork();
	char number[16];

	if (process == 0) {
		dup2(listening, 3);
		fcntl(3, F_SETFD, 0);
		snprintf(number, sizeof(number), "%ld", (long)getpid());
		setenv("LISTEN_PID", number, 1);
		setenv("LISTEN_FDS", "1", 1);
		execl(BUILDDIR "/privyseal-keeper", "privyseal-keeper", NULL);
		_exit(127);
	}
	return process;
}

TEST(listener_takes_a_socket_that_systemd_made)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	uint64_t instance;
	pid_t keeper;
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	stage_home("idle-exit = 1\n");
	mkdir(stage_path("run"), 0700);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		stage_path("run/keeper.sock"));
	EXPECT(bind(listening, (struct sockaddr *)&address, sizeof(address)) ==
		0);
	EXPECT(listen(listening, 8) == 0);
	keeper = start_with_socket(listening);
	close(stage_join('a', &instance));
	/* It leaves, the socket stays, and whoever comes is kept for the
	 * next. */
	EXPECT_NUMBER(waitpid(keeper, NULL, 0), keeper);
	EXPECT(access(stage_path("run/keeper.sock"), F_OK) == 0);
	keeper = start_with_socket(listening);
	stage_join('a', &instance);
	kill(keeper, SIGTERM);
	EXPECT_NUMBER(waitpid(keeper, NULL, 0), keeper);
}

TEST(listener_does_not_remove_a_socket_that_systemd_serves)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status;

	stage_home("");
	mkdir(stage_path("run"), 0700);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		stage_path("run/keeper.sock"));
	EXPECT(bind(listening, (struct sockaddr *)&address, sizeof(address)) ==
		0);
	EXPECT(listen(listening, 8) == 0);
	EXPECT(waitpid(stage_start(NULL, NULL), &status, 0) > 0);
	EXPECT_NUMBER(status, 0);
	EXPECT(stage_connect() >= 0);
}

TEST(listener_of_one_user_takes_in_no_token)
{
	unsigned char header[FRAME_HEADER];
	int connection;

	stage_home("");
	stage_keeper(NULL, NULL);
	connection = stage_connect();
	frame_put_header(header, 0, MOVE_CALL);
	EXPECT(send(connection, header, sizeof(header), MSG_NOSIGNAL) ==
		sizeof(header));
	EXPECT_NUMBER(recv(connection, header, sizeof(header), 0), 0);
}
