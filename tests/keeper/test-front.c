/* SPDX-License-Identifier: BSD-2-Clause */
/* SoftHSM2 behind the keeper, as the configuration names it. */

#include "config.h"

#include "keeper/front.h"
#include "tests/keeper/application.h"
#include "tests/keeper/remains.h"
#include "tests/keeper/stage.h"
#include "tests/softhsm.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first slot of the first front. */
enum { FIRST = 0x40100001 };

static void
initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

/* The module at the path, and more lines of its section. */
static const char *
section(const char *path, const char *more)
{
	static char text[16384];

	snprintf(text, sizeof(text),
		"kdf-memory = 1\n[front hsm]\nmodule = %s\n"
		"environment = SOFTHSM2_CONF=%s\n%s",
		path, softhsm_configure(), more);
	return text;
}

static void
configure(const char *path, const char *more)
{
	stage_home(section(path, more));
	application_load();
	initialize();
}

/* For workers that start from here on. */
static void
configure_anew(const char *path, const char *more)
{
	FILE *file = fopen(stage_path("privyseal.conf"), "w");

	EXPECT(file && fputs(section(path, more), file) >= 0 &&
		fclose(file) == 0);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	initialize();
}

static CK_ULONG
list(CK_BBOOL present, CK_SLOT_ID slots[16])
{
	CK_ULONG count = 0;

	EXPECT_RV(module->C_GetSlotList(present, NULL, &count), CKR_OK);
	EXPECT(count <= 16);
	EXPECT_RV(module->C_GetSlotList(present, slots, &count), CKR_OK);
	return count;
}

static CK_SLOT_ID
make_token(void)
{
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slots[16], slot;

	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
	EXPECT_NUMBER(slots[0], FIRST);
	application_make_token(slots[0]);
	slot = application_token_slot();
	session = application_session_in(slot);
	application_login(session);
	application_make_key(session);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
	return slot;
}

static void
set_up(void)
{
	configure(softhsm_find(), "");
}

static void
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_RV wanted)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE text[] = "signed", signature[256];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = module->C_SignInit(session, &mechanism, key);

	if (rv == CKR_OK)
		rv = module->C_Sign(
			session, text, sizeof(text), signature, &length);
	EXPECT_RV(rv, wanted);
}

/* The process that serves the front. */
static pid_t
worker(void)
{
	const char *line = strstr(stage_status(), "\nfront ");

	return line ? (pid_t)atol(line + strlen("\nfront ")) : 0;
}

TEST(a_configured_module_signs)
{
	CK_SESSION_HANDLE session;
	CK_SESSION_INFO info;
	CK_SLOT_ID slot;

	set_up();
	slot = make_token();
	session = application_session_in(slot);
	application_login(session);
	sign(session, application_key(session), CKR_OK);
	EXPECT_RV(module->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.slotID, slot);
}

TEST(a_client_that_never_asks_for_the_number_of_slots_sees_it_too)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 16;

	set_up();
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_NUMBER(slots[0], FIRST);
}

TEST(numbers_stay_when_the_keeper_and_the_vendor_begin_again)
{
	CK_SLOT_ID slots[16], slot;
	CK_ULONG count;

	set_up();
	slot = make_token();
	count = list(CK_FALSE, slots);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	initialize();
	EXPECT_NUMBER(application_token_slot(), slot);
	/* The empty slot that has become a token is not there any more for a
	 * vendor that starts anew. */
	EXPECT(list(CK_FALSE, slots) <= count);
}

TEST(a_list_of_slots_never_shrinks_while_a_client_runs)
{
	CK_SLOT_ID before[16], after[16];
	CK_ULONG count, i, j;

	set_up();
	EXPECT(make_token() != 0);
	count = list(CK_FALSE, before);
	EXPECT(kill(worker(), SIGKILL) == 0);
	EXPECT(list(CK_FALSE, after) >= count);
	for (i = 0; i < count; i++) {
		for (j = 0; j < count && after[j] != before[i]; j++)
			;
		EXPECT(j < count);
	}
}

