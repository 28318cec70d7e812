/* SPDX-License-Identifier: BSD-2-Clause */
/* Where Thunderbird keeps its profiles, and whether one is in use. */

#include "config.h"

#include "command/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	enum profile_kind kind;
	const char *folder;
} roots[] = {
	{ PROFILE_NATIVE, ".thunderbird" },
	{ PROFILE_SNAP, "snap/thunderbird/common/.thunderbird" },
	{ PROFILE_FLATPAK, ".var/app/org.mozilla.Thunderbird/.thunderbird" },
};

static bool
profile_add(struct profiles *profiles, char *path, const char *name,
	enum profile_kind kind)
{
	struct profile *grown;
	size_t i;

	for (i = 0; path && i < profiles->count; i++) {
		if (strcmp(profiles->at[i].path, path) == 0) {
			free(path);
			return true;
		}
	}
	grown = realloc(profiles->at, (profiles->count + 1) * sizeof(*grown));
	if (grown)
		profiles->at = grown;
	if (!grown || !path) {
		free(path);
		return false;
	}
	grown[profiles->count].path = path;
	grown[profiles->count].name = strdup(name);
	grown[profiles->count].kind = kind;
	profiles->count++;
	return grown[profiles->count - 1].name != NULL;
}

/* What one section of profiles.ini has said so far. */
struct section {
	bool is_profile, is_relative;
	char name[4096], path[4096];
};

static bool
section_end(struct profiles *profiles, const struct section *section,
	const char *root, enum profile_kind kind)
{
	struct stat status;
	char *path;

	if (!section->is_profile || !section->path[0])
		return true;
	if (asprintf(&path, "%s%s%s", section->is_relative ? root : "",
		    section->is_relative ? "/" : "", section->path) < 0)
		return false;
	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
		free(path);
		return true;
	}
	return profile_add(profiles, path, section->name, kind);
}

static void
section_line(struct section *section, const char *line)
{
	if (strncmp(line, "Name=", 5) == 0)
		snprintf(section->name, sizeof(section->name), "%s", line + 5);
	else if (strncmp(line, "Path=", 5) == 0)
		snprintf(section->path, sizeof(section->path), "%s", line + 5);
	else if (strncmp(line, "IsRelative=", 11) == 0)
		section->is_relative = line[11] == '1';
}

static bool
root_read(struct profiles *profiles, const char *root, enum profile_kind kind)
{
	struct section section = { 0 };
	char *ini = NULL, line[4096];
	bool is_whole = true;
	FILE *file;

	if (asprintf(&ini, "%s/profiles.ini", root) < 0)
		return false;
	file = fopen(ini, "re");
	free(ini);
	if (!file)
		return true;
	while (is_whole && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] != '[') {
			section_line(&section, line);
			continue;
		}
		is_whole = section_end(profiles, &section, root, kind);
		section = (struct section){ 0 };
		section.is_profile = strncmp(line, "[Profile", 8) == 0;
	}
	is_whole = is_whole && section_end(profiles, &section, root, kind);
	fclose(file);
	return is_whole;
}

bool
profiles_find(struct profiles *profiles, const char *home)
{
	bool is_whole = true;
	char *root;
	size_t i;

	*profiles = (struct profiles){ 0 };
	for (i = 0; is_whole && i < sizeof(roots) / sizeof(*roots); i++) {
		if (asprintf(&root, "%s/%s", home, roots[i].folder) < 0)
			return false;
		is_whole = root_read(profiles, root, roots[i].kind);
		free(root);
	}
	return is_whole;
}

/* By where it is. */
static enum profile_kind
kind_of(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(roots) / sizeof(*roots); i++)
		if (roots[i].kind != PROFILE_NATIVE &&
			strstr(path, roots[i].folder))
			return roots[i].kind;
	return PROFILE_NATIVE;
}

bool
profiles_name(struct profiles *profiles, const char *path)
{
	*profiles = (struct profiles){ 0 };
	return profile_add(profiles, realpath(path, NULL), path, kind_of(path));
}

void
profiles_clear(struct profiles *profiles)
{
	size_t i;

	for (i = 0; i < profiles->count; i++) {
		free(profiles->at[i].path);
		free(profiles->at[i].name);
	}
	free(profiles->at);
	*profiles = (struct profiles){ 0 };
}

char *
profile_file(const struct profile *profile, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", profile->path, name) < 0 ? NULL : path;
}

/* Thunderbird holds a record lock on this file while it runs. */
static bool
lock_is_held(const struct profile *profile)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = profile_file(profile, ".parentlock");
	int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	bool is_held = false;

	if (descriptor >= 0) {
		is_held = fcntl(descriptor, F_GETLK, &lock) == 0 &&
			lock.l_type != F_UNLCK;
		close(descriptor);
	}
	free(path);
	return is_held;
}

/* On file systems without locks it leaves a link that names its process. */
static bool
link_names_a_process(const struct profile *profile)
{
	char *path = profile_file(profile, "lock"), target[256];
	ssize_t length = path ? readlink(path, target, sizeof(target) - 1) : -1;
	const char *plus;
	long process;

	free(path);
	if (length < 0)
		return false;
	target[length] = '\0';
	plus = strrchr(target, '+');
	process = plus ? strtol(plus + 1, NULL, 10) : 0;
	return process > 0 && (kill((pid_t)process, 0) == 0 || errno == EPERM);
}

bool
profile_is_in_use(const struct profile *profile)
{
	return lock_is_held(profile) || link_names_a_process(profile);
}
