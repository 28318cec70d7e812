/* SPDX-License-Identifier: BSD-2-Clause */
/* What a keeper has of the surroundings of who started it: nothing. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
	/* Not "exe", which it is begun as. */
	EXPECT(shows(process, "comm", "privyseal-keepe"));
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

	if (COVERAGE)
		test_skip("what is counted is a larger file");
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
