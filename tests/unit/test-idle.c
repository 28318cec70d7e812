/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins that end by themselves, on a clock that the test sets. */

#include "config.h"

#include "keeper/idle.h"
#include "tests/test.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Seconds that the machine has slept more than it did, and has been awake. */
static _Atomic long slept, awake;
static atomic_int logouts, ends;

/* What libc would tell, and what the test has made of it. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_BOOTTIME)
		now->tv_sec += slept + awake;
	if (clock == CLOCK_MONOTONIC)
		now->tv_sec += awake;
	return result;
}

static CK_RV
log_out(CK_SESSION_HANDLE session)
{
	atomic_fetch_add(&logouts, 1);
	return session == 7 ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	*session = 7;
	return CKR_OK;
}

static CK_RV
close_session(CK_SESSION_HANDLE session)
{
	return CKR_OK;
}

static void
ended(CK_SLOT_ID slot, const char *why)
{
	atomic_fetch_add(&ends, 1);
}

static const CK_FUNCTION_LIST_3_0 token = { .C_Logout = log_out,
	.C_OpenSession = open_session,
	.C_CloseSession = close_session };

static void
begin(unsigned seconds, bool at_suspend)
{
	const struct idle_rule rule = { seconds, at_suspend };

	idle_begin(&token, ended);
	EXPECT(idle_login(1, 7, &rule));
}

TEST(idle_login_without_a_rule_stays)
{
	begin(0, false);
	awake = slept = 1000000;
	EXPECT(!idle_check(1));
	EXPECT_NUMBER(logouts, 0);
}

TEST(idle_login_ends_after_its_time_without_a_use)
{
	const struct idle_rule none = { 0, false };

	begin(100, false);
	awake = 90;
	EXPECT(!idle_check(1));
	idle_use(1, 7, &none);
	awake = 180;
	EXPECT(!idle_check(1));
	awake = 191;
	EXPECT(idle_check(1));
	EXPECT_NUMBER(logouts, 1);
	EXPECT_NUMBER(ends, 1);
	EXPECT(!idle_check(1));
}

/* As of two threads, one of which logs in before the other notes that it has
 * logged out. */
TEST(idle_login_that_was_forgotten_ends_after_its_time_all_the_same)
{
	const struct idle_rule rule = { 100, false };

	begin(100, false);
	idle_logout(1);
	idle_use(1, 7, &rule);
	awake = 101;
	EXPECT(idle_check(1));
	EXPECT_NUMBER(logouts, 1);
	EXPECT_NUMBER(ends, 1);
}

TEST(idle_time_runs_on_while_the_machine_sleeps)
{
	begin(100, false);
	slept = 101;
	EXPECT(idle_check(1));
}

TEST(idle_login_ends_when_the_machine_has_slept)
{
	begin(0, true);
	awake = 1000000;
	EXPECT(!idle_check(1));
	slept = 3;
	EXPECT(idle_check(1));
	EXPECT_NUMBER(logouts, 1);
}

TEST(idle_login_of_after_the_sleep_stays)
{
	slept = 1000;
	begin(0, true);
	EXPECT(!idle_check(1));
}

TEST(idle_rule_of_a_key_is_stricter_from_its_use_on)
{
	const struct idle_rule strict = { 10, true }, loose = { 1000, false };

	begin(100, false);
	idle_use(1, 7, &loose);
	awake = 50;
	EXPECT(!idle_check(1));
	idle_use(1, 7, &strict);
	idle_use(1, 7, &loose);
	awake = 55;
	EXPECT(!idle_check(1));
	awake = 61;
	EXPECT(idle_check(1));
}

TEST(idle_login_is_each_slots_own)
{
	const struct idle_rule rule = { 100, false }, none = { 0, false };

	begin(100, false);
	EXPECT(idle_login(2, 7, &rule));
	awake = 60;
	idle_use(2, 7, &none);
	awake = 110;
	EXPECT(idle_check(1));
	EXPECT(!idle_check(2));
}

TEST(idle_login_whose_session_was_closed_ends_too)
{
	const struct idle_rule rule = { 100, false };

	idle_begin(&token, ended);
	EXPECT(idle_login(1, 8, &rule));
	awake = 101;
	EXPECT(idle_check(1));
	EXPECT_NUMBER(logouts, 2);
}

TEST(idle_login_that_was_ended_by_hand_does_not_end_again)
{
	begin(100, true);
	idle_logout(1);
	awake = slept = 1000;
	EXPECT(!idle_check(1));
	EXPECT_NUMBER(logouts, 0);
}

TEST(idle_login_ends_while_nobody_calls)
{
	int i;

	begin(1, false);
	for (i = 0; i < 2000 && !ends; i++)
		usleep(10000);
	EXPECT_NUMBER(ends, 1);
	EXPECT_NUMBER(logouts, 1);
}
