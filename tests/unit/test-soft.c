/* SPDX-License-Identifier: BSD-2-Clause */
/* The soft token's function list, called directly: from an empty folder to a
 * signature, and what other processes and threads do to it. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/soft-kit.h"
#include "tests/unit/store-kit.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TEST(a_fresh_folder_shows_one_blank_slot)
{
	CK_SLOT_ID slots[4];
	CK_ULONG count = 4;
	CK_TOKEN_INFO info;

	kit_start();
	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_RV(p11->C_GetTokenInfo(slots[0], &info), CKR_OK);
	EXPECT(!(info.flags & CKF_TOKEN_INITIALIZED));
	EXPECT(info.flags & CKF_LOGIN_REQUIRED);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

TEST(a_created_rsa_key_signs_and_its_signature_verifies)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE private, public, found;
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE signature[256], text[] = "the privy seal";
	CK_ULONG length = sizeof(signature), count;
	CK_ATTRIBUTE by_id[] = { kit_number(CKA_CLASS, &kit_private_class),
		kit_bytes(CKA_ID, "\1\2\3", 3) };

	kit_generate_pair(session, true, &public, &private);
	EXPECT_RV(p11->C_FindObjectsInit(session, by_id, 2), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, &found, 1, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_NUMBER(found, private);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_RV(p11->C_SignInit(session, &mechanism, private), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, &mechanism, public), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, sizeof(text), signature, length),
		CKR_OK);
	text[0] ^= 1;
	EXPECT_RV(p11->C_VerifyInit(session, &mechanism, public), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, sizeof(text), signature, length),
		CKR_SIGNATURE_INVALID);
}

/* What another process does, and whether it worked there. In it the token is
 * started anew, as every application does after a fork. */
static void
elsewhere(void (*deed)(CK_SLOT_ID), CK_SLOT_ID slot)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
		deed(slot);
		EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
		/* Not exit: what the parent had is no leak of the child. */
		_exit(0);
	}
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 0);
}

static CK_SLOT_ID
slot_of(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	return info.slotID;
}

static CK_RV
begin(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

	return p11->C_SignInit(session, &mechanism, key);
}

static CK_RV
finish(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[128], digest[32] = { 1 };
	CK_ULONG length = sizeof(signature);

	return p11->C_Sign(session, digest, sizeof(digest), signature, &length);
}

static void
wait_ten_milliseconds(void)
{
	const struct timespec pause = { 0, 10000000 };

	nanosleep(&pause, NULL);
}

static void
delete_private_keys(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session = kit_session(slot, CKF_RW_SESSION);
	CK_ATTRIBUTE class = kit_number(CKA_CLASS, &kit_private_class);
	CK_OBJECT_HANDLE key;

	kit_login(session);
	while (kit_count(session, &class, 1, &key))
		EXPECT_RV(p11->C_DestroyObject(session, key), CKR_OK);
}

TEST(a_key_deleted_elsewhere_signs_no_more)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_SESSION_HANDLE other = kit_session(slot_of(session), 0);
	CK_OBJECT_HANDLE public, private;

	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(begin(session, private), CKR_OK);
	elsewhere(delete_private_keys, slot_of(session));
	wait_ten_milliseconds();
	EXPECT_RV(finish(session), CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(begin(session, private), CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(begin(other, private), CKR_KEY_HANDLE_INVALID);
	/* The rest of the token goes on. */
	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(begin(session, private), CKR_OK);
	EXPECT_RV(finish(session), CKR_OK);
}

static void
initialize_anew(CK_SLOT_ID slot)
{
	CK_UTF8CHAR pin[] = KIT_SO_PIN, label[32];

	memset(label, ' ', sizeof(label));
	EXPECT_RV(p11->C_InitToken(slot, pin, sizeof(pin) - 1, label), CKR_OK);
}

TEST(a_token_made_anew_elsewhere_is_a_removed_one)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_SLOT_ID slot = slot_of(session);
	CK_OBJECT_HANDLE public, private, object;
	CK_TOKEN_INFO info;

	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(begin(session, private), CKR_OK);
	elsewhere(initialize_anew, slot);
	wait_ten_milliseconds();
	EXPECT_RV(finish(session), CKR_DEVICE_REMOVED);
	EXPECT_RV(finish(session), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &info), CKR_OK);
	EXPECT(!(info.flags & CKF_USER_PIN_INITIALIZED));
	EXPECT_NUMBER(info.ulSessionCount, 0);
	/* Old numbers stay unused. */
	session = kit_session(slot, CKF_RW_SESSION);
	EXPECT_RV(p11->C_Login(session, CKU_SO, (CK_UTF8CHAR[]){ KIT_SO_PIN },
			  sizeof(KIT_SO_PIN) - 1),
		CKR_OK);
	object = kit_create_data(session, true, false, "new");
	EXPECT(object > private && object > public);
}

