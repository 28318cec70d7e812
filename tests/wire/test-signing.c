/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a row: when the token hears of a C_SignInit, and who hears what
 * it said. */

#include "config.h"

#include "tests/test.h"
#include "tests/wire/kit.h"
#include "tests/wire/played.h"

#include <pthread.h>
#include <string.h>

enum {
	KEY = 7,
	OTHER_KEY = 8,
	THREADS = 6,
	ROUNDS = 400,
};

static CK_FUNCTION_LIST_3_0 *list;
static CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

static CK_SESSION_HANDLE
session_of(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(list->C_OpenSession(
			  slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
		CKR_OK);
	return session;
}

/* The module with that keeper, and session 1. */
static CK_SESSION_HANDLE
begin(void)
{
	kit_home();
	played_start();
	list = kit_load();
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	return session_of(1);
}

static CK_RV
begin_by(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	return list->C_SignInit(session, &mechanism, key);
}

static CK_RV
finish(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = list->C_Sign(
		session, KIT_TEXT("the data"), 8, signature, &length);

	if (rv == CKR_OK) {
		EXPECT_NUMBER(length, SIGNATURE);
		EXPECT_BYTES(signature, 8, &session, 8);
		EXPECT_BYTES(signature + 8, 8, "the data", 8);
	}
	return rv;
}

static void
sign_whole(CK_SESSION_HANDLE session)
{
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_RV(finish(session), CKR_OK);
}

/* Whether a C_SignInit after a signature is due: answered, and unheard. On a
 * busy machine it may come too late for that. */
static bool
begin_after_signature(CK_SESSION_HANDLE session)
{
	sign_whole(session);
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	return !played_heard()[0];
}

static void
make_due(CK_SESSION_HANDLE session)
{
	int tries;

	for (tries = 0; !begin_after_signature(session); tries++) {
		EXPECT(tries < 200);
		EXPECT_RV(finish(session), CKR_OK);
	}
}

TEST(signing_in_a_row_begins_with_the_signature)
{
	CK_SESSION_HANDLE session = begin();

	make_due(session);
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 S1 ");
}

TEST(signing_by_another_key_mechanism_or_parameter_begins_at_once)
{
	CK_RSA_PKCS_PSS_PARAMS salt = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
	CK_MECHANISM pss = { CKM_RSA_PKCS_PSS, &salt, sizeof(salt) };
	CK_SESSION_HANDLE session = begin();

	sign_whole(session);
	played_heard();
	EXPECT_RV(begin_by(session, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
	EXPECT_RV(finish(session), CKR_OK);
	played_heard();
	EXPECT_RV(list->C_SignInit(session, &pss, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
	EXPECT_RV(finish(session), CKR_OK);
	played_heard();
	salt.sLen = 20;
	EXPECT_RV(list->C_SignInit(session, &pss, OTHER_KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
}

TEST(signing_after_a_while_begins_at_once)
{
	CK_SESSION_HANDLE session = begin();

	sign_whole(session);
	played_pause(60);
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
}

TEST(signing_that_was_slow_to_begin_is_not_expected_to_begin_again)
{
	CK_SESSION_HANDLE session = begin();

	played_token.delay = 60;
	sign_whole(session);
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
}

TEST(signing_after_another_call_begins_at_once)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	sign_whole(session);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
}

TEST(signing_that_is_due_is_told_before_what_may_depend_on_it)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	make_due(session);
	EXPECT_RV(list->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 G1 ");
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(played_heard(), "S1 ");
	make_due(session);
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 L2 ");
	EXPECT_RV(finish(session), CKR_OK);
	make_due(session);
	EXPECT_RV(begin_by(session, KEY), CKR_OPERATION_ACTIVE);
	EXPECT_TEXT(played_heard(), "I1 I1 ");
	EXPECT_RV(finish(session), CKR_OK);
}

TEST(signing_that_is_due_waits_for_what_does_not_depend_on_it)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;

	make_due(session);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	EXPECT_TEXT(played_heard(), "G2 ");
	EXPECT_RV(finish(session), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 S1 ");
}

/* More than comes with the first receive. */
static CK_RV
finish_long(CK_SESSION_HANDLE session)
{
	static CK_BYTE data[100000];
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = sizeof(signature);

	return list->C_Sign(session, data, sizeof(data), signature, &length);
}

TEST(signing_that_is_refused_says_why_and_does_not_go_on)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	make_due(session);
	played_token.begin_rv = CKR_USER_NOT_LOGGED_IN;
	EXPECT_RV(finish(session), CKR_USER_NOT_LOGGED_IN);
	EXPECT_TEXT(played_heard(), "I1 ");
	EXPECT_RV(begin_by(session, KEY), CKR_USER_NOT_LOGGED_IN);
	played_token.begin_rv = CKR_OK;
	make_due(session);
	played_token.begin_rv = CKR_KEY_HANDLE_INVALID;
	EXPECT_RV(finish_long(session), CKR_KEY_HANDLE_INVALID);
	EXPECT_TEXT(played_heard(), "I1 ");
	played_token.begin_rv = CKR_OK;
	make_due(session);
	EXPECT_RV(finish_long(session), CKR_OK);
	make_due(session);
	played_token.begin_rv = CKR_DEVICE_ERROR;
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	EXPECT_RV(finish(session), CKR_DEVICE_ERROR);
	EXPECT_RV(finish(session), CKR_OPERATION_NOT_INITIALIZED);
	played_token.begin_rv = CKR_OK;
	make_due(session);
	played_token.begin_rv = CKR_DEVICE_ERROR;
	EXPECT_RV(list->C_SignUpdate(session, KIT_TEXT("data"), 4),
		CKR_DEVICE_ERROR);
	played_token.begin_rv = CKR_OK;
	make_due(session);
	played_token.begin_rv = CKR_DEVICE_ERROR;
	played_token.spends = true;
	EXPECT_RV(finish(session), CKR_DEVICE_ERROR);
}

TEST(signing_after_a_failure_begins_at_once)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	sign_whole(other);
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	played_token.sign_rv = CKR_DATA_LEN_RANGE;
	EXPECT_RV(finish(session), CKR_DATA_LEN_RANGE);
	played_token.sign_rv = CKR_OK;
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_RV(begin_by(other, KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 I2 ");
}

/* An operation goes on after both. [PKCS11 5.2] */
static void
ask_length(CK_SESSION_HANDLE session)
{
	CK_ULONG length = 0;

	EXPECT_RV(list->C_Sign(session, KIT_TEXT("the data"), 8, NULL, &length),
		CKR_OK);
	EXPECT_NUMBER(length, SIGNATURE);
}

static void
offer_too_little(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[SIGNATURE];
	CK_ULONG length = SIGNATURE - 1;

	EXPECT_RV(list->C_Sign(
			  session, KIT_TEXT("the data"), 8, signature, &length),
		CKR_BUFFER_TOO_SMALL);
}

TEST(signing_goes_on_after_a_length_and_a_room_too_small)
{
	CK_SESSION_HANDLE session = begin();
	int tries = 0;

	do {
		EXPECT(tries++ < 200);
		make_due(session);
		ask_length(session);
		EXPECT_TEXT(played_heard(), "I1 S1 ");
		offer_too_little(session);
		EXPECT_RV(finish(session), CKR_OK);
		EXPECT_TEXT(played_heard(), "S1 S1 ");
		EXPECT_RV(begin_by(session, KEY), CKR_OK);
	} while (played_heard()[0] && finish(session) == CKR_OK);
	ask_length(session);
	EXPECT_RV(begin_by(session, KEY), CKR_OPERATION_ACTIVE);
	EXPECT_RV(finish(session), CKR_OK);
}

TEST(signing_that_is_due_is_told_before_its_session_is_closed)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	make_due(session);
	EXPECT_RV(list->C_CloseSession(session), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 C1 ");
	make_due(other);
	EXPECT_RV(list->C_CloseAllSessions(1), CKR_OK);
	EXPECT_TEXT(played_heard(), "I2 A1 ");
}

TEST(signing_that_is_due_is_forgotten_with_the_application)
{
	CK_SESSION_HANDLE session = begin();

	make_due(session);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(finish(session), CKR_CRYPTOKI_NOT_INITIALIZED);
	played_token.sessions = 0;
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	EXPECT_NUMBER(session_of(1), session);
	EXPECT_RV(finish(session), CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_TEXT(played_heard(), "S1 ");
	make_due(session);
}

TEST(signing_of_a_lost_keeper_is_lost)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);

	sign_whole(other);
	make_due(session);
	played_lose();
	EXPECT_RV(finish(session), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(begin_by(other, KEY), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(begin_by(session, KEY), CKR_SESSION_HANDLE_INVALID);
}

TEST(signing_in_turn_in_more_sessions_than_are_followed_works)
{
	CK_SESSION_HANDLE sessions[24];
	size_t i, round;

	sessions[0] = begin();
	for (i = 1; i < 24; i++)
		sessions[i] = session_of(1);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 24; i++)
			EXPECT_RV(begin_by(sessions[i], KEY), CKR_OK);
		for (i = 0; i < 24; i++)
			EXPECT_RV(finish(sessions[i]), CKR_OK);
	}
}

TEST(signing_with_an_older_keeper_begins_at_once)
{
	CK_SESSION_HANDLE session;
	int i;

	played_keeper.is_old = true;
	session = begin();
	for (i = 0; i < 20; i++) {
		EXPECT(!begin_after_signature(session));
		EXPECT_RV(finish(session), CKR_OK);
	}
}

TEST(signing_that_a_worker_answers_as_it_should_not_is_an_error)
{
	CK_SESSION_HANDLE session;
	int misdeed, tries;
	CK_RV rv = CKR_OK;

	played_keeper.is_hostile = true;
	session = begin();
	for (misdeed = NONE; misdeed < MISDEEDS; misdeed++) {
		played_keeper.has_met_row = false;
		for (tries = 0; !played_keeper.has_met_row; tries++) {
			EXPECT(tries < 200);
			played_keeper.misdeed = NONE;
			sign_whole(session);
			EXPECT_RV(begin_by(session, KEY), CKR_OK);
			played_keeper.misdeed = (enum misdeed)misdeed;
			rv = finish(session);
		}
		EXPECT_RV(rv, misdeed == NONE ? CKR_OK : CKR_DEVICE_ERROR);
	}
}

static void *
finish_in_thread(void *session)
{
	return (void *)finish(*(CK_SESSION_HANDLE *)session);
}

static void *
log_out_in_thread(void *session)
{
	return (void *)list->C_Logout(*(CK_SESSION_HANDLE *)session);
}

/* Returns when the token waits in that thread's call of the session. */
static pthread_t
start_slow(void *(*function)(void *), CK_SESSION_HANDLE *session)
{
	pthread_t thread;

	played_token.slow = *session;
	EXPECT(pthread_create(&thread, NULL, function, session) == 0);
	pthread_mutex_lock(&played_token.lock);
	while (!played_token.is_waiting)
		pthread_cond_wait(&played_token.change, &played_token.lock);
	pthread_mutex_unlock(&played_token.lock);
	return thread;
}

static void
end_slow(pthread_t thread)
{
	void *result;

	pthread_mutex_lock(&played_token.lock);
	played_token.slow = CK_INVALID_HANDLE;
	pthread_cond_broadcast(&played_token.change);
	pthread_mutex_unlock(&played_token.lock);
	EXPECT(pthread_join(thread, &result) == 0);
	EXPECT_RV((CK_RV)result, CKR_OK);
}

TEST(signing_that_is_slow_to_begin_holds_no_other_session_up)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	CK_SESSION_INFO info;
	pthread_t thread;

	sign_whole(other);
	make_due(session);
	thread = start_slow(finish_in_thread, &session);
	sign_whole(other);
	sign_whole(other);
	EXPECT_RV(list->C_GetSessionInfo(other, &info), CKR_OK);
	EXPECT_RV(list->C_Logout(other), CKR_OK);
	end_slow(thread);
}

TEST(signing_during_another_call_is_not_the_last_one)
{
	CK_SESSION_HANDLE session = begin(), other = session_of(1);
	pthread_t thread = start_slow(log_out_in_thread, &other);

	sign_whole(session);
	end_slow(thread);
	played_heard();
	EXPECT_RV(begin_by(session, KEY), CKR_OK);
	EXPECT_TEXT(played_heard(), "I1 ");
}

static void *
sign_often(void *argument)
{
	CK_SESSION_HANDLE session = session_of(1);
	CK_SESSION_INFO info;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		sign_whole(session);
		if (argument && i % 8 == 0)
			EXPECT_RV(
				list->C_GetSessionInfo(session, &info), CKR_OK);
	}
	return NULL;
}

TEST(signing_in_many_threads_gives_each_its_own)
{
	pthread_t threads[THREADS];
	size_t i;

	begin();
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, sign_often,
			       i < 2 ? &played_token : NULL) == 0);
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
}
