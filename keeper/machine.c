/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine keeper: one for all users, under a user of its own. */

#include "config.h"

#include "keeper/machine.h"

#include "keeper/sandbox.h"
#include "pkcs11/log.h"
#include "pkcs11/way.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who it is where nobody says otherwise; sysusers.d makes the account. */
#define USER_NAME "privyseal"

static const char *
or_usual(const char *chosen, const char *usual)
{
	return chosen ? chosen : usual;
}

static bool
find_places(const struct machine *machine, struct home *home)
{
	const char *state = or_usual(machine->state, MACHINE_STATE);
	const char *run = or_usual(machine->run, MACHINE_RUN);

	if (!home_place(home, state))
		return false;
	home->is_machine = true;
	home->run = strdup(run);
	if (home->run && state[0] == '/' && run[0] == '/')
		return true;
	note("--state and --run want absolute paths");
	return false;
}

/* By name or number; a number needs no account. */
static bool
find_user(const char *name, uid_t *user, gid_t *group)
{
	const struct passwd *account;
	unsigned long number;
	char *end;

	number = strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && !*end && number < (uid_t)-1) {
		*user = (uid_t)number;
		account = getpwuid(*user);
		*group = account ? account->pw_gid : (gid_t)number;
		return true;
	}
	account = getpwnam(name);
	if (!account)
		return false;
	*user = account->pw_uid;
	*group = account->pw_gid;
	return true;
}

/* Made where it is missing. The place of the socket becomes the keeper's; what
 * the state is, its owner decided. */
static bool
provide_folder(
	const char *path, mode_t mode, uid_t user, gid_t group, bool takes_over)
{
	bool is_new = mkdir(path, mode) == 0;
	int folder;
	bool fine;

	if (!is_new && errno != EEXIST) {
		note("%s: %s", path, strerror(errno));
		return false;
	}
	if (!is_new && !takes_over)
		return true;
	folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fine = folder >= 0 && fchown(folder, user, group) == 0 &&
		fchmod(folder, mode) == 0;
	if (!fine)
		note("%s: %s", path, strerror(errno));
	if (folder >= 0)
		close(folder);
	return fine;
}

/* Nothing of root stays: the folders are made, everything else the keeper can
 * do as a user like others. */
static bool
give_up_root(const char *name, const struct home *home)
{
	uid_t user = 0;
	gid_t group = 0;

	if (!find_user(name, &user, &group)) {
		note("there is no user \"%s\"; make one (systemd-sysusers, or "
		     "useradd --system %s), or name another by --user",
			name, name);
		return false;
	}
	if (user == 0) {
		note("the machine keeper does not run as root; name another "
		     "user by --user");
		return false;
	}
	if (!provide_folder(home->folder, 0700, user, group, false) ||
		!provide_folder(home->run, 0755, user, group, true))
		return false;
	if (setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
		setresuid(user, user, user) == 0 && setuid(0) != 0)
		return true;
	note("cannot become user %lu: %s", (unsigned long)user,
		strerror(errno));
	return false;
}

static bool
complain_of_state(const char *path, const char *what)
{
	note("%s %s. It holds all keys, so nobody else may reach it: "
	     "chown %lu %s; chmod 0700 %s",
		path, what, (unsigned long)geteuid(), path, path);
	return false;
}

/* The folder of all keys is the keeper's alone, and nobody could have put it
 * there for it. */
static bool
state_is_safe(const char *path)
{
	uid_t owner = (uid_t)-1;
	struct stat status;
	int folder = way_open(path, &owner);
	bool is_known;

	if (folder < 0 && errno == ENOENT) {
		note("%s is not there: install -d -o %lu -m 0700 %s", path,
			(unsigned long)geteuid(), path);
		return false;
	}
	if (folder < 0)
		return complain_of_state(path,
			errno == EPERM ? "or a folder above it can be written "
					 "by others"
				       : strerror(errno));
	is_known = fstat(folder, &status) == 0;
	close(folder);
	if (!is_known || owner != geteuid())
		return complain_of_state(path, "has another owner");
	if (status.st_mode & 077)
		return complain_of_state(path, "is open to others");
	return true;
}

/* Users are kept from each other by more than this program's good conduct. */
static bool
can_keep_owners_apart(void)
{
	if (sandbox_can_confine())
		return true;
	note("this kernel has no Landlock (or no seccomp), so nothing would "
	     "keep one user's worker from another's keys; a machine keeper "
	     "does not start without");
	return false;
}

bool
machine_begin(const struct machine *machine, struct home *home)
{
	return find_places(machine, home) &&
		(geteuid() != 0 ||
			give_up_root(
				or_usual(machine->user, USER_NAME), home)) &&
		state_is_safe(home->folder) && can_keep_owners_apart();
}
