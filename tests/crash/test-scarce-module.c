/* SPDX-License-Identifier: BSD-2-Clause */
/* The module when its application's memory runs short: it is a part of this
 * program, so that its allocations can fail; the keeper is a process. */

#include "config.h"

#include "tests/crash/scarce.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include "pkcs11/cryptoki.h"

#include <stdlib.h>
#include <string.h>

static CK_UTF8CHAR officer[] = "battery staple 7", pin[] = "correct horse";
static CK_SLOT_ID slot;
static CK_FUNCTION_LIST *module;

static void
make_pair(CK_SESSION_HANDLE session)
{
	CK_BYTE curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE of_public[] = { { CKA_EC_PARAMS, curve, sizeof(curve) },
		{ CKA_TOKEN, &yes, 1 } };
	CK_ATTRIBUTE of_private[] = { { CKA_TOKEN, &yes, 1 } };
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE public, private;

	EXPECT_RV(module->C_GenerateKeyPair(session, &mechanism, of_public, 2,
			  of_private, 1, &public, &private),
		CKR_OK);
}

static void
set_up(void)
{
	CK_UTF8CHAR label[33] = "scarce                          ";
	CK_SESSION_HANDLE session;
	CK_ULONG count = 1;

	stage_home("kdf-memory = 1\n");
	stage_keeper(NULL, NULL);
	EXPECT_RV(C_GetFunctionList(&module), CKR_OK);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, &slot, &count), CKR_OK);
	EXPECT_RV(
		module->C_InitToken(slot, officer, sizeof(officer) - 1, label),
		CKR_OK);
	EXPECT_RV(
		module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
			NULL, NULL, &session),
		CKR_OK);
	EXPECT_RV(
		module->C_Login(session, CKU_SO, officer, sizeof(officer) - 1),
		CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, pin, sizeof(pin) - 1), CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_OK);
	make_pair(session);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
}

/* Zero: none was found, or the search failed. */
static CK_OBJECT_HANDLE
find_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted = { CKA_CLASS, &class, sizeof(class) };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG count = 0;

	if (module->C_FindObjectsInit(session, &wanted, 1) == CKR_OK)
		(void)module->C_FindObjects(session, &key, 1, &count);
	(void)module->C_FindObjectsFinal(session);
	return key;
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	static CK_BYTE data[300000];
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_BYTE signature[72];
	CK_ULONG length = sizeof(signature);
	CK_RV rv = module->C_SignInit(session, &mechanism, key);

	return rv == CKR_OK ? module->C_Sign(session, data, sizeof(data),
				      signature, &length)
			    : rv;
}

static CK_RV
run(void)
{
	CK_ULONG count = 8;
	CK_BYTE value[256];
	CK_SLOT_ID slots[8];
	CK_TOKEN_INFO info;
	CK_ATTRIBUTE point = { CKA_LABEL, value, sizeof(value) };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_RV rv = module->C_Initialize(NULL);

	if (rv != CKR_OK)
		return rv;
	(void)module->C_GetSlotList(CK_TRUE, slots, &count);
	(void)module->C_GetTokenInfo(slot, &info);
	rv = module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
		NULL, NULL, &session);
	if (rv == CKR_OK) {
		(void)module->C_Login(session, CKU_USER, pin, sizeof(pin) - 1);
		key = find_key(session);
		(void)module->C_GetAttributeValue(session, key, &point, 1);
		rv = sign(session, key);
		(void)module->C_Logout(session);
		(void)module->C_CloseSession(session);
	}
	(void)module->C_Finalize(NULL);
	return rv;
}

static void
work(void)
{
	CK_RV rv = run();

	if (!scarce_has_failed())
		EXPECT_RV(rv, CKR_OK);
	/* The next application of this process has memory enough. */
	if (scarce_has_failed())
		EXPECT_RV(run(), CKR_OK);
}

TEST(module_outlives_each_allocation_that_fails)
{
	set_up();
	scarce_run(work, NULL);
}
