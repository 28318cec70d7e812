/* SPDX-License-Identifier: BSD-2-Clause */
/* What reading and changing Mozilla's files promises. */

#include "config.h"

#include "command/preferences.h"
#include "command/profile.h"
#include "command/security-device.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
path_of(const char *name)
{
	char *path;

	EXPECT(asprintf(&path, "%s/%s", test_folder(), name) > 0);
	return path;
}

static void
file_put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static char *
file_get(const char *name)
{
	static char text[8192];
	FILE *file = fopen(path_of(name), "r");

	EXPECT(file != NULL);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static const char sample[] = "// Mozilla User Preferences\n"
			     "user_pref(\"a.b\", \"x (y) \\\"z\\\"\");\n"
			     "user_pref(\"a.b.c\", true);\n"
			     "user_pref(\"n\", 7);\n";

TEST(preferences_keep_every_line_that_was_not_changed)
{
	struct preferences preferences;

	file_put("prefs.js", sample);
	EXPECT(preferences_read(&preferences, path_of("prefs.js")));
	EXPECT(preferences_write(&preferences, path_of("prefs.js")));
	EXPECT_TEXT(file_get("prefs.js"), sample);
	EXPECT(preferences_set(&preferences, "a.b.c", "false"));
	EXPECT(preferences_set(&preferences, "n", NULL));
	EXPECT(preferences_write(&preferences, path_of("prefs.js")));
	EXPECT(strstr(file_get("prefs.js"), "user_pref(\"a.b.c\", false);\n"));
	EXPECT(!strstr(file_get("prefs.js"), "\"n\""));
	EXPECT(strstr(file_get("prefs.js"), "x (y)"));
	preferences_clear(&preferences);
}

TEST(preferences_texts_come_without_quotes_and_go_back_with_them)
{
	struct preferences preferences;
	char *text, *quoted;

	file_put("prefs.js", sample);
	EXPECT(preferences_read(&preferences, path_of("prefs.js")));
	text = preferences_find_text(&preferences, "a.b");
	EXPECT_TEXT(text, "x (y) \"z\"");
	quoted = preferences_quote(text);
	EXPECT_TEXT(quoted, "\"x (y) \\\"z\\\"\"");
	EXPECT(preferences_find(&preferences, "a") == NULL);
	free(quoted);
	free(text);
	preferences_clear(&preferences);
}

TEST(preferences_keep_the_rights_of_the_file)
{
	struct preferences preferences;
	struct stat status;

	file_put("prefs.js", sample);
	EXPECT(chmod(path_of("prefs.js"), 0640) == 0);
	EXPECT(preferences_read(&preferences, path_of("prefs.js")));
	EXPECT(preferences_write(&preferences, path_of("prefs.js")));
	EXPECT(stat(path_of("prefs.js"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 0777, 0640);
	preferences_clear(&preferences);
}

static const char devices[] = "library=\n"
			      "name=NSS Internal PKCS #11 Module\n"
			      "parameters=configdir='sql:/p'\n"
			      "\n"
			      "library=/usr/lib/card.so\n"
			      "name=My card\n"
			      "\n";

TEST(device_is_added_once_and_taken_out_without_a_trace)
{
	file_put("pkcs11.txt", devices);
	EXPECT(device_register(test_folder(), "/lib/p.so") == DEVICE_ADDED);
	EXPECT(device_is_registered(test_folder(), "/lib/p.so"));
	EXPECT(device_register(test_folder(), "/lib/p.so") == DEVICE_KEPT);
	EXPECT(strstr(file_get("pkcs11.txt"), devices) != NULL);
	EXPECT(device_unregister(test_folder()));
	EXPECT_TEXT(file_get("pkcs11.txt"), devices);
}

TEST(device_that_moved_is_corrected_not_added_again)
{
	file_put("pkcs11.txt", devices);
	EXPECT(device_register(test_folder(), "/old/p.so") == DEVICE_ADDED);
	EXPECT(device_register(test_folder(), "/new/p.so") == DEVICE_MOVED);
	EXPECT(!device_is_registered(test_folder(), "/old/p.so"));
	EXPECT(device_is_registered(test_folder(), "/new/p.so"));
}

TEST(device_list_of_a_new_profile_names_the_internal_module_first)
{
	EXPECT(device_register(test_folder(), "/lib/p.so") == DEVICE_ADDED);
	EXPECT(strncmp(file_get("pkcs11.txt"), "library=\nname=NSS Internal",
		       26) == 0);
}

TEST(profiles_are_found_in_every_kind_of_installation)
{
	struct profiles profiles;

	EXPECT(mkdir(path_of(".thunderbird"), 0700) == 0);
	EXPECT(mkdir(path_of(".thunderbird/a.default"), 0700) == 0);
	EXPECT(mkdir(path_of("elsewhere"), 0700) == 0);
	file_put(".thunderbird/profiles.ini", "[Install1]\nDefault=a.default\n"
		"[Profile1]\nName=gone\nIsRelative=1\nPath=gone\n"
		"[Profile0]\nName=default\nIsRelative=1\nPath=a.default\n");
	EXPECT(mkdir(path_of(".var"), 0700) == 0);
	EXPECT(mkdir(path_of(".var/app"), 0700) == 0);
	EXPECT(mkdir(path_of(".var/app/org.mozilla.Thunderbird"), 0700) == 0);
	EXPECT(mkdir(path_of(".var/app/org.mozilla.Thunderbird/.thunderbird"),
		       0700) == 0);
	EXPECT(mkdir(path_of(".var/app/org.mozilla.Thunderbird/.thunderbird/f"),
		       0700) == 0);
	file_put(".var/app/org.mozilla.Thunderbird/.thunderbird/profiles.ini",
		"[Profile0]\nName=f\nIsRelative=1\nPath=f\n");
	EXPECT(profiles_find(&profiles, test_folder()));
	EXPECT_NUMBER(profiles.count, 2);
	EXPECT_TEXT(profiles.at[0].path, path_of(".thunderbird/a.default"));
	EXPECT_NUMBER(profiles.at[1].kind, PROFILE_FLATPAK);
	profiles_clear(&profiles);
}

TEST(profile_with_a_held_lock_is_in_use)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct profiles profiles;
	int ready[2], status;
	pid_t child;
	char byte;

	file_put(".parentlock", "");
	EXPECT(profiles_name(&profiles, test_folder()));
	EXPECT(!profile_is_in_use(&profiles.at[0]));
	EXPECT(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		int descriptor = open(path_of(".parentlock"), O_RDWR);

		status = fcntl(descriptor, F_SETLK, &lock);
		status = status == 0 && write(ready[1], "x", 1) == 1;
		pause();
		_exit(status);
	}
	EXPECT(read(ready[0], &byte, 1) == 1);
	EXPECT(profile_is_in_use(&profiles.at[0]));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	EXPECT(!profile_is_in_use(&profiles.at[0]));
	profiles_clear(&profiles);
}
