/* SPDX-License-Identifier: BSD-2-Clause */
/* Which commands a worker's connection to the TPM may give. */

#include "config.h"

#include "keeper/tpm-filter.h"

#include "tests/test.h"

#include <string.h>

enum { OWNER = 0x40000001, PASSWORD = 0x40000009, OWN_PLACE = 0x01801234 };

static struct tpm_filter filter;

/* A command in the making, and what it says of its length in the end. */
static unsigned char bytes[512];
static size_t length;

static void
put(uint32_t number, size_t count)
{
	while (count--)
		bytes[length++] = number >> 8 * count & 0xff;
}

static void
begin(uint32_t tag, uint32_t code)
{
	length = 0;
	put(tag, 2);
	put(0, 4);
	put(code, 4);
}

static void
put_session_with(uint32_t handle, uint32_t attributes)
{
	put(9, 4);
	put(handle, 4);
	put(0, 2);
	put(attributes, 1);
	put(0, 2);
}

static void
put_session(uint32_t handle)
{
	put_session_with(handle, handle != PASSWORD);
}

static enum tpm_verdict
verdict(void)
{
	struct span command = { bytes, length };
	size_t end = length;
	uint32_t place;

	length = 2;
	put((uint32_t)end, 4);
	length = end;
	return tpm_filter_command(&filter, &command, &place);
}

static void
note_answer(uint32_t code, uint32_t handle)
{
	unsigned char answer[14] = { 0x80, 0x01 };
	const struct span command = { bytes, length },
			  response = { answer, sizeof(answer) };
	int i;

	for (i = 0; i < 4; i++) {
		answer[6 + i] = code >> 8 * (3 - i) & 0xff;
		answer[10 + i] = handle >> 8 * (3 - i) & 0xff;
	}
	tpm_filter_note(&filter, &command, &response);
}

static void
create(uint32_t code, uint32_t handle)
{
	begin(0x8002, 0x131);
	put(OWNER, 4);
	put_session(PASSWORD);
	EXPECT(verdict() == TPM_PASS);
	note_answer(code, handle);
}

static enum tpm_verdict
increment_by(uint32_t session)
{
	begin(0x8002, 0x134);
	put(OWN_PLACE, 4);
	put(OWN_PLACE, 4);
	put_session(session);
	return verdict();
}

static enum tpm_verdict
flush(uint32_t handle)
{
	begin(0x8001, 0x165);
	put(handle, 4);
	return verdict();
}

TEST(only_what_the_connection_made_is_its_own)
{
	EXPECT(flush(0x80000001) == TPM_REFUSE);
	create(0x101, 0x80000001);
	EXPECT(flush(0x80000001) == TPM_REFUSE);
	create(0, 0x80000001);
	EXPECT(flush(0x80000002) == TPM_REFUSE);
	EXPECT(flush(0x80000001) == TPM_PASS);
	note_answer(0, 0);
	EXPECT(flush(0x80000001) == TPM_REFUSE);
}

TEST(session_of_another_connection_authorises_nothing)
{
	EXPECT(increment_by(PASSWORD) == TPM_CHECK);
	EXPECT(increment_by(0x02000000) == TPM_REFUSE);
	begin(0x8001, 0x176);
	put(0x40000007, 4);
	put(0x40000007, 4);
	EXPECT(verdict() == TPM_REFUSE);
	create(0, 0x80000001);
	begin(0x8001, 0x176);
	put(0x80000001, 4);
	put(0x40000007, 4);
	put(0, 2);
	put(0, 2);
	put(0, 1);
	EXPECT(verdict() == TPM_PASS);
	note_answer(0, 0x02000000);
	EXPECT(increment_by(0x02000000) == TPM_CHECK);
	EXPECT(increment_by(0x02000001) == TPM_REFUSE);
}

/* Else the TPM gives its number to another connection's, and who had it before
 * could flush that. */
