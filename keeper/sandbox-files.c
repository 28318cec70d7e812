/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files a process may still reach: Landlock.
 *
 * The kernel's interface is called as it is: the C library has no functions for
 * it, and older headers not all of its numbers. Each version adds rights; what
 * a kernel does not know is not asked of it. [landlock(7)]
 */

#include "config.h"

#include "keeper/sandbox-files.h"

#include "pkcs11/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION_QUESTION = 1, PATH_BENEATH = 1 };

enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_FOLDER = 1 << 3,
	REMOVE_FOLDER = 1 << 4,
	REMOVE_FILE = 1 << 5,
	MAKE_FILE = 1 << 8,
	TRUNCATE = 1 << 14,
	DEVICE_CONTROL = 1 << 15,
	FILE_RIGHTS =
		EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE_CONTROL,
	TOKEN_RIGHTS = WRITE_FILE | READ_FILE | READ_FOLDER | REMOVE_FILE |
		MAKE_FILE | TRUNCATE,
};

/* Binding and connecting by TCP; and, of what is outside, the sockets without
 * a path, and processes as goals of signals. */
enum { NETWORK = 3, SOCKETS = 1, SIGNALS = 2 };

struct ruleset {
	uint64_t files, network, scopes;
};

struct rule {
	uint64_t rights;
	int32_t place;
} __attribute__((packed));

int
sandbox_files_version(void)
{
	long version = syscall(CREATE_RULESET, NULL, 0, (long)VERSION_QUESTION);

	return version > 0 ? (int)version : 0;
}

/* All rights to files that this version knows: 13 at first, then moving
 * between folders, truncating, and the control of devices. */
static uint64_t
rights_of(int version)
{
	unsigned count = version < 2 ? 13
		: version < 3        ? 14
		: version < 5        ? 15
				     : 16;

	return (UINT64_C(1) << count) - 1;
}

static int
make_ruleset(int version, bool has_network)
{
	struct ruleset ruleset = { .files = rights_of(version) };
	size_t size = version < 4 ? 8 : version < 6 ? 16 : 24;

	if (version >= 4 && !has_network)
		ruleset.network = NETWORK;
	if (version >= 6)
		ruleset.scopes = has_network ? SIGNALS : SIGNALS | SOCKETS;
	return (int)syscall(CREATE_RULESET, &ruleset, size, 0L);
}

/* What is not there needs no rule. */
static bool
allow(int ruleset, const char *path, uint64_t rights)
{
	struct rule rule = { rights, -1 };
	struct stat status;
	bool added;

	rule.place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (rule.place < 0)
		return errno == ENOENT || errno == EACCES;
	if (fstat(rule.place, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.rights &= FILE_RIGHTS;
	added = syscall(ADD_RULE, ruleset, (long)PATH_BENEATH, &rule, 0L) == 0;
	close(rule.place);
	return added;
}

static bool
restrict_self(int ruleset, bool is_complete)
{
	bool restricted =
		is_complete && syscall(RESTRICT_SELF, ruleset, 0L) == 0;

	if (!restricted)
		note("files cannot be closed: %s", strerror(errno));
	close(ruleset);
	return restricted;
}

bool
sandbox_files_only(const char *folder)
{
	/* SQLite draws random numbers from there, and the C library counts
	 * the processors. */
	static const char *const read[] = { "/dev/urandom", "/dev/random",
		"/sys/devices/system/cpu/online" };
	int version = sandbox_files_version(),
	    ruleset = version ? make_ruleset(version, false) : -1;
	uint64_t known = rights_of(version);
	bool complete;
	size_t i;

	if (ruleset < 0)
		return false;
	complete = !folder || allow(ruleset, folder, TOKEN_RIGHTS & known);
	/* A worker that counts its lines writes the counts when it ends. */
	if (COVERAGE)
		complete =
			allow(ruleset, COVERAGE_FOLDER, TOKEN_RIGHTS & known) &&
			complete;
	for (i = 0; i < sizeof(read) / sizeof(*read); i++)
		complete = allow(ruleset, read[i], READ_FILE) && complete;
	return restrict_self(ruleset, complete);
}

/* A range of folders that are closed, by their real paths. */
struct closing {
	int ruleset;
	uint64_t rights;
	char **closed;
	size_t count;
};

enum relation { BESIDE, ABOVE, CLOSED };

static enum relation
relation_of(const struct closing *closing, const char *path)
{
	size_t length = strlen(path), i;

	for (i = 0; i < closing->count; i++) {
		if (strcmp(closing->closed[i], path) == 0)
			return CLOSED;
		if (strncmp(closing->closed[i], path, length) == 0 &&
			closing->closed[i][length] == '/')
			return ABOVE;
	}
	return BESIDE;
}

static bool allow_around(const struct closing *closing, const char *folder);

static bool
allow_unless_closed(const struct closing *closing, const char *path)
{
	switch (relation_of(closing, path)) {
	case BESIDE:
		return allow(closing->ruleset, path, closing->rights);
	case ABOVE:
		return allow_around(closing, path);
	default:
		return true;
	}
}

/* A rule holds for all that is below: so there is one for each neighbour of
 * what is closed, and none above it. */
static bool
allow_around(const struct closing *closing, const char *folder)
{
	DIR *entries = opendir(*folder ? folder : "/");
	struct dirent *entry;
	bool complete = true;
	char *path;

	/* Who cannot list it could find nothing in it but by name. */
	if (!entries)
		return true;
	while ((entry = readdir(entries))) {
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0)
			continue;
		if (asprintf(&path, "%s/%s", folder, entry->d_name) < 0) {
			complete = false;
			break;
		}
		complete = allow_unless_closed(closing, path) && complete;
		free(path);
	}
	closedir(entries);
	return complete;
}

bool
sandbox_files_without(const char *const *folders, size_t count)
{
	int version = sandbox_files_version();
	struct closing closing = { .ruleset = -1,
		.rights = rights_of(version),
		.closed = calloc(count, sizeof(char *)) };
	bool complete = closing.closed != NULL;
	size_t i;

	for (i = 0; complete && i < count; i++) {
		closing.closed[closing.count] = realpath(folders[i], NULL);
		if (closing.closed[closing.count])
			closing.count++;
		else
			complete = errno == ENOENT;
	}
	if (version && complete)
		closing.ruleset = make_ruleset(version, true);
	if (closing.ruleset >= 0)
		complete = restrict_self(
			closing.ruleset, allow_around(&closing, ""));
	for (i = 0; i < closing.count; i++)
		free(closing.closed[i]);
	free(closing.closed);
	return complete && closing.ruleset >= 0;
}
