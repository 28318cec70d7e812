/* SPDX-License-Identifier: BSD-2-Clause */
/* A test as an application: the module, a token in a fresh home, a key. */

#include "config.h"

#include "tests/keeper/application.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MODULE BUILDDIR "/.libs/privyseal-pkcs11.so"

static CK_UTF8CHAR PIN[] = "correct horse";
static CK_UTF8CHAR RECOVERY[] = "battery staple 7";

CK_FUNCTION_LIST_3_0 *module;

static void *library;
/* The first signature, which all later ones must equal. */
static unsigned char known[256];

/* Where the leak checker does not look, the module keeps what it has; tests
 * that end without C_Finalize, as applications do, are no leak. */
const char *__lsan_default_options(void);

__attribute__((visibility("default"))) const char *
__lsan_default_options(void)
{
	return "detect_leaks=0";
}

void
application_load(void)
{
	CK_RV (*entry)(CK_UTF8CHAR *, CK_VERSION *, CK_INTERFACE **, CK_FLAGS);
	const char *copy = getenv("TEST_MODULE"); /* see stage_become */
	CK_INTERFACE *interface;
	void *symbol;

	setenv("PRIVYSEAL_KEEPER", BUILDDIR "/privyseal-keeper", 0);
	library = dlopen(copy ? copy : MODULE, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		test_fail(__FILE__, __LINE__, "%s", dlerror());
	symbol = dlsym(library, "C_GetInterface");
	memcpy(&entry, &symbol, sizeof(entry));
	EXPECT(entry != NULL);
	EXPECT_RV(entry(NULL, NULL, &interface, 0), CKR_OK);
	module = interface->pFunctionList;
}

void
application_unload(void)
{
	EXPECT(dlclose(library) == 0);
	module = NULL;
}

CK_SLOT_ID
application_slot(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT(count >= 1);
	return slots[0];
}

CK_SLOT_ID
application_token_slot(void)
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 0, i;
	CK_TOKEN_INFO info;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT(count <= 16);
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++)
		if (module->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			info.flags & CKF_TOKEN_INITIALIZED)
			return slots[i];
	return 0;
}

CK_SESSION_HANDLE
application_session(void)
{
	return application_session_in(application_slot());
}

CK_SESSION_HANDLE
application_session_in(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(
		module->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
			NULL, NULL, &session),
		CKR_OK);
	return session;
}

void
application_login(CK_SESSION_HANDLE session)
{
	CK_RV rv = module->C_Login(session, CKU_USER, PIN, sizeof(PIN) - 1);

	EXPECT(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN);
}

CK_OBJECT_HANDLE
application_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template = { CKA_CLASS, &private_key,
		sizeof(private_key) };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG count = 0;

	EXPECT_RV(module->C_FindObjectsInit(session, &template, 1), CKR_OK);
	EXPECT_RV(module->C_FindObjects(session, &key, 1, &count), CKR_OK);
	EXPECT_RV(module->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_NUMBER(count, 1);
	return key;
}

void
application_make_token(CK_SLOT_ID slot)
{
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE session;

	memset(label, ' ', sizeof(label));
	memcpy(label, "stage", 5);
	EXPECT_RV(module->C_InitToken(
			  slot, RECOVERY, sizeof(RECOVERY) - 1, label),
		CKR_OK);
	session = application_session_in(slot);
	EXPECT_RV(module->C_Login(
			  session, CKU_SO, RECOVERY, sizeof(RECOVERY) - 1),
		CKR_OK);
	EXPECT_RV(module->C_InitPIN(session, PIN, sizeof(PIN) - 1), CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
}

void
application_make_key(CK_SESSION_HANDLE session)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ULONG bits = 2048;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE public_template[] = { { CKA_MODULUS_BITS, &bits,
						   sizeof(bits) },
		{ CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 } };
	CK_ATTRIBUTE private_template[] = { { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 }, { CKA_SIGN, &yes, 1 } };
	CK_OBJECT_HANDLE public_key, private_key;

	EXPECT_RV(
		module->C_GenerateKeyPair(session, &mechanism, public_template,
			3, private_template, 3, &public_key, &private_key),
		CKR_OK);
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
	unsigned char signature[256])
{
	static CK_BYTE text[] = "I, the undersigned";
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_ULONG length = 256;
	CK_RV rv;

	rv = module->C_SignInit(session, &mechanism, key);
	if (rv == CKR_OK)
		rv = module->C_Sign(
			session, text, sizeof(text), signature, &length);
	return rv == CKR_OK && length != 256 ? CKR_GENERAL_ERROR : rv;
}

CK_RV
application_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	unsigned char signature[256];
	CK_RV rv = sign(session, key, signature);

	if (rv == CKR_OK && memcmp(signature, known, sizeof(known)) != 0)
		return CKR_GENERAL_ERROR;
	return rv;
}

/* The token verifies the one that the others are compared with. */
static void
keep_signature(CK_SESSION_HANDLE session)
{
	static CK_BYTE text[] = "I, the undersigned";
	CK_OBJECT_CLASS public_key = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE template = { CKA_CLASS, &public_key, sizeof(public_key) };
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_ULONG count;

	EXPECT_RV(sign(session, application_key(session), known), CKR_OK);
	EXPECT_RV(module->C_FindObjectsInit(session, &template, 1), CKR_OK);
	EXPECT_RV(module->C_FindObjects(session, &key, 1, &count), CKR_OK);
	EXPECT_RV(module->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_RV(module->C_VerifyInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(module->C_Verify(
			  session, text, sizeof(text), known, sizeof(known)),
		CKR_OK);
}

CK_RV
application_timed_sign(
	CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, unsigned *milliseconds)
{
	unsigned long start = application_moment();
	CK_RV rv = application_sign(session, key);

	*milliseconds = (unsigned)(application_moment() - start);
	return rv;
}

void
application_set_up(const char *configuration)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	char text[512];
	CK_SESSION_HANDLE session;

	snprintf(text, sizeof(text), "kdf-memory = 1\nidle-exit = 2\n%s",
		configuration);
	stage_home(text);
	application_load();
	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
	application_make_token(application_slot());
	session = application_session();
	application_login(session);
	application_make_key(session);
	keep_signature(session);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_CloseSession(session), CKR_OK);
}

unsigned long
application_moment(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned long)now.tv_sec * 1000 +
		(unsigned long)now.tv_nsec / 1000000;
}

unsigned
application_wish(const char *variable, unsigned usual)
{
	const char *text = getenv(variable);

	return text ? (unsigned)atoi(text) : usual;
}
