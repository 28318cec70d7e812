/* SPDX-License-Identifier: BSD-2-Clause */
/* What a keeper elsewhere, brought here by ssh, can do to tokens of this
 * machine. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first slot of the first keeper elsewhere. */
enum { REMOTE_SLOT = 0x50000001 };

static void
initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

/* Beside a token of this machine, the socket of a keeper that claims this. */
static void
set_up(const char *claim)
{
	char near[4096], far[4100], socket[4200], path[4200], command[24000];

	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	snprintf(near, sizeof(near), "%s", getenv("PRIVYSEAL_HOME"));
	snprintf(far, sizeof(far), "%s-far", near);
	snprintf(path, sizeof(path), "%s/%s.so", test_folder(), claim);
	snprintf(command, sizeof(command),
		"install -m 0755 '" BUILDDIR "/tests/hostile/.libs/liar.so' "
		"'%s' && mkdir -m 700 '%s' '%s/remotes' '%s/remotes/1-far'",
		path, far, near, near);
	EXPECT(system(command) == 0);
	setenv("PRIVYSEAL_HOME", far, 1);
	stage_start("--token-module", path);
	snprintf(socket, sizeof(socket), "%s/run/keeper.sock", far);
	EXPECT(WITHIN(10000, access(socket, F_OK) == 0));
	setenv("PRIVYSEAL_HOME", near, 1);
	snprintf(path, sizeof(path), "%s/remotes/1-far/keeper.sock", near);
	EXPECT(link(socket, path) == 0);
	initialize();
}

/* The token of this machine is listed, and signs. */
static void
expect_own_token(void)
{
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slots[8];
	CK_ULONG count = 0;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	count = 8;
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT(count >= 1);
	session = application_session_in(slots[0]);
	application_login(session);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
}

TEST(a_keeper_elsewhere_that_lacks_memory_hides_no_token_of_this_machine)
{
	set_up("memory");
	expect_own_token();
}

TEST(a_keeper_elsewhere_does_not_say_whether_this_application_began)
{
	set_up("beginning");
	expect_own_token();
}

TEST(a_keeper_elsewhere_with_countless_slots_hides_no_token_of_this_machine)
{
	set_up("many");
	expect_own_token();
}

TEST(a_keeper_elsewhere_that_wants_ever_more_room_is_not_asked_for_ever)
{
	set_up("small");
	alarm(60);
	expect_own_token();
}

/* Else an application makes room for none of them, and says that it has. */
TEST(a_keeper_elsewhere_with_countless_mechanisms_is_not_believed)
{
	CK_MECHANISM_TYPE types[2];
	CK_ULONG count = 0;

	set_up("mechanisms");
	expect_own_token();
	EXPECT_RV(module->C_GetMechanismList(REMOTE_SLOT, NULL, &count),
		CKR_DEVICE_ERROR);
	EXPECT_NUMBER(count, 0);
	count = 2;
	EXPECT_RV(module->C_GetMechanismList(REMOTE_SLOT, types, &count),
		CKR_DEVICE_ERROR);
	EXPECT_NUMBER(count, 2);
}

/* Else a PIN that is meant for it would be tried on a token of this machine. */
TEST(a_keeper_elsewhere_gives_out_no_session_of_this_machines)
{
	CK_SESSION_HANDLE own, other = 0;
	CK_SESSION_INFO info;

	set_up("session");
	expect_own_token();
	own = application_session();
	EXPECT_RV(module->C_OpenSession(
			  REMOTE_SLOT, CKF_SERIAL_SESSION, NULL, NULL, &other),
		CKR_DEVICE_ERROR);
	EXPECT_NUMBER(other, 0);
	EXPECT_RV(module->C_GetSessionInfo(own, &info), CKR_OK);
}

TEST(a_keeper_elsewhere_tells_of_no_event_in_a_slot_of_this_machines)
{
	CK_SLOT_ID slot = 0;

	set_up("event");
	expect_own_token();
	EXPECT_RV(module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
		CKR_NO_EVENT);
	EXPECT_NUMBER(slot, 0);
}
