/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker that was taken over can have the machine's TPM do: a real one,
 * whose link to its listener the test takes. The TPM is swtpm. */

#include "config.h"

#include "keeper/control.h"
#include "keeper/worker.h"
#include "token/tpm.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"
#include "tests/unit/tpm-kit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* [TPM 2.0 part 2, 6.6] of the first parameter or handle. */
enum { SUCCESS = 0, NO_COMMAND = 0x143, NO_HANDLE = 0x18b };

static const unsigned char strangers[TPM_OWNER_SIZE] = "somebody else";
static const unsigned char token[TPM_TOKEN_SIZE] = { 7, 7 };
static struct secret authorisation, secret;
static pid_t keeper;

/* The TPM at this path, a keeper with one worker, and the worker's link. */
static int
take_over(const char *path)
{
	char line[600];
	uint64_t instance;
	int connection, process, link;
	pid_t worker;

	if (geteuid() != 0)
		test_skip("only root can take over a process");
	snprintf(line, sizeof(line), "tpm = %s\n", path);
	stage_home(line);
	keeper = stage_keeper(NULL, NULL);
	connection = stage_join(1, &instance);
	EXPECT(connection >= 0);
	EXPECT((worker = stage_worker()) > 0);
	process = (int)syscall(SYS_pidfd_open, worker, 0);
	link = (int)syscall(SYS_pidfd_getfd, process, WORKER_CONTROL, 0);
	if (link < 0)
		test_skip("only root can take over a process");
	stage_freeze(worker);
	close(process);
	return link;
}

static int
reach(int link, CK_USER_TYPE user, unsigned char owner[TPM_OWNER_SIZE])
{
	static uint64_t number = 1000;
	struct control answer,
		question = {
			.kind = CONTROL_TPM, .user = user, .number = ++number
		};
	int connection;

	EXPECT(control_send(link, &question, -1, true));
	EXPECT(control_receive(link, &answer, &connection, true) ==
		CONTROL_GOT);
	EXPECT(answer.kind == CONTROL_ANSWER && answer.number == number);
	memcpy(owner, answer.key, TPM_OWNER_SIZE);
	return connection;
}

static struct tpm *
open_for(int connection, const unsigned char owner[TPM_OWNER_SIZE])
{
	struct tpm *tpm = NULL;

	EXPECT_RV(tpm_open(connection, &tpm), CKR_OK);
	tpm_serve(tpm, owner, token);
	return tpm;
}

/* What somebody else's token has there. */
static uint32_t
keep_strangers(void)
{
	struct tpm *tpm = open_for(tpm_connect("one"), strangers);
	uint32_t place;

	EXPECT(secret_init(&authorisation, TPM_SECRET_SIZE));
	EXPECT(secret_init(&secret, TPM_SECRET_SIZE));
	memset(authorisation.at, 'a', TPM_SECRET_SIZE);
	memset(secret.at, 's', TPM_SECRET_SIZE);
	EXPECT_RV(tpm_keep(tpm, &authorisation, &secret, &place), CKR_OK);
	tpm_close(tpm);
	return place;
}

static void
expect_kept(struct tpm *tpm, uint32_t place)
{
	struct secret given = { 0 };

	EXPECT_RV(tpm_give(tpm, place, &authorisation, &given), CKR_OK);
	EXPECT_BYTES(given.at, given.length, secret.at, secret.length);
	secret_clear(&given);
}

static size_t
put(unsigned char *at, uint32_t number, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		at[i] = (uint64_t)number >> 8 * (length - 1 - i) & 0xff;
	return length;
}

/* A command with up to two handles, an empty password for all of them or none,
 * and a parameter; what the TPM says to it. */
struct command {
	const char *name;
	uint32_t code, handles[2];
	size_t passwords;
	unsigned char parameter[64];
	size_t length;
	uint32_t answer;
};