static void
lock_user_pin(CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session = kit_session(slot, 0);
	CK_UTF8CHAR guess[] = "wrong guess 0";
	CK_RV rv;

	do {
		rv = p11->C_Login(session, CKU_USER, guess, sizeof(guess) - 1);
		guess[12]++;
	} while (rv == CKR_PIN_INCORRECT);
	EXPECT_RV(rv, CKR_PIN_LOCKED);
}

TEST(a_pin_locked_elsewhere_ends_the_login)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE public, private;
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;

	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(begin(session, private), CKR_OK);
	elsewhere(lock_user_pin, slot_of(session));
	wait_ten_milliseconds();
	EXPECT_RV(finish(session), CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(begin(session, private), CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.state, CKS_RW_PUBLIC_SESSION);
	EXPECT_RV(p11->C_GetTokenInfo(info.slotID, &token), CKR_OK);
	EXPECT(token.flags & CKF_USER_PIN_LOCKED);
	EXPECT(!(token.flags & CKF_SO_PIN_LOCKED));
}

static void
remove_token(CK_SLOT_ID slot)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%lu.token", test_folder(), slot);
	EXPECT(unlink(path) == 0);
}

TEST(a_vanished_file_leaves_a_slot_without_token)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_SLOT_ID slot = slot_of(session), slots[4];
	CK_OBJECT_HANDLE public, private;
	CK_ULONG count;
	CK_SLOT_INFO info;
	CK_TOKEN_INFO token;

	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(begin(session, private), CKR_OK);
	remove_token(slot);
	wait_ten_milliseconds();
	EXPECT_RV(finish(session), CKR_DEVICE_REMOVED);
	EXPECT_RV(p11->C_GetSlotInfo(slot, &info), CKR_OK);
	EXPECT(!(info.flags & CKF_TOKEN_PRESENT));
	EXPECT(info.flags & CKF_REMOVABLE_DEVICE);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_TOKEN_NOT_PRESENT);
	EXPECT_RV(p11->C_OpenSession(
			  slot, CKF_SERIAL_SESSION, NULL, NULL, &session),
		CKR_TOKEN_NOT_PRESENT);
	/* The list grew by a blank slot; it never shrinks. */
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	count = 4;
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
	EXPECT_NUMBER(count, 2);
	EXPECT_NUMBER(slots[0], slot);
	EXPECT(slots[1] > slot);
}

static void
make_token(CK_SLOT_ID unused)
{
	kit_token();
}

TEST(a_token_made_elsewhere_comes_in_its_slot_and_as_an_event)
{
	CK_SLOT_ID slots[4], changed;
	CK_ULONG count = 4;
	CK_TOKEN_INFO info;

	kit_start();
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
	EXPECT_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, NULL),
		CKR_NO_EVENT);
	elsewhere(make_token, 0);
	EXPECT_RV(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, NULL),
		CKR_OK);
	EXPECT_NUMBER(changed, slots[0]);
	EXPECT_RV(p11->C_GetTokenInfo(changed, &info), CKR_OK);
	EXPECT(info.flags & CKF_TOKEN_INITIALIZED);
}

