/* SPDX-License-Identifier: BSD-2-Clause */
/* PIN tries as applications meet them: counted together, whoever makes them. */

#include "config.h"

#include "keeper/tries.h"
#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_RV
guess(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned number)
{
	char pin[32];
	int length = snprintf(pin, sizeof(pin), "wrong guess %u", number);

	return module->C_Login(
		session, user, (CK_UTF8CHAR *)pin, (CK_ULONG)length);
}

/* In a process of its own, as many guesses as it may; the child's status is
 * how many of them were checked. */
static pid_t
start_guesser(unsigned first, unsigned count)
{
	pid_t process = fork();
	CK_SESSION_HANDLE session;
	unsigned i, checked = 0;

	if (process != 0)
		return process;
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	session = application_session();
	for (i = first; i < first + count; i++)
		checked += guess(session, CKU_USER, i) == CKR_PIN_INCORRECT;
	_exit((int)checked);
}

static unsigned
finish_guessers(unsigned count)
{
	unsigned checked = 0;
	int status;

	for (; count; count--) {
		EXPECT(wait(&status) > 0);
		EXPECT(WIFEXITED(status));
		checked += (unsigned)WEXITSTATUS(status);
	}
	return checked;
}

static CK_FLAGS
token_flags(void)
{
	CK_TOKEN_INFO info;

	EXPECT_RV(module->C_GetTokenInfo(application_slot(), &info), CKR_OK);
	return info.flags &
		(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY |
			CKF_USER_PIN_LOCKED);
}

/* A stopped one cannot be asked who it is. */
static void
tell_listener(int signal)
{
	static pid_t listener;
	const char *at;

	if (signal != SIGCONT) {
		at = strstr(stage_status(), "process ");
		listener = at ? (pid_t)atol(at + 8) : 0;
	}
	EXPECT(listener > 0 && kill(listener, signal) == 0);
}

static void
kill_listener(void)
{
	tell_listener(SIGKILL);
}

static void
unlock(CK_SESSION_HANDLE session)
{
	static CK_UTF8CHAR recovery[] = "battery staple 7",
			   pin[] = "correct horse";

	EXPECT_RV(module->C_Login(
			  session, CKU_SO, recovery, sizeof(recovery) - 1),
		CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, pin, sizeof(pin) - 1), CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
}

