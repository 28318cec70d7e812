/* SPDX-License-Identifier: BSD-2-Clause */
/* What a keeper says of its fronts: right after a change, and at no cost where
 * there was none. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pid_t keeper;

static void
configure(const char *text)
{
	FILE *file = fopen(stage_path("privyseal.conf"), "w");

	EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* "1 one, 2 two, " */
static const char *
fronts(void)
{
	static char text[8192];
	unsigned char header[FRAME_HEADER];
	struct wire wire = { 0 };
	int connection = stage_connect();
	uint32_t length, call, count;
	char name[64];
	size_t used = 0;

	EXPECT(connection >= 0);
	frame_put_header(header, 0, FRONTS_CALL);
	EXPECT(send(connection, header, sizeof(header), MSG_NOSIGNAL) ==
		sizeof(header));
	EXPECT(recv(connection, header, sizeof(header), MSG_WAITALL) ==
		sizeof(header));
	frame_take_header(header, &length, &call);
	EXPECT(call == FRONTS_CALL);
	wire.at = malloc(length);
	wire.length = wire.room = length;
	EXPECT(recv(connection, wire.at, length, MSG_WAITALL) ==
		(ssize_t)length);
	close(connection);
	text[0] = '\0';
	for (count = wire_take_count(&wire, 8); count; count--) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%u ", wire_take_u32(&wire));
		wire_take_text(&wire, name, sizeof(name));
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s, ", name);
		EXPECT(!wire.failed && used < sizeof(text));
	}
	wire_clear(&wire);
	return text;
}

/* "syscr" or "syscw": calls that read or wrote files and the like; none of them
 * is of a socket. */
static unsigned long
count_of(const char *what)
{
	const size_t length = strlen(what);
	unsigned long count = 0;
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/io", (long)keeper);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, what, length) == 0 &&
			sscanf(line + length, ": %lu", &count) == 1)
			found = true;
	if (file)
		fclose(file);
	if (!found)
		test_skip("only root can look into the keeper");
	return count;
}

static unsigned long
cost_of(unsigned questions)
{
	unsigned long before = count_of("syscr");

	while (questions--)
		fronts();
	return count_of("syscr") - before;
}

TEST(questions_that_nothing_has_changed_read_no_file)
{
	stage_home("p11-kit = yes\n[front one]\nmodule = /one.so\n"
		   "[front two]\nmodule = /two.so\n");
	keeper = stage_keeper(NULL, NULL);
	EXPECT(strstr(fronts(), "1 one, 2 two, "));
	EXPECT(cost_of(0) == 0);
	/* What was just written could still change unnoticed. */
	EXPECT(WITHIN(10000, cost_of(1) == 0));
	EXPECT_NUMBER(cost_of(500), 0);
	EXPECT(strstr(fronts(), "1 one, 2 two, "));
}

/* It may have been for want of memory or descriptors, which no file shows. */
TEST(what_was_not_read_well_is_read_again_after_a_while)
{
	stage_home("no such setting = 1\n[front one]\nmodule = /one.so\n");
	keeper = stage_keeper(NULL, NULL);
	EXPECT_TEXT(fronts(), "1 one, ");
	EXPECT(WITHIN(10000, cost_of(1) == 0));
	EXPECT(WITHIN(10000, cost_of(1) > 0));
	EXPECT_TEXT(fronts(), "1 one, ");
}

TEST(a_change_shows_in_the_next_answer)
{
	char text[128], wanted[64];
	int i;

	stage_home("");
	stage_keeper(NULL, NULL);
	EXPECT_TEXT(fronts(), "");
	for (i = 0; i < 200; i++) {
		/* As long as the one before, and at once after it. */
		snprintf(text, sizeof(text), "[front f%d]\nmodule = /f.so\n",
			i % 7);
		configure(text);
		snprintf(wanted, sizeof(wanted), "%d f%d, ", i % 7 + 1, i % 7);
		EXPECT_TEXT(fronts(), wanted);
	}
	configure("");
	EXPECT_TEXT(fronts(), "");
}

TEST(numbers_that_were_lost_are_given_again)
{
	stage_home("[front one]\nmodule = /one.so\n");
	stage_keeper(NULL, NULL);
	EXPECT_TEXT(fronts(), "1 one, ");
	/* That it is there is known from the next question on. */
	EXPECT_TEXT(fronts(), "1 one, ");
	EXPECT(unlink(stage_path("fronts.numbers")) == 0);
	EXPECT_TEXT(fronts(), "1 one, ");
	EXPECT(access(stage_path("fronts.numbers"), F_OK) == 0);
}

/* The module that claims this many slots, outside of the home. */
static const char *
claimer(void)
{
	static char path[4096];
	char command[8500];

	snprintf(path, sizeof(path), "%s/hundred.so", test_folder());
	snprintf(command, sizeof(command),
		"install -m 0755 '" BUILDDIR "/tests/hostile/.libs/liar.so' "
		"'%s'",
		path);
	EXPECT(system(command) == 0);
	return path;
}

static unsigned
lines(const char *path)
{
	char line[512];
	unsigned count = 0;
	FILE *file = fopen(path, "r");

	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file))
		count += line[0] != '\n';
	fclose(file);
	return count;
}

static CK_ULONG
listed_slots(void)
{
	CK_ULONG count = 0;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	return count;
}

/* Where the disk is busy, the syncs of the first list take longer than a list
 * may: then it is of the keeper's own tokens alone. */
TEST(slots_that_are_new_together_are_written_together)
{
	char text[4200];
	unsigned long before;

	stage_home("");
	snprintf(text, sizeof(text), "audit = no\n[front many]\nmodule = %s\n",
		claimer());
	configure(text);
	keeper = stage_keeper(NULL, NULL);
	application_load();
	EXPECT_TEXT(fronts(), "1 many, ");
	before = count_of("syscw");
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	EXPECT(WITHIN(1000, listed_slots() == 100));
	EXPECT_NUMBER(lines(stage_path("front-1.numbers")), 100);
	EXPECT(count_of("syscw") - before < 50);
}
