/* SPDX-License-Identifier: BSD-2-Clause */
/* PIN tries as applications meet them: counted together, whoever makes them. */

#include "config.h"

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
