/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener: one per home, for its user only, whoever started it. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Any user but the one who runs the test. */
#define STRANGER 65534

static void
stop(void)
{
	unsigned char header[FRAME_HEADER];
	int connection = stage_connect();

	EXPECT(connection >= 0);
	frame_put_header(header, 0, STOP_CALL);
	EXPECT(write(connection, header, sizeof(header)) == sizeof(header));
	EXPECT(stage_has_hung_up(connection, 5000));
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
		_exit(connection < 0 || !stage_has_hung_up(connection, 1000) ||
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
		EXPECT(stage_has_hung_up(connection, 1000));
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
	EXPECT(stage_has_hung_up(connections[0], 1000));
	EXPECT(!stage_has_hung_up(connections[299], 100));
	EXPECT(stage_has_hung_up(connections[299], 6000));
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
