/* SPDX-License-Identifier: BSD-2-Clause */
/* What privyseal.conf may say, and what becomes of what it may not. */

#include "config.h"

#include "keeper/configuration.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The last complaint. */
static char heard[512];
static unsigned heard_line;

static void
hear(void *context, const char *file, unsigned line, const char *message)
{
	heard_line = line;
	snprintf(heard, sizeof(heard), "%s", message);
}

static unsigned
parse(struct configuration *configuration, const char *text)
{
	configuration_default(configuration);
	return configuration_parse(
		configuration, text, strlen(text), "test.conf", hear, NULL);
}

TEST(configuration_without_a_file_is_the_default)
{
	struct configuration configuration;
	char path[128];

	snprintf(path, sizeof(path), "%s/none.conf", test_folder());
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 0);
	EXPECT_NUMBER(configuration.pin_min_length, 8);
	EXPECT_NUMBER(configuration.pin_min_digits, 10);
	EXPECT_NUMBER(configuration.pin_tries, 10);
	EXPECT_NUMBER(configuration.kdf_memory, 64);
	EXPECT_NUMBER(configuration.spare_slot, 0);
}

TEST(configuration_reads_keys_comments_and_blanks)
{
	struct configuration configuration;

	EXPECT_NUMBER(parse(&configuration,
			      "# a comment\n\n\tpin-min-length=4\r\n"
			      "kdf-memory = 2\n  # more\nspare-slot = yes"),
		0);
	EXPECT_NUMBER(configuration.pin_min_length, 4);
	EXPECT_NUMBER(configuration.kdf_memory, 2);
	EXPECT_NUMBER(configuration.spare_slot, 1);
	EXPECT_NUMBER(configuration.pin_tries, 10);
}

TEST(configuration_names_the_bad_line_and_goes_on)
{
	struct configuration configuration;

	EXPECT_NUMBER(
		parse(&configuration, "pin-tries = 3\nnonsense\nidle-exit=5\n"),
		1);
	EXPECT_NUMBER(heard_line, 2);
	EXPECT_TEXT(heard, "\"nonsense\" is not \"key = value\"");
	EXPECT_NUMBER(configuration.pin_tries, 3);
	EXPECT_NUMBER(configuration.idle_exit, 5);
}

TEST(configuration_refuses_values_out_of_bounds)
{
	static const char *const bad[] = { "pin-tries = 0", "pin-tries = 1001",
		"pin-tries = -1", "pin-tries = 99999999999999999999",
		"pin-tries = 10 # ten", "pin-tries =", "pin-tries = 0x10",
		"spare-slot = 2", "pin-trie = 3", "= 3", "pin-tries" };
	struct configuration configuration;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_NUMBER(parse(&configuration, bad[i]), 1);
		EXPECT_NUMBER(configuration.pin_tries, 10);
		EXPECT_NUMBER(configuration.spare_slot, 0);
	}
}

TEST(configuration_complaint_obeys_no_terminal)
{
	struct configuration configuration;

	EXPECT_NUMBER(parse(&configuration, "\033[2Jkey\n"), 1);
	EXPECT(!strchr(heard, '\033'));
}

TEST(configuration_every_default_is_within_its_bounds)
{
	struct configuration configuration;
	size_t i;

	configuration_default(&configuration);
	for (i = 0; i < configuration_keys_count; i++) {
		const struct configuration_key *key = &configuration_keys[i];

		EXPECT(key->preset >= key->least && key->preset <= key->most);
		EXPECT_NUMBER(
			configuration_value(&configuration, key), key->preset);
	}
}

TEST(configuration_that_others_can_write_is_ignored)
{
	struct configuration configuration;
	char path[128];
	int file;

	snprintf(path, sizeof(path), "%s/open.conf", test_folder());
	file = open(path, O_WRONLY | O_CREAT, 0600);
	EXPECT(write(file, "pin-tries = 3\n", 14) == 14);
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 0);
	EXPECT_NUMBER(configuration.pin_tries, 3);
	EXPECT(fchmod(file, 0620) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 1);
	EXPECT_NUMBER(configuration.pin_tries, 10);
	close(file);
}

TEST(configuration_does_not_wait_on_a_pipe)
{
	struct configuration configuration;
	char path[128];

	snprintf(path, sizeof(path), "%s/pipe", test_folder());
	EXPECT(mkfifo(path, 0600) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 1);
}