TEST(guesses_of_several_processes_and_keepers_lock_the_token_together)
{
	CK_SESSION_HANDLE session;

	application_set_up("pin-tries = 5\n");
	EXPECT_NUMBER(token_flags(), 0);
	start_guesser(0, 2);
	EXPECT_NUMBER(finish_guessers(1), 2);
	EXPECT_NUMBER(token_flags(), CKF_USER_PIN_COUNT_LOW);
	kill_listener();
	start_guesser(2, 2);
	EXPECT_NUMBER(finish_guessers(1), 2);
	EXPECT_NUMBER(
		token_flags(), CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	kill_listener();
	start_guesser(4, 3);
	EXPECT_NUMBER(finish_guessers(1), 1);
	session = application_session();
	EXPECT(token_flags() & CKF_USER_PIN_LOCKED);
	EXPECT_RV(guess(session, CKU_USER, 9), CKR_PIN_LOCKED);
	unlock(session);
	EXPECT_NUMBER(token_flags(), 0);
	application_login(session);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
}

TEST(parallel_guessers_never_exceed_the_limit)
{
	unsigned i;

	application_set_up("pin-tries = 10\n");
	for (i = 0; i < 24; i++)
		start_guesser(i * 10, 3);
	EXPECT_NUMBER(finish_guessers(24), 10);
	EXPECT(token_flags() & CKF_USER_PIN_LOCKED);
}

/* The KDF is at work: it has its memory. */
static bool
is_checking(pid_t worker)
{
	unsigned long whole, resident = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/statm", (long)worker);
	file = worker ? fopen(path, "r") : NULL;
	if (!file)
		return false;
	if (fscanf(file, "%lu %lu", &whole, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * (unsigned long)sysconf(_SC_PAGESIZE) > 48ul << 20;
}

/* The guesser's, once there is a keeper. */
static pid_t
find_worker(void)
{
	int connection = stage_connect();

	if (connection < 0)
		return 0;
	close(connection);
	return stage_worker();
}

static void
kill_while_checking(unsigned number, pid_t (*victim)(void),
	const struct tries *tries, const char *serial)
{
	unsigned before, left, limit;
	pid_t guesser;

	tries_look(tries, serial, CKU_USER, &before, &limit);
	guesser = fork();
	if (guesser == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		guess(application_session(), CKU_USER, number);
		_exit(0);
	}
	EXPECT(WITHIN(20000, is_checking(find_worker())));
	EXPECT(kill(victim(), SIGKILL) == 0);
	EXPECT(waitpid(guesser, NULL, 0) == guesser);
	EXPECT(WITHIN(10000, find_worker() == 0));
	tries_look(tries, serial, CKU_USER, &left, &limit);
	EXPECT_NUMBER(left, before - 1);
}

static pid_t
find_listener(void)
{
	const char *at = strstr(stage_status(), "process ");

	EXPECT(at);
	return (pid_t)atol(at + 8);
}

TEST(crash_between_count_and_check_loses_no_count)
{
	char serial[17] = "", folder[4200];
	struct tries tries = { folder, 4 };
	CK_TOKEN_INFO info;
	unsigned i;

	application_set_up("pin-tries = 4\nkdf-memory = 256\n");
	EXPECT_RV(module->C_GetTokenInfo(application_slot(), &info), CKR_OK);
	memcpy(serial, info.serialNumber, 16);
	snprintf(folder, sizeof(folder), "%s", stage_path("tries"));
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(10000, !strstr(stage_status(), "worker ")));
	for (i = 0; i < 4; i++)
		kill_while_checking(
			i, i % 2 ? find_listener : find_worker, &tries, serial);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	EXPECT(token_flags() & CKF_USER_PIN_LOCKED);
}

/* It takes the time after which the worker gives the question up. */
TEST(late_answer_of_a_stopped_listener_is_taken_for_no_other)
{
	static CK_UTF8CHAR pin[] = "correct horse";
	CK_SESSION_HANDLE session;

	application_set_up("");
	session = application_session();
	tell_listener(SIGSTOP);
	EXPECT_RV(module->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_DEVICE_ERROR);
	tell_listener(SIGCONT);
	EXPECT_RV(guess(session, CKU_USER, 1), CKR_PIN_INCORRECT);
	EXPECT_NUMBER(token_flags(), CKF_USER_PIN_COUNT_LOW);
	EXPECT_RV(module->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_OK);
	EXPECT_NUMBER(token_flags(), 0);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
}

TEST(right_pin_begins_the_count_anew)
{
	CK_SESSION_HANDLE session;

	application_set_up("pin-tries = 3\n");
	session = application_session();
	EXPECT_RV(guess(session, CKU_USER, 0), CKR_PIN_INCORRECT);
	EXPECT_RV(guess(session, CKU_USER, 1), CKR_PIN_INCORRECT);
	application_login(session);
	EXPECT_NUMBER(token_flags(), 0);
}

TEST(same_wrong_pin_of_one_application_counts_once)
{
	CK_SESSION_HANDLE session;
	int i;

	application_set_up("pin-tries = 3\n");
	session = application_session();
	for (i = 0; i < 5; i++)
		EXPECT_RV(guess(session, CKU_USER, 7), CKR_PIN_INCORRECT);
	application_login(session);
}

/* As a mail program with a stored PIN does, each time that it is started. */
static void
try_in_new_processes(const char *pin, unsigned times, CK_RV expected)
{
	CK_UTF8CHAR text[64];
	CK_ULONG length = strlen(pin);
	CK_SESSION_HANDLE session;
	int status;

	memcpy(text, pin, length);
	for (; times; times--) {
		if (fork() == 0) {
			EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
			session = application_session();
			EXPECT_RV(module->C_Login(
					  session, CKU_USER, text, length),
				expected);
			EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
			_exit(0);
		}
		EXPECT(wait(&status) > 0 && status == 0);
	}
}

TEST(a_program_that_goes_on_with_the_old_pin_does_not_lock_the_token)
{
	static CK_UTF8CHAR pin[] = "correct horse", other[] = "other horse 1";
	CK_SESSION_HANDLE session;

	application_set_up("pin-tries = 3\n");
	session = application_session();
	EXPECT_RV(module->C_SetPIN(session, pin, sizeof(pin) - 1, other,
			  sizeof(other) - 1),
		CKR_OK);
	try_in_new_processes("correct horse", 7, CKR_PIN_INCORRECT);
	EXPECT_NUMBER(token_flags(), 0);
	/* A guess counts as ever, between them too. */
	try_in_new_processes("a guess", 1, CKR_PIN_INCORRECT);
	try_in_new_processes("correct horse", 2, CKR_PIN_INCORRECT);
	try_in_new_processes("a guess", 1, CKR_PIN_INCORRECT);
	EXPECT(token_flags() & CKF_USER_PIN_FINAL_TRY);
	try_in_new_processes("other horse 1", 1, CKR_OK);
	EXPECT_NUMBER(token_flags(), 0);
}

TEST(a_program_that_goes_on_after_the_recovery_does_not_lock_the_token)
{
	static CK_UTF8CHAR recovery[] = "battery staple 7",
			   other[] = "other horse 1";
	CK_SESSION_HANDLE session;

	application_set_up("pin-tries = 3\n");
	session = application_session();
	EXPECT_RV(module->C_Login(
			  session, CKU_SO, recovery, sizeof(recovery) - 1),
		CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, other, sizeof(other) - 1), CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	try_in_new_processes("correct horse", 7, CKR_PIN_INCORRECT);
	EXPECT_NUMBER(token_flags(), 0);
	try_in_new_processes("other horse 1", 1, CKR_OK);
}

TEST(who_is_in_by_the_recovery_code_stays_while_others_guess_it)
{
	static CK_UTF8CHAR recovery[] = "battery staple 7",
			   other[] = "other horse 1";
	CK_SESSION_HANDLE session, mine;
	unsigned i;
	int status;

	application_set_up("");
	mine = application_session();
	EXPECT_RV(module->C_Login(mine, CKU_SO, recovery, sizeof(recovery) - 1),
		CKR_OK);
	if (fork() == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		session = application_session();
		for (i = 0; i < 3; i++)
			EXPECT_RV(guess(session, CKU_SO, i), CKR_PIN_INCORRECT);
		EXPECT_RV(guess(session, CKU_SO, i), CKR_PIN_LOCKED);
		EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
		_exit(0);
	}
	EXPECT(wait(&status) > 0 && status == 0);
	usleep(20000);
	EXPECT_RV(module->C_InitPIN(mine, other, sizeof(other) - 1), CKR_OK);
}

TEST(count_that_cannot_be_written_lets_no_pin_be_checked)
{
	static CK_UTF8CHAR right[] = "correct horse";
	CK_SESSION_HANDLE session;
	char away[4200];
	FILE *file;

	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	/* A file where the folder of the counts should be. */
	snprintf(away, sizeof(away), "%s.away", stage_path("tries"));
	EXPECT(rename(stage_path("tries"), away) == 0);
	EXPECT((file = fopen(stage_path("tries"), "w")) != NULL);
	fclose(file);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	session = application_session();
	EXPECT_RV(module->C_Login(session, CKU_USER, right, sizeof(right) - 1),
		CKR_DEVICE_ERROR);
}
