/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the input and writes the output that a verb was given. */

#include "config.h"

#include "command/output.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
read_all(int from, struct bytes *bytes)
{
	unsigned char room[65536];
	ssize_t count;
	bool fine = true;

	while (fine) {
		count = read(from, room, sizeof(room));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0) {
			fine = count == 0;
			break;
		}
		if (bytes->length + (size_t)count > INPUT_LONGEST)
			errno = EFBIG;
		fine = bytes->length + (size_t)count <= INPUT_LONGEST &&
			bytes_append(bytes, room, (size_t)count);
	}
	return fine;
}

bool
input_read(const struct request *request, struct bytes *bytes)
{
	return input_read_file(
		request->operand_count ? request->operands[0] : "-", bytes);
}

bool
input_read_file(const char *path, struct bytes *bytes)
{
	bool is_standard = strcmp(path, "-") == 0;
	int from =
		is_standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool fine = from >= 0 && read_all(from, bytes);

	if (!fine)
		complain(_("Cannot read %s: %s"),
			is_standard ? _("standard input") : path,
			strerror(errno));
	if (from >= 0 && !is_standard)
		close(from);
	if (!fine)
		bytes_clear(bytes);
	return fine;
}

static bool
write_all(int to, const struct bytes *bytes)
{
	size_t done = 0;
	ssize_t count;

	while (done < bytes->length) {
		count = write(to, bytes->at + done, bytes->length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

/* Beside its place first: who reads it meanwhile sees the old one. */
static bool
write_beside(const char *path, char *beside, const struct bytes *bytes)
{
	int to = mkostemp(beside, O_CLOEXEC);
	mode_t mask;
	bool fine;

	if (to < 0)
		return false;
	mask = umask(0);
	umask(mask);
	fine = write_all(to, bytes) && fchmod(to, 0666 & ~mask) == 0;
	if (close(to) != 0)
		fine = false;
	if (fine)
		fine = rename(beside, path) == 0;
	if (!fine)
		unlink(beside);
	return fine;
}

/* A device or a pipe cannot be replaced; it is written to. */
static bool
write_into(const char *path, const struct bytes *bytes)
{
	int to = open(path, O_WRONLY | O_CLOEXEC);
	bool fine;

	if (to < 0)
		return false;
	fine = write_all(to, bytes);
	if (close(to) != 0)
		fine = false;
	return fine;
}

bool
output_write_file(const char *path, const struct bytes *bytes)
{
	struct stat status;
	char *beside = NULL;
	bool fine;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		fine = write_into(path, bytes);
	else
		fine = asprintf(&beside, "%s.XXXXXX", path) > 0 &&
			write_beside(path, beside, bytes);
	if (!fine)
		complain(_("Cannot write %s: %s"), path, strerror(errno));
	free(beside);
	return fine;
}

bool
output_write(const struct request *request, const struct bytes *bytes)
{
	const char *path = request->value[OPTION_OUTPUT];

	if (path && strcmp(path, "-") != 0)
		return output_write_file(path, bytes);
	fflush(stdout);
	if (write_all(STDOUT_FILENO, bytes))
		return true;
	complain(_("Cannot write to standard output: %s"), strerror(errno));
	return false;
}

void
output_folders_make(const char *path)
{
	char *copy = strdup(path), *slash = copy;

	while (copy && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	free(copy);
}
