/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that wait for a vendor who bears only one at a time. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/softhsm.h"
#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char misdeed[4200], diary[4200];
static CK_OBJECT_HANDLE key;

/* Written in place: beside the keeper's home a worker reaches only what was
 * there when it began. */
static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	EXPECT(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void
set_up(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	char text[32768];

	snprintf(misdeed, sizeof(misdeed), "%s/misdeed", test_folder());
	snprintf(diary, sizeof(diary), "%s/diary", test_folder());
	write_file(misdeed, "");
	write_file(diary, "");
	snprintf(text, sizeof(text),
		"kdf-memory = 1\n[front hsm]\nthreads = no\nmodule = " BUILDDIR
		"/tests/hostile/.libs/vendor.so\n"
		"environment = SOFTHSM2_CONF=%s VENDOR=%s MISDEED=%s "
		"DIARY=%s\n",
		softhsm_configure(), softhsm_find(), misdeed, diary);
	stage_home(text);
	application_load();
	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

static CK_SLOT_ID
make_token(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	application_make_token(slots[0]);
	return application_token_slot();
}

static void
begin(CK_SESSION_HANDLE session)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

	EXPECT_RV(module->C_SignInit(session, &mechanism, key), CKR_OK);
}

static void *
sign(void *session)
{
	CK_BYTE text[] = "signed", signature[512];
	CK_ULONG length = sizeof(signature);

	module->C_Sign(*(CK_SESSION_HANDLE *)session, text, sizeof(text),
		signature, &length);
	return NULL;
}

static int
signatures_begun(void)
{
	FILE *file = fopen(diary, "r");
	char line[128];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += strcmp(line, "begin C_Sign\n") == 0;
	if (file)
		fclose(file);
	return count;
}

static pid_t
worker(void)
{
	const char *line = strstr(stage_status(), "\nfront ");

	return line ? (pid_t)atol(line + strlen("\nfront ")) : 0;
}

/* Signatures of a card are counted, by laws even. */
TEST(a_call_whose_application_has_given_up_is_not_made)
{
	CK_SESSION_HANDLE first, second;
	pthread_t one, other;
	CK_SLOT_ID slot;
	pid_t process;

	set_up();
	slot = make_token();
	first = application_session_in(slot);
	second = application_session_in(slot);
	application_login(first);
	application_make_key(first);
	key = application_key(first);
	process = worker();
	begin(first);
	begin(second);
	write_file(misdeed, "C_Sign long\n");
	EXPECT(pthread_create(&one, NULL, sign, &first) == 0);
	EXPECT(WITHIN(10000, signatures_begun() == 1));
	EXPECT(pthread_create(&other, NULL, sign, &second) == 0);
	/* Until it waits for its turn, where nobody sees it. */
	usleep(300000);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(pthread_join(one, NULL) == 0);
	EXPECT(pthread_join(other, NULL) == 0);
	EXPECT(WITHIN(20000, !stage_is_running(process)));
	EXPECT_NUMBER(signatures_begun(), 1);
}
