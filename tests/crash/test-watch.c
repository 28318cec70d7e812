/* SPDX-License-Identifier: BSD-2-Clause */
/* A listener that cannot watch the worker that it has just started. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* More failures than the listener may have descriptors. */
enum { DESCRIPTORS = 48, FAILURES = 64 };

static pid_t
start_keeper(void)
{
	const struct rlimit few = { DESCRIPTORS, DESCRIPTORS };
	pid_t process;

	stage_home("");
	process = fork();
	EXPECT(process >= 0);
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_NOFILE, &few);
		execl(BUILDDIR "/tests/crash/keeper-with-faults",
			"privyseal-keeper", NULL);
		_exit(127);
	}
	EXPECT(WITHIN(10000, access(stage_path("run/keeper.sock"), F_OK) == 0));
	return process;
}

static void
fail_on(const char *kind)
{
	FILE *file = fopen(stage_path("failing"), "w");

	EXPECT(file && fputs(kind, file) >= 0 && fclose(file) == 0);
}

static bool
has_children(pid_t process)
{
	char path[64];
	FILE *file;
	int byte;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", process,
		process);
	file = fopen(path, "r");
	EXPECT(file != NULL);
	byte = fgetc(file);
	fclose(file);
	return byte != EOF;
}

static void
expect_nothing_left(const char *kind)
{
	pid_t keeper = start_keeper();
	int i, connection;
	uint64_t instance;

	fail_on(kind);
	for (i = 0; i < FAILURES; i++) {
		connection = stage_connect();
		EXPECT(connection >= 0);
		EXPECT_NUMBER(stage_greet(connection, 'a'), 0);
		EXPECT(close(connection) == 0);
	}
	EXPECT(!has_children(keeper));
	EXPECT(unlink(stage_path("failing")) == 0);
	EXPECT(close(stage_join('a', &instance)) == 0);
}

TEST(a_worker_that_cannot_be_heard_leaves_neither_process_nor_descriptor)
{
	expect_nothing_left("socket");
}

TEST(a_worker_that_cannot_be_watched_leaves_neither_process_nor_descriptor)
{
	expect_nothing_left("pidfd");
}
