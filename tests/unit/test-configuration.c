/* SPDX-License-Identifier: BSD-2-Clause */
/* What privyseal.conf may say, and what becomes of what it may not. */

#include "config.h"

#include "keeper/configuration.h"
#include "pkcs11/cryptoki.h"
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
	return configuration_parse(configuration, text, strlen(text),
		LEVEL_USER, "test.conf", hear, NULL);
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

TEST(configuration_takes_several_paths_if_all_are_absolute)
{
	static const char *const bad[] = { "chain = a.pem", "chain = /a.pem b",
		"chain =" };
	const struct subject hsm = { .front = "hsm" };
	struct configuration configuration;
	char text[64];
	size_t i;

	EXPECT_NUMBER(
		parse(&configuration, "[front hsm]\nchain = /a.pem  /b.pem\n"),
		0);
	EXPECT_TEXT(configuration_rule_text(&configuration, "chain", &hsm),
		"/a.pem  /b.pem");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "[front hsm]\n%s\n", bad[i]);
		EXPECT_NUMBER(parse(&configuration, text), 1);
	}
	EXPECT_NUMBER(parse(&configuration, "chain = /a.pem\n"), 1);
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

TEST(configuration_gives_a_worker_the_memory_that_a_login_costs)
{
	struct configuration configuration;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/c.conf", test_folder());
	file = fopen(path, "w");
	EXPECT(file &&
		fputs("client-memory = 64\nkdf-memory = 128\n", file) >= 0 &&
		fclose(file) == 0 && chmod(path, 0600) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 1);
	EXPECT(strstr(heard, "write client-memory = 160") != NULL);
	EXPECT_NUMBER(configuration.client_memory, 160);
	EXPECT_NUMBER(configuration.kdf_memory, 128);
}

TEST(configuration_does_not_wait_on_a_pipe)
{
	struct configuration configuration;
	char path[128];

	snprintf(path, sizeof(path), "%s/pipe", test_folder());
	EXPECT(mkfifo(path, 0600) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, path, hear, NULL), 1);
}

/* The same as the system's file, before the user's. */
static unsigned
parse_both(struct configuration *configuration, const char *system,
	const char *user)
{
	configuration_default(configuration);
	return configuration_parse(configuration, system, strlen(system),
		       LEVEL_SYSTEM, "system.conf", hear, NULL) +
		configuration_parse(configuration, user, strlen(user),
			LEVEL_USER, "user.conf", hear, NULL);
}

static const unsigned char some_id[] = { 0xab, 0x01 };
static const struct subject some_use = {
	.application = "thunderbird",
	.program = "/usr/lib/thunderbird/thunderbird",
	.token = "Mail keys",
	.serial = "0011",
	.key = "alice",
	.id = some_id,
	.id_length = sizeof(some_id),
};

TEST(configuration_of_the_user_counts_after_the_system_s)
{
	struct configuration configuration;

	EXPECT_NUMBER(
		parse_both(&configuration, "pin-tries = 5\nkdf-memory = 9\n",
			"pin-tries = 7\n"),
		0);
	EXPECT_NUMBER(configuration.pin_tries, 7);
	EXPECT_NUMBER(configuration.kdf_memory, 9);
}

TEST(configuration_that_is_locked_stays)
{
	struct configuration configuration;

	EXPECT_NUMBER(parse_both(&configuration, "\npin-tries = 5 locked\n",
			      "pin-tries = 7\nkdf-memory = 9\n"),
		1);
	EXPECT_TEXT(
		heard, "pin-tries is locked by line 2 of the system's file");
	EXPECT_NUMBER(heard_line, 1);
	EXPECT_NUMBER(configuration.pin_tries, 5);
	EXPECT_NUMBER(configuration.kdf_memory, 9);
}

TEST(configuration_of_the_user_locks_nothing)
{
	struct configuration configuration;

	EXPECT_NUMBER(parse(&configuration, "pin-tries = 5 locked\n"), 1);
	EXPECT_NUMBER(configuration.pin_tries, 10);
}