TEST(a_module_that_crashes_is_a_token_that_was_pulled)
{
	CK_SESSION_HANDLE session, other;
	CK_OBJECT_HANDLE key, again;
	CK_SLOT_ID slot, event;
	CK_RV rv;

	set_up();
	slot = make_token();
	session = application_session_in(slot);
	application_login(session);
	key = application_key(session);
	EXPECT(kill(worker(), SIGKILL) == 0);
	rv = module->C_SignInit(
		session, &(CK_MECHANISM){ CKM_RSA_PKCS, NULL, 0 }, key);
	EXPECT(rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL),
		CKR_OK);
	EXPECT(event >= FIRST);
	other = application_session_in(slot);
	application_login(other);
	again = application_key(other);
	/* No old handle means something new. */
	EXPECT(other != session);
	EXPECT(again != key);
	sign(other, key, CKR_KEY_HANDLE_INVALID);
	sign(other, again, CKR_OK);
	sign(session, again, CKR_SESSION_HANDLE_INVALID);
}

TEST(a_front_that_is_no_module_leaves_the_others_their_tokens)
{
	CK_SLOT_ID slots[16];
	char more[9000];

	snprintf(more, sizeof(more),
		"[front broken]\nmodule = /etc/passwd\n"
		"[front absent]\nmodule = /nowhere/module.so\n");
	configure(softhsm_find(), more);
	EXPECT(make_token() != 0);
	EXPECT(list(CK_TRUE, slots) == 2);
}

TEST(a_module_that_others_can_write_is_not_loaded)
{
	char path[4200], command[9000];
	CK_SLOT_ID slots[16];

	snprintf(path, sizeof(path), "%s/copy.so", test_folder());
	snprintf(command, sizeof(command), "cp %s %s && chmod 666 %s",
		softhsm_find(), path, path);
	EXPECT(system(command) == 0);
	configure(path, "");
	EXPECT_NUMBER(list(CK_TRUE, slots), 0);
	EXPECT(chmod(path, 0644) == 0);
	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
}

/* Whoever may move the link chooses what is loaded. */
TEST(a_module_behind_a_link_that_others_can_move_is_not_loaded)
{
	char folder[4200], path[4300];
	CK_SLOT_ID slots[16];

	snprintf(folder, sizeof(folder), "%s/open", test_folder());
	snprintf(path, sizeof(path), "%s/link.so", folder);
	EXPECT(mkdir(folder, 0700) == 0 && chmod(folder, 0777) == 0);
	EXPECT(symlink(softhsm_find(), path) == 0);
	configure(path, "");
	EXPECT_NUMBER(list(CK_TRUE, slots), 0);
	EXPECT(chmod(folder, 0755) == 0);
	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
}

TEST(a_module_behind_a_link_of_another_user_is_not_loaded)
{
	char path[4200];
	CK_SLOT_ID slots[16];

	if (geteuid() != 0)
		test_skip("only root can make another user's link");
	snprintf(path, sizeof(path), "%s/link.so", test_folder());
	EXPECT(symlink(softhsm_find(), path) == 0);
	EXPECT(lchown(path, STAGE_STRANGER, STAGE_STRANGER) == 0);
	configure(path, "");
	EXPECT_NUMBER(list(CK_TRUE, slots), 0);
	EXPECT(lchown(path, 0, 0) == 0);
	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
}

/* A link on the way, between one in a safe place and a module in a safe place.
 */
static void
make_chain(const char *folder, const char *first)
{
	char middle[4300];

	snprintf(middle, sizeof(middle), "%s/middle", folder);
	EXPECT(mkdir(folder, 0700) == 0 && chmod(folder, 0777) == 0);
	EXPECT(symlink(softhsm_find(), middle) == 0);
	EXPECT(symlink(middle, first) == 0);
}

TEST(a_module_behind_links_of_which_others_can_move_one_is_not_loaded)
{
	char folder[4200], path[4200];
	CK_SLOT_ID slots[16];

	snprintf(folder, sizeof(folder), "%s/open", test_folder());
	snprintf(path, sizeof(path), "%s/link.so", test_folder());
	make_chain(folder, path);
	configure(path, "");
	EXPECT_NUMBER(list(CK_TRUE, slots), 0);
	EXPECT(chmod(folder, 0755) == 0);
	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
}

/* In a folder like /tmp only its owner moves a link. */
TEST(a_module_behind_links_of_which_one_is_another_users_is_not_loaded)
{
	char folder[4200], path[4200], middle[4300];
	CK_SLOT_ID slots[16];

	if (geteuid() != 0)
		test_skip("only root can make another user's link");
	snprintf(folder, sizeof(folder), "%s/open", test_folder());
	snprintf(path, sizeof(path), "%s/link.so", test_folder());
	snprintf(middle, sizeof(middle), "%s/middle", folder);
	make_chain(folder, path);
	EXPECT(chmod(folder, 01777) == 0);
	EXPECT(lchown(middle, STAGE_STRANGER, STAGE_STRANGER) == 0);
	configure(path, "");
	EXPECT_NUMBER(list(CK_TRUE, slots), 0);
	EXPECT(lchown(middle, 0, 0) == 0);
	EXPECT_NUMBER(list(CK_TRUE, slots), 1);
}

