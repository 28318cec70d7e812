/* SPDX-License-Identifier: BSD-2-Clause */
/* What files and folders were like before they were read. */

#include "config.h"

#include "keeper/witness.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Nanoseconds. The clock of file systems moves in steps of up to 10 ms: what
 * was changed so lately could be changed again and look the same. */
enum { LATELY = 100000000 };

struct witness {
	char *path;
	bool is_there;
	dev_t device;
	ino_t inode;
	off_t size;
	mode_t mode;
	uid_t owner;
	int64_t written, changed; /* nanoseconds */
};

static int64_t
nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static struct witness
look(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return (struct witness){ 0 };
	return (struct witness){
		.is_there = true,
		.device = status.st_dev,
		.inode = status.st_ino,
		.size = status.st_size,
		.mode = status.st_mode,
		.owner = status.st_uid,
		.written = nanoseconds(&status.st_mtim),
		.changed = nanoseconds(&status.st_ctim),
	};
}

static bool
is_same(const struct witness *one, const struct witness *other)
{
	return one->is_there == other->is_there &&
		one->device == other->device && one->inode == other->inode &&
		one->size == other->size && one->mode == other->mode &&
		one->owner == other->owner && one->written == other->written &&
		one->changed == other->changed;
}

/* A time to come is another host's: its steps are not known. */
static bool
is_settled(const struct witness *witness)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return !witness->is_there ||
		nanoseconds(&now) - witness->changed > LATELY;
}

void
witnesses_see(struct witnesses *witnesses, const char *path)
{
	struct witness witness = look(path), *grown;

	grown = reallocarray(
		witnesses->at, witnesses->count + 1, sizeof(*grown));
	if (grown)
		witnesses->at = grown;
	witness.path = grown ? strdup(path) : NULL;
	if (!witness.path || !is_settled(&witness))
		witnesses->is_blind = true;
	if (witness.path)
		witnesses->at[witnesses->count++] = witness;
}

bool
witnesses_agree(const struct witnesses *witnesses)
{
	struct witness now;
	size_t i;

	for (i = 0; i < witnesses->count; i++) {
		now = look(witnesses->at[i].path);
		if (!is_same(&now, &witnesses->at[i]))
			return false;
	}
	return true;
}

bool
witnesses_hold(const struct witnesses *witnesses)
{
	return !witnesses->is_blind && witnesses_agree(witnesses);
}

void
witnesses_clear(struct witnesses *witnesses)
{
	size_t i;

	for (i = 0; i < witnesses->count; i++)
		free(witnesses->at[i].path);
	free(witnesses->at);
	*witnesses = (struct witnesses){ 0 };
}
