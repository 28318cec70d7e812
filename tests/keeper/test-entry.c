/* SPDX-License-Identifier: BSD-2-Clause */
/* PINs that the keeper asks for, so that no application has them. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/person.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BY_KEEPER "[application test-entry]\npin-entry = keeper\n"

/* A login takes this many milliseconds at least, and this many at most where
 * nobody can be asked. */
enum { LEAST = 990, MOST = 2000 };

static CK_RV
log_in(CK_SESSION_HANDLE session)
{
	unsigned long start = application_moment();
	CK_RV rv = module->C_Login(session, CKU_USER, NULL, 0);

	/* A dialog of Thunderbird's hangs when it returns sooner. */
	EXPECT(application_moment() - start >= LEAST);
	return rv;
}

static CK_SESSION_HANDLE
set_up(void)
{
	person_set_up();
	person_configure(BY_KEEPER);
	return application_session();
}

static CK_FLAGS
flags(void)
{
	CK_TOKEN_INFO info;

	EXPECT_RV(module->C_GetTokenInfo(application_slot(), &info), CKR_OK);
	return info.flags;
}

TEST(entry_is_the_client_s_unless_the_configuration_says_otherwise)
{
	CK_SESSION_HANDLE session;

	person_set_up();
	session = application_session();
	EXPECT(!(flags() & CKF_PROTECTED_AUTHENTICATION_PATH));
	EXPECT_RV(
		module->C_Login(session, CKU_USER, NULL, 0), CKR_ARGUMENTS_BAD);
	person_configure("[application another]\npin-entry = keeper\n");
	EXPECT(!(flags() & CKF_PROTECTED_AUTHENTICATION_PATH));
}

