/* SPDX-License-Identifier: BSD-2-Clause */
/* An older copy of a token's file, put in its place while the keeper runs. */

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

static CK_UTF8CHAR old_pin[] = "correct horse", new_pin[] = "other horses";

/* Once with what the file says, once with what its journal says. */
static void
run(const char *command)
{
	char text[9000];

	snprintf(text, sizeof(text), "cd '%s' && { %s; }", stage_path("tokens"),
		command);
	EXPECT_NUMBER(system(text), 0);
}

static unsigned
count_log(const char *text)
{
	char line[1024];
	unsigned count = 0;
	FILE *file = fopen(stage_path("keeper.log"), "r");

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return count;
}

static CK_RV
login_rv(CK_UTF8CHAR *pin, CK_ULONG length)
{
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slot = application_slot();
	CK_RV rv = module->C_OpenSession(slot,
		CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session);

	if (rv == CKR_OK)
		rv = module->C_Login(session, CKU_USER, pin, length);
	return rv;
}

/* As another application would, with a worker of its own. */
static CK_RV
login_elsewhere(CK_UTF8CHAR *pin, CK_ULONG length)
{
	pid_t process = fork();
	int status;

	if (process == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		_exit((int)(login_rv(pin, length) & 0xff));
	}
	EXPECT(waitpid(process, &status, 0) == process);
	EXPECT(WIFEXITED(status));
	return (CK_RV)WEXITSTATUS(status);
}

/* A token whose PIN was changed, and beside it a copy from before; this
 * application's worker has it open. */
static CK_SESSION_HANDLE
change_pin_after_copy(void)
{
	CK_SESSION_HANDLE session;

	application_set_up("");
	session = application_session();
	run("mkdir ../before && cp -p * ../before");
	EXPECT_RV(module->C_SetPIN(session, old_pin, sizeof(old_pin) - 1,
			  new_pin, sizeof(new_pin) - 1),
		CKR_OK);
	return session;
}

static void
expect_old_pin_is_useless(void)
{
	EXPECT_RV(login_elsewhere(old_pin, sizeof(old_pin) - 1),
		CKR_DEVICE_ERROR);
	EXPECT_RV(login_elsewhere(new_pin, sizeof(new_pin) - 1),
		CKR_DEVICE_ERROR);
	EXPECT(count_log("older than it was") >= 1);
}

TEST(older_copy_put_in_place_opens_to_nobody_while_the_keeper_runs)
{
	change_pin_after_copy();
	run("rm -f *-wal *-shm; for f in ../before/*; do mv $f .; done");
	EXPECT(login_rv(old_pin, sizeof(old_pin) - 1) != CKR_OK);
	expect_old_pin_is_useless();
}

TEST(older_copy_written_over_the_file_opens_to_nobody)
{
	change_pin_after_copy();
	run("for f in ../before/*; do cat $f >${f##*/}; done");
	EXPECT(login_rv(old_pin, sizeof(old_pin) - 1) != CKR_OK);
	EXPECT(login_elsewhere(old_pin, sizeof(old_pin) - 1) != CKR_OK);
}

TEST(older_copy_from_before_a_new_initialisation_opens_to_nobody)
{
	static CK_UTF8CHAR recovery[] = "battery staple 7";
	CK_UTF8CHAR label[32];

	application_set_up("");
	run("mkdir ../before && cp -p * ../before");
	memset(label, ' ', sizeof(label));
	EXPECT_RV(module->C_InitToken(application_slot(), recovery,
			  sizeof(recovery) - 1, label),
		CKR_OK);
	run("rm -f *-wal *-shm; for f in ../before/*; do mv $f .; done");
	expect_old_pin_is_useless();
}

TEST(older_copy_counts_again_for_a_new_keeper)
{
	const char *at;

	change_pin_after_copy();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	at = strstr(stage_status(), "process ");
	EXPECT(at && kill((pid_t)atol(at + 8), SIGTERM) == 0);
	EXPECT(WITHIN(10000, access(stage_path("run/keeper.sock"), F_OK) != 0));
	run("rm -f *-wal *-shm; for f in ../before/*; do mv $f .; done");
	EXPECT_RV(login_elsewhere(old_pin, sizeof(old_pin) - 1), CKR_OK);
	EXPECT_NUMBER(count_log("older than it was"), 0);
}
