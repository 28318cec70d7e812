/* SPDX-License-Identifier: BSD-2-Clause */
/* A person at the keeper's questions, whose answers a test gives beforehand. */

#include "config.h"

#include "tests/keeper/person.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0);
	EXPECT(chmod(path, mode) == 0);
}

static const char *
path_of(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

void
person_set_up(void)
{
	char text[4200];

	snprintf(text, sizeof(text), "#!/bin/sh\nexec python3 %s %s\n",
		SRCDIR "/tests/keeper/pinentry.py", test_folder());
	write_file(path_of("pinentry"), text, 0700);
	person_will("");
	snprintf(text, sizeof(text), "pinentry = %s\n", path_of("pinentry"));
	setenv("DISPLAY", ":77", 1);
	/* Whoever runs this at a terminal is not to be asked there. */
	setsid();
	unsetenv("GPG_TTY");
	unsetenv("WAYLAND_DISPLAY");
	application_set_up(text);
}

void
person_configure(const char *configuration)
{
	char text[8400];

	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	snprintf(text, sizeof(text),
		"kdf-memory = 1\nidle-exit = 2\npinentry = %s\n%s",
		path_of("pinentry"), configuration);
	write_file(stage_path("privyseal.conf"), text, 0600);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
}

void
person_will(const char *answers)
{
	write_file(path_of("answers"), answers, 0600);
}

static char *
read_told(void)
{
	enum { MOST = 1 << 20 };
	char *text = test_memory(MOST);
	FILE *file = fopen(path_of("told"), "r");

	if (file) {
		text[fread(text, 1, MOST - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

unsigned
person_answers(void)
{
	const char *at = read_told();
	unsigned count = 0;

	while ((at = strstr(at, "\nANSWER "))) {
		count++;
		at++;
	}
	return count;
}

bool
person_was_told(const char *text)
{
	return strstr(read_told(), text) != NULL;
}

int
person_process(void)
{
	const char *at = read_told(), *last = NULL;

	while ((at = strstr(at, "STARTED ")))
		last = at++;
	return last ? atoi(last + strlen("STARTED ")) : 0;
}