TEST(a_module_is_found_by_every_kind_of_link)
{
	static const struct {
		const char *link, *target;
	} links[] = { { "a", "." }, { "b", "a/c/./d.so" }, { "c", "sub//" },
		{ "sub/d.so", "../e.so" }, { "loop", "loop" } };
	char folder[4200], path[4300], reason[256];
	const struct front front = { .module = path };
	char *found, *real;
	size_t i;

	snprintf(folder, sizeof(folder), "%s", test_folder());
	EXPECT(chdir(folder) == 0 && mkdir("sub", 0755) == 0);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		EXPECT(symlink(links[i].target, links[i].link) == 0);
	EXPECT(symlink(softhsm_find(), "e.so") == 0);
	snprintf(path, sizeof(path), "%s//b", folder);
	real = realpath(softhsm_find(), NULL);
	found = front_find_module(&front, reason, sizeof(reason));
	EXPECT_TEXT(found ? found : reason, real);
	free(found);
	free(real);
	snprintf(path, sizeof(path), "%s/loop", folder);
	EXPECT(!front_find_module(&front, reason, sizeof(reason)));
	EXPECT_TEXT(reason, strerror(ELOOP));
	snprintf(path, sizeof(path), "%s/sub", folder);
	EXPECT(!front_find_module(&front, reason, sizeof(reason)));
}

/* A link that is moved meanwhile leads to nothing that was not looked at. */
TEST(what_is_loaded_is_the_path_that_was_looked_at)
{
	char path[4200], reason[256], *real, *found;
	const struct front front = { .module = path };

	snprintf(path, sizeof(path), "%s/link.so", test_folder());
	EXPECT(symlink(softhsm_find(), path) == 0);
	real = realpath(path, NULL);
	found = front_find_module(&front, reason, sizeof(reason));
	EXPECT_TEXT(found, real);
	free(real);
	free(found);
}

TEST(only_tokens_that_a_uri_names_are_shown)
{
	CK_SLOT_ID slots[16];

	set_up();
	EXPECT(make_token() != 0);
	configure_anew(softhsm_find(), "tokens = pkcs11:token=other\n");
	EXPECT_NUMBER(list(CK_FALSE, slots), 0);
	configure_anew(softhsm_find(), "tokens = pkcs11:token=stage\n");
	EXPECT_NUMBER(list(CK_FALSE, slots), 1);
}

/* It counts for one use within five seconds of the login. */
TEST(a_pin_is_gone_when_the_time_for_its_use_is_over)
{
	static CK_UTF8CHAR pin[] = "correct horse",
			   longer[] = "correct horse battery staple";
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slot;

	set_up();
	slot = make_token();
	session = application_session_in(slot);
	EXPECT_RV(module->C_SetPIN(session, pin, sizeof(pin) - 1, longer,
			  sizeof(longer) - 1),
		CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	remains_seek("pin", longer, sizeof(longer) - 1);
	EXPECT_RV(
		module->C_Login(session, CKU_USER, longer, sizeof(longer) - 1),
		CKR_OK);
	remains_expect(worker(), "pin");
	sleep(8);
	EXPECT_NUMBER(remains_in(worker(), "pin"), 0);
}

TEST(handles_end_with_the_session_that_they_were_made_in)
{
	CK_OBJECT_CLASS data = CKO_DATA;
	CK_ATTRIBUTE template = { CKA_CLASS, &data, sizeof(data) };
	CK_SESSION_HANDLE session, other;
	CK_OBJECT_HANDLE object;
	CK_ULONG size;
	CK_SLOT_ID slot;

	set_up();
	slot = make_token();
	session = application_session_in(slot);
	other = application_session_in(slot);
	application_login(session);
	EXPECT_RV(
		module->C_CreateObject(session, &template, 1, &object), CKR_OK);
	EXPECT_RV(module->C_GetObjectSize(other, object, &size), CKR_OK);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
	EXPECT_RV(module->C_GetObjectSize(other, object, &size),
		CKR_OBJECT_HANDLE_INVALID);
}
