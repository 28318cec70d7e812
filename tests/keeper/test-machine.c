/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine keeper: for every user, and each as if it were alone. */

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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void
stage_for_many(const char *configuration)
{
	if (geteuid() != 0)
		test_skip("only root can be several users");
	stage_machine_home(configuration);
}

/* What the user does, and whether it went well. */
static bool
does_well(unsigned user, void (*act)(void))
{
	pid_t process;
	int status = -1;

	fflush(stdout);
	process = fork();
	if (process == 0) {
		stage_become(user);
		act();
		exit(0);
	}
	EXPECT(waitpid(process, &status, 0) == process);
	return status == 0;
}

static void
join(void)
{
	uint64_t instance;

	stage_join('a', &instance);
}

static void
ask_to_stop(void)
{
	unsigned char header[FRAME_HEADER];
	struct pollfd end = { .fd = stage_connect(), .events = POLLIN };

	EXPECT(end.fd >= 0);
	frame_put_header(header, 0, STOP_CALL);
	EXPECT(write(end.fd, header, sizeof(header)) == sizeof(header));
	EXPECT(poll(&end, 1, 5000) == 1);
}

static const char *
owner_folder(void)
{
	char name[32];

	snprintf(name, sizeof(name), "state/%d", STAGE_OWNER);
	return stage_path(name);
}

TEST(machine_serves_each_user_from_a_folder_of_its_own)
{
	struct stat status;

	stage_for_many("");
	stage_machine();
	stage_keep_doing(STAGE_OWNER, join);
	stage_keep_doing(STAGE_STRANGER, join);
	EXPECT(stat(owner_folder(), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0700);
	EXPECT_NUMBER(status.st_uid, STAGE_KEEPER);
}

TEST(machine_keeper_is_neither_root_nor_anyone_who_comes)
{
	char path[64], line[256] = "";
	pid_t keeper;
	FILE *file;

	stage_for_many("");
	keeper = stage_machine();
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)keeper);
	file = fopen(path, "r");
	EXPECT(file != NULL);
	while (strncmp(line, "Uid:", 4) != 0)
		EXPECT(fgets(line, sizeof(line), file) != NULL);
	EXPECT_TEXT(line, "Uid:\t64001\t64001\t64001\t64001\n");
	while (strncmp(line, "Groups:", 7) != 0)
		EXPECT(fgets(line, sizeof(line), file) != NULL);
	EXPECT_TEXT(line, "Groups:\t \n");
	while (strncmp(line, "CapPrm:", 7) != 0)
		EXPECT(fgets(line, sizeof(line), file) != NULL);
	EXPECT_TEXT(line, "CapPrm:\t0000000000000000\n");
	fclose(file);
}

TEST(machine_leaves_no_trace_of_a_user_without_a_token)
{
	stage_for_many("");
	stage_machine();
	EXPECT(does_well(STAGE_OWNER, join));
	EXPECT(WITHIN(5000, access(owner_folder(), F_OK) < 0));
}

static void
see_no_other(void)
{
	join();
	EXPECT(strstr(stage_status(), "version") != NULL);
	EXPECT(stage_worker() != 0);
}

TEST(machine_shows_a_user_no_worker_of_another)
{
	stage_for_many("");
	stage_machine();
	stage_keep_doing(STAGE_OWNER, join);
	EXPECT(does_well(STAGE_STRANGER, see_no_other));
	EXPECT(strstr(stage_status(), "application") != NULL);
}

TEST(machine_is_stopped_by_no_user_but_root)
{
	pid_t keeper;

	stage_for_many("");
	keeper = stage_machine();
	EXPECT(does_well(STAGE_OWNER, ask_to_stop));
	EXPECT(does_well(STAGE_OWNER, join));
	ask_to_stop();
	EXPECT(WITHIN(5000, waitpid(keeper, NULL, WNOHANG) == keeper));
}

/* What the keeper says when it will not run. */
static const char *
refusal(void)
{
	static char text[4096];
	int ends[2], error = dup(STDERR_FILENO), status;
	ssize_t length;

	EXPECT(pipe2(ends, O_CLOEXEC) == 0);
	dup2(ends[1], STDERR_FILENO);
	EXPECT(waitpid(stage_machine_start(), &status, 0) > 0);
	dup2(error, STDERR_FILENO);
	EXPECT_NUMBER(WEXITSTATUS(status), 1);
	length = read(ends[0], text, sizeof(text) - 1);
	EXPECT(length > 0);
	text[length] = '\0';
	return text;
}

TEST(machine_refuses_a_state_folder_that_is_another_users)
{
	const char *said;

	stage_for_many("");
	EXPECT(chown(stage_path("state"), STAGE_STRANGER, 0) == 0);
	said = refusal();
	EXPECT(strstr(said, "has another owner") != NULL);
	EXPECT(strstr(said, "chown 64001") != NULL);
}

TEST(machine_refuses_a_state_folder_that_is_open_to_others)
{
	stage_for_many("");
	EXPECT(chmod(stage_path("state"), 0750) == 0);
	EXPECT(strstr(refusal(), "is open to others") != NULL);
}

