/* SPDX-License-Identifier: BSD-2-Clause */
/* Where things are, with and without the environment's say. */

#include "config.h"

#include "pkcs11/home.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];

static const char *
below(const char *folder, const char *rest)
{
	snprintf(path, sizeof(path), "%s%s", folder, rest);
	return path;
}

TEST(home_moves_as_a_whole)
{
	struct home home;

	setenv("PRIVYSEAL_HOME", "/srv/second", 1);
	EXPECT(home_find(&home));
	EXPECT(home.is_moved);
	EXPECT_TEXT(home.tokens, "/srv/second/tokens");
	EXPECT_TEXT(home.configuration, "/srv/second/privyseal.conf");
	EXPECT_TEXT(home.run, "/srv/second/run");
	home_clear(&home);
}

TEST(home_that_is_relative_is_made_absolute)
{
	struct home home;

	EXPECT(chdir(test_folder()) == 0);
	setenv("PRIVYSEAL_HOME", "x", 1);
	EXPECT(home_find(&home));
	EXPECT_TEXT(home.folder, below(test_folder(), "/x"));
	home_clear(&home);
}

TEST(home_honours_the_xdg_variables)
{
	struct home home;

	unsetenv("PRIVYSEAL_HOME");
	setenv("HOME", "/home/alice", 1);
	unsetenv("XDG_DATA_HOME");
	setenv("XDG_CONFIG_HOME", "/etc/alice", 1);
	EXPECT(home_find(&home));
	EXPECT_TEXT(home.tokens, "/home/alice/.local/share/privyseal/tokens");
	EXPECT_TEXT(home.configuration, "/etc/alice/privyseal/privyseal.conf");
	home_clear(&home);
}

TEST(home_knows_token_files_by_their_names)
{
	EXPECT_NUMBER(home_token_number("1.token"), 1);
	EXPECT_NUMBER(home_token_number("1073741823.token"), 1073741823);
	EXPECT_NUMBER(home_token_number("1073741824.token"), 0);
	EXPECT_NUMBER(home_token_number("01.token"), 0);
	EXPECT_NUMBER(home_token_number("1.token-wal"), 0);
	EXPECT_NUMBER(home_token_number(".token"), 0);
}

TEST(home_has_tokens_only_when_there_is_one)
{
	struct home home;

	setenv("PRIVYSEAL_HOME", test_folder(), 1);
	EXPECT(home_find(&home));
	EXPECT(!home_has_tokens(&home));
	EXPECT(mkdir(home.tokens, 0700) == 0);
	EXPECT(!home_has_tokens(&home));
	EXPECT(close(creat(below(home.tokens, "/7.token"), 0600)) == 0);
	EXPECT(home_has_tokens(&home));
	home_clear(&home);
}
