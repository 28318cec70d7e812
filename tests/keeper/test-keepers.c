/* SPDX-License-Identifier: BSD-2-Clause */
/* An application with two keepers, the machine's and the user's. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The first slots that each has; applications keep these numbers. */
enum { SLOT_OF_USER = 1, SLOT_OF_MACHINE = 0x20000001 };

static char owner_home[4096];
static pid_t machine;

/* The user's configuration is elsewhere, so that the home begins empty. */
static void
make_owner_home(void)
{
	static const char settings[] = "kdf-memory = 1\nidle-exit = 1\n";
	char path[4200];
	int file;

	snprintf(owner_home, sizeof(owner_home), "%s/owner", test_folder());
	EXPECT(mkdir(owner_home, 0700) == 0);
	EXPECT(chown(owner_home, STAGE_OWNER, STAGE_OWNER) == 0);
	snprintf(path, sizeof(path), "%s/privyseal", test_folder());
	EXPECT(mkdir(path, 0755) == 0);
	strcat(path, "/privyseal.conf");
	file = open(path, O_WRONLY | O_CREAT, 0644);
	EXPECT(write(file, settings, sizeof(settings) - 1) ==
		sizeof(settings) - 1);
	close(file);
	EXPECT(setenv("HOME", owner_home, 1) == 0);
	EXPECT(setenv("XDG_CONFIG_HOME", test_folder(), 1) == 0);
	EXPECT(unsetenv("XDG_DATA_HOME") == 0);
}

static void
initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

static void
prepare(void)
{
	if (geteuid() != 0)
		test_skip("only root can be another user");
	stage_machine_home("kdf-memory = 1\n");
	make_owner_home();
}

/* From here on this process is a user whose own keeper is not that of who runs
 * the tests. */
static void
begin_as_owner(void)
{
	stage_become(STAGE_OWNER);
	application_load();
	initialize();
}

static void
begin_with_both(void)
{
	prepare();
	machine = stage_machine();
	begin_as_owner();
}

/* One that knows the machine keeper only, or the user's only. */
static void
make_token_with(const char *variable, const char *value, CK_SLOT_ID slot)
{
	char *before = strdup(getenv("PRIVYSEAL_MACHINE"));
	CK_SESSION_HANDLE session;

	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(setenv(variable, value, 1) == 0);
	initialize();
	application_make_token(slot);
	session = application_session_in(slot);
	application_login(session);
	application_make_key(session);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(unsetenv(variable) == 0);
	EXPECT(setenv("PRIVYSEAL_MACHINE", before, 1) == 0);
	free(before);
	initialize();
}

static void
make_token_of_user(void)
{
	make_token_with("PRIVYSEAL_MACHINE", "", SLOT_OF_USER);
}

static void
make_token_of_machine(void)
{
	make_token_with("PRIVYSEAL_SPARE_SLOT", "yes", SLOT_OF_MACHINE);
}

static void
begin_with_a_token_in_both(void)
{
	begin_with_both();
	make_token_of_user();
	make_token_of_machine();
}

