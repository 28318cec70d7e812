/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the audit log goes on: its present key, and what was written last. */

#include "config.h"

#include "keeper/audit-state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* In the machine's byte order: the file goes nowhere else. */
#define MAGIC 0x3154445541535350 /* "PSSAUDT1" */
struct record {
	uint64_t magic;
	uint64_t next, offset, anchored, code_line;
	unsigned char log[AUDIT_LOG_ID], print[AUDIT_PRINT_SIZE], boot[16];
	uint64_t is_closed;
	unsigned char chain[DIGEST_SIZE], key[AUDIT_KEY_SIZE];
	unsigned char sum[DIGEST_SIZE];
};

/* Two keepers of one home are rare, and each has the log for an instant; longer
 * means that a disk is full or hangs. The first byte stands for that; the
 * second one each keeper shares as long as it lives. */
enum { LOCK_ATTEMPTS = 300, LOCK_PAUSE = 10000000, TURN = 0, LIFE = 1 };

void
audit_state_clear(struct audit_state *state)
{
	secret_clear(&state->key);
	*state = (struct audit_state){ 0 };
}

static bool
lock(int file, int command, short type, off_t byte)
{
	struct flock part = { .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1 };

	return fcntl(file, command, &part) == 0 &&
		(command != F_OFD_GETLK || part.l_type == F_UNLCK);
}

bool
audit_state_open(struct audit_state_file *file, const char *path)
{
	struct stat status;

	*file = (struct audit_state_file){
		.file = open(path,
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			0600)
	};
	if (file->file < 0 || fstat(file->file, &status) < 0)
		return false;
	if (S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
		fchmod(file->file, 0600) == 0 &&
		lock(file->file, F_OFD_SETLK, F_RDLCK, LIFE))
		return true;
	audit_state_close(file);
	errno = EPERM;
	return false;
}

void
audit_state_close(struct audit_state_file *file)
{
	if (file->file >= 0)
		close(file->file);
	*file = (struct audit_state_file){ .file = -1 };
}

bool
audit_state_is_alone(const struct audit_state_file *file)
{
	return lock(file->file, F_OFD_GETLK, F_WRLCK, LIFE);
}

bool
audit_state_lock(struct audit_state_file *file, const char *path)
{
	const struct timespec pause = { 0, LOCK_PAUSE };
	struct stat status;
	int i;

	for (i = 0; i < LOCK_ATTEMPTS; i++) {
		if (lock(file->file, F_OFD_SETLK, F_WRLCK, TURN)) {
			if (fstat(file->file, &status) == 0 &&
				status.st_nlink > 0)
				return true;
			audit_state_close(file);
			if (!audit_state_open(file, path))
				return false;
			continue;
		}
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return false;
}

void
audit_state_unlock(const struct audit_state_file *file)
{
	lock(file->file, F_OFD_SETLK, F_UNLCK, TURN);
}

static bool
record_sum(const struct record *record, unsigned char sum[DIGEST_SIZE])
{
	const struct span whole = { record, offsetof(struct record, sum) };

	return seal_digest(&whole, 1, sum);
}

static bool
record_read(int file, struct record *record)
{
	unsigned char sum[DIGEST_SIZE];

	return pread(file, record, sizeof(*record), 0) == sizeof(*record) &&
		record->magic == MAGIC && record_sum(record, sum) &&
		memcmp(sum, record->sum, sizeof(sum)) == 0;
}

bool
audit_state_is_ours(const struct audit_state_file *file)
{
	struct record record;
	bool ours = pread(file->file, &record, sizeof(record), 0) ==
			sizeof(record) &&
		memcmp(record.sum, file->sum, sizeof(record.sum)) == 0;

	wipe(&record, sizeof(record));
	return ours;
}

static bool
take_record(const struct record *record, struct audit_state *state)
{
	struct audit_state taken = { .next = record->next,
		.offset = record->offset,
		.anchored = record->anchored,
		.code_line = record->code_line,
		.is_closed = record->is_closed != 0 };

	memcpy(taken.log, record->log, sizeof(taken.log));
	memcpy(taken.print, record->print, sizeof(taken.print));
	memcpy(taken.boot, record->boot, sizeof(taken.boot));
	memcpy(taken.chain, record->chain, sizeof(taken.chain));
	if (!secret_copy(&taken.key, record->key, sizeof(record->key)))
		return false;
	audit_state_clear(state);
	*state = taken;
	return true;
}

enum audit_state_found
audit_state_read(struct audit_state_file *file, struct audit_state *state)
{
	enum audit_state_found found = AUDIT_STATE_LOST;
	struct record record;
	struct stat status;

	if (fstat(file->file, &status) == 0 && status.st_size == 0)
		return AUDIT_STATE_NONE;
	if (record_read(file->file, &record) && take_record(&record, state))
		found = AUDIT_STATE_FOUND;
	memcpy(file->sum, record.sum, sizeof(file->sum));
	wipe(&record, sizeof(record));
	return found;
}

bool
audit_state_write(
	struct audit_state_file *file, const struct audit_state *state)
{
	struct record record = { .magic = MAGIC,
		.next = state->next,
		.offset = state->offset,
		.anchored = state->anchored,
		.code_line = state->code_line,
		.is_closed = state->is_closed };
	bool written;

	memcpy(record.log, state->log, sizeof(record.log));
	memcpy(record.print, state->print, sizeof(record.print));
	memcpy(record.boot, state->boot, sizeof(record.boot));
	memcpy(record.chain, state->chain, sizeof(record.chain));
	memcpy(record.key, state->key.at, sizeof(record.key));
	written = record_sum(&record, record.sum) &&
		pwrite(file->file, &record, sizeof(record), 0) ==
			sizeof(record);
	memcpy(file->sum, record.sum, sizeof(file->sum));
	wipe(&record, sizeof(record));
	return written;
}

bool
audit_state_sync(const struct audit_state_file *file)
{
	return fdatasync(file->file) == 0;
}
