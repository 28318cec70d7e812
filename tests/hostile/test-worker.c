/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker that was taken over can do to its listener, and so to others.
 */

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
#include <unistd.h>

/* The module that does this, outside of the home, which it may not read. */
static const char *
traitor(const char *deed)
{
	static char path[4096];
	char command[8500];

	snprintf(path, sizeof(path), "%s/%s.so", test_folder(), deed);
	snprintf(command, sizeof(command),
		"install -m 0755 '" BUILDDIR "/tests/hostile/.libs/traitor.so' "
		"'%s'",
		path);
	EXPECT(system(command) == 0);
	return path;
}

/* Until the worker of that front has done it; it has no token to go on with. */
static void
betray_as(uint32_t front)
{
	struct hello hello = {
		.application = "a test", .display = ":9", .front = front
	};
	struct wire wire = { 0 };
	int connection = stage_connect();
	char byte;

	EXPECT(connection >= 0);
	hello_put(&wire, &hello);
	EXPECT(send(connection, wire.at, wire.length, MSG_NOSIGNAL) ==
		(ssize_t)wire.length);
	wire_clear(&wire);
	EXPECT(recv(connection, &byte, 1, 0) <= 0);
	close(connection);
}

static void
betray(void)
{
	betray_as(0);
}

static unsigned
count(const char *path, const char *text)
{
	char line[1024];
	unsigned found = 0;
	FILE *file = fopen(path, "r");

	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file))
		found += strstr(line, text) != NULL;
	fclose(file);
	return found;
}

TEST(a_worker_cannot_fill_its_listener_with_descriptors)
{
	const struct rlimit few = { 256, 256 };

	stage_home("");
	EXPECT(setrlimit(RLIMIT_NOFILE, &few) == 0);
	stage_keeper("--token-module", traitor("descriptors"));
	betray();
	EXPECT(strstr(stage_status(), "version") != NULL);
}

TEST(a_worker_that_asks_without_end_keeps_nobody_else_waiting)
{
	const char *numbers = "front-0.numbers";
	pid_t client;
	int i;

	stage_home("");
	stage_keeper("--token-module", traitor("flood"));
	client = fork();
	if (client == 0) {
		betray();
		_exit(0);
	}
	EXPECT(WITHIN(10000, access(stage_path(numbers), F_OK) == 0));
	for (i = 0; i < 20; i++)
		EXPECT(strstr(stage_status(), "version") != NULL);
	EXPECT(kill(client, SIGKILL) == 0);
}

TEST(a_worker_cannot_wash_the_log_of_its_listener_away)
{
	stage_home("");
	stage_keeper("--token-module", traitor("notes"));
	betray();
	betray();
	EXPECT(count(stage_path("keeper.log"), "noise") >= 1);
	EXPECT(count(stage_path("keeper.log"), "noise") <= 200);
	EXPECT(WITHIN(10000, count(stage_path("keeper.log"), "left out") == 1));
}

/* Each is a line for ever, and a sync while others wait. */
TEST(a_worker_cannot_fill_the_numbers_of_its_front)
{
	const char *name = "front-0.numbers";

	stage_home("");
	stage_keeper("--token-module", traitor("names"));
	betray();
	EXPECT(count(stage_path(name), "name") >= 200);
	EXPECT(count(stage_path(name), " name") +
			count(stage_path(name), " other") <=
		400);
	EXPECT(count(stage_path("keeper.log"), "no number") <= 200);
}

/* It has no token whose tries there are to count, or to begin anew. */
TEST(a_worker_of_a_module_has_no_say_over_tokens_of_ours)
{
	char answers[4200];
	const char *name;
	FILE *file;

	stage_home("");
	name = traitor("meddle");
	/* It may write there if it is there before. */
	snprintf(answers, sizeof(answers), "%s.got", name);
	EXPECT((file = fopen(answers, "w")) && fclose(file) == 0);
	stage_keeper("--token-module", name);
	betray();
	EXPECT_NUMBER(count(answers, " 0x54 -1\n"), 6);
	EXPECT(access(stage_path("tries"), F_OK) < 0);
	EXPECT_NUMBER(count(stage_path("keeper.log"), "was refused"), 7);
}

/* The configuration's lines, and a front whose worker asks in the name of a
 * token of ours, by a pinentry that writes into the folder what it is told. */
