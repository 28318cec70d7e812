/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a user's tokens, configuration and socket are. */

#include "config.h"

#include "pkcs11/home.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The keeper reads no longer configuration than this. */
#define FILE_MOST 65536

static char *
join(const char *folder, const char *rest)
{
	char *path;

	if (!folder || asprintf(&path, "%s%s", folder, rest) < 0)
		return NULL;
	return path;
}

/* Relative ones would mean something else in each process. */
static char *
absolute(const char *path)
{
	char *current, *whole;

	if (path[0] == '/')
		return strdup(path);
	current = getcwd(NULL, 0);
	if (!current || asprintf(&whole, "%s/%s", current, path) < 0)
		whole = NULL;
	free(current);
	return whole;
}

/* The folder that an XDG variable names, else its place below HOME. */
static char *
xdg_folder(const char *variable, const char *below_home)
{
	const char *value = secure_getenv(variable);
	const char *user = secure_getenv("HOME");

	if (value && value[0] == '/')
		return join(value, "/privyseal");
	return user && user[0] == '/' ? join(user, below_home) : NULL;
}

/* Folders in /run/user are made by the login; the name says whose it is, the
 * owner that it is true. */
static char *
run_folder(const char *folder)
{
	char parent[40];
	struct statx status;

	snprintf(parent, sizeof(parent), "/run/user/%lu",
		(unsigned long)geteuid());
	if (statx(AT_FDCWD, parent, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
		    &status) == 0 &&
		S_ISDIR(status.stx_mode) && status.stx_uid == geteuid())
		return join(parent, "/privyseal");
	return join(folder, "/run");
}

bool
home_find(struct home *home)
{
	const char *moved = secure_getenv("PRIVYSEAL_HOME");
	char *settings;

	*home = (struct home){ 0 };
	home->is_moved = moved && moved[0];
	if (home->is_moved) {
		home->folder = absolute(moved);
		home->run = join(home->folder, "/run");
		home->configuration = join(home->folder, "/privyseal.conf");
	} else {
		home->folder =
			xdg_folder("XDG_DATA_HOME", "/.local/share/privyseal");
		home->run = run_folder(home->folder);
		settings = xdg_folder("XDG_CONFIG_HOME", "/.config/privyseal");
		home->configuration = join(settings, "/privyseal.conf");
		free(settings);
	}
	home->tokens = join(home->folder, "/tokens");
	if (home->tokens && home->run && home->configuration)
		return true;
	home_clear(home);
	return false;
}

bool
home_find_machine(struct home *home)
{
	const char *moved = secure_getenv("PRIVYSEAL_HOME");
	const char *run = secure_getenv("PRIVYSEAL_MACHINE");

	*home = (struct home){ .is_machine = true };
	if ((moved && moved[0]) || (run && !run[0]))
		return false;
	home->run = strdup(run ? run : MACHINE_RUN);
	return home->run != NULL;
}

bool
home_place(struct home *home, const char *folder)
{
	*home = (struct home){ 0 };
	home->folder = strdup(folder);
	home->tokens = join(folder, "/tokens");
	home->configuration = join(folder, "/privyseal.conf");
	if (home->folder && home->tokens && home->configuration)
		return true;
	home_clear(home);
	return false;
}

void
home_clear(struct home *home)
{
	free(home->folder);
	free(home->tokens);
	free(home->configuration);
	free(home->run);
	*home = (struct home){ 0 };
}

unsigned long
home_token_number(const char *name)
{
	unsigned long number = 0;
	const char *at;

	for (at = name; *at >= '0' && *at <= '9'; at++) {
		number = number * 10 + (unsigned long)(*at - '0');
		if (number == 0 || number >= 1UL << 30)
			return 0;
	}
	return strcmp(at, ".token") == 0 ? number : 0;
}

bool
home_has_tokens(const struct home *home)
{
	DIR *folder = opendir(home->tokens);
	struct dirent *entry;
	bool found = false;

	if (!folder)
		return false;
	while (!found && (entry = readdir(folder)))
		found = home_token_number(entry->d_name) != 0;
	closedir(folder);
	return found;
}

/* The words that begin a line about other modules. */
static bool
is_about_fronts(const char *line)
{
	static const char *const words[] = { "[front", "p11-kit" };
	size_t i;

	line += strspn(line, " \t");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

static bool
file_has_fronts(const char *path)
{
	int descriptor =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char *text = descriptor < 0 ? NULL : malloc(FILE_MOST + 1);
	ssize_t length = text ? read(descriptor, text, FILE_MOST) : -1;
	bool found = false;
	char *line;

	if (descriptor >= 0)
		close(descriptor);
	if (length > 0) {
		text[length] = '\0';
		for (line = text; line && !found; line = strchr(line, '\n'))
			found = is_about_fronts(line += *line == '\n');
	}
	free(text);
	return found;
}

bool
home_has_fronts(const struct home *home)
{
	return (home->configuration && file_has_fronts(home->configuration)) ||
		file_has_fronts(SYSCONFDIR "/privyseal/privyseal.conf");
}

bool
home_is_used(const struct home *home)
{
	return (home->tokens && home_has_tokens(home)) || home_has_fronts(home);
}