static uint32_t
answer_to(int connection, const struct command *command)
{
	unsigned char bytes[256], answer[4096];
	size_t length = 10, i;
	ssize_t got;

	for (i = 0; i < 2 && command->handles[i]; i++)
		length += put(bytes + length, command->handles[i], 4);
	if (command->passwords)
		length += put(
			bytes + length, (uint32_t)command->passwords * 9, 4);
	for (i = 0; i < command->passwords; i++) {
		length += put(bytes + length, 0x40000009, 4);
		length += put(bytes + length, 0, 5);
	}
	memcpy(bytes + length, command->parameter, command->length);
	length += command->length;
	put(bytes, command->passwords ? 0x8002 : 0x8001, 2);
	put(bytes + 2, (uint32_t)length, 4);
	put(bytes + 6, command->code, 4);
	EXPECT(send(connection, bytes, length, MSG_NOSIGNAL) ==
		(ssize_t)length);
	got = recv(connection, answer, sizeof(answer), 0);
	EXPECT(got >= 10);
	return (uint32_t)answer[6] << 24 | (uint32_t)answer[7] << 16 |
		(uint32_t)answer[8] << 8 | answer[9];
}

/* [TPM 2.0 part 3]; in each VICTIM is the place of somebody else's token. */
enum { VICTIM = 1 };
static const struct command commands[] = {
	{ "Clear", 0x126, { 0x4000000a }, 1, "", 0, NO_COMMAND },
	{ "ClearControl", 0x127, { 0x4000000a }, 1, { 1 }, 1, NO_COMMAND },
	{ "HierarchyChangeAuth", 0x129, { 0x40000001 }, 1, { 0, 1, 'x' }, 3,
		NO_COMMAND },
	{ "DictionaryAttackLockReset", 0x139, { 0x4000000a }, 1, "", 0,
		NO_COMMAND },
	{ "DictionaryAttackParameters", 0x13a, { 0x4000000a }, 1,
		{ 0, 0, 0, 99, 0, 0, 0, 1, 0, 0, 0, 1 }, 12, NO_COMMAND },
	{ "EvictControl", 0x120, { 0x40000001, 0x81000001 }, 1,
		{ 0x81, 0, 0, 1 }, 4, NO_COMMAND },
	{ "ReadPublic", 0x173, { 0x81000001 }, 0, "", 0, NO_COMMAND },
	{ "FlushContext", 0x165, { 0 }, 0, { 0x80, 0, 0, 0 }, 4, NO_COMMAND },
	{ "NV_UndefineSpace", 0x122, { 0x40000001, VICTIM }, 1, "", 0,
		NO_HANDLE },
	{ "NV_ReadPublic", 0x169, { VICTIM }, 0, "", 0, NO_HANDLE },
	{ "NV_Read", 0x14e, { VICTIM, VICTIM }, 1, { 0, 32, 0, 0 }, 4,
		NO_HANDLE },
	{ "NV_Write", 0x137, { VICTIM, VICTIM }, 1, { 0, 1, 'x', 0, 0 }, 5,
		NO_HANDLE },
	{ "NV_Increment", 0x134, { VICTIM, VICTIM }, 1, "", 0, NO_HANDLE },
	/* By its owner's name, which is empty as a rule. */
	{ "NV_Read", 0x14e, { 0x40000001, VICTIM }, 1, { 0, 32, 0, 0 }, 4,
		NO_COMMAND },
	{ "NV_DefineSpace without a label", 0x12a, { 0x40000001 }, 1,
		{ 0, 0, 0, 14, 0x01, 0x80, 0, 1, 0, 0x0b, 0, 0x04, 0, 0x04, 0,
			0, 0, 8 },
		18, NO_COMMAND },
	{ "GetCapability of all handles", 0x17a, { 0 }, 0,
		{ 0, 0, 0, 1, 0x81, 0, 0, 0, 0, 0, 0, 9 }, 12, NO_COMMAND },
	{ "GetRandom", 0x17b, { 0 }, 0, { 0, 8 }, 2, SUCCESS },
};

