/* SPDX-License-Identifier: BSD-2-Clause */
/* A module and a keeper of different days use what both know. The old ones
 * here know some calls, one kind of parameter and one attribute less. */

#include "config.h"

#include "tests/test.h"
#include "tests/wire/kit.h"

#include <string.h>

#define OLD_MODULE "/.libs/privyseal-pkcs11-old.so"
#define OLD_KEEPER "/tests/wire/serve-module-old"

static CK_FUNCTION_LIST_3_0 *list;
static CK_SESSION_HANDLE session;

static void
sign(CK_OBJECT_HANDLE key, CK_BYTE *signature, CK_ULONG *length)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };

	EXPECT_RV(list->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(list->C_Sign(session, KIT_TEXT("data"), 4, signature, length),
		CKR_OK);
}

/* What every pair can: find a key, sign twice in a row, verify. */
static void
expect_work(void)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE public_key, private_key, found;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE attribute = { CKA_CLASS, &class, sizeof(class) };
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature), count;

	kit_key_pair(session, &public_key, &private_key);
	EXPECT_RV(list->C_FindObjectsInit(session, &attribute, 1), CKR_OK);
	EXPECT_RV(list->C_FindObjects(session, &found, 1, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_RV(list->C_FindObjectsFinal(session), CKR_OK);
	sign(found, signature, &length);
	sign(found, signature, &length);
	EXPECT_RV(list->C_VerifyInit(session, &mechanism, public_key), CKR_OK);
	EXPECT_RV(
		list->C_Verify(session, KIT_TEXT("data"), 4, signature, length),
		CKR_OK);
}

/* What the newer side has and the older has not: a call, a parameter, an
 * attribute among others. */
static void
expect_rv(CK_RV of_call, CK_RV of_mechanism, CK_RV of_attribute)
{
	CK_EDDSA_PARAMS parameter = { 0 };
	CK_MECHANISM eddsa = { CKM_EDDSA, &parameter, sizeof(parameter) };
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE room[256];
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_ALLOWED_MECHANISMS, room, sizeof(room) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
	};

	EXPECT_RV(list->C_GenerateRandom(session, room, 16), of_call);
	EXPECT_RV(list->C_SignInit(session, &eddsa, 4711), of_mechanism);
	kit_key_pair(session, &public_key, &private_key);
	EXPECT_RV(
		list->C_GetAttributeValue(session, private_key, attributes, 2),
		of_attribute);
	EXPECT_NUMBER(type, CKK_RSA);
}

static void
begin(const char *module_file, const char *keeper_file)
{
	kit_use(module_file, keeper_file);
	kit_home();
	kit_keeper();
	list = kit_ready(&session);
}

TEST(new_module_and_new_keeper_use_all)
{
	begin(NULL, NULL);
	expect_work();
	expect_rv(CKR_OK, CKR_OBJECT_HANDLE_INVALID, CKR_OK);
}

TEST(old_module_works_with_a_new_keeper)
{
	begin(OLD_MODULE, NULL);
	expect_work();
	expect_rv(CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_INVALID,
		CKR_ATTRIBUTE_TYPE_INVALID);
}

TEST(new_module_works_with_an_old_keeper)
{
	begin(NULL, OLD_KEEPER);
	expect_work();
	expect_rv(CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_INVALID,
		CKR_ATTRIBUTE_TYPE_INVALID);
}

TEST(old_module_and_old_keeper_work_as_they_did)
{
	begin(OLD_MODULE, OLD_KEEPER);
	expect_work();
	expect_rv(CKR_FUNCTION_NOT_SUPPORTED, CKR_MECHANISM_INVALID,
		CKR_ATTRIBUTE_TYPE_INVALID);
}
