/* SPDX-License-Identifier: BSD-2-Clause */
/* A group's token in the machine keeper: its members use it, and that is all.
 */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/mailbox.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_UTF8CHAR PIN[] = "correct horse";
static CK_UTF8CHAR RECOVERY[] = "battery staple 7";

static CK_OBJECT_HANDLE
find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG count = 0;

	EXPECT_RV(module->C_FindObjectsInit(session, &template, 1), CKR_OK);
	EXPECT_RV(module->C_FindObjects(session, &found, 1, &count), CKR_OK);
	EXPECT_RV(module->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_NUMBER(count, 1);
	return found;
}

TEST(group_lets_each_member_sign)
{
	mailbox_prepare();
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
}

TEST(group_finds_members_by_name_and_goes_on_where_there_is_none)
{
	const struct passwd *account;

	mailbox_prepare();
	account = getpwnam("daemon");
	if (!account)
		test_skip("there is no user daemon");
	mailbox_configure("nobody-of-this-name, @none-either daemon");
	mailbox_restart();
	mailbox_as(account->pw_uid, mailbox_sign);
	mailbox_as(MAILBOX_MEMBER, mailbox_see_none);
}

/* The first user whom a group of the system's names. */
static const struct passwd *
find_grouped(const char **name)
{
	const struct passwd *account = NULL;
	const struct group *group;

	while (!account && (group = getgrent())) {
		*name = group->gr_name;
		if (group->gr_mem[0])
			account = getpwnam(group->gr_mem[0]);
		if (account && account->pw_uid == 0)
			account = NULL;
	}
	return account;
}

TEST(group_finds_members_by_a_group_of_the_systems)
{
	const struct passwd *account;
	const char *name = "";
	char members[64];

	mailbox_prepare();
	account = find_grouped(&name);
	if (!account)
		test_skip("no group here has a member");
	snprintf(members, sizeof(members), "@%s", name);
	mailbox_configure(members);
	mailbox_restart();
	mailbox_as(account->pw_uid, mailbox_sign);
	mailbox_as(MAILBOX_MEMBER, mailbox_see_none);
}

TEST(group_is_not_there_for_anyone_else)
{
	mailbox_prepare();
	mailbox_as(STAGE_STRANGER, mailbox_see_none);
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
}

TEST(group_is_not_there_for_who_was_a_member)
{
	mailbox_prepare();
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	mailbox_configure("64002");
	mailbox_restart();
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
}

/* Who says the number of what is not shown, past any module. */
static void
greet_the_group(void)
{
	struct hello hello = { .calls = 1, .front = 1 };
	struct wire wire = { 0 };
	int connection = stage_connect();

	memset(hello.secret, 'x', sizeof(hello.secret));
	hello_put(&wire, &hello);
	EXPECT(send(connection, wire.at, wire.length, MSG_NOSIGNAL) ==
		(ssize_t)wire.length);
	wire_clear(&wire);
	EXPECT(stage_has_hung_up(connection, 5000));
	EXPECT(strstr(stage_status(), "\nworker ") == NULL);
}

TEST(group_has_no_worker_for_a_stranger_who_knows_its_number)
{
	mailbox_prepare();
	mailbox_as(STAGE_STRANGER, greet_the_group);
}

static void
try_to_change(void)
{
	CK_UTF8CHAR label[32] = "taken                           ";
	CK_OBJECT_HANDLE made, key;
	CK_SESSION_HANDLE session;
	CK_BBOOL yes = CK_TRUE;
	CK_OBJECT_CLASS data = CKO_DATA;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &data, sizeof(data) },
		{ CKA_TOKEN, &yes, 1 } };
	CK_ATTRIBUTE name = { CKA_LABEL, label, 5 };
	CK_TOKEN_INFO info;

	EXPECT(mailbox_is_there());
	EXPECT_RV(module->C_GetTokenInfo(MAILBOX_SLOT, &info), CKR_OK);
	EXPECT(info.flags & CKF_WRITE_PROTECTED);
	EXPECT_RV(module->C_OpenSession(MAILBOX_SLOT,
			  CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
			  &session),
		CKR_TOKEN_WRITE_PROTECTED);
	EXPECT_RV(module->C_InitToken(
			  MAILBOX_SLOT, RECOVERY, sizeof(RECOVERY) - 1, label),
		CKR_TOKEN_WRITE_PROTECTED);
	session = mailbox_session();
	application_login(session);
	key = application_key(session);
	EXPECT_RV(module->C_DestroyObject(session, key), CKR_SESSION_READ_ONLY);
	EXPECT_RV(module->C_SetAttributeValue(session, key, &name, 1),
		CKR_SESSION_READ_ONLY);
	EXPECT_RV(module->C_CreateObject(session, template, 2, &made),
		CKR_SESSION_READ_ONLY);
	EXPECT_RV(module->C_SetPIN(session, PIN, sizeof(PIN) - 1, RECOVERY,
			  sizeof(RECOVERY) - 1),
		CKR_TOKEN_WRITE_PROTECTED);
	EXPECT_RV(module->C_InitPIN(session, PIN, sizeof(PIN) - 1),
		CKR_TOKEN_WRITE_PROTECTED);
}

