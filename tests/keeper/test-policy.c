/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration lets an application do with keys, as it meets that. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/person.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new application under this configuration, logged in; *key is its key. */
static CK_SESSION_HANDLE
begin(const char *configuration, CK_OBJECT_HANDLE *key)
{
	CK_SESSION_HANDLE session;

	person_configure(configuration);
	session = application_session();
	application_login(session);
	*key = application_key(session);
	return session;
}

TEST(policy_narrows_what_a_key_may_do)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("[key *]\nuses = decrypt\n", &key);
	EXPECT_RV(
		application_sign(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	session = begin("[key *]\nuses = sign\n", &key);
	EXPECT_RV(application_sign(session, key), CKR_OK);
}

TEST(policy_never_widens_what_a_key_may_do)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("[key *]\nuses = sign decrypt unwrap\n", &key);
	EXPECT_RV(module->C_DecryptInit(session, &mechanism, key),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST(policy_lets_a_key_be_used_by_its_mechanisms_only)
{
	CK_MECHANISM mechanism = { CKM_SHA512_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("[token stage]\nmechanisms = SHA256_RSA_PKCS\n", &key);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_RV(module->C_SignInit(session, &mechanism, key),
		CKR_MECHANISM_INVALID);
}

TEST(policy_asks_before_each_use)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("ask = each\n", &key);
	person_will("yes\nno\nyes\n");
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_RV(application_sign(session, key), CKR_FUNCTION_CANCELED);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_NUMBER(person_answers(), 3);
	EXPECT(person_was_told("SETDESC test-policy (" BUILDDIR
			       "/tests/keeper/test-policy, process "));
	EXPECT(person_was_told("%0Awants to sign.%0A"));
}

TEST(policy_asks_before_the_first_use_after_each_login)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("ask = first\n", &key);
	person_will("no\nyes\n");
	EXPECT_RV(application_sign(session, key), CKR_FUNCTION_CANCELED);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_NUMBER(person_answers(), 2);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	application_login(session);
	person_will("yes\n");
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_NUMBER(person_answers(), 3);
}

TEST(policy_that_cannot_ask_refuses)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	unsetenv("DISPLAY");
	session = begin("ask = first\n", &key);
	person_will("yes\n");
	EXPECT_RV(application_sign(session, key), CKR_FUNCTION_CANCELED);
	EXPECT_NUMBER(person_answers(), 0);
}

TEST(policy_is_not_evaded_by_a_copy)
{
	CK_BBOOL no = CK_FALSE;
	CK_UTF8CHAR label[] = "another";
	CK_ATTRIBUTE template[] = { { CKA_TOKEN, &no, 1 },
		{ CKA_LABEL, label, sizeof(label) - 1 } };
	CK_OBJECT_HANDLE key, copy;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("[key *]\nask = each\n", &key);
	EXPECT_RV(module->C_CopyObject(session, key, template, 2, &copy),
		CKR_ACTION_PROHIBITED);
	session = begin("", &key);
	EXPECT_RV(
		module->C_CopyObject(session, key, template, 2, &copy), CKR_OK);
}

TEST(policy_leaves_keys_of_a_session_alone)
{
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM mechanism = { CKM_AES_ECB, NULL, 0 };
	CK_ULONG length = 32;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE template[] = { { CKA_VALUE_LEN, &length, sizeof(length) },
		{ CKA_ENCRYPT, &yes, 1 } };
	CK_OBJECT_HANDLE key, secret;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("ask = each\nuses = none\n", &key);
	EXPECT_RV(
		module->C_GenerateKey(session, &generate, template, 2, &secret),
		CKR_OK);
	EXPECT_RV(module->C_EncryptInit(session, &mechanism, secret), CKR_OK);
}

/* A certificate's outline, with the year (of this century) of its end, and the
 * id that makes it the key's. */
static void
add_certificate(CK_SESSION_HANDLE session, const char year[3])
{
	CK_BYTE value[] = "\x30\x29\x30\x27\x02\x01\x01\x30\x00\x30\x00\x30\x1e"
			  "\x17\x0d"
			  "200101000000Z\x17\x0d"
			  "YY0101000000Z";
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE;
	CK_BYTE subject[] = { 0x30, 0 }, id[] = { 1, 2, 3 };
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &yes, 1 }, { CKA_VALUE, value, sizeof(value) - 1 },
		{ CKA_SUBJECT, subject, sizeof(subject) },
		{ CKA_ID, id, sizeof(id) } };
	CK_OBJECT_HANDLE certificate;

	memcpy(value + sizeof(value) - 14, year, 2);
	EXPECT_RV(module->C_CreateObject(session, template, 6, &certificate),
		CKR_OK);
}

