/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine keeper with the token of a group on it, and users who come. */

#include "config.h"

#include "tests/keeper/mailbox.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t keeper;

pid_t
mailbox_keeper(void)
{
	return keeper;
}

void
mailbox_begin(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	application_load();
	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

pid_t
mailbox_start(unsigned user, void (*act)(void))
{
	pid_t process;

	fflush(stdout);
	process = fork();
	EXPECT(process >= 0);
	if (process == 0) {
		if (user)
			stage_become(user);
		mailbox_begin();
		act();
		exit(0);
	}
	return process;
}

void
mailbox_expect_good_end(pid_t process)
{
	int status = -1;

	EXPECT(waitpid(process, &status, 0) == process);
	EXPECT_NUMBER(status, 0);
}

void
mailbox_as(unsigned user, void (*act)(void))
{
	mailbox_expect_good_end(mailbox_start(user, act));
}

bool
mailbox_is_there(void)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 16, i;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT(count <= 16);
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++)
		if (slots[i] == MAILBOX_SLOT)
			return true;
	return false;
}

/* As imports may wish it: nothing of the key's own keeps it. */
static void
make_open_secret(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_AES;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_BYTE value[32] = "a secret that may be read, alas";
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_VALUE, value, sizeof(value) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 },
		{ CKA_ENCRYPT, &yes, 1 }, { CKA_DERIVE, &yes, 1 } };

	EXPECT_RV(module->C_CreateObject(session, template,
			  sizeof(template) / sizeof(template[0]), &key),
		CKR_OK);
}

static void
make_all(void)
{
	CK_SESSION_HANDLE session;

	EXPECT(mailbox_is_there());
	application_make_token(MAILBOX_SLOT);
	session = application_session_in(MAILBOX_SLOT);
	application_login(session);
	application_make_key(session);
	make_open_secret(session);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
}

/* As root, for the group of one that the configuration names. */
static void
make(void)
{
	EXPECT(setenv("PRIVYSEAL_SPARE_SLOT", "yes", 1) == 0);
	mailbox_as(0, make_all);
	EXPECT(unsetenv("PRIVYSEAL_SPARE_SLOT") == 0);
}

void
mailbox_configure(const char *members)
{
	char fresh[4096];
	FILE *file;

	snprintf(fresh, sizeof(fresh), "%s", stage_path("new.conf"));
	file = fopen(fresh, "w");
	EXPECT(file != NULL);
	fprintf(file,
		"kdf-memory = 1\npin-tries = 3\n[group mail]\n"
		"members = %s\n",
		members);
	EXPECT(fclose(file) == 0);
	EXPECT(rename(fresh, stage_path("privyseal.conf")) == 0);
}

void
mailbox_restart(void)
{
	EXPECT(kill(keeper, SIGTERM) == 0);
	EXPECT(waitpid(keeper, NULL, 0) == keeper);
	EXPECT(WITHIN(5000, access(stage_path("run/keeper.sock"), F_OK) < 0));
	keeper = stage_machine();
}

void
mailbox_prepare(void)
{
	if (geteuid() != 0)
		test_skip("only root can be several users");
	stage_machine_home("");
	EXPECT(setenv("HOME", "/nonexistent", 1) == 0);
	mailbox_configure("64002, 64004");
	keeper = stage_machine();
	make();
}

CK_SESSION_HANDLE
mailbox_session(void)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(module->C_OpenSession(MAILBOX_SLOT, CKF_SERIAL_SESSION, NULL,
			  NULL, &session),
		CKR_OK);
	return session;
}

CK_RV
mailbox_try(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE data[] = "mail", signature[256];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = module->C_SignInit(session, &mechanism, key);

	return rv == CKR_OK ? module->C_Sign(session, data, sizeof(data),
				      signature, &length)
			    : rv;
}

void
mailbox_sign(void)
{
	CK_SESSION_HANDLE session;

	EXPECT(mailbox_is_there());
	session = mailbox_session();
	application_login(session);
	EXPECT_RV(mailbox_try(session, application_key(session)), CKR_OK);
}

void
mailbox_see_none(void)
{
	CK_SESSION_HANDLE session;

	EXPECT(!mailbox_is_there());
	EXPECT(module->C_OpenSession(MAILBOX_SLOT, CKF_SERIAL_SESSION, NULL,
		       NULL, &session) != CKR_OK);
}