TEST(entry_by_the_keeper_logs_in_and_signs)
{
	CK_SESSION_HANDLE session = set_up();

	EXPECT(flags() & CKF_PROTECTED_AUTHENTICATION_PATH);
	person_will("pin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
	EXPECT_NUMBER(person_answers(), 1);
	EXPECT_RV(log_in(session), CKR_USER_ALREADY_LOGGED_IN);
	EXPECT_NUMBER(person_answers(), 1);
}

TEST(entry_names_the_program_that_the_kernel_sees_and_the_token)
{
	CK_SESSION_HANDLE session = set_up();

	person_will("pin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
	EXPECT(person_was_told("SETDESC test-entry (" BUILDDIR
			       "/tests/keeper/test-entry, process "));
	EXPECT(person_was_told("Token: stage"));
}

TEST(entry_asks_again_after_a_wrong_pin_and_says_why)
{
	CK_SESSION_HANDLE session = set_up();

	person_will("pin wrong\npin wrong 100%\npin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
	EXPECT_NUMBER(person_answers(), 3);
	EXPECT(person_was_told("SETERROR That was wrong. 9 tries are left."));
	EXPECT(person_was_told("SETERROR That was wrong. 8 tries are left."));
}

TEST(entry_that_is_canceled_fails_and_the_next_works)
{
	CK_SESSION_HANDLE session = set_up();

	person_will("no\npin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	EXPECT_RV(log_in(session), CKR_OK);
}

TEST(entry_with_neither_display_nor_terminal_fails_at_once)
{
	CK_SESSION_HANDLE session;
	unsigned long start;

	person_set_up();
	unsetenv("DISPLAY");
	person_configure(BY_KEEPER);
	session = application_session();
	person_will("pin " PERSON_PIN "\n");
	start = application_moment();
	EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	EXPECT(application_moment() - start < MOST);
	EXPECT_NUMBER(person_answers(), 0);
}

TEST(entry_without_a_pinentry_or_by_a_stranger_s_fails_at_once)
{
	char path[4096];
	CK_SESSION_HANDLE session = set_up();
	unsigned long start;

	person_will("pin " PERSON_PIN "\npin " PERSON_PIN "\n");
	snprintf(path, sizeof(path), "%s/pinentry", test_folder());
	EXPECT(chmod(path, 0722) == 0);
	start = application_moment();
	EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	EXPECT(application_moment() - start < MOST);
	EXPECT(unlink(path) == 0);
	start = application_moment();
	EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	EXPECT(application_moment() - start < MOST);
	EXPECT_NUMBER(person_answers(), 0);
}

TEST(entry_survives_what_a_pinentry_may_say)
{
	static const char *const words[] = { "flood", "junk", "die",
		"pin 0123456789012345678901234567890123456789012345678901234567"
		"89012345678901234567890123456789012345678901234567890123456789"
		"01234567890123456789012345678901234567890123456789012345678901"
		"23456789012345678901234567890123456789012345678901234567890123"
		"45678901234567890123456789" };
	CK_SESSION_HANDLE session = set_up();
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		person_will(words[i]);
		EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	}
	EXPECT(!(flags() & CKF_USER_PIN_COUNT_LOW));
	person_will("pin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
}

TEST(entry_that_nobody_answers_ends_in_time)
{
	CK_SESSION_HANDLE session;

	person_set_up();
	person_configure("prompt-seconds = 1\n" BY_KEEPER);
	session = application_session();
	person_will("hang\n");
	EXPECT_RV(log_in(session), CKR_FUNCTION_CANCELED);
	EXPECT(WITHIN(10000, !stage_is_running(person_process())));
	/* The keeper has only answered late, not gone. */
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
}

TEST(entry_program_ends_with_the_application_that_waits)
{
	CK_SESSION_HANDLE session = set_up();
	pid_t child;

	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	person_will("hang\n");
	child = fork();
	if (child == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		(void)module->C_Login(application_session(), CKU_USER, NULL, 0);
		_exit(0);
	}
	EXPECT(WITHIN(10000, person_answers() == 1));
	EXPECT(stage_is_running(person_process()));
	EXPECT(kill(child, SIGKILL) == 0);
	EXPECT(WITHIN(10000, !stage_is_running(person_process())));
}

TEST(entry_program_has_an_environment_made_from_nothing)
{
	CK_SESSION_HANDLE session;

	person_set_up();
	setenv("SOMETHING", "else", 1);
	setenv("LD_LIBRARY_PATH", "/nowhere", 1);
	setenv("LANG", "de_DE.UTF-8", 1);
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	person_configure(BY_KEEPER);
	session = application_session();
	person_will("pin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
	EXPECT(person_was_told("ENVIRONMENT DISPLAY=:77"));
	EXPECT(person_was_told("ENVIRONMENT LC_ALL=de_DE.UTF-8"));
	EXPECT(person_was_told("ENVIRONMENT PATH=/usr/bin:/bin"));
	EXPECT(!person_was_told("SOMETHING"));
	EXPECT(!person_was_told("LD_LIBRARY_PATH"));
	EXPECT(!person_was_told("PRIVYSEAL_HOME"));
	EXPECT(!person_was_told("socket:"));
}

/* Where an X server of this user has its socket; the folder is everybody's. */
#define X_FOLDER "/tmp/.X11-unix"

/* True: the folder was made too. */
static bool
show_display(char *path, size_t room)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int display = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_new = mkdir(X_FOLDER, 01777) == 0;

	snprintf(path, room, X_FOLDER "/X9%05ld", (long)getpid() % 100000);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	EXPECT(bind(display, (struct sockaddr *)&address, sizeof(address)) ==
		0);
	close(display);
	return is_new;
}

/* The keeper of this home, seen as one that ssh has brought from elsewhere. */
static void
meet_from_elsewhere(void)
{
	char near[4096], socket[4200], path[4200];

	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	snprintf(socket, sizeof(socket), "%s", stage_path("run/keeper.sock"));
	snprintf(near, sizeof(near), "%s/near", test_folder());
	snprintf(path, sizeof(path), "%s/remotes", near);
	EXPECT(mkdir(near, 0700) == 0 && mkdir(path, 0700) == 0);
	strcat(path, "/1-far");
	EXPECT(mkdir(path, 0700) == 0);
	strcat(path, "/keeper.sock");
	EXPECT(link(socket, path) == 0);
	setenv("PRIVYSEAL_HOME", near, 1);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
}

/* The display that this application names is on its own machine. */
TEST(entry_for_an_application_elsewhere_is_where_the_keepers_user_is)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;
	char display[64];
	bool is_new;
	CK_RV rv;

	person_set_up();
	person_configure("idle-exit = 0\n" BY_KEEPER);
	EXPECT_RV(module->C_CloseSession(application_session()), CKR_OK);
	meet_from_elsewhere();
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT(count >= 1);
	person_will("pin " PERSON_PIN "\n");
	is_new = show_display(display, sizeof(display));
	rv = log_in(application_session_in(slots[count - 1]));
	unlink(display);
	if (is_new)
		rmdir(X_FOLDER);
	EXPECT_RV(rv, CKR_OK);
	EXPECT_NUMBER(person_answers(), 1);
	EXPECT(person_was_told("ENVIRONMENT DISPLAY=:"));
	EXPECT(!person_was_told("DISPLAY=:77"));
}

TEST(entry_of_a_locked_token_asks_nobody)
{
	CK_SESSION_HANDLE session = set_up();
	int i;

	person_will("pin a wrong\npin b wrong\npin c wrong\npin d wrong\n"
		    "pin e wrong\npin f wrong\npin g wrong\npin h wrong\n"
		    "pin i wrong\npin j wrong\npin k wrong\n");
	EXPECT_RV(log_in(session), CKR_PIN_LOCKED);
	for (i = 0; i < 2; i++) {
		EXPECT_RV(log_in(session), CKR_PIN_LOCKED);
		EXPECT_NUMBER(person_answers(), 11);
	}
	EXPECT(person_was_told("1 try is left."));
}

TEST(entry_changes_a_pin_that_the_application_never_sees)
{
	CK_SESSION_HANDLE session = set_up();

	/* Wrong old one; new ones that differ; one that is too simple. */
	person_will("pin wrong\npin first new one\npin first new one\n"
		    "pin " PERSON_PIN "\n");
	EXPECT_RV(module->C_SetPIN(session, NULL, 0, NULL, 0), CKR_OK);
	EXPECT_NUMBER(person_answers(), 4);
	person_will("pin first new one\npin second one\npin secnod one\n"
		    "pin short\npin short\npin second one\npin second one\n");
	EXPECT_RV(module->C_SetPIN(session, NULL, 0, NULL, 0), CKR_OK);
	EXPECT(person_was_told("SETERROR The two are not the same."));
	EXPECT(person_was_told("SETERROR It needs at least 8 characters"));
	person_will("pin second one\n");
	EXPECT_RV(log_in(session), CKR_OK);
}

TEST(entry_sets_a_pin_after_the_recovery_code)
{
	CK_SESSION_HANDLE session = set_up();

	EXPECT_RV(module->C_InitPIN(session, NULL, 0), CKR_USER_NOT_LOGGED_IN);
	person_will("pin battery staple 7\npin quite a new one\n"
		    "pin quite a new one\n");
	EXPECT_RV(module->C_Login(session, CKU_SO, NULL, 0), CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, NULL, 0), CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	person_will("pin quite a new one\n");
	EXPECT_RV(log_in(session), CKR_OK);
}

TEST(entry_serves_keys_that_want_the_pin_at_every_use)
{
	static CK_BYTE text[] = "text";
	CK_MECHANISM generate = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE public_template[] = {
		{ CKA_EC_PARAMS, p256, sizeof(p256) }, { CKA_TOKEN, &yes, 1 }
	};
	CK_ATTRIBUTE private_template[] = { { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 }, { CKA_SIGN, &yes, 1 },
		{ CKA_ALWAYS_AUTHENTICATE, &yes, 1 } };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_SESSION_HANDLE session = set_up();
	CK_BYTE signature[64];
	CK_ULONG length = sizeof(signature);

	person_will("pin " PERSON_PIN "\npin wrong\npin " PERSON_PIN "\n");
	EXPECT_RV(log_in(session), CKR_OK);
	EXPECT_RV(module->C_GenerateKeyPair(session, &generate, public_template,
			  2, private_template, 4, &public_key, &private_key),
		CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_NUMBER(person_answers(), 1);
	EXPECT_RV(module->C_SignInit(session, &mechanism, private_key), CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0),
		CKR_OK);
	EXPECT_NUMBER(person_answers(), 3);
	EXPECT_RV(
		module->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
}
