/* SPDX-License-Identifier: BSD-2-Clause */
/* PIN tries: counted before the check, by everyone, whatever happens. */

#include "config.h"

#include "keeper/tries.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char SERIAL[] = "00112233445566ff";

static struct tries
fresh_tries(unsigned limit)
{
	static char folder[128];

	snprintf(folder, sizeof(folder), "%s/tries", test_folder());
	return (struct tries){ folder, limit };
}

static const char *
record_path(const struct tries *tries)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s.tries", tries->folder, SERIAL);
	return path;
}

static unsigned
left(const struct tries *tries, CK_USER_TYPE user)
{
	unsigned count, limit;

	tries_look(tries, SERIAL, user, &count, &limit);
	EXPECT_NUMBER(limit, tries->limit);
	return count;
}

TEST(tries_lock_the_user_after_the_limit)
{
	struct tries tries = fresh_tries(3);
	int i;

	EXPECT_NUMBER(left(&tries, CKU_USER), 3);
	for (i = 0; i < 3; i++)
		EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
	EXPECT_NUMBER(left(&tries, CKU_USER), 0);
	EXPECT_NUMBER(left(&tries, CKU_SO), 3);
}

TEST(tries_begin_anew_after_a_right_one)
{
	struct tries tries = fresh_tries(3);

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_clear(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT_NUMBER(left(&tries, CKU_USER), 3);
	EXPECT_NUMBER(left(&tries, CKU_SO), 2);
}

TEST(tries_of_parallel_guessers_never_exceed_the_limit)
{
	struct tries tries = fresh_tries(10);
	int i, j, status, checked = 0;

	for (i = 0; i < 24; i++)
		if (fork() == 0) {
			for (j = 0;
				tries_count(&tries, SERIAL, CKU_USER) == CKR_OK;
				j++)
				;
			_exit(j);
		}
	while (wait(&status) > 0)
		checked += WEXITSTATUS(status);
	EXPECT_NUMBER(checked, 10);
}

TEST(tries_damaged_in_any_byte_are_locked)
{
	struct tries tries = fresh_tries(5);
	unsigned char byte;
	off_t size, at;
	int file;

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	file = open(record_path(&tries), O_RDWR);
	size = lseek(file, 0, SEEK_END);
	for (at = 0; at < size; at++) {
		EXPECT(pread(file, &byte, 1, at) == 1);
		byte ^= 1;
		EXPECT(pwrite(file, &byte, 1, at) == 1);
		EXPECT_NUMBER(left(&tries, CKU_USER), 0);
		EXPECT_RV(
			tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
		byte ^= 1;
		EXPECT(pwrite(file, &byte, 1, at) == 1);
	}
	EXPECT_NUMBER(left(&tries, CKU_USER), 4);
	EXPECT(ftruncate(file, size - 1) == 0);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
	EXPECT(ftruncate(file, 0) == 0);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
	close(file);
}

TEST(tries_deleted_are_locked)
{
	struct tries tries = fresh_tries(5);

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT(unlink(record_path(&tries)) == 0);
	EXPECT_NUMBER(left(&tries, CKU_USER), 0);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
	EXPECT_RV(tries_clear(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT_NUMBER(left(&tries, CKU_USER), 5);
}

TEST(tries_that_cannot_be_written_are_not_given)
{
	struct tries tries = { "/proc/none/tries", 5 };

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_DEVICE_ERROR);
	EXPECT_NUMBER(left(&tries, CKU_USER), 0);
	tries = fresh_tries(5);
	EXPECT_RV(tries_count(&tries, "../../../x/secret", CKU_USER),
		CKR_DEVICE_ERROR);
}

/* The record's time of the last recovery try, moved by seconds. */
static void
move_time(const struct tries *tries, int64_t seconds)
{
	unsigned char record[64];
	uint64_t sum = 0xcbf29ce484222325;
	int file = open(record_path(tries), O_RDWR);
	int64_t moment;
	size_t i;

	EXPECT(pread(file, record, 64, 0) == 64);
	memcpy(&moment, record + 32, 8);
	moment += seconds;
	memcpy(record + 32, &moment, 8);
	for (i = 0; i < 56; i++)
		sum = (sum ^ record[i]) * 0x100000001b3;
	memcpy(record + 56, &sum, 8);
	EXPECT(pwrite(file, record, 64, 0) == 64);
	close(file);
}

TEST(tries_of_the_recovery_code_are_slowed_and_never_lost)
{
	struct tries tries = fresh_tries(2);

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
	move_time(&tries, -TRIES_FORGIVEN_AFTER);
	EXPECT_NUMBER(left(&tries, CKU_SO), 1);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
	move_time(&tries, -100 * TRIES_FORGIVEN_AFTER);
	EXPECT_NUMBER(left(&tries, CKU_SO), 2);
}

TEST(tries_survive_a_clock_set_back)
{
	struct tries tries = fresh_tries(1);

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	move_time(&tries, 1000000000);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
	move_time(&tries, -TRIES_FORGIVEN_AFTER);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
}

TEST(tries_files_are_nobody_elses)
{
	struct tries tries = fresh_tries(1);
	struct stat status;

	umask(0);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT(stat(tries.folder, &status) == 0);
	EXPECT_NUMBER(status.st_mode & 0777, 0700);
	EXPECT(stat(record_path(&tries), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 0777, 0600);
}
