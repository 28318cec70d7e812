/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules of others that the configuration names. */

#include "config.h"

#include "keeper/front.h"

#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
front_find(const struct configuration *configuration, const char *name,
	struct front *front)
{
	const struct subject subject = { .front = name };

	*front = (struct front){
		.name = name,
		.module = configuration_rule_text(
			configuration, RULE_MODULE, &subject),
		.tokens = configuration_rule_text(
			configuration, RULE_TOKENS, &subject),
		.environment = configuration_rule_text(
			configuration, RULE_ENVIRONMENT, &subject),
		.chain = configuration_rule_text(
			configuration, RULE_CHAIN, &subject),
		.is_serial = !configuration_rule(
			configuration, RULE_THREADS, &subject),
	};
	return front->module && strlen(name) <= FRONT_NAME_MOST;
}

static bool
is_listed(const struct front *fronts, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(fronts[i].name, name) == 0)
			return true;
	return false;
}

size_t
front_list(const struct configuration *configuration,
	struct front fronts[FRONTS_MOST])
{
	const struct settings *settings = &configuration->settings;
	const struct setting *setting;
	size_t count = 0, i;

	for (i = 0; i < settings->count && count < FRONTS_MOST; i++) {
		setting = &settings->at[i];
		if (setting->scope == SCOPE_FRONT &&
			!is_listed(fronts, count, setting->section) &&
			front_find(configuration, setting->section,
				&fronts[count]))
			count++;
	}
	return count;
}

/* Who can write it, or the folder that it is in, could make us load what they
 * like. In a folder where each may remove only their own, what is root's or
 * ours stays. */
static bool
is_by_root_or_us(const struct stat *status)
{
	return status->st_uid == 0 || status->st_uid == geteuid();
}

static bool
is_safe(const char *path, bool is_folder)
{
	struct stat status, link;

	if (lstat(path, &link) < 0 || stat(path, &status) < 0)
		return false;
	errno = EPERM;
	if (!is_by_root_or_us(&link) || !is_by_root_or_us(&status) ||
		S_ISDIR(status.st_mode) != is_folder ||
		(!is_folder && !S_ISREG(status.st_mode)))
		return false;
	return !(status.st_mode & (S_IWGRP | S_IWOTH)) ||
		(is_folder && status.st_mode & S_ISVTX);
}

/* Each part of an absolute path. */
static bool
is_safe_all_along(const char *file)
{
	char *path = strdup(file), *slash = path;
	bool is_fine = path && is_safe(path, false) && is_safe("/", true);

	while (is_fine && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		is_fine = is_safe(path, true);
		*slash = '/';
	}
	free(path);
	return is_fine;
}

/* Also where a link stands: who can move it chooses among what is safe. What is
 * loaded is what was looked at. */
char *
front_find_file(const char *file, char *reason, size_t room)
{
	char *path = realpath(file, NULL);
	bool is_fine =
		path && is_safe_all_along(path) && is_safe_all_along(file);

	if (!is_fine && path && errno == EPERM)
		snprintf(reason, room,
			_("others could change it; it and the folders that it "
			  "is in must be root's or yours, and written by "
			  "nobody else"));
	else if (!is_fine)
		snprintf(reason, room, "%s", strerror(errno));
	if (is_fine)
		return path;
	free(path);
	return NULL;
}

char *
front_find_module(const struct front *front, char *reason, size_t room)
{
	return front_find_file(front->module, reason, room);
}

bool
front_is_trustworthy(const struct front *front, char *reason, size_t room)
{
	char *path = front_find_module(front, reason, room);
	bool is_fine = path != NULL;

	free(path);
	return is_fine;
}

void
front_set_environment(const struct front *front)
{
	char *copy = front->environment ? strdup(front->environment) : NULL;
	char *rest = copy, *word, *equals;

	while ((word = strsep(&rest, " \t"))) {
		equals = strchr(word, '=');
		if (!equals || equals == word)
			continue;
		*equals = '\0';
		setenv(word, equals + 1, 1);
	}
	free(copy);
}

bool
front_shows(const struct front *front, const struct subject *token)
{
	char *copy, *rest, *word;
	bool shows = false;

	if (!front->tokens)
		return true;
	copy = rest = strdup(front->tokens);
	while (!shows && (word = strsep(&rest, " \t")))
		shows = *word && subject_is_meant(SCOPE_TOKEN, word, token);
	free(copy);
	return shows;
}
