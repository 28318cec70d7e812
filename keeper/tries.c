/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the tries of a PIN, durably and before each is checked. */

#include "config.h"

#include "keeper/tries.h"

#include "keeper/folder.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What is in a file: of one size, in the byte order of the machine (the magic
 * number shows another one), with a sum against accidents. Who can write it
 * with intent can copy the token as well, and guess without any count. */
#define MAGIC 0x3153454952545350 /* "PSTRIES1" */
struct record {
	uint64_t magic;
	char serial[16];
	uint32_t user_wrong;
	uint32_t officer_wrong;
	int64_t officer_time; /* of the last change of officer_wrong */
	uint64_t reserved[2];
	uint64_t sum;
};

/* A lock is held for a few milliseconds; longer means that something hangs. */
enum { LOCK_ATTEMPTS = 200, LOCK_PAUSE = 10000000 };

/* An open folder, its locked index (the serials that have a record, so that a
 * deleted record shows), and what it says of one token. */
struct entry {
	int folder, index;
	char name[32];
	bool is_new, is_damaged;
	struct record record;
};

/* FNV-1a: enough to tell a torn or overwritten record. */
static uint64_t
record_sum(const struct record *record)
{
	const unsigned char *at = (const unsigned char *)record;
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < offsetof(struct record, sum); i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	return sum;
}

static bool
serial_is_sound(const char *serial)
{
	return strlen(serial) == 16 &&
		strspn(serial, "0123456789abcdefABCDEF") == 16;
}

