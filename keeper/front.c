/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules of others that the configuration names. */

#include "config.h"

#include "keeper/front.h"

#include "pkcs11/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As many as the kernel follows. */
enum { LINKS_MOST = 40 };

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
		.call_seconds = configuration_rule(
			configuration, RULE_CALL_SECONDS, &subject),
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

/* On the way to a module: behind is where it has come, without a link; ahead is
 * what is left of the path. */
struct walk {
	char behind[PATH_MAX], ahead[PATH_MAX];
	unsigned links;
};

/* The next part of the path; "" at its end. */
static void
take_part(struct walk *walk, char part[NAME_MAX + 1])
{
	const char *from = walk->ahead + strspn(walk->ahead, "/");
	size_t length = strcspn(from, "/");

	if (length > NAME_MAX)
		length = NAME_MAX;
	snprintf(part, NAME_MAX + 1, "%.*s", (int)length, from);
	memmove(walk->ahead, from + length, strlen(from + length) + 1);
}

static void
go_back(struct walk *walk)
{
	char *slash = strrchr(walk->behind, '/');

	if (slash)
		*slash = '\0';
}

/* Where the link leads is the way from here on. */
static bool
follow(struct walk *walk)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlink(walk->behind, target, sizeof(target));

	if (length < 0)
		return false;
	errno = ELOOP;
	if (walk->links++ == LINKS_MOST)
		return false;
	memcpy(rest, walk->ahead, sizeof(rest));
	errno = ENAMETOOLONG;
	if ((size_t)snprintf(walk->ahead, sizeof(walk->ahead), "%.*s%s",
		    (int)length, target, rest) >= sizeof(walk->ahead))
		return false;
	go_back(walk);
	if (walk->ahead[0] == '/')
		walk->behind[0] = '\0';
	return true;
}

static bool
is_safe_folder(const struct stat *status)
{
	return is_by_root_or_us(status) &&
		(!(status->st_mode & (S_IWGRP | S_IWOTH)) ||
			status->st_mode & S_ISVTX);
}

static bool
is_safe_file(const struct stat *status)
{
	return is_by_root_or_us(status) && S_ISREG(status->st_mode) &&
		!(status->st_mode & (S_IWGRP | S_IWOTH));
}

/* To that part, if nobody else can put another there. */
static bool
step(struct walk *walk, const char *part)
{
	size_t length = strlen(walk->behind);
	struct stat status;

	if (strcmp(part, ".") == 0)
		return true;
	if (strcmp(part, "..") == 0) {
		go_back(walk);
		return true;
	}
	errno = ENAMETOOLONG;
	if ((size_t)snprintf(walk->behind + length, PATH_MAX - length, "/%s",
		    part) >= PATH_MAX - length ||
		lstat(walk->behind, &status) < 0)
		return false;
	errno = EPERM;
	if (S_ISLNK(status.st_mode))
		return is_by_root_or_us(&status) && follow(walk);
	return S_ISDIR(status.st_mode) ? is_safe_folder(&status)
				       : is_safe_file(&status);
}

/* Each folder and each link on the way: who can move one of them chooses among
 * what is safe. */
static bool
go(struct walk *walk, const char *path)
{
	char part[NAME_MAX + 1];
	struct stat status;

	errno = ENAMETOOLONG;
	if ((size_t)snprintf(walk->ahead, sizeof(walk->ahead), "%s", path) >=
			sizeof(walk->ahead) ||
		lstat("/", &status) < 0)
		return false;
	errno = EPERM;
	if (!is_safe_folder(&status))
		return false;
	for (take_part(walk, part); *part; take_part(walk, part))
		if (!step(walk, part))
			return false;
	if (lstat(walk->behind, &status) < 0)
		return false;
	errno = EPERM;
	return S_ISREG(status.st_mode);
}

/* What is loaded is what was looked at: it has no link in it. */
char *
front_find_file(const char *file, char *reason, size_t room)
{
	struct walk walk = { .links = 0 };

	if (go(&walk, file))
		return strdup(walk.behind);
	if (errno == EPERM)
		snprintf(reason, room,
			_("others could change it; it and the folders that it "
			  "is in must be root's or yours, and written by "
			  "nobody else"));
	else
		snprintf(reason, room, "%s", strerror(errno));
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
