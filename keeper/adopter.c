/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that takes in one token which its owner brings. */

#include "config.h"

#include "keeper/adopter.h"

#include "keeper/folder.h"
#include "keeper/logbook.h"
#include "keeper/sandbox.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"
#include "pkcs11/log.h"
#include "token/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Seconds that the owner may be silent, and for all of it; MiB of memory. */
enum { SILENCE = 30, PATIENCE = 900, MEMORY = 512 };

enum { SERIAL = 16 };

/* How it is called until it is whole: no number, so no token. */
#define ARRIVING "arriving"

struct arrival {
	const char *tokens;
	int folder; /* locked: one arrives at a time */
	char serial[17];
};

static bool
receive(void *to, size_t length)
{
	unsigned char *at = to;
	ssize_t got;

	for (; length; at += got, length -= (size_t)got) {
		do
			got = recv(ADOPTER_CONNECTION, at, length, 0);
		while (got < 0 && errno == EINTR);
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0)
			return false;
	}
	return true;
}

static enum move_result
complain_of(const char *what)
{
	note("a token that its owner brings: %s: %s", what, strerror(errno));
	return MOVE_FAILED;
}

static enum move_result
copy(int file, uint64_t length)
{
	static unsigned char bytes[65536];
	size_t part;

	for (; length; length -= part) {
		part = length < sizeof(bytes) ? (size_t)length : sizeof(bytes);
		if (!receive(bytes, part))
			return complain_of("it is not whole");
		if (write(file, bytes, part) != (ssize_t)part)
			return complain_of("it cannot be written");
	}
	return fsync(file) == 0 ? MOVE_DONE
				: complain_of("it cannot be written");
}

static enum move_result
receive_file(const struct arrival *arrival, const char *name, uint64_t length)
{
	enum move_result result;
	int file = openat(arrival->folder, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file < 0)
		return complain_of(name);
	result = copy(file, length);
	close(file);
	return result;
}

static void
remove_arriving(const struct arrival *arrival)
{
	unlinkat(arrival->folder, ARRIVING, 0);
	unlinkat(arrival->folder, ARRIVING "-wal", 0);
	unlinkat(arrival->folder, ARRIVING "-shm", 0);
	unlinkat(arrival->folder, ARRIVING "-journal", 0);
}

/* The file, and its journal if that is not empty. */
static enum move_result
receive_all(const struct arrival *arrival)
{
	unsigned char lengths[MOVE_LENGTHS];
	struct wire wire = { .at = lengths,
		.length = sizeof(lengths),
		.room = sizeof(lengths) };
	uint64_t file, journal;
	enum move_result result;

	if (!receive(lengths, sizeof(lengths)))
		return complain_of("it is not whole");
	file = wire_take_u64(&wire);
	journal = wire_take_u64(&wire);
	if (file > MOVE_CAP || journal > MOVE_CAP)
		return MOVE_TOO_LARGE;
	result = receive_file(arrival, ARRIVING, file);
	if (result == MOVE_DONE && journal)
		result = receive_file(arrival, ARRIVING "-wal", journal);
	return result;
}

static bool
read_serial(const struct arrival *arrival, const char *name, char serial[17])
{
	const struct store_tries none = { 0 };
	struct store_token token;
	struct store *store = NULL;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", arrival->tokens, name) >=
			(int)sizeof(path) ||
		store_open(path, &none, &store) != CKR_OK)
		return false;
	store_token(store, &token);
	store_close(store);
	memcpy(serial, token.serial, sizeof(token.serial));
	return true;
}

/* Closing the store puts the journal back into the file, which then is all
 * there is of it. */
static enum move_result
check(struct arrival *arrival)
{
	if (!read_serial(arrival, ARRIVING, arrival->serial))
		return MOVE_NO_TOKEN;
	if (faccessat(arrival->folder, ARRIVING "-wal", F_OK, 0) == 0) {
		errno = EBUSY;
		return complain_of("its journal");
	}
	return MOVE_DONE;
}

