/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups whose members share tokens, as root's configuration names them.
 *
 * Who is in one is the administrator's to know: groups.conf need not be
 * readable by anyone but the keeper, and no worker reads it.
 */

#include "config.h"

#include "keeper/circle.h"

#include "keeper/configuration.h"
#include "keeper/coverage.h"
#include "pkcs11/clock.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_FILE SYSCONFDIR "/privyseal/groups.conf"

/* Milliseconds in which all names are found, or are nobody's. */
enum { ANSWER_TIME = 10000 };
enum { CIRCLES_MOST = 64, MEMBERS_MOST = 4096 };

/* What the process that looks for names says: one for each member; of NOBODY:
 * there is such a group. */
#define NOBODY ((uid_t)-1)
struct finding {
	char circle[32];
	uid_t user;
};

static void
tell(int out, const char *circle, uid_t user)
{
	struct finding finding = { .user = user };

	memcpy(finding.circle, circle, strlen(circle));
	if (write(out, &finding, sizeof(finding)) != sizeof(finding))
		_exit(1);
}

static bool
find_user(const char *name, uid_t *user)
{
	const struct passwd *account;
	unsigned long number;
	char *end;

	number = strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && !*end) {
		*user = (uid_t)number;
		return number < NOBODY;
	}
	account = getpwnam(name);
	if (account)
		*user = account->pw_uid;
	return account;
}

static void
tell_user(int out, const char *circle, const char *name)
{
	uid_t user;

	if (find_user(name, &user))
		tell(out, circle, user);
	else
		note("group %s: there is no user \"%s\"", circle, name);
}

/* Those whom its own line names; a user's first group is in the user's. */
static void
tell_all_of(int out, const char *circle, const char *name)
{
	const struct group *group = getgrnam(name);
	char **member;

	if (!group)
		note("group %s: there is no group \"%s\" of the system's",
			circle, name);
	for (member = group ? group->gr_mem : NULL; member && *member; member++)
		tell_user(out, circle, *member);
}

static void
tell_members(int out, const char *circle, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;

	tell(out, circle, NOBODY);
	while ((word = strsep(&rest, " \t,"))) {
		if (*word == '@')
			tell_all_of(out, circle, word + 1);
		else if (*word)
			tell_user(out, circle, word);
	}
	free(copy);
}

static void
complain(void *context, const char *file, unsigned line, const char *message)
{
	/* Of privyseal.conf the listener says it. */
	if (strcmp(file, GROUPS_FILE) == 0)
		note("%s:%u: %s", file, line, message);
}

/* A group's last line counts, and is looked at once. */
static void
look_for_all(int out)
{
	struct configuration configuration;
	const struct setting *setting;
	size_t i;

	configuration_read(&configuration, NULL, complain, NULL);
	configuration_read_file(
		&configuration, GROUPS_FILE, LEVEL_SYSTEM, complain, NULL);
	for (i = 0; i < configuration.settings.count; i++) {
		const struct subject subject = {
			.group = configuration.settings.at[i].section
		};

		setting = &configuration.settings.at[i];
		if (setting->scope == SCOPE_GROUP &&
			setting ==
				settings_find(&configuration.settings,
					RULE_MEMBERS, &subject))
			tell_members(out, setting->section, setting->text);
	}
	configuration_clear(&configuration);
}

/* The listener's descriptors are nothing to a library of the system's. */
static pid_t
start_looking(int ends[2])
{
	pid_t process = fork();

	if (process != 0)
		return process;
	dup2(ends[1], STDERR_FILENO + 1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	look_for_all(STDERR_FILENO + 1);
	coverage_save();
	_exit(0);
}

static struct circle *
provide(struct circles *circles, const char *name)
{
	struct circle *grown;
	size_t i;

	for (i = 0; i < circles->count; i++)
		if (strcmp(circles->at[i].name, name) == 0)
			return &circles->at[i];
	if (circles->count == CIRCLES_MOST)
		return NULL;
	grown = reallocarray(
		circles->at, circles->count + 1, sizeof(*circles->at));
	if (!grown)
		return NULL;
	circles->at = grown;
	grown += circles->count++;
	*grown = (struct circle){ 0 };
	memcpy(grown->name, name, strlen(name));
	return grown;
}

static void
add(struct circles *circles, const struct finding *finding)
{
	struct circle *circle;
	uid_t *grown;

	if (!memchr(finding->circle, 0, sizeof(finding->circle)) ||
		!(circle = provide(circles, finding->circle)) ||
		finding->user == NOBODY || circle->count == MEMBERS_MOST)
		return;
	grown = reallocarray(
		circle->members, circle->count + 1, sizeof(*grown));
	if (!grown)
		return;
	circle->members = grown;
	grown[circle->count++] = finding->user;
}

/* A finding is less than a pipe takes at once: it is whole, or none. */
static bool
hear(struct circles *circles, int in)
{
	const int64_t deadline = clock_milliseconds() + ANSWER_TIME;
	struct finding finding;
	struct pollfd wait = { .fd = in, .events = POLLIN };
	int64_t left;

	while ((left = deadline - clock_milliseconds()) > 0) {
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		if (read(in, &finding, sizeof(finding)) != sizeof(finding))
			return true;
		add(circles, &finding);
	}
	return false;
}

void
circles_read(struct circles *circles)
{
	pid_t process;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		note("no groups: %s", strerror(errno));
		return;
	}
	process = start_looking(ends);
	close(ends[1]);
	if (process > 0 && !hear(circles, ends[0])) {
		note("the members of groups are not all known: the system's "
		     "list of users does not answer");
		kill(process, SIGKILL);
	}
	if (process > 0)
		waitpid(process, NULL, 0);
	close(ends[0]);
}

void
circles_clear(struct circles *circles)
{
	size_t i;

	for (i = 0; i < circles->count; i++)
		free(circles->at[i].members);
	free(circles->at);
	*circles = (struct circles){ 0 };
}

const struct circle *
circles_find(const struct circles *circles, const char *name)
{
	size_t i;

	for (i = 0; i < circles->count; i++)
		if (strcmp(circles->at[i].name, name) == 0)
			return &circles->at[i];
	return NULL;
}

bool
circle_has(const struct circle *circle, uid_t user)
{
	size_t i;

	for (i = 0; i < circle->count; i++)
		if (circle->members[i] == user)
			return true;
	return false;
}
