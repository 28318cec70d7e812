/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that looks up who is in a group: lists of users may hang.
 *
 * Who is in one is the administrator's to know: groups.conf need not be
 * readable by anyone but the keeper, and no worker reads it.
 */

#include "config.h"

#include "keeper/resolver.h"

#include "keeper/configuration.h"
#include "keeper/coverage.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define GROUPS_FILE SYSCONFDIR "/privyseal/groups.conf"
#define NOBODY ((uid_t)-1)

static bool is_quiet;

static void
tell(int out, enum finding_kind kind, const char *circle, uid_t user)
{
	struct finding finding = { .kind = kind, .user = user };

	memcpy(finding.circle, circle, strlen(circle));
	if (write(out, &finding, sizeof(finding)) != sizeof(finding))
		_exit(1);
}

/* The C library gives NULL for a name that nobody has and where it could not
 * ask; systems differ in the errno of the first. [getpwnam(3)] */
static void
tell_failure(int out, const char *circle, const char *what, const char *name)
{
	static const int usual[] = { 0, ENOENT, ESRCH, EBADF, EPERM };
	const int error = errno;
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (error == usual[i]) {
			if (!is_quiet)
				note("group %s: there is no %s \"%s\"", circle,
					what, name);
			tell(out, FOUND_NOBODY, circle, NOBODY);
			return;
		}
	note("group %s: the %s \"%s\" cannot be looked up: %s", circle, what,
		name, strerror(error));
	tell(out, FOUND_OUT_NOTHING, circle, NOBODY);
}

static bool
find_user(const char *name, uid_t *user)
{
	const struct passwd *account;
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && !*end) {
		*user = (uid_t)number;
		return number < NOBODY;
	}
	errno = 0;
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
		tell(out, FOUND_MEMBER, circle, user);
	else
		tell_failure(out, circle, "user", name);
}

/* Those whom its own line names; a user's first group is in the user's. */
static void
tell_all_of(int out, const char *circle, const char *name)
{
	const struct group *group;
	char **member;

	errno = 0;
	group = getgrnam(name);
	if (!group)
		tell_failure(out, circle, "system's group", name);
	for (member = group ? group->gr_mem : NULL; member && *member; member++)
		tell_user(out, circle, *member);
}

static void
tell_members(int out, const char *circle, const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;

	tell(out, copy ? FOUND_GROUP : FOUND_OUT_NOTHING, circle, NOBODY);
	while ((word = strsep(&rest, " \t,"))) {
		if (*word == '@')
			tell_all_of(out, circle, word + 1);
		else if (*word)
			tell_user(out, circle, word);
	}
	free(copy);
}

/* A whole file that cannot be read may name anybody. (What is of no file is of
 * two lines that do not go together.) */
static void
complain(void *context, const char *file, unsigned line, const char *message)
{
	bool *is_all = context;

	if (file && line == 0)
		*is_all = false;
	/* Of privyseal.conf the listener says it when it starts. */
	if (file && (line == 0 || strcmp(file, GROUPS_FILE) == 0))
		note("%s:%u: %s", file, line, message);
}

/* A group's last line counts, and is looked at once. */
static void
look_for_all(int out)
{
	struct configuration configuration;
	const struct setting *setting;
	bool is_all = true;
	size_t i;

	configuration_read(&configuration, NULL, complain, &is_all);
	configuration_read_file(
		&configuration, GROUPS_FILE, LEVEL_SYSTEM, complain, &is_all);
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
	if (is_all)
		tell(out, FOUND_ALL, "", NOBODY);
}

/* The listener's descriptors are nothing to a library of the system's. (Its
 * secrets do not get here at all: a fork wipes them.) */
static void
become_resolver(int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDERR_FILENO + 1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	look_for_all(STDERR_FILENO + 1);
	coverage_save();
	_exit(0);
}

/* Only our end does not block: the process waits where we are slow. */
pid_t
resolver_start(int *findings, bool says_all)
{
	pid_t process;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		process = fork();
	else
		process = -1;
	if (process == 0) {
		is_quiet = !says_all;
		become_resolver(ends[1]);
	}
	close(ends[1]);
	if (process > 0)
		*findings = ends[0];
	else
		close(ends[0]);
	return process;
}

void
resolver_see(struct witnesses *seen)
{
	const char *const files[] = { SYSCONFDIR "/privyseal/privyseal.conf",
		GROUPS_FILE, configuration_added_file(), "/etc/nsswitch.conf",
		"/etc/passwd", "/etc/group" };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i])
			witnesses_see(seen, files[i]);
}