static bool
lock(int file)
{
	const struct timespec pause = { 0, LOCK_PAUSE };
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int i;

	for (i = 0; i < LOCK_ATTEMPTS; i++) {
		if (fcntl(file, F_OFD_SETLK, &whole) == 0)
			return true;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = ETIMEDOUT;
	return false;
}

static bool
index_names(int index, const char *serial)
{
	char line[17];
	off_t at;

	for (at = 0; pread(index, line, 17, at) == 17; at += 17)
		if (memcmp(line, serial, 16) == 0)
			return true;
	return false;
}

static bool
index_add(int index, const char serial[16])
{
	char line[17];
	off_t end = lseek(index, 0, SEEK_END);

	memcpy(line, serial, 16);
	line[16] = '\n';
	/* What a crash cut off is written over. */
	return end >= 0 && pwrite(index, line, 17, end / 17 * 17) == 17 &&
		fdatasync(index) == 0;
}

static void
entry_load(struct entry *entry, const char *serial)
{
	struct record *record = &entry->record;
	struct stat status;
	ssize_t got;
	int file;

	file = openat(entry->folder, entry->name,
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	entry->is_new = file < 0 && errno == ENOENT &&
		!index_names(entry->index, serial);
	if (!entry->is_new) {
		got = file < 0 ? -1 : read(file, record, sizeof(*record));
		entry->is_damaged = got != sizeof(*record) ||
			fstat(file, &status) < 0 ||
			status.st_size != sizeof(*record) ||
			record->magic != MAGIC ||
			record->sum != record_sum(record) ||
			memcmp(record->serial, serial, 16) != 0;
	}
	if (entry->is_new || entry->is_damaged) {
		*record = (struct record){ .magic = MAGIC };
		memcpy(record->serial, serial, 16);
	}
	if (entry->is_damaged) {
		record->user_wrong = record->officer_wrong = UINT32_MAX;
		record->officer_time = time(NULL);
	}
	if (file >= 0)
		close(file);
}

static void
entry_close(struct entry *entry)
{
	if (entry->index >= 0)
		close(entry->index);
	if (entry->folder >= 0)
		close(entry->folder);
}

static CK_RV
entry_open(struct entry *entry, const struct tries *tries, const char *serial)
{
	*entry = (struct entry){ .folder = -1, .index = -1 };
	if (!serial_is_sound(serial))
		return refuse(CKR_DEVICE_ERROR, "not a token's serial number");
	snprintf(entry->name, sizeof(entry->name), "%s.tries", serial);
	if (!folder_make(tries->folder))
		goto failed;
	entry->folder = open(
		tries->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (entry->folder < 0)
		goto failed;
	entry->index = openat(entry->folder, "index",
		O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (entry->index < 0 || !lock(entry->index))
		goto failed;
	entry_load(entry, serial);
	if (entry->is_damaged)
		note("the count of PIN tries of token %s was damaged or "
		     "deleted: locked",
			serial);
	return CKR_OK;
failed:
	entry_close(entry);
	return refuse(
		CKR_DEVICE_ERROR, "%s: %s", tries->folder, strerror(errno));
}

/* In place, since the record fits in a disk's sector; a new one is written
 * aside and renamed, so that an empty file is always damage. */
static CK_RV
entry_save(struct entry *entry)
{
	const char *name = entry->is_new ? "new" : entry->name;
	bool written;
	int file;

	entry->record.sum = record_sum(&entry->record);
	file = openat(entry->folder, name,
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	written = file >= 0 &&
		pwrite(file, &entry->record, sizeof(entry->record), 0) ==
			sizeof(entry->record) &&
		ftruncate(file, sizeof(entry->record)) == 0 &&
		fdatasync(file) == 0;
	if (file >= 0)
		close(file);
	if (written && entry->is_new)
		written = renameat(entry->folder, name, entry->folder,
				  entry->name) == 0 &&
			fsync(entry->folder) == 0 &&
			index_add(entry->index, entry->record.serial);
	return written
		? CKR_OK
		: refuse(CKR_DEVICE_ERROR, "PIN tries cannot be written: %s",
			  strerror(errno));
}

/* What time has forgiven. A clock that was set back starts the wait anew. */
static void
forgive(struct record *record, const struct tries *tries)
{
	int64_t now = time(NULL), passed = now - record->officer_time, forgiven;

	if (record->officer_wrong > tries->limit)
		record->officer_wrong = tries->limit;
	if (record->officer_wrong == 0 || passed < 0) {
		record->officer_time = now;
		return;
	}
	forgiven = passed / TRIES_FORGIVEN_AFTER;
	if (forgiven >= record->officer_wrong) {
		record->officer_wrong = 0;
		record->officer_time = now;
		return;
	}
	record->officer_wrong -= (uint32_t)forgiven;
	record->officer_time += forgiven * TRIES_FORGIVEN_AFTER;
}

static uint32_t *
wrong_tries(struct record *record, CK_USER_TYPE user)
{
	return user == CKU_SO ? &record->officer_wrong : &record->user_wrong;
}

CK_RV
tries_count(const struct tries *tries, const char *serial, CK_USER_TYPE user)
{
	struct entry entry;
	uint32_t *wrong;
	CK_RV rv;

	if ((rv = entry_open(&entry, tries, serial)) != CKR_OK)
		return rv;
	forgive(&entry.record, tries);
	wrong = wrong_tries(&entry.record, user);
	if (*wrong >= tries->limit) {
		/* Saved: a clock set back must not prolong the wait for ever,
		 * and damage not begin it anew each time. */
		if (user == CKU_SO)
			(void)entry_save(&entry);
		rv = refuse(CKR_PIN_LOCKED, "token %s: no try is left", serial);
	} else {
		(*wrong)++;
		rv = entry_save(&entry);
	}
	entry_close(&entry);
	return rv;
}

CK_RV
tries_clear(const struct tries *tries, const char *serial, CK_USER_TYPE user)
{
	struct entry entry;
	CK_RV rv;

	if ((rv = entry_open(&entry, tries, serial)) != CKR_OK)
		return rv;
	if (entry.is_new || entry.is_damaged ||
		*wrong_tries(&entry.record, user) != 0) {
		*wrong_tries(&entry.record, user) = 0;
		rv = entry_save(&entry);
	}
	entry_close(&entry);
	return rv;
}

CK_RV
tries_return(const struct tries *tries, const char *serial, CK_USER_TYPE user)
{
	struct entry entry;
	uint32_t *wrong;
	CK_RV rv;

	if ((rv = entry_open(&entry, tries, serial)) != CKR_OK)
		return rv;
	wrong = wrong_tries(&entry.record, user);
	if (!entry.is_new && !entry.is_damaged && *wrong > 0) {
		(*wrong)--;
		rv = entry_save(&entry);
	}
	entry_close(&entry);
	return rv;
}

void
tries_look(const struct tries *tries, const char *serial, CK_USER_TYPE user,
	unsigned *left, unsigned *limit)
{
	struct entry entry;
	uint32_t wrong;

	*left = 0;
	*limit = tries->limit;
	if (entry_open(&entry, tries, serial) != CKR_OK)
		return;
	forgive(&entry.record, tries);
	wrong = *wrong_tries(&entry.record, user);
	if (wrong < tries->limit)
		*left = tries->limit - wrong;
	entry_close(&entry);
}