TEST(machine_refuses_a_state_folder_that_others_could_replace)
{
	stage_for_many("");
	EXPECT(chmod(stage_path(""), 0777) == 0);
	EXPECT(strstr(refusal(), "can be written by others") != NULL);
}

/* As many connections as a user can have that say nothing, and more. */
static void
be_silent(void)
{
	int i;

	for (i = 0; i < 300; i++)
		EXPECT(stage_connect() >= 0);
}

TEST(machine_keeps_a_slow_caller_beside_a_user_with_many)
{
	uint64_t instance;
	int slow;

	stage_for_many("");
	stage_machine();
	slow = stage_connect();
	stage_keep_doing(STAGE_STRANGER, be_silent);
	instance = stage_greet(slow, 'a');
	EXPECT(instance != 0);
}

static void
be_many(void)
{
	uint64_t instance;
	int i;

	for (i = 0; i < 128; i++)
		stage_join((unsigned char)i, &instance);
	EXPECT_NUMBER(stage_greet(stage_connect(), 200), 0);
}

TEST(machine_has_room_beside_a_user_with_many_applications)
{
	stage_for_many("");
	stage_machine();
	stage_keep_doing(STAGE_STRANGER, be_many);
	EXPECT(does_well(STAGE_OWNER, join));
}

TEST(machine_stays_when_nobody_comes)
{
	pid_t keeper;

	stage_for_many("idle-exit = 1");
	keeper = stage_machine();
	sleep(3);
	EXPECT(stage_is_running(keeper));
}

/* A file of this length with these bytes at its begin; what the keeper says of
 * it, -1 when it hangs up. */
static int
bring(uint64_t length, const void *bytes, size_t count)
{
	unsigned char answer[FRAME_HEADER + 4];
	struct wire wire = { 0 };
	int connection = stage_connect(), result = -1;

	EXPECT(connection >= 0);
	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, MOVE_CALL);
	wire_put_u64(&wire, length);
	wire_put_u64(&wire, 0);
	wire_put_raw(&wire, bytes, count);
	EXPECT(send(connection, wire.at, wire.length, MSG_NOSIGNAL) ==
		(ssize_t)wire.length);
	wire_clear(&wire);
	shutdown(connection, SHUT_WR);
	if (recv(connection, answer, sizeof(answer), MSG_WAITALL) ==
		(ssize_t)sizeof(answer))
		result = answer[FRAME_HEADER];
	close(connection);
	return result;
}

static void
bring_what_is_no_token(void)
{
	char noise[8192];

	memset(noise, 'x', sizeof(noise));
	EXPECT_NUMBER(
		bring(sizeof(noise), noise, sizeof(noise)), MOVE_NO_TOKEN);
	EXPECT_NUMBER(bring(0, noise, 0), MOVE_NO_TOKEN);
	EXPECT_NUMBER(bring(sizeof(noise), noise, 100), MOVE_FAILED);
	EXPECT_NUMBER(bring(MOVE_CAP + 1, noise, 100), MOVE_TOO_LARGE);
}

TEST(machine_takes_in_no_file_that_is_no_token)
{
	stage_for_many("");
	stage_machine();
	EXPECT(does_well(STAGE_OWNER, bring_what_is_no_token));
	EXPECT(WITHIN(5000, access(owner_folder(), F_OK) < 0));
}

TEST(machine_waits_for_no_one_who_brings_a_token)
{
	unsigned char header[FRAME_HEADER];
	int slow[20];
	size_t i;

	stage_for_many("");
	stage_machine();
	frame_put_header(header, 0, MOVE_CALL);
	for (i = 0; i < sizeof(slow) / sizeof(*slow); i++) {
		slow[i] = stage_connect();
		EXPECT(send(slow[i], header, sizeof(header), MSG_NOSIGNAL) ==
			sizeof(header));
	}
	EXPECT(does_well(STAGE_OWNER, join));
	EXPECT(does_well(STAGE_OWNER, bring_what_is_no_token));
}

static void
bring_the_half(void)
{
	unsigned char frame[FRAME_HEADER + MOVE_LENGTHS + 4096] = { 0 };

	frame_put_header(frame, 0, MOVE_CALL);
	frame[FRAME_HEADER + 1] = 0x80; /* 32 KiB, without a journal */
	EXPECT(send(stage_connect(), frame, sizeof(frame), MSG_NOSIGNAL) ==
		sizeof(frame));
}

static bool
has_arriving(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tokens/arriving", owner_folder());
	return access(path, F_OK) == 0;
}

TEST(machine_leaves_no_half_of_a_token_when_it_is_killed)
{
	pid_t keeper;

	stage_for_many("");
	keeper = stage_machine();
	stage_keep_doing(STAGE_OWNER, bring_the_half);
	EXPECT(WITHIN(5000, has_arriving()));
	EXPECT(kill(keeper, SIGKILL) == 0);
	EXPECT(waitpid(keeper, NULL, 0) == keeper);
	stage_machine();
	EXPECT(WITHIN(5000, stage_connect() >= 0));
	EXPECT(does_well(STAGE_OWNER, bring_what_is_no_token));
	EXPECT(WITHIN(5000, access(owner_folder(), F_OK) < 0));
}
