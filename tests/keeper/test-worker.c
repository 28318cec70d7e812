/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers: one for an application, no longer than it and its listener. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
	EXPECT(stage_has_hung_up(connection, 1000));
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
	EXPECT(stage_has_hung_up(connection, 1000));
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
