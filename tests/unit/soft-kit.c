/* SPDX-License-Identifier: BSD-2-Clause */
/* A soft token in the test's own folder, ready for use. */

#include "config.h"

#include "tests/unit/soft-kit.h"

#include "tests/test.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

const CK_FUNCTION_LIST_3_0 *p11;

const CK_ULONG kit_data_class = CKO_DATA,
	       kit_certificate_class = CKO_CERTIFICATE,
	       kit_public_class = CKO_PUBLIC_KEY,
	       kit_private_class = CKO_PRIVATE_KEY,
	       kit_secret_class = CKO_SECRET_KEY, kit_rsa = CKK_RSA,
	       kit_ec = CKK_EC, kit_aes = CKK_AES,
	       kit_generic = CKK_GENERIC_SECRET;

/* Tries, counted where every process of a test sees them. */
enum { TRIES = 5 };
static unsigned *tries_left;

static CK_RV
count_try(void *context, const char *serial, CK_USER_TYPE user)
{
	if (tries_left[user] == 0)
		return CKR_PIN_LOCKED;
	tries_left[user]--;
	return CKR_OK;
}

static void
clear_tries(void *context, const char *serial, CK_USER_TYPE user)
{
	tries_left[user] = TRIES;
}

static void
look_at_tries(void *context, const char *serial, CK_USER_TYPE user,
	unsigned *left, unsigned *limit)
{
	*left = tries_left[user];
	*limit = TRIES;
}

static struct soft_configuration configuration = {
	.tries = { count_try, clear_tries, look_at_tries, NULL },
	.pin_min_length = 8,
	.pin_min_digits = 10,
	.cost = { .memory = 16 },
	.first_session = 1,
	.first_session_object = 1 << 30,
};

struct soft_configuration *
kit_configuration(void)
{
	return &configuration;
}

void
kit_start(void)
{
	tries_left = mmap(NULL, 2 * sizeof(*tries_left), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(tries_left != MAP_FAILED);
	tries_left[CKU_SO] = tries_left[CKU_USER] = TRIES;
	configuration.folder = test_folder();
	soft_configure(&configuration);
	p11 = soft_functions();
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
}

static CK_UTF8CHAR *
writable(const char *text)
{
	/* The standard's types have no const; nothing writes to it. */
	return (CK_UTF8CHAR *)(uintptr_t)text;
}

CK_SLOT_ID
kit_token(void)
{
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;

	memset(label, ' ', sizeof(label));
	memcpy(label, "kit", 3);
	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	count = 8;
	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT_RV(p11->C_InitToken(slots[count - 1], writable(KIT_SO_PIN),
			  strlen(KIT_SO_PIN), label),
		CKR_OK);
	session = kit_session(slots[count - 1], CKF_RW_SESSION);
	EXPECT_RV(p11->C_Login(session, CKU_SO, writable(KIT_SO_PIN),
			  strlen(KIT_SO_PIN)),
		CKR_OK);
	EXPECT_RV(p11->C_InitPIN(session, writable(KIT_PIN), strlen(KIT_PIN)),
		CKR_OK);
	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	return slots[count - 1];
}

CK_SESSION_HANDLE
kit_session(CK_SLOT_ID slot, CK_FLAGS flags)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(p11->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL,
			  NULL, &session),
		CKR_OK);
	return session;
}

void
kit_login(CK_SESSION_HANDLE session)
{
	EXPECT_RV(p11->C_Login(session, CKU_USER, writable(KIT_PIN),
			  strlen(KIT_PIN)),
		CKR_OK);
}

CK_SESSION_HANDLE
kit_user_session(void)
{
	CK_SESSION_HANDLE session;

	kit_start();
	session = kit_session(kit_token(), CKF_RW_SESSION);
	kit_login(session);
	return session;
}

CK_ATTRIBUTE
kit_bytes(CK_ATTRIBUTE_TYPE type, const void *bytes, CK_ULONG length)
{
	return (CK_ATTRIBUTE){ type, (void *)(uintptr_t)bytes, length };
}

CK_ATTRIBUTE
kit_number(CK_ATTRIBUTE_TYPE type, const CK_ULONG *number)
{
	return kit_bytes(type, number, sizeof(*number));
}

CK_ATTRIBUTE
kit_text(CK_ATTRIBUTE_TYPE type, const char *text)
{
	return kit_bytes(type, text, strlen(text));
}

CK_ATTRIBUTE
kit_flag(CK_ATTRIBUTE_TYPE type, bool flag)
{
	static const CK_BBOOL flags[] = { CK_FALSE, CK_TRUE };

	return kit_bytes(type, &flags[flag], 1);
}

void
kit_generate_pair(CK_SESSION_HANDLE session, bool is_token,
	CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	static const CK_ULONG bits = 2048;
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE of_public[] = { kit_number(CKA_MODULUS_BITS, &bits),
		kit_flag(CKA_TOKEN, is_token), kit_bytes(CKA_ID, "\1\2\3", 3) };
	CK_ATTRIBUTE of_private[] = { kit_flag(CKA_TOKEN, is_token),
		kit_bytes(CKA_ID, "\1\2\3", 3) };

	EXPECT_RV(p11->C_GenerateKeyPair(session, &mechanism, of_public, 3,
			  of_private, 2, public, private),
		CKR_OK);
}

void
kit_generate_ec_pair(CK_SESSION_HANDLE session, bool is_token,
	CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
	static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 3, 1, 7 };
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE of_public[] = { kit_bytes(
					     CKA_EC_PARAMS, p256, sizeof(p256)),
		kit_flag(CKA_TOKEN, is_token) };
	CK_ATTRIBUTE of_private[] = { kit_flag(CKA_TOKEN, is_token) };

	EXPECT_RV(p11->C_GenerateKeyPair(session, &mechanism, of_public, 2,
			  of_private, 1, public, private),
		CKR_OK);
}

CK_OBJECT_HANDLE
kit_create_data(CK_SESSION_HANDLE session, bool is_token, bool is_private,
	const char *label)
{
	CK_ATTRIBUTE template[] = { kit_number(CKA_CLASS, &kit_data_class),
		kit_flag(CKA_TOKEN, is_token),
		kit_flag(CKA_PRIVATE, is_private), kit_text(CKA_LABEL, label),
		kit_text(CKA_VALUE, "value") };
	CK_OBJECT_HANDLE object;

	EXPECT_RV(p11->C_CreateObject(session, template, 5, &object), CKR_OK);
	return object;
}

CK_ULONG
kit_count(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *first)
{
	CK_OBJECT_HANDLE found[64];
	CK_ULONG number, all = 0;

	EXPECT_RV(p11->C_FindObjectsInit(session, template, count), CKR_OK);
	do {
		EXPECT_RV(p11->C_FindObjects(session, found, 64, &number),
			CKR_OK);
		if (all == 0 && number && first)
			*first = found[0];
		all += number;
	} while (number);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
	return all;
}

bool
kit_flag_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL flag = 2;
	CK_ATTRIBUTE attribute = { type, &flag, sizeof(flag) };

	EXPECT_RV(p11->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	EXPECT(flag <= CK_TRUE);
	return flag;
}