TEST(group_member_changes_nothing)
{
	mailbox_prepare();
	mailbox_as(MAILBOX_MEMBER, try_to_change);
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
}

static void
try_to_take(void)
{
	CK_MECHANISM wrapping = { CKM_AES_KEY_WRAP, NULL, 0 },
		     making = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_BYTE value[256];
	CK_ULONG length = sizeof(value), size = 32;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE own_key[] = { { CKA_VALUE_LEN, &size, sizeof(size) },
		{ CKA_WRAP, &yes, 1 } };
	CK_ATTRIBUTE open = { CKA_TOKEN, &no, 1 };
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE reading[] = { { CKA_VALUE, value, sizeof(value) },
		{ CKA_KEY_TYPE, &type, sizeof(type) } };
	CK_OBJECT_HANDLE own, key, copy;
	CK_SESSION_HANDLE session = (mailbox_is_there(), mailbox_session());

	application_login(session);
	key = find(session, CKO_SECRET_KEY);
	EXPECT_RV(module->C_GetAttributeValue(session, key, reading, 2),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_NUMBER(reading[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(type, CKK_AES);
	EXPECT_RV(module->C_GenerateKey(session, &making, own_key, 2, &own),
		CKR_OK);
	EXPECT_RV(
		module->C_WrapKey(session, &wrapping, own, key, value, &length),
		CKR_KEY_UNEXTRACTABLE);
	EXPECT_RV(module->C_CopyObject(session, key, &open, 1, &copy),
		CKR_ACTION_PROHIBITED);
}

TEST(group_member_takes_no_key_that_would_let_itself_be_taken)
{
	mailbox_prepare();
	mailbox_as(MAILBOX_MEMBER, try_to_take);
}

static void
guess_thrice(void)
{
	CK_SESSION_HANDLE session = (mailbox_is_there(), mailbox_session());
	CK_UTF8CHAR wrong[] = "wrong horse";
	int i;

	for (i = 0; i < 3; i++, wrong[0]++)
		EXPECT_RV(module->C_Login(
				  session, CKU_USER, wrong, sizeof(wrong) - 1),
			CKR_PIN_INCORRECT);
}

static void
try_to_unlock(void)
{
	CK_SESSION_HANDLE session = (mailbox_is_there(), mailbox_session());

	EXPECT_RV(module->C_Login(session, CKU_USER, PIN, sizeof(PIN) - 1),
		CKR_PIN_LOCKED);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
	session = 0;
	EXPECT(module->C_OpenSession(MAILBOX_SLOT,
		       CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
		       &session) == CKR_TOKEN_WRITE_PROTECTED);
	session = mailbox_session();
	EXPECT_RV(module->C_Login(
			  session, CKU_SO, RECOVERY, sizeof(RECOVERY) - 1),
		CKR_TOKEN_WRITE_PROTECTED);
}

static void
unlock(void)
{
	CK_SESSION_HANDLE session;

	EXPECT(mailbox_is_there());
	session = application_session_in(MAILBOX_SLOT);
	EXPECT_RV(module->C_Login(
			  session, CKU_SO, RECOVERY, sizeof(RECOVERY) - 1),
		CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, PIN, sizeof(PIN) - 1), CKR_OK);
}

TEST(group_counts_the_tries_of_all_members_and_only_root_begins_anew)
{
	mailbox_prepare();
	mailbox_as(MAILBOX_MEMBER, guess_thrice);
	mailbox_as(MAILBOX_OTHER, try_to_unlock);
	mailbox_as(0, unlock);
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
}

static void
sign_and_stay(void)
{
	mailbox_begin();
	mailbox_sign();
}

static void
see_own_workers_only(void)
{
	const char *status;

	mailbox_sign();
	status = stage_status();
	EXPECT(strstr(status, "front ") != NULL);
	/* The keeper's own worker and the group's, of this application. */
	status = strstr(status, "\nworker ");
	EXPECT(status != NULL);
	while ((status = strstr(status + 1, "\nworker ")))
		EXPECT(strtol(strstr(status, "application ") +
				       strlen("application "),
			       NULL, 10) == getpid());
}

TEST(group_shows_a_member_nothing_of_another)
{
	mailbox_prepare();
	stage_keep_doing(MAILBOX_OTHER, sign_and_stay);
	mailbox_as(MAILBOX_MEMBER, see_own_workers_only);
}

TEST(group_has_a_folder_that_is_only_the_keepers)
{
	struct stat status;

	mailbox_prepare();
	EXPECT(stat(stage_path("state/groups/mail/tokens/1.token"), &status) ==
		0);
	EXPECT(stat(stage_path("state/groups/mail"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0700);
	EXPECT_NUMBER(status.st_uid, STAGE_KEEPER);
	EXPECT(stat(stage_path("state/groups/mail/tries"), &status) == 0);
}

TEST(group_is_in_the_audit_log_beside_who_used_its_key)
{
	char line[4096];
	bool is_there = false;
	FILE *file;

	mailbox_prepare();
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
	mailbox_restart();
	file = fopen(stage_path("state/audit.log"), "r");
	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file))
		is_there |= strstr(line, "what=sign user=64002 group=mail ") !=
			NULL;
	fclose(file);
	EXPECT(is_there);
}