TEST(a_spare_slot_is_there_when_it_is_asked_for)
{
	CK_SLOT_ID first;
	CK_ULONG count;

	kit_configuration()->spare_slot = true;
	kit_start();
	first = kit_token();
	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT_NUMBER(count, 2);
	EXPECT(kit_token() > first);
}

TEST(an_altered_object_is_told_of_and_the_others_serve)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE altered, sound, found;
	CK_ATTRIBUTE class = kit_number(CKA_CLASS, &kit_data_class),
		     label = { CKA_LABEL, NULL, 0 };
	char path[256];

	altered = kit_create_data(session, true, true, "altered");
	sound = kit_create_data(session, true, true, "sound");
	snprintf(path, sizeof(path), "%s/%lu.token", test_folder(),
		slot_of(session));
	run_sql(path, "UPDATE object SET open = x'00' WHERE id = %lu", altered);
	wait_ten_milliseconds();
	EXPECT_RV(p11->C_FindObjectsInit(session, &class, 1), CKR_DEVICE_ERROR);
	/* Told once; then what there is. */
	EXPECT_NUMBER(kit_count(session, &class, 1, &found), 1);
	EXPECT_NUMBER(found, sound);
	EXPECT_RV(p11->C_GetAttributeValue(session, altered, &label, 1),
		CKR_DEVICE_ERROR);
	EXPECT_RV(p11->C_GetAttributeValue(session, sound, &label, 1), CKR_OK);
	EXPECT_NUMBER(label.ulValueLen, 5);
	EXPECT_RV(p11->C_DestroyObject(session, altered), CKR_OK);
	EXPECT_RV(p11->C_GetAttributeValue(session, altered, &label, 1),
		CKR_OBJECT_HANDLE_INVALID);
}

/* Two blocks of AES-CBC, in one part, with the other operation beside it. */
static const CK_BYTE plain[32] = "thirty-two bytes that are plain";

struct both {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE aes;
	CK_BYTE iv[16], encrypted[32], decrypted[32];
};

static void
start_both(struct both *both)
{
	static const CK_ULONG length = 16;
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_VALUE_LEN, &length) };

	*both = (struct both){ .session = kit_user_session() };
	EXPECT_RV(p11->C_GenerateKey(
			  both->session, &generate, template, 1, &both->aes),
		CKR_OK);
}

static CK_RV
encrypt_init(struct both *both)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, both->iv, sizeof(both->iv) };

	return p11->C_EncryptInit(both->session, &cbc, both->aes);
}

static CK_RV
decrypt_init(struct both *both)
{
	CK_MECHANISM cbc = { CKM_AES_CBC, both->iv, sizeof(both->iv) };

	return p11->C_DecryptInit(both->session, &cbc, both->aes);
}

