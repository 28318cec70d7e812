/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls around real processes, tried by another program of their user. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t
listener(void)
{
	const char *at = strstr(stage_status(), "process ");

	return at ? (pid_t)atol(at + strlen("process ")) : 0;
}

/* What the process says of its walls, and the kernel of it. */
static const char *
walls_of(pid_t process)
{
	static char line[256];
	char name[32];
	const char *at;

	snprintf(name, sizeof(name), "\nwalls %ld ", (long)process);
	at = strstr(stage_status(), name);
	snprintf(line, sizeof(line), "%s", at ? at + strlen(name) : "");
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool
kernel_says(pid_t process, const char *text)
{
	char path[64], content[8192];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)process);
	file = fopen(path, "r");
	EXPECT(file != NULL);
	length = fread(content, 1, sizeof(content) - 1, file);
	fclose(file);
	content[length] = '\0';
	return strstr(content, text) != NULL;
}

TEST(status_tells_of_each_process_what_the_kernel_tells)
{
	static const char *const names[] = { "\nSeccomp:\t2",
		"\nNoNewPrivs:\t1" };
	pid_t processes[2];
	size_t i, j;

	application_set_up("");
	application_login(application_session());
	processes[0] = listener();
	processes[1] = stage_worker();
	for (i = 0; i < 2; i++) {
		EXPECT(strncmp(walls_of(processes[i]),
			       "seccomp 2 no-new-privileges 1 dumpable 0",
			       40) == 0);
		for (j = 0; j < 2; j++)
			EXPECT(kernel_says(processes[i], names[j]));
	}
	EXPECT(strstr(walls_of(processes[0]), "landlock 0") != NULL);
	EXPECT(strstr(walls_of(processes[1]), " locked ") != NULL);
	EXPECT(strstr(stage_status(), "\nptrace-scope ") != NULL);
}

/* As another program of the same user, who is not root: 0, or errno. */
static int
attach(pid_t process)
{
	int status, result = 0;

	if (ptrace(PTRACE_ATTACH, process, 0, 0) < 0)
		return errno;
	waitpid(process, &status, 0);
	if (ptrace(PTRACE_DETACH, process, 0, 0) < 0)
		result = errno;
	return result;
}

static int
read_memory(pid_t process)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)process);
	file = open(path, O_RDONLY);
	if (file >= 0)
		close(file);
	return file < 0 ? errno : 0;
}

static int
read_directly(pid_t process, void *at)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { at, 1 };

	return process_vm_readv(process, &here, 1, &there, 1, 0) < 0 ? errno
								     : 0;
}

static int
dump(pid_t process)
{
	char command[512];

	snprintf(command, sizeof(command),
		"cd %s && gcore -o core %ld >gcore.txt 2>&1 && "
		"test -s core.%ld",
		stage_path(""), (long)process, (long)process);
	return system(command);
}

/* Root may do all; so the whole application is another user's. */
static void
be_a_user(void)
{
	if (geteuid() != 0)
		return;
	EXPECT(chmod(test_folder(), 0755) == 0);
	EXPECT(chown(test_folder(), 65534, 65534) == 0);
	EXPECT(setresgid(65534, 65534, 65534) == 0);
	EXPECT(setresuid(65534, 65534, 65534) == 0);
	if (access(BUILDDIR "/privyseal-keeper", X_OK) < 0)
		test_skip("another user cannot reach this build");
	/* Becoming another user closes a process; this one is the attacker. */
	EXPECT(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
}

TEST(program_of_the_same_user_cannot_look_into_worker_and_listener)
{
	pid_t sibling, processes[2];
	size_t i;

	be_a_user();
	sibling = fork();
	if (sibling == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (attach(sibling) != 0)
		test_skip("this system lets nobody look into another process");
	application_set_up("");
	application_login(application_session());
	processes[0] = listener();
	processes[1] = stage_worker();
	/* First a process that is open: what refuses is the wall. */
	EXPECT_NUMBER(read_memory(sibling), 0);
	EXPECT_NUMBER(read_directly(sibling, processes), 0);
	for (i = 0; i < 2; i++) {
		EXPECT_NUMBER(attach(processes[i]), EPERM);
		EXPECT_NUMBER(read_memory(processes[i]), EACCES);
		EXPECT_NUMBER(read_directly(processes[i], processes), EPERM);
	}
	if (system("command -v gcore >/dev/null") != 0)
		return;
	EXPECT(dump(sibling) == 0);
	EXPECT(dump(processes[0]) != 0);
	EXPECT(dump(processes[1]) != 0);
}

/* As on a kernel that was built without. */
static void
lose_landlock(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	EXPECT(filter != NULL);
	EXPECT(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), 444, 0) == 0);
	EXPECT(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static pid_t
start_without_landlock(void)
{
	pid_t process = fork();

	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		lose_landlock();
		execl(BUILDDIR "/privyseal-keeper", "privyseal-keeper",
			"--listener", NULL);
		_exit(127);
	}
	return process;
}

static bool
is_reached(void)
{
	int connection = stage_connect();

	if (connection >= 0)
		close(connection);
	return connection >= 0;
}

static const char *
content_of(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");
	size_t length;

	EXPECT(file != NULL);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	return text;
}

TEST(user_keeper_without_landlock_says_so_and_serves)
{
	pid_t keeper;

	application_set_up("");
	keeper = listener();
	kill(keeper, SIGKILL);
	EXPECT(WITHIN(10000, !stage_is_running(keeper)));
	keeper = start_without_landlock();
	EXPECT(WITHIN(10000, is_reached()));
	application_login(application_session());
	EXPECT_NUMBER(listener(), keeper);
	EXPECT(strstr(walls_of(stage_worker()),
		       "seccomp 2 no-new-privileges 1 dumpable 0 landlock 0") !=
		NULL);
	EXPECT(strstr(content_of(stage_path("keeper.log")), "no Landlock") !=
		NULL);
}

TEST(machine_keeper_without_landlock_does_not_start)
{
	char said[128];
	int status, file;

	if (geteuid() != 0)
		test_skip("only root can be several users");
	stage_machine_home("");
	snprintf(said, sizeof(said), "%s/said", test_folder());
	file = open(said, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	EXPECT(dup2(file, STDERR_FILENO) == STDERR_FILENO);
	lose_landlock();
	EXPECT(waitpid(stage_machine_start(), &status, 0) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 1);
	EXPECT(strstr(content_of(said), "no Landlock") != NULL);
}

TEST(truncated_file_under_a_worker_is_an_error_or_a_lost_worker)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	pid_t keeper;
	CK_RV rv;

	application_set_up("");
	session = application_session();
	application_login(session);
	key = application_key(session);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	keeper = listener();
	EXPECT(truncate(stage_path("tokens/1.token"), 100) == 0);
	(void)truncate(stage_path("tokens/1.token-wal"), 0);
	(void)truncate(stage_path("tokens/1.token-shm"), 0);
	rv = application_sign(session, key);
	EXPECT(rv == CKR_OK || rv == CKR_DEVICE_ERROR ||
		rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT ||
		rv == CKR_TOKEN_NOT_RECOGNIZED ||
		rv == CKR_SESSION_HANDLE_INVALID);
	EXPECT(stage_is_running(keeper));
	EXPECT(listener() == keeper);
}
