/* SPDX-License-Identifier: BSD-2-Clause */
/* What is noticed of files that change, and that nothing changed. */

#include "config.h"

#include "keeper/configuration.h"
#include "keeper/registry.h"
#include "keeper/witness.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct witnesses witnesses;

static const char *
path_of(const char *name)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

static void
write_text(const char *name, const char *text)
{
	int file = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
	close(file);
}

static bool
holds_when_seen(const char *name)
{
	witnesses_clear(&witnesses);
	witnesses_see(&witnesses, path_of(name));
	return witnesses_hold(&witnesses);
}

/* Once the clock of the file system has moved on. */
static void
settle(const char *name)
{
	int tries = 1000;

	while (!holds_when_seen(name) && tries--)
		usleep(10000);
	EXPECT(tries > 0);
}

TEST(a_file_that_stays_is_not_to_be_read_again)
{
	write_text("file", "text");
	settle("file");
	EXPECT(witnesses_hold(&witnesses));
	witnesses_see(&witnesses, path_of("no such file"));
	EXPECT(witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

/* On a busy machine it may be a while ago when it is looked at. */
static bool
is_in_doubt_when_written(const char *name)
{
	write_text(name, "text");
	return !holds_when_seen(name);
}

TEST(a_file_that_was_written_lately_may_be_written_again_unnoticed)
{
	int tries = 1000;

	while (!is_in_doubt_when_written("file") && tries--)
		;
	EXPECT(tries > 0);
	witnesses_clear(&witnesses);
}

TEST(a_text_of_the_same_length_is_noticed)
{
	write_text("file", "text");
	settle("file");
	write_text("file", "next");
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

TEST(a_file_in_the_place_of_another_is_noticed)
{
	char old[4200];

	write_text("file", "text");
	write_text("other", "next");
	settle("other");
	settle("file");
	snprintf(old, sizeof(old), "%s", path_of("other"));
	EXPECT(rename(old, path_of("file")) == 0);
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

TEST(a_file_that_comes_or_goes_is_noticed)
{
	EXPECT(holds_when_seen("file"));
	write_text("file", "text");
	EXPECT(!witnesses_hold(&witnesses));
	settle("file");
	EXPECT(unlink(path_of("file")) == 0);
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

/* Who may write it decides whether it counts. */
TEST(another_mode_is_noticed)
{
	write_text("file", "text");
	settle("file");
	EXPECT(chmod(path_of("file"), 0666) == 0);
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

TEST(a_file_in_a_folder_is_noticed)
{
	EXPECT(mkdir(path_of("folder"), 0700) == 0);
	settle("folder");
	write_text("folder/file", "text");
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

TEST(a_configuration_tells_which_files_it_is_made_of)
{
	struct configuration configuration;

	write_text("privyseal.conf", "p11-kit = yes\n");
	settle("privyseal.conf");
	witnesses_clear(&witnesses);
	configuration_read_seen(
		&configuration, path_of("privyseal.conf"), &witnesses);
	EXPECT(configuration.p11_kit);
	configuration_clear(&configuration);
	EXPECT(witnesses_hold(&witnesses));
	EXPECT(witnesses.count >= 5);
	write_text("privyseal.conf", "p11-kit = non\n");
	EXPECT(!witnesses_hold(&witnesses));
	witnesses_clear(&witnesses);
}

/* Nothing can be opened, for want of descriptors. */
TEST(what_could_not_be_opened_for_now_is_not_trusted)
{
	struct configuration configuration;
	struct rlimit before, none;

	EXPECT(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = before;
	none.rlim_cur = 0;
	EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
	EXPECT(configuration_read_seen(&configuration,
		       path_of("privyseal.conf"), &witnesses) > 0);
	EXPECT(!witnesses.is_blind);
	registry_add(&configuration, false, &witnesses);
	EXPECT(setrlimit(RLIMIT_NOFILE, &before) == 0);
	EXPECT(witnesses.is_blind);
	configuration_clear(&configuration);
	witnesses_clear(&witnesses);
}