TEST(digesting_goes_along_with_encrypting_and_decrypting)
{
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_BYTE alone[32], beside[32];
	CK_ULONG size = 32, length = 16;
	struct both both;

	start_both(&both);
	EXPECT_RV(p11->C_DigestInit(both.session, &sha256), CKR_OK);
	EXPECT_RV(p11->C_Digest(both.session, (CK_BYTE *)(uintptr_t)plain, 32,
			  alone, &size),
		CKR_OK);
	EXPECT_RV(encrypt_init(&both), CKR_OK);
	EXPECT_RV(p11->C_DigestEncryptUpdate(both.session,
			  (CK_BYTE *)(uintptr_t)plain, 32, both.encrypted,
			  &length),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(p11->C_DigestInit(both.session, &sha256), CKR_OK);
	/* Too little room: neither goes on by a byte. */
	EXPECT_RV(p11->C_DigestEncryptUpdate(both.session,
			  (CK_BYTE *)(uintptr_t)plain, 32, both.encrypted,
			  &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 32);
	/* In place, as ciphers may be used. */
	memcpy(both.encrypted, plain, 32);
	EXPECT_RV(p11->C_DigestEncryptUpdate(both.session, both.encrypted, 32,
			  both.encrypted, &length),
		CKR_OK);
	EXPECT_RV(p11->C_DigestFinal(both.session, beside, &size), CKR_OK);
	EXPECT_BYTES(beside, 32, alone, 32);
	EXPECT_RV(decrypt_init(&both), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(both.session, &sha256), CKR_OK);
	EXPECT_RV(p11->C_DecryptDigestUpdate(both.session, both.encrypted, 32,
			  both.decrypted, &length),
		CKR_OK);
	EXPECT_BYTES(both.decrypted, length, plain, 32);
	EXPECT_RV(p11->C_DigestFinal(both.session, beside, &size), CKR_OK);
	EXPECT_BYTES(beside, 32, alone, 32);
}

TEST(signing_goes_along_with_encrypting_and_decrypting)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE public, private;
	CK_ULONG length = 32, size = 64;
	CK_BYTE signature[64];
	struct both both;

	start_both(&both);
	kit_generate_ec_pair(both.session, false, &public, &private);
	EXPECT_RV(encrypt_init(&both), CKR_OK);
	EXPECT_RV(p11->C_SignInit(both.session, &ecdsa, private), CKR_OK);
	EXPECT_RV(p11->C_SignEncryptUpdate(both.session,
			  (CK_BYTE *)(uintptr_t)plain, 32, both.encrypted,
			  &length),
		CKR_OK);
	EXPECT_RV(p11->C_SignFinal(both.session, signature, &size), CKR_OK);
	EXPECT_RV(decrypt_init(&both), CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(both.session, &ecdsa, public), CKR_OK);
	EXPECT_RV(p11->C_DecryptVerifyUpdate(both.session, both.encrypted, 32,
			  both.decrypted, &length),
		CKR_OK);
	EXPECT_BYTES(both.decrypted, length, plain, 32);
	EXPECT_RV(p11->C_VerifyFinal(both.session, signature, size), CKR_OK);
}

static void *
wait_for_event(void *result)
{
	CK_SLOT_ID slot;

	*(CK_RV *)result = p11->C_WaitForSlotEvent(0, &slot, NULL);
	return NULL;
}

TEST(waiting_for_an_event_ends_with_the_event)
{
	pthread_t thread;
	CK_RV result = CKR_OK;

	kit_start();
	EXPECT(pthread_create(&thread, NULL, wait_for_event, &result) == 0);
	usleep(20000);
	elsewhere(make_token, 0);
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT_RV(result, CKR_OK);
}

TEST(waiting_for_an_event_ends_with_finalize)
{
	pthread_t thread;
	CK_RV result = CKR_OK;

	kit_start();
	EXPECT(pthread_create(&thread, NULL, wait_for_event, &result) == 0);
	usleep(20000);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT_RV(result, CKR_CRYPTOKI_NOT_INITIALIZED);
}

/* Every function, whatever it takes: the first argument a session or a slot,
 * the others nothing, or lengths beyond all measure without a buffer. */
typedef CK_RV (*any_call)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG,
	CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);

struct any {
	const char *name;
	any_call call;
};

#define ANY(function, arguments) \
	{ #function, (any_call)(void (*)(void))p11->function },

TEST(no_function_stumbles_over_nothing)
{
	CK_SESSION_HANDLE session = kit_user_session();
	const struct any calls[] = { CK_FUNCTIONS_2_40(ANY)
			CK_FUNCTIONS_3_0(ANY) };
	const CK_ULONG firsts[] = { 0, session, slot_of(session), ~0UL };
	size_t i, j;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		for (j = 0; j < 4; j++) {
			/* These two read nothing and end or start it all. */
			if (strcmp(calls[i].name, "C_Finalize") == 0 ||
				strcmp(calls[i].name, "C_Initialize") == 0)
				continue;
			/* A pointer is first in these: only nothing will do. */
			if (j > 0 &&
				(strncmp(calls[i].name, "C_GetI", 6) == 0 ||
					strcmp(calls[i].name,
						"C_GetFunctionList") == 0))
				continue;
			calls[i].call(firsts[j], 0, 0, 0, 0, 0, 0, 0, 0);
		}
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (strcmp(calls[i].name, "C_Initialize") != 0)
			calls[i].call(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
