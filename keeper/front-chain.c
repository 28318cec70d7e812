/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of authorities' certificates that a front is given. */

#include "config.h"

#include "keeper/front-chain.h"

#include "pkcs11/log.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *
front_chain_next(const char **text)
{
	size_t length;
	char *path;

	if (!*text)
		return NULL;
	*text += strspn(*text, " \t");
	length = strcspn(*text, " \t");
	path = length ? strndup(*text, length) : NULL;
	*text += length;
	return path;
}

static bool
read_whole(const char *path, struct bytes *text, char *reason, size_t room)
{
	FILE *file = fopen(path, "re");
	bool is_read = file && bytes_init(text, CHAIN_FILE_MOST + 1);

	if (is_read) {
		text->length = fread(text->at, 1, text->length, file);
		is_read = !ferror(file);
	}
	if (!is_read)
		snprintf(reason, room, "%s", strerror(errno));
	if (file)
		fclose(file);
	return is_read;
}

static bool
is_text_of_certificates(const struct bytes *text, char *reason, size_t room)
{
	static const char mark[] = "-----BEGIN CERTIFICATE-----";

	if (text->length > CHAIN_FILE_MOST)
		snprintf(reason, room, _("it is larger than %d KiB"),
			CHAIN_FILE_MOST / 1024);
	else if (!memmem(text->at, text->length, mark, strlen(mark)))
		snprintf(
			reason, room, _("there is no certificate in it (PEM)"));
	else
		return true;
	return false;
}

/* What is no file could let nobody go that opens it. */
static char *
find(const char *path, char *reason, size_t room)
{
	struct stat status;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		snprintf(reason, room, _("it is not a file"));
		return NULL;
	}
	return front_find_file(path, reason, room);
}

bool
front_chain_read(
	const char *path, struct bytes *text, char *reason, size_t room)
{
	char *real = find(path, reason, room);
	struct bytes all = { 0 };
	bool fine = real && read_whole(real, &all, reason, room) &&
		is_text_of_certificates(&all, reason, room);

	free(real);
	if (fine)
		*text = all;
	else
		bytes_clear(&all);
	return fine;
}

void
front_chain_gather(const struct front *front, struct bytes *text)
{
	const char *rest = front->chain;
	struct bytes one = { 0 };
	char reason[256], *path;

	while ((path = front_chain_next(&rest))) {
		if (!front_chain_read(path, &one, reason, sizeof(reason)))
			note("%s goes without the certificates of %s: %s",
				front->name, path, reason);
		else if (!bytes_append(text, one.at, one.length) ||
			!bytes_append(text, "\n", 1))
			note("%s goes without the certificates of %s: %s",
				front->name, path, strerror(ENOMEM));
		bytes_clear(&one);
		free(path);
	}
}
