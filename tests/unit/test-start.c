/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the module talks to, and how it starts a keeper. The keeper here is this
 * program itself: what starts is told by its first argument. */

#include "config.h"

#include "pkcs11/start.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
path_in(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* Listens in the folder, through its descriptor: its path may be long. */
static int
listen_in(const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int place = open(folder, O_PATH | O_DIRECTORY);
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/keeper.sock", place);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) ||
		listen(listening, 8))
		return -1;
	close(place);
	return listening;
}

/* Writes what it was given beside the socket, then answers until it is told to
 * end by a byte. */
static void
play_keeper(char **variables)
{
	char *run = path_in(getenv("PRIVYSEAL_HOME"), "run"), entry[300];
	FILE *report = fopen(path_in(run, "report"), "w");
	DIR *descriptors = opendir("/proc/self/fd");
	struct dirent *each;
	int connection, listening;

	for (; *variables; variables++)
		fprintf(report, "variable %s\n", *variables);
	while ((each = readdir(descriptors))) {
		ssize_t length;
		char *link = path_in("/proc/self/fd", each->d_name);

		length = readlink(link, entry, sizeof(entry) - 1);
		entry[length < 0 ? 0 : length] = '\0';
		fprintf(report, "descriptor %s %s\n", each->d_name, entry);
	}
	fclose(report);
	listening = listen_in(run);
	connection = accept(listening, NULL, NULL);
	(void)!read(connection, entry, 1);
	_exit(0);
}

__attribute__((constructor)) static void
begin(int count, char **arguments, char **variables)
{
	if (count == 2 && strcmp(arguments[1], "--listener") == 0)
		play_keeper(variables);
}

static struct home
home_here(void)
{
	struct home home;

	EXPECT(setenv("PRIVYSEAL_HOME", test_folder(), 1) == 0);
	EXPECT(home_find(&home));
	EXPECT(mkdir(home.run, 0700) == 0);
	return home;
}

TEST(no_keeper_and_no_leave_to_start_one_is_a_removed_device)
{
	struct home home = home_here();
	CK_RV rv;

	EXPECT_NUMBER(keeper_connect(&home, false, &rv), -1);
	EXPECT_RV(rv, CKR_DEVICE_REMOVED);
}

TEST(keeper_in_a_folder_open_to_others_gets_no_connection)
{
	struct home home = home_here();
	CK_RV rv;

	EXPECT(listen_in(home.run) >= 0);
	EXPECT(chmod(home.run, 0750) == 0);
	EXPECT_NUMBER(keeper_connect(&home, false, &rv), -1);
	EXPECT_RV(rv, CKR_DEVICE_ERROR);
	EXPECT(chmod(home.run, 0700) == 0);
	EXPECT(keeper_connect(&home, false, &rv) >= 0);
}

TEST(connection_takes_no_number_that_the_application_has_closed)
{
	struct home home = home_here();
	CK_RV rv;

	EXPECT(listen_in(home.run) >= 0);
	close(STDIN_FILENO);
	EXPECT(keeper_connect(&home, false, &rv) > 2);
}

TEST(keeper_in_a_linked_folder_gets_no_connection)
{
	struct home home = home_here();
	char *elsewhere = path_in(test_folder(), "elsewhere");
	CK_RV rv;

	EXPECT(rename(home.run, elsewhere) == 0);
	EXPECT(symlink(elsewhere, home.run) == 0);
	EXPECT(listen_in(elsewhere) >= 0);
	EXPECT_NUMBER(keeper_connect(&home, false, &rv), -1);
}

