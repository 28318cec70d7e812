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
	/* Of the last try of the recovery code: by the clock, and since this
	 * boot of the machine (0: not known). */
	int64_t officer_time;
	int64_t officer_uptime;
	uint64_t officer_boot;
	uint64_t sum;
};

/* Tries of the recovery code that cost no wait; seconds after the next one,
 * twice as many after each further one, and the most; and the tries that a
 * damaged record counts as: somebody with the code is not to wait for hours. */
enum {
	OFFICER_FREE = 3,
	WAIT_FIRST = 10,
	WAIT_MOST = 4 * 3600,
	OFFICER_DAMAGED = OFFICER_FREE + 6
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

/* FNV-1a: enough to tell a torn or overwritten record, and one boot from
 * another. */
static uint64_t
digest_of(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t digest = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < length; i++)
		digest = (digest ^ at[i]) * 0x100000001b3;
	return digest;
}

static uint64_t
record_sum(const struct record *record)
{
	return digest_of(record, offsetof(struct record, sum));
}

bool
tries_serial_is_sound(const char *serial)
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
		record->user_wrong = UINT32_MAX;
		record->officer_wrong = OFFICER_DAMAGED;
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
	if (!tries_serial_is_sound(serial))
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

static int64_t
wait_after(uint32_t wrong)
{
	int64_t wait = WAIT_FIRST;

	if (wrong < OFFICER_FREE)
		return 0;
	for (; wrong > OFFICER_FREE && wait < WAIT_MOST; wrong--)
		wait *= 2;
	return wait < WAIT_MOST ? wait : WAIT_MOST;
}

/* Seconds that nobody can set; they begin with this_boot. */
static int64_t
uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* 0: the kernel does not tell. */
static uint64_t
this_boot(void)
{
	char name[40];
	int file =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, name, sizeof(name));

	if (file >= 0)
		close(file);
	return length > 0 ? digest_of(name, (size_t)length) : 0;
}

/* Seconds since the last try of the recovery code. Within a boot no clock that
 * is set counts; one that was set back over a boot begins the wait anew. */
static int64_t
passed(const struct record *record)
{
	int64_t seconds;

	if (record->officer_boot && record->officer_boot == this_boot())
		seconds = uptime() - record->officer_uptime;
	else
		seconds = time(NULL) - record->officer_time;
	return seconds < 0 ? 0 : seconds;
}

/* Says by this boot's clocks when the last try was. True: it was said by
 * others. */
static bool
settle(struct record *record, int64_t seconds_ago)
{
	const int64_t before = record->officer_time;
	const uint64_t boot = this_boot();
	bool is_new = boot != record->officer_boot;

	record->officer_time = time(NULL) - seconds_ago;
	record->officer_uptime = uptime() - seconds_ago;
	record->officer_boot = boot;
	/* Without a boot's name, only a clock that was set back matters. */
	return boot ? is_new : record->officer_time < before;
}

static int64_t
wait_left(const struct record *record)
{
	int64_t left = wait_after(record->officer_wrong) - passed(record);

	return left > 0 ? left : 0;
}

static uint32_t *
wrong_tries(struct record *record, CK_USER_TYPE user)
{
	return user == CKU_SO ? &record->officer_wrong : &record->user_wrong;
}

static CK_RV
count_user(struct entry *entry, const struct tries *tries)
{
	struct record *record = &entry->record;

	if (record->user_wrong >= tries->limit)
		return refuse(CKR_PIN_LOCKED, "token %.16s: no try is left",
			record->serial);
	record->user_wrong++;
	return entry_save(entry);
}

static CK_RV
count_officer(struct entry *entry)
{
	struct record *record = &entry->record;
	int64_t left = wait_left(record);

	if (left == 0) {
		record->officer_wrong++;
		settle(record, 0);
		return entry_save(entry);
	}
	/* Saved: damage must not begin the wait anew each time. */
	if (settle(record, passed(record)) || entry->is_damaged)
		(void)entry_save(entry);
	return refuse(CKR_PIN_LOCKED,
		"token %.16s: the recovery code may be tried in %lld s",
		record->serial, (long long)left);
}

CK_RV
tries_count(const struct tries *tries, const char *serial, CK_USER_TYPE user)
{
	struct entry entry;
	CK_RV rv;

	if ((rv = entry_open(&entry, tries, serial)) != CKR_OK)
		return rv;
	rv = user == CKU_SO ? count_officer(&entry) : count_user(&entry, tries);
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

/* A wait that began under other clocks goes on by these. */
static int64_t
look_at_wait(struct entry *entry)
{
	struct record *record = &entry->record;
	int64_t left = wait_left(record);

	if (left && settle(record, passed(record)) && !entry->is_damaged)
		(void)entry_save(entry);
	return left;
}

void
tries_look(const struct tries *tries, const char *serial, CK_USER_TYPE user,
	unsigned *left, unsigned *limit)
{
	struct entry entry;
	uint32_t wrong;

	*left = 0;
	*limit = user == CKU_SO ? OFFICER_FREE : tries->limit;
	if (entry_open(&entry, tries, serial) != CKR_OK)
		return;
	wrong = *wrong_tries(&entry.record, user);
	if (wrong < *limit)
		*left = *limit - wrong;
	else if (user == CKU_SO && look_at_wait(&entry) == 0)
		*left = 1;
	entry_close(&entry);
}

unsigned
tries_wait(const struct tries *tries, const char *serial)
{
	struct entry entry;
	unsigned left = 0;

	if (entry_open(&entry, tries, serial) != CKR_OK)
		return 0;
	left = (unsigned)look_at_wait(&entry);
	entry_close(&entry);
	return left;
}