TEST(session_that_would_end_by_itself_is_refused)
{
	create(0, 0x80000001);
	begin(0x8002, 0x134);
	put(OWN_PLACE, 4);
	put(OWN_PLACE, 4);
	put_session_with(0x80000001, 0xfe);
	EXPECT(verdict() == TPM_REFUSE);
}

/* One that a policy would authorise is not needed. */
TEST(session_of_a_policy_is_refused)
{
	create(0, 0x80000001);
	begin(0x8001, 0x176);
	put(0x80000001, 4);
	put(0x40000007, 4);
	put(0, 4);
	put(1, 1);
	EXPECT(verdict() == TPM_REFUSE);
}

TEST(connection_makes_so_much_at_a_time)
{
	uint32_t i;

	for (i = 0; i < TPM_HANDLES_MOST; i++)
		create(0, 0x80000000 + i);
	begin(0x8002, 0x131);
	put(OWNER, 4);
	put_session(PASSWORD);
	EXPECT(verdict() == TPM_REFUSE);
}

static enum tpm_verdict
define(uint32_t index, const char *owner, uint32_t attributes, uint32_t size)
{
	begin(0x8002, 0x12a);
	put(OWNER, 4);
	put_session(PASSWORD);
	put(2, 2);
	put(0x6161, 2);
	put(4 + 2 + 4 + 2 + TPM_LABEL_SIZE + 2, 2);
	put(index, 4);
	put(0x000b, 2);
	put(attributes, 4);
	put(TPM_LABEL_SIZE, 2);
	memset(bytes + length, 0, TPM_LABEL_SIZE);
	strcpy((char *)bytes + length, owner);
	length += TPM_LABEL_SIZE;
	put(size, 2);
	return verdict();
}

TEST(place_says_whose_it_is_and_is_like_ours)
{
	enum { SECRET = 0x00040004, COUNTER = 0x02040014 };

	strcpy((char *)filter.owner, "alice");
	EXPECT(define(OWN_PLACE, "alice", SECRET, 32) == TPM_PASS);
	EXPECT(define(OWN_PLACE, "alice", COUNTER, 8) == TPM_PASS);
	EXPECT(define(OWN_PLACE, "bob", SECRET, 32) == TPM_REFUSE);
	EXPECT(define(OWN_PLACE, "", SECRET, 32) == TPM_REFUSE);
	/* The maker's of the machine, and the TPM's. */
	EXPECT(define(0x01c00002, "alice", SECRET, 32) == TPM_REFUSE);
	EXPECT(define(0x01000000, "alice", SECRET, 32) == TPM_REFUSE);
	EXPECT(define(OWN_PLACE, "alice", SECRET | 0x02000000, 32) ==
		TPM_REFUSE);
	EXPECT(define(OWN_PLACE, "alice", SECRET, 2048) == TPM_REFUSE);
	/* Cut off, and with more behind it. */
	length--;
	EXPECT(verdict() == TPM_REFUSE);
	(void)define(OWN_PLACE, "alice", SECRET, 32);
	put(0, 1);
	EXPECT(verdict() == TPM_REFUSE);
}

TEST(command_that_is_not_as_long_as_it_says_is_refused)
{
	const struct span command = { bytes, 12 };
	uint32_t place;

	begin(0x8001, 0x17b);
	put(8, 2);
	EXPECT(verdict() == TPM_PASS);
	bytes[5]++;
	EXPECT(tpm_filter_command(&filter, &command, &place) == TPM_REFUSE);
	bytes[5] -= 2;
	EXPECT(tpm_filter_command(&filter, &command, &place) == TPM_REFUSE);
}

TEST(handles_of_one_command_name_one_place)
{
	begin(0x8002, 0x14e);
	put(OWN_PLACE, 4);
	put(OWN_PLACE + 1, 4);
	put_session(PASSWORD);
	EXPECT(verdict() == TPM_REFUSE);
}