TEST(configuration_section_counts_where_it_names_the_use)
{
	static const char *const names[] = { "application thunderbird",
		"application /usr/lib/thunderbird/thunderbird", "application *",
		"token Mail keys", "token 0011",
		"token pkcs11:token=Mail%20keys;serial=0011", "key alice",
		"key ab01", "key AB01", "key *", "key pkcs11:id=%ab%01",
		"key pkcs11:object=alice;type=private?pin-source=x",
		"general" };
	static const char *const others[] = { "application Thunderbird",
		"application evolution", "application /usr/bin/thunderbird",
		"token Mail", "key ab", "key ab0102", "key bob",
		"key pkcs11:id=%ab%02", "key pkcs11:object=alice;token=other" };
	struct configuration configuration;
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "[%s]\nask = each\n", names[i]);
		EXPECT_NUMBER(parse(&configuration, text), 0);
		EXPECT_NUMBER(
			configuration_rule(&configuration, RULE_ASK, &some_use),
			ASK_EACH);
		configuration_clear(&configuration);
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text), "[%s]\nask = each\n", others[i]);
		EXPECT_NUMBER(parse(&configuration, text), 0);
		EXPECT_NUMBER(
			configuration_rule(&configuration, RULE_ASK, &some_use),
			ASK_NEVER);
		configuration_clear(&configuration);
	}
}

TEST(configuration_names_programs_as_people_do)
{
	const struct subject bin = { .application = "thunderbird-bin" };
	const struct subject dot = { .application = "soffice.bin" };
	const struct subject other = { .application = "thunderbird-binary" };

	EXPECT(subject_is_meant(SCOPE_APPLICATION, "thunderbird", &bin));
	EXPECT(subject_is_meant(SCOPE_APPLICATION, "thunderbird-bin", &bin));
	EXPECT(subject_is_meant(SCOPE_APPLICATION, "soffice", &dot));
	EXPECT(!subject_is_meant(SCOPE_APPLICATION, "thunderbird", &other));
}

TEST(configuration_section_that_names_nothing_takes_its_lines_along)
{
	static const char *const bad[] = { "[key]", "[key ]", "[alice]",
		"[key pkcs11:id=%a]", "[key pkcs11:slot-id=1]", "[key alice",
		"[]", "[" };
	struct configuration configuration;
	char text[200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			"%s\nask = each\nnonsense\n[general]\npin-tries = 3\n",
			bad[i]);
		EXPECT_NUMBER(parse(&configuration, text), 1);
		EXPECT_NUMBER(
			configuration_rule(&configuration, RULE_ASK, &some_use),
			ASK_NEVER);
		EXPECT_NUMBER(configuration.pin_tries, 3);
		configuration_clear(&configuration);
	}
}

TEST(configuration_narrower_section_counts_whatever_the_order)
{
	struct configuration configuration;

	EXPECT_NUMBER(parse(&configuration,
			      "[key alice]\nask = each\n[token *]\nask=first\n"
			      "[general]\nask = never\n"),
		0);
	EXPECT_NUMBER(configuration_rule(&configuration, RULE_ASK, &some_use),
		ASK_EACH);
}

TEST(configuration_locked_section_holds_against_narrower_ones_of_the_user)
{
	static const char *const systems[] = { "ask = first locked\n",
		"[token *]\nask = first locked\n",
		"[key pkcs11:object=alice]\nask = first locked\n",
		"[application thunderbird]\nask = first locked\n" };
	struct configuration configuration;
	size_t i;

	for (i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		parse_both(&configuration, systems[i],
			"ask = never\n[key alice]\nask = never\n[key *]\n"
			"ask = never\n[application *]\nask = never\n");
		EXPECT_NUMBER(
			configuration_rule(&configuration, RULE_ASK, &some_use),
			ASK_FIRST);
		configuration_clear(&configuration);
	}
}

TEST(configuration_system_may_make_exceptions_of_what_it_locks)
{
	struct configuration configuration;

	parse_both(&configuration,
		"ask = each locked\n[key alice]\nask = never\n",
		"[key alice]\nask = first\n");
	EXPECT_NUMBER(configuration_rule(&configuration, RULE_ASK, &some_use),
		ASK_NEVER);
}

TEST(configuration_names_the_line_that_counts)
{
	struct configuration configuration;
	const struct setting *setting;

	parse_both(&configuration, "# one\nask = first\n",
		"\n\n[key alice]\nask = each\n");
	setting = settings_find(&configuration.settings, RULE_ASK, &some_use);
	EXPECT(setting && setting->level == LEVEL_USER);
	EXPECT_NUMBER(setting->line, 4);
	setting = settings_find(
		&configuration.settings, RULE_ASK, &(struct subject){ 0 });
	EXPECT(setting && setting->level == LEVEL_SYSTEM);
	EXPECT_NUMBER(setting->line, 2);
	EXPECT(!settings_find(
		&configuration.settings, RULE_EXPIRED, &some_use));
}