TEST(keeper_of_another_user_is_refused)
{
	struct home home = home_here();
	int ready[2], status;
	pid_t child;
	char byte;
	CK_RV rv;

	if (geteuid() != 0)
		test_skip("only root can run a process as another user");
	EXPECT(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		/* It must be able to put its socket there at all. */
		int place = open(home.run, O_PATH | O_DIRECTORY);

		status = chmod(home.run, 0777) || chmod(test_folder(), 0777) ||
			setuid(65534) || listen_in(home.run) < 0;
		close(place);
		alarm(20);
		(void)!write(ready[1], "x", 1);
		pause();
		_exit(status);
	}
	EXPECT(read(ready[0], &byte, 1) == 1);
	EXPECT(chmod(home.run, 0700) == 0);
	EXPECT_NUMBER(keeper_connect(&home, false, &rv), -1);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	EXPECT_RV(rv, CKR_DEVICE_ERROR);
}

TEST(keeper_is_found_below_a_path_longer_than_an_address)
{
	char folder[400];
	struct home home;
	CK_RV rv;
	int i;

	snprintf(folder, sizeof(folder), "%s", test_folder());
	for (i = 0; i < 5; i++) {
		strcat(folder, "/a-folder-with-a-name-of-forty-characters");
		EXPECT(mkdir(folder, 0700) == 0);
	}
	EXPECT(setenv("PRIVYSEAL_HOME", folder, 1) == 0);
	EXPECT(home_find(&home));
	EXPECT(mkdir(home.run, 0700) == 0);
	EXPECT(listen_in(home.run) >= 0);
	EXPECT(keeper_connect(&home, false, &rv) >= 0);
}

static volatile sig_atomic_t children;

static void
child_ended(int number)
{
	children++;
}

static char *
report_of(const struct home *home)
{
	static char text[16384];
	FILE *file = fopen(path_in(home->run, "report"), "r");

	EXPECT(file != NULL);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	return text;
}

TEST(started_keeper_has_nothing_of_the_application_and_is_not_its_child)
{
	struct home home = home_here();
	char self[300], *report;
	int connection, leak;
	CK_RV rv;

	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = '\0';
	EXPECT(setenv("PRIVYSEAL_KEEPER", self, 1) == 0);
	EXPECT(setenv("LD_PRELOAD", "", 1) == 0);
	EXPECT(setenv("OPENSSL_CONF", "/evil.cnf", 1) == 0);
	leak = open("/etc/passwd", O_RDONLY);
	EXPECT(leak >= 0);
	signal(SIGCHLD, child_ended);
	connection = keeper_connect(&home, true, &rv);
	EXPECT(connection >= 0);
	report = report_of(&home);
	EXPECT(strstr(report, "PRIVYSEAL_HOME=") != NULL);
	EXPECT(strstr(report, "OPENSSL_CONF") == NULL);
	EXPECT(strstr(report, "LD_PRELOAD") == NULL);
	EXPECT(strstr(report, "/etc/passwd") == NULL);
	EXPECT(strstr(report, "pipe:") == NULL);
	EXPECT_NUMBER(waitpid(-1, NULL, WNOHANG), (pid_t)-1);
	EXPECT_NUMBER(errno, ECHILD);
	EXPECT(write(connection, "x", 1) == 1);
	EXPECT(read(connection, self, 1) == 0);
	usleep(50000);
	EXPECT_NUMBER(children, 0);
}

TEST(started_keeper_works_when_the_application_has_closed_its_standard_files)
{
	struct home home = home_here();
	char self[300];
	int connection;
	CK_RV rv;

	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = '\0';
	EXPECT(setenv("PRIVYSEAL_KEEPER", self, 1) == 0);
	close(0);
	close(2);
	connection = keeper_connect(&home, true, &rv);
	EXPECT(connection >= 0);
	EXPECT(write(connection, "x", 1) == 1);
}

TEST(missing_keeper_program_is_told_at_once)
{
	struct home home = home_here();
	CK_RV rv;

	EXPECT(setenv("PRIVYSEAL_KEEPER", "/nowhere/keeper", 1) == 0);
	alarm(2);
	EXPECT_NUMBER(keeper_connect(&home, true, &rv), -1);
	EXPECT_RV(rv, CKR_DEVICE_REMOVED);
}
