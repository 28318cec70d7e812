/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections: lost with their keeper, ended by C_Finalize, one for a thread. */

#include "config.h"

#include "tests/test.h"
#include "tests/wire/kit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_FUNCTION_LIST_3_0 *list;
static CK_SESSION_HANDLE session;

static void
begin(void)
{
	kit_home();
	kit_keeper();
	list = kit_ready(&session);
}

TEST(keeper_that_is_killed_costs_its_sessions_and_no_more)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_SESSION_INFO info;
	CK_SLOT_ID event;
	double start;
	pid_t keeper;
	CK_RV rv;

	kit_home();
	keeper = kit_keeper();
	list = kit_ready(&session);
	kit_kill(keeper);
	start = kit_time();
	rv = list->C_DigestInit(session, &sha256);
	EXPECT(rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(list->C_GetSessionInfo(session, &info),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT(kit_time() - start < 1);
	EXPECT_RV(
		list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL), CKR_OK);
	EXPECT_RV(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &event, NULL),
		CKR_NO_EVENT);
	kit_keeper();
	session = kit_session();
	EXPECT_RV(list->C_Login(session, CKU_USER, KIT_PIN), CKR_OK);
}

TEST(call_that_asks_only_goes_to_the_next_keeper_unnoticed)
{
	CK_ULONG count;
	pid_t keeper;

	kit_home();
	keeper = kit_keeper();
	list = kit_ready(&session);
	kit_kill(keeper);
	kit_keeper();
	EXPECT_RV(list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT_NUMBER(count, 2);
}

static void *
kill_soon(void *keeper)
{
	usleep(300000);
	kill(*(pid_t *)keeper, SIGKILL);
	return NULL;
}

/* A call that takes minutes, if nothing ends it. */
static CK_RV
generate_long_key(void)
{
	CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE exponent[] = { 1, 0, 1 };
	CK_ULONG bits = 16384;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};

	return list->C_GenerateKeyPair(session, &generate, attributes, 2, NULL,
		0, &public_key, &private_key);
}

TEST(call_under_way_ends_when_its_keeper_is_killed)
{
	double start;
	pthread_t thread;
	pid_t keeper;

	kit_home();
	keeper = kit_keeper();
	list = kit_ready(&session);
	start = kit_time();
	EXPECT(pthread_create(&thread, NULL, kill_soon, &keeper) == 0);
	EXPECT_RV(generate_long_key(), CKR_DEVICE_REMOVED);
	EXPECT(kit_time() - start < 1.3);
	pthread_join(thread, NULL);
}

TEST(keeper_that_is_stopped_costs_the_time_limit_of_the_call)
{
	CK_SESSION_INFO info;
	double start;
	pid_t keeper;
	int status;

	kit_home();
	keeper = kit_keeper();
	list = kit_ready(&session);
	kill(keeper, SIGSTOP);
	EXPECT(waitpid(keeper, &status, WUNTRACED) == keeper);
	start = kit_time();
	EXPECT_RV(list->C_GetSessionInfo(session, &info), CKR_DEVICE_ERROR);
	EXPECT(kit_time() - start < 12);
	kill(keeper, SIGCONT);
	EXPECT_RV(list->C_GetSessionInfo(session, &info), CKR_OK);
}

static void *
finalize_soon(void *unused)
{
	usleep(300000);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	return NULL;
}

TEST(finalize_ends_a_wait_for_a_slot_event)
{
	double start = kit_time();
	pthread_t thread;
	CK_SLOT_ID slot;

	begin();
	EXPECT(pthread_create(&thread, NULL, finalize_soon, NULL) == 0);
	EXPECT_RV(list->C_WaitForSlotEvent(0, &slot, NULL),
		CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT(kit_time() - start < 10);
	pthread_join(thread, NULL);
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
}

TEST(finalize_ends_a_call_under_way)
{
	pthread_t thread;
	double start;

	begin();
	start = kit_time();
	EXPECT(pthread_create(&thread, NULL, finalize_soon, NULL) == 0);
	EXPECT_RV(generate_long_key(), CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT(kit_time() - start < 5);
	pthread_join(thread, NULL);
}

TEST(forked_child_is_another_application)
{
	CK_SESSION_INFO info;
	int status;
	pid_t child;

	begin();
	child = fork();
	if (child == 0) {
		EXPECT_RV(list->C_GetSessionInfo(session, &info),
			CKR_CRYPTOKI_NOT_INITIALIZED);
		EXPECT_RV(list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
		EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
		EXPECT_RV(list->C_OpenSession(kit_slot(), CKF_SERIAL_SESSION,
				  NULL, NULL, &session),
			CKR_OK);
		EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child);
	EXPECT_NUMBER(status, 0);
	EXPECT_RV(list->C_GetSessionInfo(session, &info), CKR_OK);
}

static void *
digest_often(void *unused)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_SESSION_HANDLE own = kit_session();
	CK_BYTE digest[32], first[32];
	CK_ULONG length, i;

	for (i = 0; i < 500; i++) {
		length = sizeof(digest);
		EXPECT_RV(list->C_DigestInit(own, &sha256), CKR_OK);
		EXPECT_RV(list->C_Digest(own, (CK_BYTE *)&own, sizeof(own),
				  digest, &length),
			CKR_OK);
		if (i == 0)
			memcpy(first, digest, sizeof(first));
		EXPECT(memcmp(first, digest, sizeof(first)) == 0);
	}
	EXPECT_RV(list->C_CloseSession(own), CKR_OK);
	return NULL;
}

static size_t
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

TEST(threads_work_side_by_side_and_leave_few_connections)
{
	pthread_t threads[24];
	size_t i, before;

	begin();
	before = count_descriptors();
	for (i = 0; i < 24; i++)
		EXPECT(pthread_create(&threads[i], NULL, digest_often, NULL) ==
			0);
	for (i = 0; i < 24; i++)
		pthread_join(threads[i], NULL);
	EXPECT(count_descriptors() <= before + 16);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	EXPECT_NUMBER(count_descriptors(), before - 1);
}

/* Until it is told that there is no application any more. */
static void *
digest_until_the_end(void *unused)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_SESSION_HANDLE own = kit_session();
	CK_BYTE digest[32];
	CK_ULONG length;
	CK_RV rv;

	do {
		length = sizeof(digest);
		rv = list->C_DigestInit(own, &sha256);
		if (rv == CKR_OK)
			rv = list->C_Digest(
				own, KIT_TEXT(""), 0, digest, &length);
	} while (rv == CKR_OK);
	EXPECT_RV(rv, CKR_CRYPTOKI_NOT_INITIALIZED);
	return NULL;
}

TEST(finalize_during_calls_ends_them_and_nothing_else)
{
	pthread_t threads[8];
	size_t i;

	begin();
	for (i = 0; i < 8; i++)
		EXPECT(pthread_create(&threads[i], NULL, digest_until_the_end,
			       NULL) == 0);
	usleep(300000);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
}