static void
give_id(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE id[] = { 1, 2, 3 };
	CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };

	EXPECT_RV(module->C_SetAttributeValue(session, key, &attribute, 1),
		CKR_OK);
}

static bool
file_has(const char *name, const char *text)
{
	char line[2100];
	FILE *file = fopen(stage_path(name), "r");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

TEST(policy_warns_of_a_certificate_that_has_expired_and_lets_its_key_sign)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("", &key);
	give_id(session, key);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT(!file_has("keeper.log", "expired"));
	session = begin("", &key);
	add_certificate(session, "21");
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT(WITHIN(5000, file_has("keeper.log", "have expired")));
}

TEST(policy_refuses_a_key_only_when_all_its_certificates_have_expired)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("expired = refuse\n", &key);
	give_id(session, key);
	add_certificate(session, "21");
	add_certificate(session, "22");
	EXPECT_RV(
		application_sign(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	/* A renewed one counts at once. */
	add_certificate(session, "49");
	EXPECT_RV(application_sign(session, key), CKR_OK);
}

TEST(policy_decisions_are_in_the_audit_log)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("ask = each\nlock-after = 2\n", &key);
	person_will("yes\nno\n");
	EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT_RV(application_sign(session, key), CKR_FUNCTION_CANCELED);
	EXPECT(WITHIN(10000, file_has("audit.log", "detail=allowed")));
	EXPECT(WITHIN(10000, file_has("audit.log", "detail=not%20allowed")));
	EXPECT(WITHIN(20000, file_has("audit.log", "were%20not%20used")));
}

static CK_STATE
state_of(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	EXPECT_RV(module->C_GetSessionInfo(session, &info), CKR_OK);
	return info.state;
}

TEST(policy_ends_a_login_that_is_idle)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session, other;
	unsigned long start;

	person_set_up();
	session = begin("[key *]\nlock-after = 2\n", &key);
	other = application_session();
	EXPECT_RV(application_sign(session, key), CKR_OK);
	start = application_moment();
	EXPECT(WITHIN(20000, state_of(other) == CKS_RW_PUBLIC_SESSION));
	EXPECT(application_moment() - start > 1500);
	EXPECT_NUMBER(state_of(session), CKS_RW_PUBLIC_SESSION);
	EXPECT(application_sign(session, key) != CKR_OK);
	/* And asks for the login again, as after C_Logout. */
	application_login(session);
	EXPECT_RV(application_sign(session, key), CKR_OK);
}

TEST(policy_keeps_a_login_that_is_used)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;
	int i;

	person_set_up();
	session = begin("lock-after = 20\n", &key);
	for (i = 0; i < 3; i++) {
		EXPECT_RV(application_sign(session, key), CKR_OK);
		usleep(300000);
	}
	EXPECT_NUMBER(state_of(session), CKS_RW_USER_FUNCTIONS);
}

TEST(policy_login_that_ended_by_itself_may_end_by_hand)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("lock-after = 1\n", &key);
	EXPECT(WITHIN(20000, state_of(session) == CKS_RW_PUBLIC_SESSION));
	EXPECT_RV(module->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
	/* The session that it began in may be gone meanwhile. */
	application_login(session);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
	session = application_session();
	usleep(1500000);
	EXPECT_NUMBER(state_of(session), CKS_RW_PUBLIC_SESSION);
}

/* A keeper that reads this as the system's file too. */
static void
restart_with(const char *text)
{
	const char *path;
	FILE *file = fopen(stage_path("system.conf"), "w");

	EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	path = strdup(stage_path("run/keeper.sock"));
	EXPECT(WITHIN(20000, access(path, F_OK) != 0));
	path = strdup(stage_path("system.conf"));
	stage_keeper("--system-configuration", path);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
}

TEST(policy_that_the_system_locks_holds_against_the_user)
{
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	restart_with("[key *]\nuses = decrypt locked\n");
	session = begin("[key *]\nuses = sign\n", &key);
	EXPECT_RV(
		application_sign(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST(policy_of_the_system_is_not_evaded_by_another_id)
{
	CK_BYTE id[] = { 9 };
	CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };
	CK_OBJECT_HANDLE key;
	CK_SESSION_HANDLE session;

	person_set_up();
	session = begin("[key 010203]\nuses = decrypt\n", &key);
	give_id(session, key);
	EXPECT_RV(
		application_sign(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
	restart_with("[key 010203]\nuses = decrypt locked\n");
	session = begin("", &key);
	EXPECT_RV(module->C_SetAttributeValue(session, key, &attribute, 1),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(
		application_sign(session, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}