TEST(worker_that_was_taken_over_has_no_more_of_the_tpm_than_its_tokens)
{
	unsigned char owner[TPM_OWNER_SIZE];
	uint32_t victim;
	struct command command;
	struct tpm *tpm;
	int link, connection;
	size_t i;

	tpm_start("one");
	victim = keep_strangers();
	link = take_over(tpm_path("one"));
	connection = reach(link, CKU_USER, owner);
	EXPECT(connection >= 0);
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		command = commands[i];
		if (command.handles[0] == VICTIM)
			command.handles[0] = victim;
		if (command.handles[1] == VICTIM)
			command.handles[1] = victim;
		printf("# %s\n", command.name);
		EXPECT_NUMBER(answer_to(connection, &command), command.answer);
	}
	/* Nor by the library, which has the right authorisation. */
	tpm = open_for(connection, owner);
	EXPECT_RV(tpm_has(tpm, victim), CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT_RV(tpm_give(tpm, victim, &authorisation, &secret),
		CKR_TOKEN_NOT_RECOGNIZED);
	EXPECT_RV(tpm_forget(tpm, victim), CKR_OK);
	tpm_close(tpm);
	tpm = open_for(tpm_connect("one"), strangers);
	expect_kept(tpm, victim);
	tpm_close(tpm);
}

TEST(worker_has_what_its_tokens_need)
{
	static const uint32_t none[2];
	unsigned char owner[TPM_OWNER_SIZE];
	uint32_t place, counter, other = 0;
	uint64_t value, next;
	struct tpm *tpm;
	int link;

	tpm_start("one");
	(void)keep_strangers();
	link = take_over(tpm_path("one"));
	tpm = open_for(reach(link, CKU_USER, owner), owner);
	EXPECT_RV(tpm_keep(tpm, &authorisation, &secret, &place), CKR_OK);
	EXPECT_RV(tpm_counter_make(tpm, &authorisation, &counter, &value),
		CKR_OK);
	EXPECT_RV(tpm_look(tpm, place), CKR_OK);
	expect_kept(tpm, place);
	EXPECT_RV(tpm_counter_advance(tpm, counter, &authorisation, &next),
		CKR_OK);
	EXPECT_NUMBER(next, value + 1);
	EXPECT_RV(
		tpm_find_other(tpm, (uint32_t[2]){ place, 0 }, &other), CKR_OK);
	EXPECT_NUMBER(other, counter);
	EXPECT_RV(tpm_forget(tpm, counter), CKR_OK);
	EXPECT_RV(tpm_forget(tpm, place), CKR_OK);
	EXPECT_RV(tpm_find_other(tpm, none, &other), CKR_OK);
	EXPECT_NUMBER(other, 0);
	tpm_close(tpm);
	/* What it made in between is gone from the TPM with it. */
	EXPECT_NUMBER(tpm_count_places("one"), 1);
}

/* Else it could have the TPM forget each wrong PIN. */
TEST(worker_ends_the_lock_of_the_tpm_once_a_day)
{
	static const struct command reset = { "DictionaryAttackLockReset",
		0x139, { 0x4000000a }, 1, "", 0, 0 };
	const struct timespec before = { time(NULL) - 24 * 60 * 60 - 1, 0 },
			      yesterday[] = { before, before };
	unsigned char owner[TPM_OWNER_SIZE];
	int link, connection;

	tpm_start("one");
	link = take_over(tpm_path("one"));
	EXPECT(mkdir(stage_path("tries"), 0700) == 0 || errno == EEXIST);
	connection = reach(link, CKU_SO, owner);
	EXPECT_NUMBER(answer_to(connection, &reset), SUCCESS);
	close(connection);
	connection = reach(link, CKU_SO, owner);
	EXPECT_NUMBER(answer_to(connection, &reset), NO_COMMAND);
	close(connection);
	EXPECT(utimensat(AT_FDCWD, stage_path("tries/tpm-pardon"), yesterday,
		       0) == 0);
	connection = reach(link, CKU_SO, owner);
	EXPECT_NUMBER(answer_to(connection, &reset), SUCCESS);
	close(connection);
}

/* It could have the TPM take the administrator's password no more. */
TEST(worker_gives_no_wrong_password_for_the_lock_of_the_tpm)
{
	static const struct command reset = { "DictionaryAttackLockReset",
		0x139, { 0x4000000a }, 1, "", 0, 0 };
	unsigned char owner[TPM_OWNER_SIZE];
	int link, connection;

	tpm_start("one");
	EXPECT_NUMBER(tpm_ask_as_administrator(
			      "one", TPM_CHANGE_PASSWORD, "", "secret"),
		0);
	link = take_over(tpm_path("one"));
	EXPECT(mkdir(stage_path("tries"), 0700) == 0 || errno == EEXIST);
	connection = reach(link, CKU_SO, owner);
	EXPECT_NUMBER(answer_to(connection, &reset), NO_COMMAND);
	close(connection);
	EXPECT_NUMBER(
		tpm_ask_as_administrator("one", TPM_END_LOCK, "secret", NULL),
		0);
}

