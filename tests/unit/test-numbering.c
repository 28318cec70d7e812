/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that names keep. */
#include "config.h"

#include "keeper/numbering.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
file(void)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/numbers", test_folder());
	return path;
}

static void
write_text(const char *text)
{
	int descriptor = open(file(), O_WRONLY | O_CREAT | O_APPEND, 0600);

	EXPECT(write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
	close(descriptor);
}

/* The linker puts it in the place of fdatasync (--wrap). */
static unsigned syncs;
int __real_fdatasync(int file);
int __wrap_fdatasync(int file);

int
__wrap_fdatasync(int file)
{
	syncs++;
	return __real_fdatasync(file);
}

TEST(new_names_are_on_the_disk_by_one_sync)
{
	static char texts[100][8];
	const struct numbering numbering = {
		.path = file(), .most = 200, .fresh_most = 200
	};
	const char *names[100];
	unsigned long numbers[100];
	size_t i;

	for (i = 0; i < 100; i++) {
		snprintf(texts[i], sizeof(texts[i]), "n%zu", i);
		names[i] = texts[i];
	}
	EXPECT_NUMBER(numbering_find_all(&numbering, names, 100, numbers), 100);
	EXPECT_NUMBER(syncs, 1);
	EXPECT_NUMBER(numbers[99], 100);
	EXPECT_NUMBER(numbering_find_all(&numbering, names, 100, numbers), 0);
	EXPECT_NUMBER(syncs, 1);
	EXPECT_NUMBER(numbers[99], 100);
	EXPECT_NUMBER(numbering_find(file(), "n42", 200), 43);
}

TEST(names_that_are_the_same_have_one_number)
{
	static const char *const names[] = { "one", "two", "one", "a\nb" };
	const struct numbering numbering = {
		.path = file(), .most = 9, .fresh_most = 9
	};
	unsigned long numbers[4];

	EXPECT_NUMBER(numbering_find_all(&numbering, names, 4, numbers), 2);
	EXPECT_NUMBER(numbers[0], 1);
	EXPECT_NUMBER(numbers[1], 2);
	EXPECT_NUMBER(numbers[2], 1);
	EXPECT_NUMBER(numbers[3], 0);
}

TEST(no_more_names_are_new_than_may_be)
{
	static const char *const names[] = { "one", "two", "three" };
	const struct numbering numbering = {
		.path = file(), .most = 9, .fresh_most = 1
	};
	unsigned long numbers[3];

	EXPECT_NUMBER(numbering_find(file(), "three", 9), 1);
	EXPECT_NUMBER(numbering_find_all(&numbering, names, 3, numbers), 1);
	EXPECT_NUMBER(numbers[0], 2);
	EXPECT_NUMBER(numbers[1], 0);
	EXPECT_NUMBER(numbers[2], 1);
}

TEST(a_name_keeps_its_number)
{
	EXPECT_NUMBER(numbering_find(file(), "a reader", 9), 1);
	EXPECT_NUMBER(numbering_find(file(), "another", 9), 2);
	EXPECT_NUMBER(numbering_find(file(), "a reader", 9), 1);
	EXPECT_NUMBER(numbering_find(file(), "a reader|2", 9), 3);
}

TEST(a_number_is_never_given_twice)
{
	write_text("7 gone\n");
	EXPECT_NUMBER(numbering_find(file(), "new", 9), 8);
}

TEST(a_line_that_was_cut_short_swallows_no_other)
{
	write_text("1 whole\n2 cu");
	EXPECT_NUMBER(numbering_find(file(), "new", 9), 3);
	EXPECT_NUMBER(numbering_find(file(), "new", 9), 3);
	EXPECT_NUMBER(numbering_find(file(), "whole", 9), 1);
}

TEST(numbers_end_where_there_is_no_room)
{
	EXPECT_NUMBER(numbering_find(file(), "one", 2), 1);
	EXPECT_NUMBER(numbering_find(file(), "two", 2), 2);
	EXPECT_NUMBER(numbering_find(file(), "three", 2), 0);
	EXPECT_NUMBER(numbering_find(file(), "two", 2), 2);
}

TEST(what_is_no_line_is_no_name)
{
	char longer[NUMBERING_NAME_MOST + 2];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	EXPECT_NUMBER(numbering_find(file(), "", 9), 0);
	EXPECT_NUMBER(numbering_find(file(), "a\n2 b", 9), 0);
	EXPECT_NUMBER(numbering_find(file(), longer, 9), 0);
	longer[NUMBERING_NAME_MOST] = '\0';
	EXPECT_NUMBER(numbering_find(file(), longer, 9), 1);
	EXPECT_NUMBER(numbering_find(file(), longer, 9), 1);
}

TEST(a_link_in_the_files_place_is_not_followed)
{
	EXPECT(symlink("elsewhere", file()) == 0);
	EXPECT_NUMBER(numbering_find(file(), "one", 9), 0);
}