static void
stage_asking(const char *lines)
{
	char path[4096], text[12600];
	FILE *file;

	snprintf(path, sizeof(path), "%s/pinentry", test_folder());
	file = fopen(path, "w");
	EXPECT(file != NULL);
	fprintf(file,
		"#!/bin/sh\nexec python3 " SRCDIR
		"/tests/keeper/pinentry.py %s\n",
		test_folder());
	EXPECT(fclose(file) == 0 && chmod(path, 0700) == 0);
	snprintf(text, sizeof(text),
		"pinentry = %s\n%s[front card]\nmodule = %s\n", path, lines,
		traitor("ask"));
	stage_home(text);
	stage_keeper(NULL, NULL);
	snprintf(path, sizeof(path), "%s/answers", test_folder());
	file = fopen(path, "w");
	EXPECT(file && fclose(file) == 0);
}

static const char *
told(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/told", test_folder());
	return path;
}

TEST(a_worker_of_a_module_is_named_by_who_asks_for_it)
{
	stage_asking("pin-entry = keeper\n");
	betray_as(1);
	EXPECT_NUMBER(count(told(), "SETDESC"), 1);
	EXPECT_NUMBER(count(told(), "%0AModule: card%0A"), 1);
	EXPECT_NUMBER(count(told(), "%0AModule: none"), 0);
	EXPECT_NUMBER(count(told(), "Key: alice?Module: none%0A"), 1);
}

/* A person would take it for a question about another token. */
TEST(a_worker_of_a_module_asks_for_no_pin_where_applications_do)
{
	stage_asking("");
	betray_as(1);
	EXPECT(WITHIN(20000,
		access(stage_path("keeper.log"), F_OK) == 0 &&
			count(stage_path("keeper.log"), "asked for a PIN") ==
				1));
	EXPECT(access(told(), F_OK) < 0);
}

/* A program that it started would have no walls, and other users' tokens before
 * it. */
TEST(a_worker_of_the_machine_keeper_makes_it_start_no_program)
{
	char configuration[4200], pinentry[4096], asked[4096];
	FILE *file;

	if (geteuid() != 0)
		test_skip("only root can be several users");
	snprintf(pinentry, sizeof(pinentry), "%s/pinentry", test_folder());
	snprintf(asked, sizeof(asked), "%s/asked", test_folder());
	snprintf(configuration, sizeof(configuration), "pinentry = %s\n",
		pinentry);
	stage_machine_home(configuration);
	EXPECT(mkdir(asked, 0700) == 0 && chmod(asked, 0777) == 0);
	file = fopen(pinentry, "w");
	EXPECT(file != NULL);
	fprintf(file, "#!/bin/sh\n: >%s/it-was\n", asked);
	EXPECT(fclose(file) == 0 && chmod(pinentry, 0755) == 0);
	stage_machine_with("--token-module", traitor("ask"));
	betray();
	EXPECT(strstr(stage_status(), "version") != NULL);
	sleep(1);
	EXPECT(access(strcat(asked, "/it-was"), F_OK) < 0);
}

/* Else the first user's module could leave none for the second's. */
TEST(a_worker_of_the_machine_keeper_numbers_slots_of_its_owner_only)
{
	char path[64];

	if (geteuid() != 0)
		test_skip("only root can be several users");
	stage_machine_home("");
	stage_machine_with("--token-module", traitor("names"));
	stage_keep_doing(STAGE_STRANGER, betray);
	snprintf(
		path, sizeof(path), "state/%d/front-0.numbers", STAGE_STRANGER);
	EXPECT(count(stage_path(path), "name") >= 200);
	EXPECT(access(stage_path("state/front-0.numbers"), F_OK) < 0);
}

/* Who listens there is believed to be the keeper, and gets PINs. */
TEST(a_worker_of_the_machine_keeper_cannot_take_its_place)
{
	char path[4200];
	const char *name;
	FILE *file;

	if (geteuid() != 0)
		test_skip("only root can be several users");
	stage_machine_home("");
	name = traitor("usurp");
	snprintf(path, sizeof(path), "%s.place", name);
	file = fopen(path, "w");
	EXPECT(file && fputs(stage_path("run/keeper.sock"), file) >= 0 &&
		fclose(file) == 0);
	snprintf(path, sizeof(path), "%s.got", name);
	EXPECT((file = fopen(path, "w")) && fclose(file) == 0);
	EXPECT(chmod(path, 0666) == 0);
	stage_machine_with("--token-module", name);
	betray();
	EXPECT_NUMBER(count(path, "unlinked 0 bound 0"), 1);
	EXPECT(strstr(stage_status(), "version") != NULL);
}