static unsigned
count_children(pid_t process)
{
	char path[64];
	unsigned count = 0;
	long child;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
		(long)process, (long)process);
	EXPECT((file = fopen(path, "r")) != NULL);
	while (fscanf(file, "%ld", &child) == 1)
		count++;
	fclose(file);
	return count;
}

/* A TPM that takes commands and answers none. */
static int
start_hanging(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int tpm = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		tpm_path("hangs"));
	EXPECT(bind(tpm, (struct sockaddr *)&address, sizeof(address)) == 0);
	EXPECT(listen(tpm, 256) == 0);
	return tpm;
}

TEST(tpm_that_hangs_holds_up_nobody_but_who_asks)
{
	static const struct command random = { "GetRandom", 0x17b, { 0 }, 0,
		{ 0, 8 }, 2, 0 };
	unsigned char owner[TPM_OWNER_SIZE],
		question[12] = { 0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0, 8 };
	int link, first, second, tpm = start_hanging();

	link = take_over(tpm_path("hangs"));
	first = reach(link, CKU_USER, owner);
	EXPECT(send(first, question, sizeof(question), 0) == sizeof(question));
	second = reach(link, CKU_USER, owner);
	EXPECT(first >= 0 && second >= 0);
	EXPECT(strstr(stage_status(), "version") != NULL);
	EXPECT_NUMBER(count_children(keeper), 3);
	close(first);
	EXPECT(WITHIN(10000, count_children(keeper) == 2));
	close(second);
	EXPECT(WITHIN(10000, count_children(keeper) == 1));
	/* And one that is well is there for the next. */
	close(tpm);
	EXPECT(unlink(tpm_path("hangs")) == 0);
	tpm_start("hangs");
	first = reach(link, CKU_USER, owner);
	EXPECT_NUMBER(answer_to(first, &random), SUCCESS);
}

/* That it has nothing there would be taken for a TPM that was cleared. */
TEST(tpm_that_cannot_answer_now_is_not_said_to_have_lost_anything)
{
	static const struct command look = { "NV_ReadPublic", 0x169,
		{ 0x01800001 }, 0, "", 0, 0 };
	static const unsigned char later[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 9,
		0x22 };
	unsigned char owner[TPM_OWNER_SIZE], question[14];
	int link, worker, device, tpm = start_hanging();

	link = take_over(tpm_path("hangs"));
	worker = reach(link, CKU_USER, owner);
	device = accept(tpm, NULL, NULL);
	EXPECT(worker >= 0 && device >= 0);
	EXPECT(send(device, later, sizeof(later), 0) == sizeof(later));
	EXPECT_NUMBER(answer_to(worker, &look), 0x922);
	EXPECT(recv(device, question, sizeof(question), MSG_WAITALL) ==
		sizeof(question));
	/* And one that goes says nothing at all. */
	close(device);
	EXPECT(send(worker, question, sizeof(question), MSG_NOSIGNAL) ==
		sizeof(question));
	EXPECT(recv(worker, question, sizeof(question), 0) == 0);
	close(worker);
	close(tpm);
}

/* Who floods is told that there is no TPM, and its listener goes on. */
TEST(worker_has_so_many_ways_to_the_tpm_at_a_time)
{
	unsigned char owner[TPM_OWNER_SIZE];
	unsigned i, got = 0;
	int link, connection = -1;

	(void)start_hanging();
	link = take_over(tpm_path("hangs"));
	for (i = 0; i < 200; i++) {
		connection = reach(link, CKU_USER, owner);
		got += connection >= 0;
	}
	EXPECT(connection < 0);
	EXPECT_NUMBER(got, 64);
	EXPECT(strstr(stage_status(), "version") != NULL);
}
