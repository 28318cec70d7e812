/* SPDX-License-Identifier: BSD-2-Clause */
/* The module and serve() with a real token behind them. */

#include "config.h"

#include "tests/test.h"
#include "tests/wire/kit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* An attribute of no table. */
#define UNKNOWN 0x80001267UL

#define LARGE (100u << 20)

static CK_BYTE *
large_data(void)
{
	CK_BYTE *data = malloc(LARGE);
	size_t i;

	EXPECT(data != NULL);
	for (i = 0; i < LARGE; i++)
		data[i] = (CK_BYTE)(i * 31 + (i >> 16));
	return data;
}

TEST(digest_of_100_MB_in_one_call_is_that_of_its_parts)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE once[32], parts[32], *data;
	CK_ULONG length = sizeof(once), i;

	begin();
	data = large_data();
	EXPECT_RV(list->C_DigestInit(session, &sha256), CKR_OK);
	EXPECT_RV(list->C_Digest(session, data, LARGE, once, &length), CKR_OK);
	EXPECT_NUMBER(length, 32);
	EXPECT_RV(list->C_DigestInit(session, &sha256), CKR_OK);
	for (i = 0; i < LARGE; i += LARGE / 128)
		EXPECT_RV(list->C_DigestUpdate(session, data + i, LARGE / 128),
			CKR_OK);
	EXPECT_RV(list->C_DigestFinal(session, parts, &length), CKR_OK);
	EXPECT_BYTES(once, 32, parts, 32);
	free(data);
}

TEST(signature_of_100_MB_survives_a_room_too_small_and_verifies)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE signature[256], *data;
	CK_ULONG length = 16;

	begin();
	data = large_data();
	kit_key_pair(session, &public_key, &private_key);
	EXPECT_RV(list->C_SignInit(session, &mechanism, private_key), CKR_OK);
	EXPECT_RV(list->C_Sign(session, data, LARGE, NULL, &length), CKR_OK);
	EXPECT_NUMBER(length, 128);
	length = 16;
	EXPECT_RV(list->C_Sign(session, data, LARGE, signature, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 128);
	EXPECT_RV(
		list->C_Sign(session, data, LARGE, signature, &length), CKR_OK);
	EXPECT_RV(list->C_VerifyInit(session, &mechanism, public_key), CKR_OK);
	EXPECT_RV(list->C_Verify(session, data, LARGE, signature, length),
		CKR_OK);
	data[LARGE - 1] ^= 1;
	EXPECT_RV(list->C_VerifyInit(session, &mechanism, public_key), CKR_OK);
	EXPECT_RV(list->C_Verify(session, data, LARGE, signature, length),
		CKR_SIGNATURE_INVALID);
	free(data);
}

TEST(large_data_with_a_mechanism_that_takes_it_at_once_is_refused)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE signature[256], *data;
	CK_ULONG length = sizeof(signature);

	begin();
	data = large_data();
	kit_key_pair(session, &public_key, &private_key);
	EXPECT_RV(list->C_SignInit(session, &mechanism, private_key), CKR_OK);
	EXPECT_RV(list->C_Sign(session, data, LARGE, signature, &length),
		CKR_DATA_LEN_RANGE);
	length = sizeof(signature);
	EXPECT_RV(list->C_Sign(session, data, 16, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	free(data);
}

TEST(encryption_of_10_MB_comes_back)
{
	CK_BYTE iv[16] = { 1 }, *data, *secret, *plain;
	CK_MECHANISM cbc = { CKM_AES_CBC_PAD, iv, sizeof(iv) };
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ULONG size = 32, length, plain_length, whole = 10u << 20;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_VALUE_LEN, &size, sizeof(size) },
		{ CKA_ENCRYPT, &yes, sizeof(yes) },
		{ CKA_DECRYPT, &yes, sizeof(yes) },
	};
	CK_OBJECT_HANDLE key;

	begin();
	data = large_data();
	EXPECT_RV(list->C_GenerateKey(session, &generate, attributes, 3, &key),
		CKR_OK);
	EXPECT_RV(list->C_EncryptInit(session, &cbc, key), CKR_OK);
	EXPECT_RV(list->C_Encrypt(session, data, whole, NULL, &length), CKR_OK);
	EXPECT(length >= whole + 16);
	secret = malloc(length);
	EXPECT_RV(
		list->C_Encrypt(session, data, whole, secret, &length), CKR_OK);
	EXPECT_NUMBER(length, whole + 16);
	plain_length = length;
	plain = malloc(plain_length);
	EXPECT_RV(list->C_DecryptInit(session, &cbc, key), CKR_OK);
	EXPECT_RV(
		list->C_Decrypt(session, secret, length, plain, &plain_length),
		CKR_OK);
	EXPECT_NUMBER(plain_length, whole);
	EXPECT(memcmp(data, plain, whole) == 0);
	free(data);
	free(secret);
	free(plain);
}