TEST(configuration_refuses_rules_where_and_as_they_are_none)
{
	static const char *const bad[] = { "[key alice]\npin-tries = 3",
		"[key alice]\npin-entry = keeper", "ask = always",
		"[application x]\nuses = sign", "uses = sing",
		"uses =", "mechanisms = RSA", "mechanisms = any RSA_PKCS",
		"lock-after = 604801", "lock-after = -1", "expired = yes",
		"pinentry = pinentry", "pin-entry = yes" };
	struct configuration configuration;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_NUMBER(parse(&configuration, bad[i]), 1);
		EXPECT_NUMBER(configuration.settings.count, 0);
	}
}

TEST(configuration_list_of_mechanisms_has_what_it_names)
{
	static const char list[] = "RSA_PKCS, CKM_ECDSA 0x1057";

	EXPECT(rule_names_mechanism(list, CKM_RSA_PKCS));
	EXPECT(rule_names_mechanism(list, CKM_ECDSA));
	EXPECT(rule_names_mechanism(list, 0x1057));
	EXPECT(!rule_names_mechanism(list, CKM_RSA_PKCS_OAEP));
	EXPECT(!rule_names_mechanism(list, 0x80000000UL));
	EXPECT(rule_names_mechanism("any", CKM_SHA256_RSA_PKCS));
}

/* A file with this text and mode; its path lives as long as the test. */
static const char *
make_file(const char *name, const char *text, mode_t mode)
{
	char *path = test_memory(128);
	int file;

	snprintf(path, 128, "%s/%s", test_folder(), name);
	file = open(path, O_WRONLY | O_CREAT, 0600);
	EXPECT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
	EXPECT(fchmod(file, mode) == 0);
	close(file);
	return path;
}

TEST(configuration_added_file_binds_like_the_system_s)
{
	const char *added = make_file("added", "pin-tries = 3 locked\n", 0600);
	const char *user = make_file("user", "pin-tries = 7\n", 0600);
	struct configuration configuration;

	configuration_add_file(added);
	EXPECT_NUMBER(configuration_read(&configuration, user, hear, NULL), 1);
	EXPECT_NUMBER(configuration.pin_tries, 3);
	configuration_clear(&configuration);
	EXPECT(chmod(added, 0602) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, user, hear, NULL), 1);
	EXPECT_NUMBER(configuration.pin_tries, 7);
}

TEST(configuration_of_the_system_must_be_root_s_alone)
{
	const char *path = make_file("system", "pin-tries = 3\n", 0600);
	struct configuration configuration;

	if (geteuid() == 0)
		EXPECT(chown(path, 12345, 0) == 0);
	configuration_default(&configuration);
	EXPECT_NUMBER(configuration_read_file(
			      &configuration, path, LEVEL_SYSTEM, hear, NULL),
		1);
	EXPECT_TEXT(heard, "it is not root's; ignored");
	EXPECT_NUMBER(configuration.pin_tries, 10);
	if (geteuid() != 0)
		return;
	EXPECT(chown(path, 0, 0) == 0);
	EXPECT_NUMBER(configuration_read_file(
			      &configuration, path, LEVEL_SYSTEM, hear, NULL),
		0);
	EXPECT_NUMBER(configuration.pin_tries, 3);
}

TEST(configuration_of_the_user_makes_no_group)
{
	static const struct subject group = { .group = "mail" };
	static const char text[] = "[group mail]\nmembers = mallory\n";
	struct configuration configuration;

	EXPECT_NUMBER(parse_both(&configuration, "", text), 1);
	EXPECT(configuration_rule_text(&configuration, RULE_MEMBERS, &group) ==
		NULL);
	EXPECT_NUMBER(parse_both(&configuration,
			      "[group mail]\nmembers = alice\n", text),
		1);
	EXPECT_TEXT(
		configuration_rule_text(&configuration, RULE_MEMBERS, &group),
		"alice");
}

TEST(configuration_group_is_the_name_of_a_folder)
{
	static const char *const names[] = { "..", ".hidden", "a/b", "*",
		"longer-than-31-characters-is-no-name" };
	struct configuration configuration;
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "[group %s]\nmembers = alice\n",
			names[i]);
		EXPECT_NUMBER(parse_both(&configuration, text, ""), 1);
		EXPECT_NUMBER(configuration.settings.count, 0);
	}
}
