/* SPDX-License-Identifier: BSD-2-Clause */
/* The soft token when memory runs short: an error, no crash, nothing lost. */

#include "config.h"

#include "tests/crash/scarce.h"
#include "tests/test.h"
#include "tests/unit/soft-kit.h"
#include "token/key.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static CK_SLOT_ID *slot; /* shared by the processes */
static CK_SESSION_HANDLE session;

/* What is not made is 0, which every call refuses. */
static CK_OBJECT_HANDLE
make_aes(bool is_token)
{
	static const CK_ULONG length = 32;
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_VALUE_LEN, &length),
		kit_flag(CKA_TOKEN, is_token), kit_text(CKA_LABEL, "scarce") };
	CK_OBJECT_HANDLE key = 0;

	(void)p11->C_GenerateKey(session, &mechanism, template, 3, &key);
	return key;
}

static void
encipher(CK_OBJECT_HANDLE key)
{
	CK_BYTE data[32] = "some thirty-two bytes of a text", sealed[64],
		plain[64];
	CK_ULONG length = sizeof(sealed), plain_length = sizeof(plain);
	CK_MECHANISM mechanism = { CKM_AES_ECB, NULL, 0 };

	if (p11->C_EncryptInit(session, &mechanism, key) != CKR_OK ||
		p11->C_Encrypt(session, data, sizeof(data), sealed, &length) !=
			CKR_OK ||
		p11->C_DecryptInit(session, &mechanism, key) != CKR_OK ||
		p11->C_Decrypt(session, sealed, length, plain, &plain_length) !=
			CKR_OK)
		return;
	/* Of what succeeds the result is right. */
	EXPECT_BYTES(plain, plain_length, data, sizeof(data));
}

static void
wrap(CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes) };
	CK_OBJECT_HANDLE back;
	CK_BYTE wrapped[64];
	CK_ULONG length = sizeof(wrapped);

	if (p11->C_WrapKey(session, &mechanism, wrapping, key, wrapped,
		    &length) == CKR_OK)
		(void)p11->C_UnwrapKey(session, &mechanism, wrapping, wrapped,
			length, template, 2, &back);
}

static void
find_and_destroy(void)
{
	CK_ATTRIBUTE label = kit_text(CKA_LABEL, "scarce"),
		     new_label = kit_text(CKA_LABEL, "scarce");
	CK_OBJECT_HANDLE found[64], copy;
	CK_BYTE value[64];
	CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };
	CK_ULONG i, count = 0;

	if (p11->C_FindObjectsInit(session, &label, 1) != CKR_OK)
		return;
	(void)p11->C_FindObjects(session, found, 64, &count);
	(void)p11->C_FindObjectsFinal(session);
	for (i = 0; i < count; i++) {
		(void)p11->C_GetAttributeValue(session, found[i], &read, 1);
		(void)p11->C_SetAttributeValue(
			session, found[i], &new_label, 1);
		(void)p11->C_CopyObject(session, found[i], NULL, 0, &copy);
		(void)p11->C_DestroyObject(session, found[i]);
	}
}

static CK_RV
sign(void)
{
	CK_ATTRIBUTE class = kit_number(CKA_CLASS, &kit_private_class);
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_BYTE signature[72] = { 0 };
	CK_ULONG count = 0, length = sizeof(signature);
	CK_RV rv = p11->C_FindObjectsInit(session, &class, 1);

	if (rv != CKR_OK)
		return rv;
	(void)p11->C_FindObjects(session, &key, 1, &count);
	(void)p11->C_FindObjectsFinal(session);
	if (!count)
		return CKR_KEY_HANDLE_INVALID;
	if ((rv = p11->C_SignInit(session, &mechanism, key)) != CKR_OK)
		return rv;
	return p11->C_Sign(session, signature, 32, signature, &length);
}

/* Everything an application does, whatever of it succeeds. */
static CK_RV
run(void)
{
	CK_OBJECT_HANDLE fleeting, lasting;
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;
	CK_RV rv = CKR_GENERAL_ERROR;

	if (p11->C_Initialize(NULL) != CKR_OK)
		return CKR_HOST_MEMORY;
	(void)p11->C_GetSlotList(CK_TRUE, slots, &count);
	if (p11->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
		    NULL, &session) == CKR_OK) {
		(void)p11->C_Login(session, CKU_USER,
			(CK_UTF8CHAR[]){ KIT_PIN }, strlen(KIT_PIN));
		fleeting = make_aes(false);
		lasting = make_aes(true);
		encipher(fleeting);
		encipher(lasting);
		wrap(fleeting, fleeting);
		rv = sign();
		find_and_destroy();
		(void)p11->C_Logout(session);
		(void)p11->C_CloseSession(session);
	}
	(void)p11->C_Finalize(NULL);
	return rv;
}

static void
work(void)
{
	CK_RV rv = run();

	if (!scarce_has_failed())
		EXPECT_RV(rv, CKR_OK);
	/* The next application of this process has memory enough. Seen in
	 * OpenSSL 3.0.19: what it could not fetch for want of memory it does
	 * not find later either; that takes another process. */
	if (scarce_has_failed() && !scarce_was_of(SCARCE_LIBCRYPTO))
		EXPECT_RV(run(), CKR_OK);
	scarce_expect_no_leak_of_sqlite();
}

/* The token is whole, and the key that was there before signs. */
static void
check(void)
{
	CK_ATTRIBUTE class = kit_number(CKA_CLASS, &kit_private_class);
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_BYTE signature[72];
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
	session = kit_session(*slot, CKF_RW_SESSION);
	kit_login(session);
	EXPECT_NUMBER(kit_count(session, &class, 1, &key), 1);
	EXPECT_RV(p11->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, signature, 32, signature, &length),
		CKR_OK);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

/* In a process of its own: what this one had when it forks, its children would
 * leave behind. */
static void
set_up(void)
{
	CK_OBJECT_HANDLE public, private;
	pid_t child = fork();
	int status;

	if (child == 0) {
		EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
		*slot = kit_token();
		session = kit_session(*slot, CKF_RW_SESSION);
		kit_login(session);
		kit_generate_ec_pair(session, true, &public, &private);
		EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

TEST(soft_token_outlives_each_allocation_that_fails)
{
	CK_BYTE random;

	slot = mmap(NULL, sizeof(*slot), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(slot != MAP_FAILED);
	kit_start();
	/* Without the library's own beginnings a worker does not run at all. */
	EXPECT_RV(key_random(&random, sizeof(random)), CKR_OK);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	set_up();
	scarce_run(work, check);
}
