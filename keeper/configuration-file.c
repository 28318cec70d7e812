/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that the configuration is read from, and whom they must belong to.
 */

#include "config.h"

#include "keeper/reading.h"
#include "keeper/registry.h"
#include "keeper/witness.h"

#include "pkcs11/home.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A longer file is none that a person wrote. */
#define FILE_MOST 65536

static const char *added_file;

void
configuration_add_file(const char *path)
{
	added_file = path;
}

const char *
configuration_added_file(void)
{
	return added_file;
}

unsigned
configuration_parse(struct configuration *configuration, const char *text,
	size_t length, enum setting_level level, const char *file,
	configuration_complaint complaint, void *context)
{
	struct reading reading = { .file = file,
		.level = level,
		.complain = complaint,
		.context = context };
	const char *end = text + length, *next;

	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		reading_take(
			&reading, configuration, text, (size_t)(next - text));
		if (next == end)
			break;
	}
	return reading.complaints;
}

/* The system's file binds users, so none of them may be its owner. */
static bool
is_owner(uid_t owner, enum setting_level level)
{
	return owner == 0 || (level != LEVEL_SYSTEM && owner == geteuid());
}

/* Whoever may write this file decides how a PIN is guarded. */
static bool
is_trustworthy(int file, struct reading *reading)
{
	struct stat status;

	if (fstat(file, &status) < 0) {
		reading_complain(reading, "%s", strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		reading_complain(reading, _("it is not a file; ignored"));
		return false;
	}
	if (!is_owner(status.st_uid, reading->level)) {
		reading_complain(reading,
			reading->level == LEVEL_SYSTEM
				? _("it is not root's; ignored")
				: _("it is another user's; ignored"));
		return false;
	}
	if (status.st_mode & (S_IWGRP | S_IWOTH)) {
		reading_complain(reading, _("others can write it; ignored"));
		return false;
	}
	return true;
}

static ssize_t
read_whole(int file, char *text, size_t most)
{
	size_t length = 0;
	ssize_t got;

	while (length < most) {
		got = read(file, text + length, most - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? got : (ssize_t)length;
		length += (size_t)got;
	}
	errno = EFBIG;
	return -1;
}

/* Non-blocking: a pipe in its place must not stop the keeper. */
static int
open_file(struct reading *reading)
{
	int file = open(
		reading->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (file < 0 && errno != ENOENT && errno != ENOTDIR)
		reading_complain(reading, "%s", strerror(errno));
	if (file >= 0 && !is_trustworthy(file, reading)) {
		close(file);
		file = -1;
	}
	return file;
}

unsigned
configuration_read_file(struct configuration *configuration, const char *path,
	enum setting_level level, configuration_complaint complaint,
	void *context)
{
	struct reading reading = { .file = path,
		.level = level,
		.complain = complaint,
		.context = context };
	unsigned bad = 0;
	ssize_t length;
	char *text;
	int file = open_file(&reading);

	if (file < 0)
		return reading.complaints;
	text = malloc(FILE_MOST);
	length = text ? read_whole(file, text, FILE_MOST) : -1;
	if (length < 0)
		reading_complain(&reading, "%s", strerror(errno));
	else
		bad = configuration_parse(configuration, text, (size_t)length,
			level, path, complaint, context);
	free(text);
	close(file);
	return reading.complaints + bad;
}

/* What a worker needs beside the memory of a PIN's guess, in MiB. */
enum { WORKER_MEMORY = 32 };

/* The two stand in different lines, or in none; a worker whose limit is below
 * what its own login costs would fail at each of them, and not say why. */
static unsigned
settle_memory(struct configuration *configuration, const char *path,
	configuration_complaint complaint, void *context)
{
	const unsigned least = configuration->kdf_memory + WORKER_MEMORY;
	struct reading reading = {
		.file = path, .complain = complaint, .context = context
	};

	if (configuration->client_memory >= least)
		return 0;
	reading_complain(&reading,
		_("client-memory = %u is too little for kdf-memory = %u: %u "
		  "counts; write client-memory = %u, or a lower kdf-memory"),
		configuration->client_memory, configuration->kdf_memory, least,
		least);
	configuration->client_memory = least;
	return reading.complaints;
}

/* Not what the machine keeper has of a user, nor the system's alone. */
static bool
is_users(const char *path)
{
	struct home home = { 0 };
	bool is = path && home_find(&home) &&
		strcmp(home.configuration, path) == 0;

	home_clear(&home);
	return is;
}

static unsigned
read_all(struct configuration *configuration, const char *path,
	configuration_complaint complaint, void *context,
	struct witnesses *seen)
{
	const char *const files[LEVELS] = {
		SYSCONFDIR "/privyseal/privyseal.conf", added_file, path
	};
	unsigned bad = 0;
	int level;

	configuration_default(configuration);
	for (level = 0; level < LEVELS; level++) {
		if (!files[level])
			continue;
		configuration->settings.files[level] = strdup(files[level]);
		if (seen)
			witnesses_see(seen, files[level]);
		bad += configuration_read_file(configuration, files[level],
			(enum setting_level)level, complaint, context);
	}
	if (configuration->p11_kit)
		registry_add(configuration, is_users(path), seen);
	return bad + settle_memory(configuration, path, complaint, context);
}

unsigned
configuration_read(struct configuration *configuration, const char *path,
	configuration_complaint complaint, void *context)
{
	return read_all(configuration, path, complaint, context, NULL);
}

unsigned
configuration_read_seen(struct configuration *configuration, const char *path,
	struct witnesses *seen)
{
	return read_all(configuration, path, NULL, NULL, seen);
}
