/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock is set back and forth under a running keeper. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define YEAR (365L * 86400)

static CK_UTF8CHAR recovery[] = "battery staple 7";

/* Seconds that the keeper's clock is off; it looks each time. */
static void
set_clock(long shift)
{
	char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s.new", stage_path("clock"));
	EXPECT((file = fopen(path, "w")) != NULL);
	fprintf(file, "%ld\n", shift);
	fclose(file);
	EXPECT(rename(path, stage_path("clock")) == 0);
}

static void
set_up(const char *configuration)
{
	setenv("PRIVYSEAL_KEEPER", BUILDDIR "/tests/crash/keeper-with-faults",
		1);
	application_set_up(configuration);
}

static CK_RV
guess_recovery(CK_SESSION_HANDLE session, unsigned number)
{
	char guess[32];
	int length = snprintf(guess, sizeof(guess), "wrong guess %u", number);

	return module->C_Login(
		session, CKU_SO, (CK_UTF8CHAR *)guess, (CK_ULONG)length);
}

static CK_RV
try_recovery(CK_SESSION_HANDLE session)
{
	CK_RV rv = module->C_Login(
		session, CKU_SO, recovery, sizeof(recovery) - 1);

	if (rv == CKR_OK)
		EXPECT_RV(module->C_Logout(session), CKR_OK);
	return rv;
}

/* As the log begins its lines. */
static const char *
year_of(long shift)
{
	static char text[16];
	time_t then = time(NULL) + shift;

	strftime(text, sizeof(text), "%Y-", gmtime(&then));
	return text;
}

/* Is it the keeper's clock at all that is set? */
static bool
log_has(const char *text)
{
	char line[1024];
	bool found = false;
	FILE *file = fopen(stage_path("keeper.log"), "r");

	while (file && fgets(line, sizeof(line), file))
		found |= strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

TEST(signatures_and_logins_go_on_whatever_the_clock_says)
{
	static const long shifts[] = { 0, 10 * YEAR, -20 * YEAR, 3600, -3600,
		50 * YEAR, 0 };
	CK_SESSION_HANDLE session, other;
	CK_OBJECT_HANDLE key;
	size_t i;

	set_up("");
	session = application_session();
	application_login(session);
	key = application_key(session);
	for (i = 0; i < sizeof(shifts) / sizeof(*shifts); i++) {
		set_clock(shifts[i]);
		EXPECT_RV(application_sign(session, key), CKR_OK);
		other = application_session();
		EXPECT_RV(module->C_CloseSession(other), CKR_OK);
		EXPECT_RV(module->C_Logout(session), CKR_OK);
		application_login(session);
		key = application_key(session);
		EXPECT_RV(application_sign(session, key), CKR_OK);
	}
}

TEST(recovery_is_neither_lost_nor_opened_by_a_clock_that_is_set)
{
	CK_SESSION_HANDLE session;
	unsigned i;

	set_up("pin-tries = 3\n");
	session = application_session();
	set_clock(YEAR);
	for (i = 0; i < 3; i++)
		EXPECT_RV(guess_recovery(session, i), CKR_PIN_INCORRECT);
	EXPECT_RV(guess_recovery(session, i), CKR_PIN_LOCKED);
	/* Neither on, nor back to the right time and more: it is 10 s. */
	set_clock(3 * YEAR);
	EXPECT_RV(guess_recovery(session, i), CKR_PIN_LOCKED);
	set_clock(-YEAR);
	EXPECT_RV(guess_recovery(session, i), CKR_PIN_LOCKED);
	EXPECT(WITHIN(30000, try_recovery(session) == CKR_OK));
	/* The PIN has nothing to do with it. */
	application_login(session);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
}

TEST(pin_that_is_locked_is_not_opened_by_a_clock_that_is_set)
{
	static CK_UTF8CHAR right[] = "correct horse", wrong[] = "wrong horse 1";
	CK_SESSION_HANDLE session;
	unsigned i;

	set_up("pin-tries = 3\n");
	session = application_session();
	for (i = 0; i < 3; i++) {
		wrong[sizeof(wrong) - 2] = (CK_UTF8CHAR)('1' + i);
		EXPECT_RV(module->C_Login(
				  session, CKU_USER, wrong, sizeof(wrong) - 1),
			CKR_PIN_INCORRECT);
	}
	set_clock(50 * YEAR);
	EXPECT_RV(module->C_Login(session, CKU_USER, right, sizeof(right) - 1),
		CKR_PIN_LOCKED);
	set_clock(-50 * YEAR);
	EXPECT_RV(module->C_Login(session, CKU_USER, right, sizeof(right) - 1),
		CKR_PIN_LOCKED);
	EXPECT(log_has(year_of(50 * YEAR)));
}