/* Whether it is here already, and the highest number that is taken. */
static bool
is_here(const struct arrival *arrival, unsigned long *highest)
{
	DIR *folder = opendir(arrival->tokens);
	struct dirent *entry;
	unsigned long number;
	bool found = false;
	char serial[17];

	*highest = 0;
	while (folder && !found && (entry = readdir(folder))) {
		number = home_token_number(entry->d_name);
		if (number > *highest)
			*highest = number;
		found = number && read_serial(arrival, entry->d_name, serial) &&
			strcmp(serial, arrival->serial) == 0;
	}
	if (folder)
		closedir(folder);
	return found;
}

/* A journal that was left alone would be taken for the new file's. */
static bool
is_free(const struct arrival *arrival, unsigned long number)
{
	char name[40];

	snprintf(name, sizeof(name), "%lu.token-wal", number);
	return faccessat(arrival->folder, name, F_OK, 0) < 0;
}

/* It gets its name when it is whole; a token that is made at the same time may
 * take the number first. */
static enum move_result
settle(const struct arrival *arrival)
{
	unsigned long number;
	char name[32];

	if (is_here(arrival, &number))
		return MOVE_DONE;
	do {
		while (!is_free(arrival, ++number))
			;
		snprintf(name, sizeof(name), "%lu.token", number);
	} while (linkat(arrival->folder, ARRIVING, arrival->folder, name, 0) <
			0 &&
		errno == EEXIST);
	if (faccessat(arrival->folder, name, F_OK, 0) < 0 ||
		fsync(arrival->folder) < 0)
		return complain_of(name);
	return MOVE_DONE;
}

static enum move_result
adopt(struct arrival *arrival)
{
	enum move_result result;

	arrival->folder = open(arrival->tokens,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (arrival->folder < 0)
		return complain_of(arrival->tokens);
	if (flock(arrival->folder, LOCK_EX | LOCK_NB) < 0)
		return MOVE_BUSY;
	/* Of one that was ended. */
	remove_arriving(arrival);
	result = receive_all(arrival);
	if (result == MOVE_DONE)
		result = check(arrival);
	if (result == MOVE_DONE)
		result = settle(arrival);
	remove_arriving(arrival);
	return result;
}

static void
answer(enum move_result result, const char *serial)
{
	struct wire wire = { 0 };

	wire_put_u32(&wire, 0);
	wire_put_u32(&wire, MOVE_CALL);
	wire_put_u32(&wire, result);
	wire_put_text(&wire, serial);
	wire_set_u32(&wire, 0, (uint32_t)(wire.length - FRAME_HEADER));
	if (!wire.failed)
		(void)send(
			ADOPTER_CONNECTION, wire.at, wire.length, MSG_NOSIGNAL);
	wire_clear(&wire);
}

static bool
begin(const char *tokens)
{
	const struct timeval silence = { .tv_sec = SILENCE };

	logbook_open(NULL);
	/* With the listener; and at the latest then. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(PATIENCE);
	sandbox_limit_memory(MEMORY);
	return setsockopt(ADOPTER_CONNECTION, SOL_SOCKET, SO_RCVTIMEO, &silence,
		       sizeof(silence)) == 0 &&
		setsockopt(ADOPTER_CONNECTION, SOL_SOCKET, SO_SNDTIMEO,
			&silence, sizeof(silence)) == 0 &&
		folder_make(tokens) && sandbox_soft_worker(tokens);
}

int
adopter_run(const char *folder)
{
	struct arrival arrival = { .folder = -1 };
	struct home home = { 0 };
	enum move_result result;

	if (!folder || !home_place(&home, folder))
		return 1;
	arrival.tokens = home.tokens;
	if (begin(home.tokens)) {
		result = adopt(&arrival);
		if (result == MOVE_DONE &&
			write(ADOPTER_REPORT, arrival.serial, SERIAL) != SERIAL)
			note("a token was taken in and not told of");
		/* Whoever has the answer may bring another. */
		if (arrival.folder >= 0)
			close(arrival.folder);
		answer(result, result == MOVE_DONE ? arrival.serial : "");
	}
	home_clear(&home);
	return 0;
}
