/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose tokens a caller and a worker mean: the keeper's user, or (of the
 * machine keeper) the user who came, or a group. */

#include "config.h"

#include "keeper/listener.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
owner_free(struct owner *owner)
{
	free(owner->group);
	free(owner->folder);
	free(owner->tries);
	free(owner);
}

/* No user's number is the name of the folder that groups have theirs in. */
static char *
folder_of(const struct listener *listener, uid_t user, const char *group)
{
	char *folder;
	int length;

	if (!listener->home.is_machine)
		return strdup(listener->home.folder);
	if (*group)
		length = asprintf(
			&folder, "%s/groups/%s", listener->home.folder, group);
	else
		length = asprintf(&folder, "%s/%lu", listener->home.folder,
			(unsigned long)user);
	return length < 0 ? NULL : folder;
}

static struct owner *
owner_new(const struct listener *listener, uid_t user, const char *group)
{
	struct owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return NULL;
	owner->user = user;
	owner->group = strdup(group);
	owner->folder = folder_of(listener, user, group);
	if (!owner->group || !owner->folder ||
		asprintf(&owner->tries, "%s/tries", owner->folder) < 0)
		owner->tries = NULL;
	if (owner->tries)
		return owner;
	owner_free(owner);
	return NULL;
}

static struct owner *
take(struct listener *listener, uid_t user, const char *group)
{
	struct owner *owner = listener->owners;

	while (owner &&
		(owner->user != user || strcmp(owner->group, group) != 0))
		owner = owner->next;
	if (!owner && (owner = owner_new(listener, user, group))) {
		owner->next = listener->owners;
		listener->owners = owner;
	}
	if (owner)
		owner->uses++;
	return owner;
}

struct owner *
owner_take(struct listener *listener, uid_t user)
{
	return take(listener, user, "");
}

struct owner *
owner_take_group(struct listener *listener, const char *group)
{
	return take(listener, OWNER_NOBODY, group);
}

uint64_t
owner_number(struct listener *listener, const struct owner *owner)
{
	static const uint64_t groups = (uint64_t)1 << 32;
	const struct circles *circles = &listener->circles;
	const struct circle *circle =
		*owner->group ? circles_find(circles, owner->group) : NULL;

	return circle ? groups + (uint64_t)(circle - circles->at) : owner->user;
}

/* Whoever only looked leaves nothing behind: a folder with something in it
 * stays. */
static void
remove_traces(const struct owner *owner)
{
	char *tokens;

	if (asprintf(&tokens, "%s/tokens", owner->folder) < 0)
		return;
	rmdir(tokens);
	rmdir(owner->folder);
	free(tokens);
}

void
owner_leave(struct listener *listener, struct owner *owner)
{
	struct owner **link = &listener->owners;

	if (!owner || --owner->uses)
		return;
	while (*link != owner)
		link = &(*link)->next;
	*link = owner->next;
	if (listener->home.is_machine && owner->has_folder)
		remove_traces(owner);
	owner_free(owner);
}

bool
owner_settle(struct listener *listener, struct owner *owner)
{
	struct stat status;
	char *groups;

	if (!listener->home.is_machine)
		return true;
	if (*owner->group &&
		asprintf(&groups, "%s/groups", listener->home.folder) >= 0) {
		mkdir(groups, 0700);
		free(groups);
	}
	owner->has_folder = mkdir(owner->folder, 0700) == 0 || errno == EEXIST;
	if (owner->has_folder && lstat(owner->folder, &status) == 0 &&
		S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
		(status.st_mode & 077) == 0)
		return true;
	note("%s: %s", owner->folder,
		owner->has_folder ? "not a folder that is only ours"
				  : strerror(errno));
	return false;
}
