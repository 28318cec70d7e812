/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules that are registered with p11-kit.
 *
 * Read without p11-kit: it would load all of them into this process.
 */

#include "config.h"

#include "keeper/registry.h"

#include "keeper/front.h"
#include "keeper/registration.h"
#include "keeper/witness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 16384 };

/* What their file names end in. */
static const char ending[] = ".module";

/* Where they are; later ones count before earlier ones. NULL: not asked. */
struct folders {
	const char *at[3];
	struct witnesses *seen; /* NULL: nobody wants to know */
};

static void
see(const struct folders *folders, const char *path)
{
	if (folders->seen)
		witnesses_see(folders->seen, path);
}

/* What cannot be opened for now looks the same when it can be. */
static void
doubt(const struct folders *folders)
{
	if (folders->seen && errno != ENOENT && errno != ENOTDIR &&
		errno != EACCES)
		folders->seen->is_blind = true;
}

/* A file that others can write says nothing: they could have us load what is
 * trustworthy but none of their business. */
static bool
is_ours_or_roots(int file)
{
	struct stat status;

	return fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
		(status.st_uid == 0 || status.st_uid == geteuid()) &&
		!(status.st_mode & (S_IWGRP | S_IWOTH));
}

static void
read_file(const struct folders *folders, const char *path,
	struct registration *registration)
{
	char text[FILE_MOST];
	ssize_t length = -1;
	int file;

	see(folders, path);
	file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file < 0) {
		doubt(folders);
		return;
	}
	if (is_ours_or_roots(file))
		length = read(file, text, sizeof(text));
	close(file);
	if (length > 0 && (size_t)length < sizeof(text))
		registration_parse(registration, text, (size_t)length);
}

/* p11-kit's own show the certificates of the system, or all modules again, us
 * among them. Links have either name. */
static bool
is_left_out(const char *path)
{
	static const char *const names[] = { "p11-kit-trust.so",
		"p11-kit-proxy.so", "p11-kit-client.so", "libp11-kit.so",
		"privyseal-pkcs11.so" };
	const char *slash = strrchr(path, '/');
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(slash ? slash + 1 : path, names[i],
			    strlen(names[i])) == 0)
			return true;
	return false;
}

static bool
is_same(const char *real, const char *path)
{
	char *other = realpath(path, NULL);
	bool is = other && strcmp(real, other) == 0;

	free(other);
	return is;
}

/* Its absolute path; NULL: it is not there, or is none to be shown. */
static char *
find_module(
	const struct folders *folders, const struct registration *registration)
{
	const char *folder =
		registration->module[0] == '/' ? "" : P11_KIT_MODULES "/";
	char *path, *real;

	if (!registration->module[0] ||
		asprintf(&path, "%s%s", folder, registration->module) < 0)
		return NULL;
	see(folders, path);
	real = realpath(path, NULL);
	if (!real || is_left_out(path) || is_left_out(real) ||
		is_same(real, MODULEDIR "/privyseal-pkcs11.so")) {
		free(path);
		path = NULL;
	}
	free(real);
	return path;
}

static void
add_front(struct configuration *configuration, char *name, char *module)
{
	const struct setting setting = { .name = rule_find(RULE_MODULE)->name,
		.scope = SCOPE_FRONT,
		.section = name,
		.text = module,
		.level = LEVEL_SYSTEM };

	settings_add(&configuration->settings, &setting);
}

/* By the name of its file, in all folders. */
static void
add_registered(struct configuration *configuration,
	const struct folders *folders, const char *file)
{
	struct registration registration = { .module = "" };
	char name[FRONT_NAME_MOST + 1], path[4096], *module = NULL;
	struct front there;
	size_t i;

	if ((size_t)snprintf(name, sizeof(name), REGISTRY_PREFIX "%.*s",
		    (int)(strlen(file) - strlen(ending)),
		    file) >= sizeof(name) ||
		!subject_is_name(SCOPE_FRONT, name) ||
		front_find(configuration, name, &there))
		return;
	for (i = 0; i < sizeof(folders->at) / sizeof(folders->at[0]); i++)
		if (folders->at[i] &&
			(size_t)snprintf(path, sizeof(path), "%s/%s",
				folders->at[i], file) < sizeof(path))
			read_file(folders, path, &registration);
	if (registration_counts(&registration))
		module = find_module(folders, &registration);
	if (module)
		add_front(configuration, name, module);
	free(module);
}

static int
is_module_file(const struct dirent *entry)
{
	const size_t length = strlen(entry->d_name), tail = strlen(ending);

	return length > tail &&
		strcmp(entry->d_name + length - tail, ending) == 0;
}

/* In the order of their names, which is the same for all who ask. */
static void
add_folder(struct configuration *configuration, const struct folders *folders,
	const char *folder)
{
	struct dirent **entries;
	int count, i;

	see(folders, folder);
	count = scandir(folder, &entries, is_module_file, alphasort);
	if (count < 0)
		doubt(folders);
	for (i = 0; i < count; i++) {
		add_registered(configuration, folders, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* The folder of this user, to be freed; NULL: there is none. */
static char *
users_folder(void)
{
	const char *moved = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	const char *below = moved && moved[0] == '/' ? moved : home;
	char *folder;

	if (!below || below[0] != '/' ||
		asprintf(&folder, "%s%s/pkcs11/modules", below,
			below == moved ? "" : "/.config") < 0)
		return NULL;
	return folder;
}

void
registry_add(struct configuration *configuration, bool is_users,
	struct witnesses *seen)
{
	struct registration global = { .module = "" };
	struct folders folders = {
		{ P11_KIT_PACKAGE, P11_KIT_SYSTEM "/modules", NULL }, seen
	};
	char *users = NULL;
	size_t i;

	read_file(&folders, P11_KIT_SYSTEM "/pkcs11.conf", &global);
	if (is_users && strcmp(global.user_config, "none") != 0)
		folders.at[2] = users = users_folder();
	if (users && strcmp(global.user_config, "only") == 0)
		folders.at[0] = folders.at[1] = NULL;
	for (i = 0; i < sizeof(folders.at) / sizeof(folders.at[0]); i++)
		if (folders.at[i])
			add_folder(configuration, &folders, folders.at[i]);
	free(users);
}
