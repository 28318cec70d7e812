/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of those who guess: few, clean, and none too many. */

#include "config.h"

#include "keeper/guessers.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIAL "00112233445566aa"

static struct guesser list[GUESSERS_MOST];

static struct guesser
named(const char *program, const char *application)
{
	struct guesser guesser = { .process = 7 };

	guesser_name(&guesser, program, application);
	return guesser;
}

static void
add(const char *program, CK_USER_TYPE user)
{
	const struct guesser guesser = named(program, "");

	guessers_add(test_folder(), SERIAL, user, &guesser);
}

static size_t
kept(void)
{
	return guessers_list(test_folder(), SERIAL, list);
}

static const char *
file(void)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/" SERIAL ".guessers", test_folder());
	return path;
}

TEST(guessers_are_counted_by_program_and_user)
{
	add("/usr/bin/one", CKU_USER);
	add("/usr/bin/two", CKU_USER);
	add("/usr/bin/one", CKU_USER);
	add("/usr/bin/one", CKU_SO);
	EXPECT_NUMBER(kept(), 3);
	EXPECT_TEXT(list[0].name, "/usr/bin/one");
	EXPECT_NUMBER(list[0].count, 2);
	EXPECT_NUMBER(list[0].process, 7);
	EXPECT(list[0].is_seen && list[0].time > 1500000000);
	EXPECT_NUMBER(list[1].count, 1);
	EXPECT_NUMBER(list[2].user, CKU_SO);
}

TEST(guessers_of_one_user_are_forgotten_alone_and_leave_no_file)
{
	add("/usr/bin/one", CKU_USER);
	add("/usr/bin/one", CKU_SO);
	guessers_forget(test_folder(), SERIAL, CKU_USER);
	EXPECT_NUMBER(kept(), 1);
	EXPECT_NUMBER(list[0].user, CKU_SO);
	guessers_forget(test_folder(), SERIAL, CKU_SO);
	EXPECT(access(file(), F_OK) < 0);
}

TEST(guessers_whose_try_was_none_are_not_named)
{
	const struct guesser one = named("/usr/bin/one", "");

	add("/usr/bin/one", CKU_USER);
	guessers_return(test_folder(), SERIAL, CKU_USER, &one);
	EXPECT_NUMBER(kept(), 0);
	guessers_return(test_folder(), SERIAL, CKU_USER, &one);
	EXPECT_NUMBER(kept(), 0);
}

TEST(guessers_are_few_and_the_last_is_among_them)
{
	char program[32];
	struct stat status;
	size_t i;

	for (i = 0; i < 500; i++) {
		snprintf(program, sizeof(program), "/tmp/%zu", i);
		add(program, CKU_USER);
	}
	EXPECT_NUMBER(kept(), GUESSERS_MOST);
	for (i = 0; i < GUESSERS_MOST; i++)
		if (strcmp(list[i].name, "/tmp/499") == 0)
			break;
	EXPECT(i < GUESSERS_MOST);
	EXPECT(stat(file(), &status) == 0 && status.st_size < 8192);
	EXPECT_NUMBER(status.st_mode & 0777, 0600);
}

/* `privyseal status` has one name for each. */
TEST(guesser_that_calls_itself_nothing_has_a_name)
{
	EXPECT_TEXT(named("", "").name, "?");
	EXPECT_TEXT(named("", "  ").name, "?");
}

TEST(guesser_with_a_wild_name_is_one_line_that_fits)
{
	char path[400];
	struct guesser guesser = named("", "mail\nwait \033[2J");

	EXPECT_TEXT(guesser.name, "mail?wait ?[2J");
	EXPECT(!guesser.is_seen);
	memset(path, 'd', sizeof(path));
	memcpy(path + sizeof(path) - 6, "/mail", 6);
	guesser = named(path, "");
	EXPECT_NUMBER(strlen(guesser.name), sizeof(guesser.name) - 1);
	EXPECT(strstr(guesser.name, "d/mail"));
}

TEST(guessers_in_a_damaged_file_are_none_or_clean)
{
	unsigned char byte = '\n';
	int descriptor;
	off_t at, end;
	size_t count, i;

	add("/usr/bin/one", CKU_USER);
	EXPECT((descriptor = open(file(), O_RDWR)) >= 0);
	end = lseek(descriptor, 0, SEEK_END);
	for (at = 0; at < end; at++)
		EXPECT(pwrite(descriptor, &byte, 1, at) == 1);
	EXPECT_NUMBER(kept(), 0);
	EXPECT(pwrite(descriptor, "GESSERS1", 8, 0) == 8);
	count = kept();
	for (i = 0; i < count; i++)
		EXPECT(strlen(list[i].name) < sizeof(list[i].name) &&
			!strchr(list[i].name, '\n'));
	EXPECT(count > 0 && ftruncate(descriptor, 100) == 0);
	EXPECT_NUMBER(kept(), 0);
	close(descriptor);
	guessers_add("/proc/none", SERIAL, CKU_USER, &list[0]);
	EXPECT_NUMBER(
		guessers_list(test_folder(), "../../x/secret00", list), 0);
}
