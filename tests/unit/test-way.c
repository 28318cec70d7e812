/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that nobody else can have put in their place. */

#include "config.h"

#include "pkcs11/way.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[8192];

/* test_folder()/above/run, and whoever made it. */
static const char *
fresh_place(void)
{
	snprintf(path, sizeof(path), "%s/above", test_folder());
	EXPECT(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/above/run", test_folder());
	EXPECT(mkdir(path, 0755) == 0);
	return path;
}

static const char *
above(void)
{
	static char folder[4096];

	snprintf(folder, sizeof(folder), "%s/above", test_folder());
	return folder;
}

static int
error_of(const char *place)
{
	uid_t owner;

	return way_open(place, &owner) < 0 ? errno : 0;
}

TEST(way_ends_at_a_place_and_says_whose_it_is)
{
	uid_t owner = (uid_t)-1;

	EXPECT(way_open(fresh_place(), &owner) >= 0);
	EXPECT_NUMBER(owner, geteuid());
	if (geteuid() != 0)
		return;
	EXPECT(chown(path, 1234, 1234) == 0);
	EXPECT(way_open(path, &owner) >= 0);
	EXPECT_NUMBER(owner, 1234);
}

TEST(way_to_a_place_that_is_not_there_is_told_from_one_that_is_unsafe)
{
	fresh_place();
	EXPECT_NUMBER(error_of("/nowhere/at/all"), ENOENT);
	EXPECT(rmdir(path) == 0);
	EXPECT_NUMBER(error_of(path), ENOENT);
	EXPECT_NUMBER(error_of("relative"), EPERM);
}

TEST(way_to_a_place_that_others_write_is_refused)
{
	fresh_place();
	EXPECT(chmod(path, 0775) == 0);
	EXPECT_NUMBER(error_of(path), EPERM);
	EXPECT(chmod(path, 0757) == 0);
	EXPECT_NUMBER(error_of(path), EPERM);
	EXPECT(chmod(path, 0755) == 0);
	EXPECT_NUMBER(error_of(path), 0);
}

TEST(way_to_a_place_in_a_folder_that_others_write_is_refused)
{
	fresh_place();
	EXPECT(chmod(above(), 0777) == 0);
	EXPECT_NUMBER(error_of(path), EPERM);
	/* There anybody could have made it. */
	EXPECT(chmod(above(), 01777) == 0);
	EXPECT_NUMBER(error_of(path), EPERM);
}

TEST(way_to_a_place_far_below_a_shared_folder_is_fine)
{
	fresh_place();
	snprintf(path, sizeof(path), "%s/a", above());
	EXPECT(mkdir(path, 0755) == 0);
	snprintf(path, sizeof(path), "%s/a/run", above());
	EXPECT(mkdir(path, 0755) == 0);
	EXPECT(chmod(above(), 01777) == 0);
	EXPECT_NUMBER(error_of(path), 0);
}

TEST(way_to_a_place_below_another_users_folder_is_refused)
{
	if (geteuid() != 0)
		test_skip("only root can make another user's folder");
	fresh_place();
	EXPECT(chown(above(), 1234, 1234) == 0);
	EXPECT_NUMBER(error_of(path), EPERM);
}

TEST(way_to_a_place_is_not_found_through_a_link)
{
	char link[8300];

	fresh_place();
	snprintf(link, sizeof(link), "%s/link", test_folder());
	EXPECT(symlink(path, link) == 0);
	EXPECT_NUMBER(error_of(link), ENOTDIR);
}
