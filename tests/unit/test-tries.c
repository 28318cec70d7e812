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
	EXPECT_NUMBER(limit, user == CKU_SO ? 3 : tries->limit);
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

/* Where the record has the last try of the recovery code. */
enum { BY_CLOCK = 32, BY_UPTIME = 40, BOOT = 48 };

/* One of its numbers, with this added. */
static void
change(const struct tries *tries, size_t place, int64_t added)
{
	unsigned char record[64];
	uint64_t sum = 0xcbf29ce484222325;
	int file = open(record_path(tries), O_RDWR);
	int64_t number;
	size_t i;

	EXPECT(pread(file, record, 64, 0) == 64);
	memcpy(&number, record + place, 8);
	number += added;
	memcpy(record + place, &number, 8);
	for (i = 0; i < 56; i++)
		sum = (sum ^ record[i]) * 0x100000001b3;
	memcpy(record + 56, &sum, 8);
	EXPECT(pwrite(file, record, 64, 0) == 64);
	close(file);
}

/* So that it looks like a try of so long ago. */
static void
pass(const struct tries *tries, int64_t seconds)
{
	change(tries, BY_CLOCK, -seconds);
	change(tries, BY_UPTIME, -seconds);
}

static void
expect_wait(const struct tries *tries, unsigned seconds)
{
	unsigned wait = tries_wait(tries, SERIAL);

	/* The clock may have gone on. */
	if (seconds == 0 ? wait != 0 : wait > seconds || wait + 3 < seconds)
		test_fail(__FILE__, __LINE__, "waits %u s, not %u", wait,
			seconds);
	EXPECT((wait == 0) == (left(tries, CKU_SO) > 0));
}

static void
guess_officer(const struct tries *tries, unsigned times)
{
	for (; times; times--) {
		EXPECT_RV(tries_count(tries, SERIAL, CKU_SO), CKR_OK);
		if (times > 1)
			pass(tries, 4 * 3600);
	}
}

TEST(tries_of_the_recovery_code_are_slowed_more_and_more)
{
	static const unsigned waits[] = { 0, 0, 10, 20, 40, 80, 160, 320, 640,
		1280, 2560, 5120, 10240, 14400, 14400, 14400 };
	struct tries tries = fresh_tries(2);
	size_t i;

	for (i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
		expect_wait(&tries, waits[i]);
		if (!waits[i])
			continue;
		EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
		pass(&tries, waits[i] - 4);
		EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
		pass(&tries, 4);
		expect_wait(&tries, 0);
	}
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_clear(&tries, SERIAL, CKU_SO), CKR_OK);
	guess_officer(&tries, 2);
	expect_wait(&tries, 0);
}

TEST(tries_wait_by_no_clock_that_is_set_within_a_boot)
{
	struct tries tries = fresh_tries(1);

	guess_officer(&tries, 6);
	expect_wait(&tries, 80);
	change(&tries, BY_CLOCK, -1000000000);
	expect_wait(&tries, 80);
	change(&tries, BY_CLOCK, 2000000000);
	expect_wait(&tries, 80);
	change(&tries, BY_UPTIME, -80);
	expect_wait(&tries, 0);
}

TEST(tries_wait_on_over_a_boot)
{
	struct tries tries = fresh_tries(1);

	guess_officer(&tries, 6);
	change(&tries, BOOT, 1);
	change(&tries, BY_UPTIME, 1000000);
	change(&tries, BY_CLOCK, -30);
	expect_wait(&tries, 50);
	/* From here on it is this boot's. */
	change(&tries, BY_CLOCK, 1000000000);
	expect_wait(&tries, 50);
	change(&tries, BY_UPTIME, -50);
	expect_wait(&tries, 0);
}

TEST(tries_wait_once_more_after_a_boot_with_the_clock_set_back)
{
	struct tries tries = fresh_tries(1);

	guess_officer(&tries, 6);
	change(&tries, BOOT, 1);
	change(&tries, BY_CLOCK, 1000000000);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
	expect_wait(&tries, 80);
	pass(&tries, 80);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
}

TEST(tries_of_a_damaged_record_make_the_recovery_code_wait_for_minutes)
{
	struct tries tries = fresh_tries(5);

	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_OK);
	EXPECT(unlink(record_path(&tries)) == 0);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_PIN_LOCKED);
	expect_wait(&tries, 640);
	pass(&tries, 640);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_SO), CKR_OK);
	EXPECT_RV(tries_count(&tries, SERIAL, CKU_USER), CKR_PIN_LOCKED);
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
