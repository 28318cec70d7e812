/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs made the tries of a token that are counted. */

#include "config.h"

#include "keeper/guessers.h"

#include "keeper/tries.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* In the byte order of the machine, as the counts are. A count of 0 is an empty
 * place. */
#define MAGIC 0x3153524553534547 /* "GESSERS1" */
struct guessers {
	uint64_t magic;
	struct guesser at[GUESSERS_MOST];
};

static bool
find_path(char path[4096], const char *folder, const char *serial,
	const char *ending)
{
	int length = snprintf(
		path, 4096, "%s/%s.guessers%s", folder, serial, ending);

	return tries_serial_is_sound(serial) && length > 0 && length < 4096;
}

/* Whoever wrote the file, what is read has an end and is one line. */
static void
load(struct guessers *guessers, const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char name[sizeof(guessers->at[0].name)];
	size_t i;

	if (file < 0 ||
		read(file, guessers, sizeof(*guessers)) != sizeof(*guessers) ||
		guessers->magic != MAGIC)
		*guessers = (struct guessers){ .magic = MAGIC };
	if (file >= 0)
		close(file);
	for (i = 0; i < GUESSERS_MOST; i++) {
		guessers->at[i].name[sizeof(name) - 1] = '\0';
		copy_clean(name, guessers->at[i].name, sizeof(name));
		memcpy(guessers->at[i].name, name, sizeof(name));
	}
}

static bool
are_none(const struct guessers *guessers)
{
	size_t i;

	for (i = 0; i < GUESSERS_MOST; i++)
		if (guessers->at[i].count)
			return false;
	return true;
}

/* Put aside and renamed: half of a file never shows. */
static void
save(const struct guessers *guessers, const char *folder, const char *serial)
{
	char path[4096], aside[4096];
	bool written;
	int file;

	if (!find_path(path, folder, serial, "") ||
		!find_path(aside, folder, serial, ".new"))
		return;
	if (are_none(guessers)) {
		(void)unlink(path);
		return;
	}
	file = open(aside,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	written = file >= 0 &&
		write(file, guessers, sizeof(*guessers)) == sizeof(*guessers);
	if (file >= 0)
		written &= close(file) == 0;
	if (!written || rename(aside, path) < 0)
		note("%s cannot be written: %s", path, strerror(errno));
}

static bool
is_same(const struct guesser *one, CK_USER_TYPE user,
	const struct guesser *other)
{
	return one->count && one->user == user &&
		one->person == other->person &&
		one->is_seen == other->is_seen &&
		strcmp(one->name, other->name) == 0;
}

/* Its place, or NULL. */
static struct guesser *
find(struct guessers *guessers, CK_USER_TYPE user, const struct guesser *who)
{
	size_t i;

	for (i = 0; i < GUESSERS_MOST; i++)
		if (is_same(&guessers->at[i], user, who))
			return &guessers->at[i];
	return NULL;
}

/* A free place, or the one that was used the longest ago. */
static struct guesser *
make_room(struct guessers *guessers)
{
	struct guesser *oldest = &guessers->at[0];
	size_t i;

	for (i = 0; i < GUESSERS_MOST; i++) {
		if (!guessers->at[i].count)
			return &guessers->at[i];
		if (guessers->at[i].time < oldest->time)
			oldest = &guessers->at[i];
	}
	return oldest;
}

void
guesser_name(
	struct guesser *guesser, const char *program, const char *application)
{
	const char *name = *program ? program : application;
	size_t length = strlen(name), most = sizeof(guesser->name) - 1;

	guesser->is_seen = *program != '\0';
	if (*program && length > most)
		name += length - most;
	copy_clean(guesser->name, name, sizeof(guesser->name));
	/* No name is no way not to be listed. */
	if (!guesser->name[strspn(guesser->name, " ")])
		strcpy(guesser->name, "?");
}

void
guessers_add(const char *folder, const char *serial, CK_USER_TYPE user,
	const struct guesser *who)
{
	struct guessers guessers;
	struct guesser *place;
	char path[4096];
	uint32_t count;

	if (!find_path(path, folder, serial, ""))
		return;
	load(&guessers, path);
	place = find(&guessers, user, who);
	count = place ? place->count : 0;
	if (!place)
		place = make_room(&guessers);
	*place = *who;
	place->user = (uint32_t)user;
	place->count = count + 1;
	place->time = time(NULL);
	save(&guessers, folder, serial);
}

void
guessers_return(const char *folder, const char *serial, CK_USER_TYPE user,
	const struct guesser *who)
{
	struct guessers guessers;
	struct guesser *place;
	char path[4096];

	if (!find_path(path, folder, serial, ""))
		return;
	load(&guessers, path);
	place = find(&guessers, user, who);
	if (!place)
		return;
	place->count--;
	save(&guessers, folder, serial);
}

void
guessers_forget(const char *folder, const char *serial, CK_USER_TYPE user)
{
	struct guessers guessers;
	char path[4096];
	size_t i;

	if (!find_path(path, folder, serial, "") || access(path, F_OK) < 0)
		return;
	load(&guessers, path);
	for (i = 0; i < GUESSERS_MOST; i++)
		if (guessers.at[i].user == user)
			guessers.at[i].count = 0;
	save(&guessers, folder, serial);
}

size_t
guessers_list(const char *folder, const char *serial,
	struct guesser list[GUESSERS_MOST])
{
	struct guessers guessers;
	size_t count = 0, i;
	char path[4096];

	if (!find_path(path, folder, serial, ""))
		return 0;
	load(&guessers, path);
	for (i = 0; i < GUESSERS_MOST; i++)
		if (guessers.at[i].count)
			list[count++] = guessers.at[i];
	return count;
}