TEST(search_finds_all_however_the_room_cuts_them)
{
	CK_OBJECT_HANDLE found[300];
	CK_ATTRIBUTE label = { CKA_LABEL, KIT_TEXT("many"), 4 };
	CK_ULONG rooms[] = { 1, 63, 64, 65, 200, 300 }, count, all;
	size_t i;

	begin();
	kit_objects(session, 200, "many");
	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		all = 0;
		EXPECT_RV(list->C_FindObjectsInit(session, &label, 1), CKR_OK);
		do {
			EXPECT_RV(list->C_FindObjects(
					  session, found, rooms[i], &count),
				CKR_OK);
			all += count;
		} while (count == rooms[i]);
		EXPECT_NUMBER(all, 200);
		EXPECT_RV(
			list->C_FindObjects(session, found, 1, &count), CKR_OK);
		EXPECT_NUMBER(count, 0);
		EXPECT_RV(list->C_FindObjectsFinal(session), CKR_OK);
	}
}

TEST(search_keeps_the_order_of_its_calls)
{
	CK_ATTRIBUTE label = { CKA_LABEL, KIT_TEXT("few"), 3 };
	CK_OBJECT_HANDLE found[10];
	CK_ULONG count;

	begin();
	kit_objects(session, 3, "few");
	EXPECT_RV(list->C_FindObjects(session, found, 10, &count),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(list->C_FindObjectsFinal(session),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(list->C_FindObjectsInit(session, &label, 1), CKR_OK);
	EXPECT_RV(list->C_FindObjectsInit(session, &label, 1),
		CKR_OPERATION_ACTIVE);
	EXPECT_RV(list->C_FindObjects(session, NULL, 10, &count),
		CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_FindObjects(session, found, 10, &count), CKR_OK);
	EXPECT_NUMBER(count, 3);
	EXPECT_RV(list->C_CloseAllSessions(kit_slot()), CKR_OK);
	EXPECT_RV(list->C_FindObjects(session, found, 10, &count),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(
		list->C_FindObjectsFinal(session), CKR_SESSION_HANDLE_INVALID);
}

TEST(search_for_an_unknown_attribute_finds_nothing)
{
	CK_ATTRIBUTE vendor = { UNKNOWN, KIT_TEXT("x"), 1 };
	CK_OBJECT_HANDLE found[10];
	CK_ULONG count = 7;

	begin();
	kit_objects(session, 1, "x");
	EXPECT_RV(list->C_FindObjectsInit(session, &vendor, 1), CKR_OK);
	EXPECT_RV(list->C_FindObjects(session, found, 10, &count), CKR_OK);
	EXPECT_NUMBER(count, 0);
	EXPECT_RV(list->C_FindObjectsFinal(session), CKR_OK);
}

TEST(attributes_come_in_part_where_some_are_refused)
{
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE modulus[128], exponent[256], id[4];
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE attributes[] = {
		{ UNKNOWN, id, sizeof(id) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_PRIVATE_EXPONENT, exponent, sizeof(exponent) },
		{ CKA_MODULUS, modulus, sizeof(modulus) },
		{ CKA_ID, NULL, 0 },
	};

	begin();
	kit_key_pair(session, &public_key, &private_key);
	EXPECT_RV(
		list->C_GetAttributeValue(session, private_key, attributes, 5),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_NUMBER(attributes[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(attributes[1].ulValueLen, sizeof(type));
	EXPECT_NUMBER(type, CKK_RSA);
	EXPECT_NUMBER(attributes[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(attributes[3].ulValueLen, 128);
	EXPECT(modulus[0] & 0x80);
	EXPECT_NUMBER(attributes[4].ulValueLen, 0);
	attributes[3].ulValueLen = 5;
	EXPECT_RV(list->C_GetAttributeValue(
			  session, private_key, &attributes[3], 1),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(attributes[3].ulValueLen, CK_UNAVAILABLE_INFORMATION);
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

static bool
is_empty(const char *folder)
{
	DIR *opened = opendir(folder);
	struct dirent *entry;
	bool empty = true;

	while (opened && (entry = readdir(opened)))
		if (entry->d_name[0] != '.')
			empty = false;
	if (opened)
		closedir(opened);
	return empty;
}

TEST(account_without_tokens_starts_and_writes_nothing)
{
	char home[300], keeper[300], witness[400];
	CK_SESSION_INFO session_info;
	CK_TOKEN_INFO token_info;
	CK_SLOT_INFO slot_info;
	CK_ULONG count = 0;
	CK_SLOT_ID slot;
	FILE *script;

	snprintf(home, sizeof(home), "%s/home", test_folder());
	snprintf(keeper, sizeof(keeper), "%s/keeper", test_folder());
	snprintf(witness, sizeof(witness), "%s/started", test_folder());
	EXPECT(mkdir(home, 0700) == 0);
	script = fopen(keeper, "w");
	fprintf(script, "#!/bin/sh\n: >%s\n", witness);
	fclose(script);
	chmod(keeper, 0700);
	setenv("PRIVYSEAL_HOME", home, 1);
	setenv("PRIVYSEAL_KEEPER", keeper, 1);
	list = kit_load();
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	EXPECT_RV(list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_RV(list->C_GetSlotList(CK_TRUE, &slot, &count), CKR_OK);
	EXPECT_NUMBER(slot, 1);
	EXPECT_RV(list->C_GetSlotInfo(slot, &slot_info), CKR_OK);
	EXPECT_RV(list->C_GetTokenInfo(slot, &token_info), CKR_OK);
	EXPECT(!(token_info.flags & CKF_TOKEN_INITIALIZED));
	EXPECT_RV(list->C_GetSlotInfo(2, &slot_info), CKR_SLOT_ID_INVALID);
	EXPECT_RV(list->C_GetSessionInfo(1, &session_info),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(list->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
		CKR_NO_EVENT);
	usleep(200000);
	EXPECT(is_empty(home));
	EXPECT(access(witness, F_OK) != 0);
}

TEST(initialize_takes_what_nss_and_p11_kit_pass)
{
	static const CK_FLAGS both =
		CKF_OS_LOCKING_OK | CKF_LIBRARY_CANT_CREATE_OS_THREADS;
	CK_C_INITIALIZE_ARGS arguments = { .flags = both };

	list = kit_load();
	arguments.CreateMutex = (CK_CREATEMUTEX)(void *)list;
	EXPECT_RV(list->C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
	arguments.DestroyMutex = (CK_DESTROYMUTEX)(void *)list;
	arguments.LockMutex = (CK_LOCKMUTEX)(void *)list;
	arguments.UnlockMutex = (CK_UNLOCKMUTEX)(void *)list;
	arguments.flags = 0;
	EXPECT_RV(list->C_Initialize(&arguments), CKR_CANT_LOCK);
	arguments.flags = both;
	EXPECT_RV(list->C_Initialize(&arguments), CKR_OK);
	EXPECT_RV(list->C_Initialize(&arguments),
		CKR_CRYPTOKI_ALREADY_INITIALIZED);
	EXPECT_RV(list->C_Finalize(list), CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(list->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
	arguments.pReserved = list;
	EXPECT_RV(list->C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
}

TEST(interfaces_are_the_standard_ones_and_none_claims_to_be_fork_safe)
{
	CK_VERSION old = { 2, 40 }, none = { 9, 9 };
	CK_INTERFACE interfaces[8], *interface = NULL;
	CK_ULONG count = 8;

	list = kit_load();
	EXPECT_RV(list->C_GetInterfaceList(interfaces, &count), CKR_OK);
	EXPECT_NUMBER(count, 2);
	EXPECT_NUMBER(interfaces[0].flags, 0);
	EXPECT_RV(list->C_GetInterface(NULL, &old, &interface, 0), CKR_OK);
	EXPECT_NUMBER(
		((CK_FUNCTION_LIST *)interface->pFunctionList)->version.minor,
		40);
	EXPECT_RV(list->C_GetInterface(NULL, &none, &interface, 0),
		CKR_FUNCTION_FAILED);
	EXPECT_RV(list->C_GetInterface(KIT_TEXT("PKCS 11"), NULL, &interface,
			  CKF_INTERFACE_FORK_SAFE),
		CKR_FUNCTION_FAILED);
	EXPECT_RV(list->C_GetInterface(KIT_TEXT("Vendor NSS FIPS Interface"),
			  NULL, &interface, 0),
		CKR_FUNCTION_FAILED);
}
