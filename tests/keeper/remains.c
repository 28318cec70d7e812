/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of secrets: in the memory of processes, and in files. */

#include "config.h"

#include "tests/keeper/remains.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { MOST = 40, ROOM = 512, WINDOW = 16 };

static struct sought {
	const char *name;
	unsigned char at[ROOM];
	size_t length;
} sought[MOST];
static unsigned sought_count, files_seen, files_found;
static const char *name_in_files;

void
remains_seek(const char *name, const void *at, size_t length)
{
	EXPECT(sought_count < MOST && length >= WINDOW && length <= ROOM);
	sought[sought_count].name = name;
	memcpy(sought[sought_count].at, at, length);
	sought[sought_count++].length = length;
}

static bool
is_meant(const struct sought *one, const char *name)
{
	return !name || strstr(one->name, name);
}

static void
tell(const struct sought *one, FILE *search)
{
	const char *letter;
	size_t i;

	/* A name is one word there. */
	for (letter = one->name; *letter; letter++)
		fputc(*letter == ' ' ? '-' : *letter, search);
	fputc(' ', search);
	for (i = 0; i < one->length; i++)
		fprintf(search, "%02x", one->at[i]);
	fprintf(search, "\n");
}

static unsigned long
read_found(const char *path, bool is_loud)
{
	unsigned long found = 0;
	char line[300];
	FILE *file = fopen(path, "r");

	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (is_loud)
			printf("# %s", line);
		if (strstr(line, "windows, "))
			found = strtoul(strrchr(strstr(line, "read"), ',') + 1,
				NULL, 10);
	}
	fclose(file);
	return found;
}

unsigned long
remains_in(pid_t process, const char *name)
{
	char command[400], path[200];
	unsigned long found;
	unsigned i;
	int status;
	FILE *search;

	snprintf(path, sizeof(path), "%s/found", test_folder());
	snprintf(command, sizeof(command),
		BUILDDIR "/tests/clients/memory-search %d >%s", (int)process,
		path);
	fflush(stdout);
	search = popen(command, "w");
	EXPECT(search != NULL);
	for (i = 0; i < sought_count; i++)
		if (is_meant(&sought[i], name))
			tell(&sought[i], search);
	status = pclose(search);
	if (WEXITSTATUS(status) == 2)
		test_skip("only root can look into the keeper");
	found = read_found(path, WEXITSTATUS(status) == 1);
	EXPECT((found == 0) == (WEXITSTATUS(status) == 0));
	return found;
}

void
remains_expect(pid_t process, const char *name)
{
	unsigned i, meant = 0;

	for (i = 0; i < sought_count; i++) {
		if (!is_meant(&sought[i], name))
			continue;
		meant++;
		if (remains_in(process, sought[i].name) == 0)
			test_fail(__FILE__, __LINE__, "%s is not there",
				sought[i].name);
	}
	EXPECT(meant > 0);
}

static bool
has_window_of(
	const unsigned char *text, size_t length, const struct sought *one)
{
	unsigned char reversed[ROOM];
	char digits[2 * WINDOW + 1], capitals[2 * WINDOW + 1];
	size_t i, j;

	for (i = 0; i < one->length; i++)
		reversed[i] = one->at[one->length - 1 - i];
	for (i = 0; i + WINDOW <= one->length; i++) {
		for (j = 0; j < WINDOW; j++) {
			sprintf(digits + 2 * j, "%02x", one->at[i + j]);
			sprintf(capitals + 2 * j, "%02X", one->at[i + j]);
		}
		if (memmem(text, length, one->at + i, WINDOW) ||
			memmem(text, length, reversed + i, WINDOW) ||
			memmem(text, length, digits, 2 * WINDOW) ||
			memmem(text, length, capitals, 2 * WINDOW))
			return true;
	}
	return false;
}

static int
search_file(
	const char *path, const struct stat *status, int type, struct FTW *at)
{
	unsigned char *text;
	bool has_any = false;
	FILE *file;
	unsigned i;

	if (type != FTW_F || !S_ISREG(status->st_mode))
		return 0;
	text = test_memory((size_t)status->st_size + 1);
	file = fopen(path, "r");
	EXPECT(file != NULL);
	EXPECT(fread(text, 1, (size_t)status->st_size, file) ==
		(size_t)status->st_size);
	fclose(file);
	files_seen++;
	for (i = 0; i < sought_count; i++)
		if (is_meant(&sought[i], name_in_files) &&
			has_window_of(
				text, (size_t)status->st_size, &sought[i])) {
			printf("# %s is in %s\n", sought[i].name, path);
			has_any = true;
		}
	files_found += has_any;
	return 0;
}

unsigned
remains_in_files(const char *folder, const char *name)
{
	name_in_files = name;
	files_found = 0;
	EXPECT(nftw(folder, search_file, 16, FTW_PHYS) == 0);
	return files_found;
}

/* Those that have lost their names are only here. */
unsigned
remains_in_open_files(pid_t process, const char *name)
{
	char path[400], folder[64];
	struct dirent *entry;
	struct stat status;
	DIR *files;

	name_in_files = name;
	files_found = 0;
	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)process);
	files = opendir(folder);
	if (!files)
		test_skip("only root can look into the keeper");
	while ((entry = readdir(files))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (stat(path, &status) == 0)
			search_file(path, &status, FTW_F, NULL);
	}
	closedir(files);
	return files_found;
}

unsigned
remains_files_seen(void)
{
	return files_seen;
}

pid_t
remains_listener(void)
{
	return (pid_t)atol(
		strstr(stage_status(), "process ") + strlen("process "));
}
