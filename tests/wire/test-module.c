/* SPDX-License-Identifier: BSD-2-Clause */
/* The module and serve() with a real token behind them. */

#include "config.h"

#include "tests/test.h"
#include "tests/wire/kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