/* "2: 1 536870913", the way that NSS asks. */
static const char *
slots(void)
{
	static char text[256];
	CK_SLOT_ID list[8];
	CK_ULONG count, i;
	int at;

	EXPECT_RV(module->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	EXPECT(count <= 8);
	EXPECT_RV(module->C_GetSlotList(CK_FALSE, list, &count), CKR_OK);
	at = snprintf(text, sizeof(text), "%lu:", count);
	for (i = 0; i < count; i++)
		at += snprintf(
			text + at, sizeof(text) - (size_t)at, " %#lx", list[i]);
	return text;
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE text[] = "signed", signature[256];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = module->C_SignInit(session, &mechanism, key);

	return rv == CKR_OK ? module->C_Sign(session, text, sizeof(text),
				      signature, &length)
			    : rv;
}

struct signer {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
};

static struct signer
signer_in(CK_SLOT_ID slot)
{
	struct signer signer = { application_session_in(slot), 0 };

	application_login(signer.session);
	signer.key = application_key(signer.session);
	EXPECT_RV(sign(signer.session, signer.key), CKR_OK);
	return signer;
}

TEST(tokens_of_both_keepers_sign_side_by_side)
{
	struct signer user, of_machine;
	CK_SESSION_INFO info;

	begin_with_a_token_in_both();
	EXPECT_TEXT(slots(), "2: 0x20000001 0x1");
	of_machine = signer_in(SLOT_OF_MACHINE);
	user = signer_in(SLOT_OF_USER);
	EXPECT_RV(sign(of_machine.session, of_machine.key), CKR_OK);
	EXPECT_RV(module->C_GetSessionInfo(of_machine.session, &info), CKR_OK);
	EXPECT_NUMBER(info.slotID, SLOT_OF_MACHINE);
	EXPECT_RV(module->C_GetSessionInfo(user.session, &info), CKR_OK);
	EXPECT_NUMBER(info.slotID, SLOT_OF_USER);
}

TEST(sessions_of_one_keeper_are_closed_without_the_others)
{
	struct signer user, of_machine;

	begin_with_a_token_in_both();
	of_machine = signer_in(SLOT_OF_MACHINE);
	user = signer_in(SLOT_OF_USER);
	EXPECT(user.session != of_machine.session);
	EXPECT_RV(module->C_CloseAllSessions(SLOT_OF_MACHINE), CKR_OK);
	EXPECT_RV(sign(of_machine.session, of_machine.key),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(sign(user.session, user.key), CKR_OK);
	EXPECT_RV(module->C_CloseSession(user.session), CKR_OK);
}

static bool
is_empty(const char *folder)
{
	DIR *opened = opendir(folder);
	struct dirent *entry;
	bool empty = true;

	while (opened && (entry = readdir(opened)))
		empty &= entry->d_name[0] == '.' &&
			(!entry->d_name[1] || entry->d_name[1] == '.');
	if (opened)
		closedir(opened);
	return opened && empty;
}

TEST(account_without_tokens_sees_where_its_first_would_be_made)
{
	CK_TOKEN_INFO info;

	begin_with_both();
	EXPECT_TEXT(slots(), "1: 0x20000001");
	EXPECT_RV(module->C_GetTokenInfo(SLOT_OF_MACHINE, &info), CKR_OK);
	EXPECT(!(info.flags & CKF_TOKEN_INITIALIZED));
	EXPECT(is_empty(owner_home));
}

TEST(empty_slot_is_hidden_beside_tokens_unless_it_is_wished_for)
{
	begin_with_both();
	make_token_of_user();
	EXPECT_TEXT(slots(), "1: 0x1");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(setenv("PRIVYSEAL_SPARE_SLOT", "yes", 1) == 0);
	initialize();
	EXPECT_TEXT(slots(), "3: 0x20000001 0x1 0x2");
}

TEST(absent_machine_keeper_leaves_no_trace)
{
	CK_SLOT_INFO info;
	CK_SESSION_INFO session;

	prepare();
	begin_as_owner();
	EXPECT_TEXT(slots(), "1: 0x1");
	EXPECT_RV(module->C_GetSlotInfo(SLOT_OF_MACHINE, &info),
		CKR_SLOT_ID_INVALID);
	EXPECT_RV(module->C_GetSessionInfo(1UL << 48 | 1, &session),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT(is_empty(owner_home));
	EXPECT(is_empty(stage_path("run")));
}

TEST(home_that_is_set_is_the_only_one_that_counts)
{
	begin_with_both();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(setenv("PRIVYSEAL_HOME", owner_home, 1) == 0);
	initialize();
	EXPECT_TEXT(slots(), "1: 0x1");
	EXPECT_NUMBER(stage_worker(), 0);
}

/* The keeper is root's to end; the process that can was made before. */
static pid_t
make_executioner(int *order)
{
	int ends[2];
	pid_t process;
	char word;

	EXPECT(pipe(ends) == 0);
	process = fork();
	if (process == 0) {
		close(ends[1]);
		while (read(ends[0], &word, 1) == 1) {
			if (word == 'k' && machine) {
				kill(machine, SIGKILL);
				machine = 0;
			}
			if (word == 's')
				machine = stage_machine_start();
		}
		if (machine)
			kill(machine, SIGKILL);
		_exit(0);
	}
	close(ends[0]);
	*order = ends[1];
	return process;
}

static bool
answers(void)
{
	int connection = stage_connect();

	if (connection >= 0)
		close(connection);
	return connection >= 0;
}

TEST(lost_machine_keeper_leaves_the_users_at_work)
{
	struct signer user, of_machine;
	CK_SLOT_INFO info;
	CK_SLOT_ID slot;
	CK_RV rv;
	int order;

	prepare();
	machine = stage_machine();
	make_executioner(&order);
	begin_as_owner();
	make_token_of_user();
	make_token_of_machine();
	EXPECT_TEXT(slots(), "2: 0x20000001 0x1");
	of_machine = signer_in(SLOT_OF_MACHINE);
	user = signer_in(SLOT_OF_USER);
	EXPECT(write(order, "k", 1) == 1);
	EXPECT(WITHIN(5000, !answers()));
	EXPECT(WITHIN(5000,
		(rv = sign(of_machine.session, of_machine.key)) != CKR_OK));
	EXPECT(rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(sign(user.session, user.key), CKR_OK);
	EXPECT_TEXT(slots(), "2: 0x20000001 0x1");
	EXPECT_RV(module->C_GetSlotInfo(SLOT_OF_MACHINE, &info), CKR_OK);
	EXPECT(!(info.flags & CKF_TOKEN_PRESENT));
	EXPECT_RV(module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
		CKR_OK);
	EXPECT_NUMBER(slot, SLOT_OF_MACHINE);
	EXPECT(write(order, "s", 1) == 1);
	EXPECT(WITHIN(5000, answers()));
	of_machine = signer_in(SLOT_OF_MACHINE);
	EXPECT_RV(sign(user.session, user.key), CKR_OK);
	EXPECT_RV(module->C_GetSlotInfo(SLOT_OF_MACHINE, &info), CKR_OK);
	EXPECT(info.flags & CKF_TOKEN_PRESENT);
	close(order);
}

/* Nothing of the application reaches such a keeper: no worker is started. */
static void
expect_distrust(void)
{
	begin_as_owner();
	EXPECT_TEXT(slots(), "1: 0x1");
	EXPECT_NUMBER(stage_worker(), 0);
}

TEST(machine_keeper_that_does_not_own_its_place_is_not_trusted)
{
	prepare();
	stage_machine();
	EXPECT(chown(stage_path("run"), STAGE_STRANGER, STAGE_STRANGER) == 0);
	expect_distrust();
}

TEST(machine_keeper_whose_place_others_write_is_not_trusted)
{
	prepare();
	stage_machine();
	EXPECT(chmod(stage_path("run"), 0777) == 0);
	expect_distrust();
}

TEST(machine_keeper_whose_place_others_could_have_made_is_not_trusted)
{
	prepare();
	stage_machine();
	EXPECT(chmod(stage_path(""), 01777) == 0);
	expect_distrust();
}
