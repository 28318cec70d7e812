/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's file on its way from the user's own keeper to the machine's. */

#include "config.h"

#include "command/parcel.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What SQLite locks of its file: whoever has it open holds some of these bytes.
 * [SQLite, File Locking, 3: PENDING_BYTE to the last of SHARED_SIZE] */
enum { LOCK_FIRST = 0x40000000, LOCK_LENGTH = 512 };

/* How long it is waited for a worker that is about to leave, ours say. */
enum { ATTEMPTS = 100, PAUSE = 50000000 };

#define LEAVING ".leaving"

static bool
complain_of_file(const char *path)
{
	complain("%s: %s", path, strerror(errno));
	return false;
}

static bool
find_paths(const struct home *home, unsigned long number, struct parcel *parcel)
{
	if (asprintf(&parcel->path, "%s/%lu.token", home->tokens, number) < 0)
		parcel->path = NULL;
	if (!parcel->path ||
		asprintf(&parcel->journal, "%s-wal", parcel->path) < 0)
		parcel->journal = NULL;
	if (!parcel->journal ||
		asprintf(&parcel->shared, "%s-shm", parcel->path) < 0)
		parcel->shared = NULL;
	if (!parcel->shared ||
		asprintf(&parcel->leaving, "%s" LEAVING, parcel->path) < 0)
		parcel->leaving = NULL;
	errno = ENOMEM;
	return parcel->leaving || complain_of_file(home->tokens);
}

static bool
lock(int file)
{
	struct flock all = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_FIRST,
		.l_len = LOCK_LENGTH };

	return fcntl(file, F_SETLK, &all) == 0;
}

enum parcel_result
parcel_take(
	const struct home *home, unsigned long number, struct parcel *parcel)
{
	const struct timespec pause = { 0, PAUSE };
	int i;

	if (!find_paths(home, number, parcel))
		return PARCEL_FAILED;
	parcel->file = open(parcel->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (parcel->file < 0) {
		complain_of_file(parcel->path);
		return PARCEL_FAILED;
	}
	for (i = 0; i < ATTEMPTS; i++) {
		if (lock(parcel->file))
			return PARCEL_TAKEN;
		nanosleep(&pause, NULL);
	}
	return PARCEL_IN_USE;
}

static bool
send_all(int connection, const void *from, size_t length)
{
	const unsigned char *at = from;
	ssize_t sent;

	for (; length; at += sent, length -= (size_t)sent) {
		sent = send(connection, at, length, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	return true;
}

/* False when the connection has ended, or the file is shorter than it was. */
static bool
send_file(int connection, int file, uint64_t length)
{
	static unsigned char bytes[65536];
	ssize_t got;

	for (; length; length -= (uint64_t)got) {
		got = read(file, bytes,
			length < sizeof(bytes) ? (size_t)length
					       : sizeof(bytes));
		if (got <= 0 || !send_all(connection, bytes, (size_t)got))
			return false;
	}
	return true;
}

static uint64_t
length_of(int file)
{
	struct stat status;

	return file >= 0 && fstat(file, &status) == 0 ? (uint64_t)status.st_size
						      : 0;
}

static bool
send_order(int connection, uint64_t file, uint64_t journal)
{
	struct wire wire = { 0 };
	bool sent;

	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, MOVE_CALL);
	wire_put_u64(&wire, file);
	wire_put_u64(&wire, journal);
	sent = !wire.failed && send_all(connection, wire.at, wire.length);
	wire_clear(&wire);
	return sent;
}

static bool
receive_answer(int connection, enum move_result *result, char serial[17])
{
	unsigned char header[FRAME_HEADER], body[64];
	struct wire wire = { .at = body };
	uint32_t length = 0, call = 0;

	if (recv(connection, header, sizeof(header), MSG_WAITALL) !=
		(ssize_t)sizeof(header))
		return false;
	frame_take_header(header, &length, &call);
	if (call != MOVE_CALL || length > sizeof(body) ||
		recv(connection, body, length, MSG_WAITALL) != (ssize_t)length)
		return false;
	wire.length = wire.room = length;
	*result = (enum move_result)wire_take_u32(&wire);
	wire_take_text(&wire, serial, 17);
	return !wire.failed;
}

bool
parcel_send(const struct parcel *parcel, int connection,
	enum move_result *result, char serial[17])
{
	int journal = open(parcel->journal, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t length = length_of(parcel->file), more = length_of(journal);
	bool fine;

	/* Whoever has had enough says so, though not all was sent. */
	if (send_order(connection, length, more) &&
		lseek(parcel->file, 0, SEEK_SET) == 0 &&
		send_file(connection, parcel->file, length))
		(void)send_file(connection, journal, more);
	if (journal >= 0)
		close(journal);
	shutdown(connection, SHUT_WR);
	fine = receive_answer(connection, result, serial);
	if (!fine)
		complain(_("The machine keeper did not take the token. See its "
			   "log, or try again."));
	return fine;
}

/* A disk may keep old copies all the same; the PIN still guards those. */
static void
overwrite(int file)
{
	static const unsigned char nothing[65536];
	uint64_t left = length_of(file);
	ssize_t written;

	if (lseek(file, 0, SEEK_SET) != 0)
		return;
	for (; left; left -= (uint64_t)written) {
		written = write(file, nothing,
			left < sizeof(nothing) ? (size_t)left
					       : sizeof(nothing));
		if (written <= 0)
			return;
	}
	(void)fsync(file);
}

static void
destroy_file(const char *path)
{
	int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (file < 0)
		return;
	overwrite(file);
	close(file);
	unlink(path);
}

/* From the first step on it is no token. Its new name goes last: it shows that
 * there is something left to do. */
bool
parcel_destroy(struct parcel *parcel)
{
	if (rename(parcel->path, parcel->leaving) != 0)
		return complain_of_file(parcel->path);
	destroy_file(parcel->journal);
	unlink(parcel->shared);
	overwrite(parcel->file);
	if (unlink(parcel->leaving) != 0)
		return complain_of_file(parcel->leaving);
	return true;
}

/* The journal, unless it is that of a newer token with this number. */
static void
sweep_number(const struct home *home, unsigned long number)
{
	struct parcel parcel = { .file = -1 };

	if (find_paths(home, number, &parcel) &&
		access(parcel.path, F_OK) != 0) {
		destroy_file(parcel.journal);
		unlink(parcel.shared);
	}
	if (parcel.leaving)
		destroy_file(parcel.leaving);
	parcel_clear(&parcel);
}

/* The number in a name like 12.token.leaving; 0: it is none. */
static unsigned long
leaving_number(const char *name)
{
	size_t length = strlen(name);
	char token[64];

	if (length <= strlen(LEAVING) || length >= sizeof(token) ||
		strcmp(name + length - strlen(LEAVING), LEAVING) != 0)
		return 0;
	memcpy(token, name, length - strlen(LEAVING));
	token[length - strlen(LEAVING)] = '\0';
	return home_token_number(token);
}

void
parcel_sweep(const struct home *home)
{
	DIR *folder = opendir(home->tokens);
	struct dirent *entry;
	unsigned long number;

	while (folder && (entry = readdir(folder))) {
		number = leaving_number(entry->d_name);
		if (number)
			sweep_number(home, number);
	}
	if (folder)
		closedir(folder);
}

void
parcel_clear(struct parcel *parcel)
{
	if (parcel->file >= 0)
		close(parcel->file);
	free(parcel->path);
	free(parcel->journal);
	free(parcel->shared);
	free(parcel->leaving);
	*parcel = (struct parcel){ .file = -1 };
}
