/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told to the audit log of what is done with a token: all of it, once.
 */

#include "config.h"

#include "keeper/audit-layer.h"
#include "keeper/pending.h"
#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static const CK_FUNCTION_LIST_3_0 *layer;
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key, key;
static CK_BYTE text[64] = "a text", result[256];
static CK_ULONG room;
static CK_MECHANISM signing = { CKM_SHA256_RSA_PKCS, NULL, 0 },
		    decrypting = { CKM_RSA_PKCS, NULL, 0 };

static struct audit_record told[64];
static unsigned count;
static bool is_deaf;

static bool
hear(const struct audit_record *record)
{
	EXPECT(audit_record_is_sound(record));
	EXPECT(count < 64);
	told[count++] = *record;
	return !is_deaf;
}

static void
set_up(bool with_data)
{
	CK_SESSION_INFO info;

	session = kit_user_session();
	kit_generate_pair(session, true, &public_key, &key);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	slot = info.slotID;
	layer = pending_wrap(audit_wrap(p11, hear, with_data));
	room = sizeof(result);
}

static void
expect_told(enum audit_event event, CK_OBJECT_HANDLE about, CK_RV rv)
{
	EXPECT_NUMBER(count, 1);
	EXPECT_NUMBER(told[0].event, event);
	EXPECT_NUMBER(told[0].key.handle, about);
	EXPECT_RV(told[0].rv, rv);
	EXPECT_NUMBER(strlen(told[0].key.serial), 16);
	count = 0;
}

TEST(a_signature_is_told_once_with_its_key_mechanism_and_result)
{
	set_up(false);
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_NUMBER(count, 0);
	EXPECT_RV(layer->C_Sign(session, text, 6, NULL, &room), CKR_OK);
	room = 3;
	EXPECT_RV(layer->C_Sign(session, text, 6, result, &room),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(count, 0);
	EXPECT_RV(layer->C_Sign(session, text, 6, result, &room), CKR_OK);
	EXPECT(told[0].has_mechanism);
	EXPECT_NUMBER(told[0].mechanism, CKM_SHA256_RSA_PKCS);
	EXPECT_BYTES(told[0].key.id, told[0].key.id_length, "\1\2\3", 3);
	EXPECT(!told[0].has_data);
	expect_told(AUDIT_SIGN, key, CKR_OK);
	/* In parts as well. */
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_SignUpdate(session, text, 6), CKR_OK);
	EXPECT_RV(layer->C_SignUpdate(session, text, 6), CKR_OK);
	EXPECT_NUMBER(count, 0);
	EXPECT_RV(layer->C_SignFinal(session, result, &room), CKR_OK);
	expect_told(AUDIT_SIGN, key, CKR_OK);
	/* And what never gave a signature is none. */
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_SessionCancel(session, CKF_SIGN), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 6, result, &room),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_NUMBER(count, 0);
}

static CK_FUNCTION_LIST_3_0 slow;
static pthread_t hurried;

static void *
sign_at_once(void *rv)
{
	*(CK_RV *)rv = layer->C_Sign(session, text, 6, result, &room);
	return NULL;
}

/* The token has begun, and is late to say so. */
static CK_RV
slow_C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE object)
{
	static CK_RV signed_with = CKR_GENERAL_ERROR;
	CK_RV rv = p11->C_SignInit(handle, mechanism, object);

	EXPECT(pthread_create(&hurried, NULL, sign_at_once, &signed_with) == 0);
	usleep(200000);
	return rv;
}

TEST(a_signature_is_told_however_soon_another_thread_makes_it)
{
	set_up(false);
	slow = *p11;
	slow.C_SignInit = slow_C_SignInit;
	layer = pending_wrap(audit_wrap(&slow, hear, false));
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT(pthread_join(hurried, NULL) == 0);
	expect_told(AUDIT_SIGN, key, CKR_OK);
}

/* Seen when it is asked for once more. */
static CK_RV
late_C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG attributes)
{
	static unsigned asked;

	return asked++
		? p11->C_GetAttributeValue(handle, object, template, attributes)
		: CKR_OBJECT_HANDLE_INVALID;
}

TEST(a_key_that_another_threads_login_brings_is_told)
{
	set_up(false);
	slow = *p11;
	slow.C_GetAttributeValue = late_C_GetAttributeValue;
	layer = pending_wrap(audit_wrap(&slow, hear, false));
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 6, result, &room), CKR_OK);
	EXPECT_NUMBER(told[0].key.class, CKO_PRIVATE_KEY);
	expect_told(AUDIT_SIGN, key, CKR_OK);
}

TEST(what_was_signed_is_told_by_its_hash_where_that_is_wished)
{
	unsigned char hash[32];

	set_up(true);
	SHA256(text, 60, hash);
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 60, result, &room), CKR_OK);
	EXPECT(told[0].has_data);
	EXPECT_BYTES(told[0].data, 32, hash, 32);
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_SignUpdate(session, text, 20), CKR_OK);
	EXPECT_RV(layer->C_SignUpdate(session, text + 20, 40), CKR_OK);
	EXPECT_RV(layer->C_SignFinal(session, NULL, &room), CKR_OK);
	EXPECT_RV(layer->C_SignFinal(session, result, &room), CKR_OK);
	EXPECT_NUMBER(count, 2);
	EXPECT(told[1].has_data);
	EXPECT_BYTES(told[1].data, 32, hash, 32);
}

TEST(a_result_that_cannot_be_told_is_not_given_out)
{
	static const CK_BYTE nothing[256];

	set_up(false);
	is_deaf = true;
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 6, result, &room),
		CKR_DEVICE_ERROR);
	EXPECT_BYTES(result, 256, nothing, 256);
	memset(result, 0, sizeof(result));
	room = sizeof(result);
	EXPECT_RV(layer->C_SignInit(session, &signing, key), CKR_OK);
	EXPECT_RV(layer->C_SignUpdate(session, text, 6), CKR_OK);
	EXPECT_RV(layer->C_SignFinal(session, result, &room), CKR_DEVICE_ERROR);
	EXPECT_BYTES(result, 256, nothing, 256);
}

static void
encrypt(CK_BYTE encrypted[256])
{
	CK_ULONG length = 256;

	EXPECT_RV(p11->C_EncryptInit(session, &decrypting, public_key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, text, 6, encrypted, &length), CKR_OK);
}

TEST(a_decryption_is_told_and_its_failure_too)
{
	CK_BYTE encrypted[256];

	set_up(false);
	encrypt(encrypted);
	EXPECT_RV(layer->C_DecryptInit(session, &decrypting, key), CKR_OK);
	EXPECT_RV(layer->C_Decrypt(session, encrypted, 256, result, &room),
		CKR_OK);
	expect_told(AUDIT_DECRYPT, key, CKR_OK);
	EXPECT_RV(layer->C_DecryptInit(session, &decrypting, key), CKR_OK);
	EXPECT_RV(layer->C_Decrypt(session, encrypted, 255, result, &room),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	expect_told(AUDIT_DECRYPT, key, CKR_ENCRYPTED_DATA_LEN_RANGE);
}

static CK_OBJECT_HANDLE
secret_key(bool of_token)
{
	CK_MECHANISM making = { CKM_AES_KEY_GEN, NULL, 0 };
	const CK_ULONG length = 16;
	CK_ATTRIBUTE template[] = { kit_flag(CKA_TOKEN, of_token),
		kit_number(CKA_VALUE_LEN, &length) };
	CK_OBJECT_HANDLE made;

	EXPECT_RV(layer->C_GenerateKey(session, &making, template, 2, &made),
		CKR_OK);
	return made;
}

/* Who stops in the middle has had the first half. */
TEST(the_first_part_of_a_decryption_is_told_the_others_belong_to_it)
{
	CK_BYTE iv[16] = { 0 };
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_OBJECT_HANDLE secret;

	set_up(false);
	secret = secret_key(true);
	expect_told(AUDIT_GENERATE, secret, CKR_OK);
	EXPECT_RV(layer->C_DecryptInit(session, &cbc, secret), CKR_OK);
	EXPECT_RV(layer->C_DecryptUpdate(session, text, 32, result, &room),
		CKR_OK);
	expect_told(AUDIT_DECRYPT, secret, CKR_OK);
	room = sizeof(result);
	EXPECT_RV(layer->C_DecryptUpdate(session, text, 32, result, &room),
		CKR_OK);
	EXPECT_RV(layer->C_DecryptFinal(session, result, &room), CKR_OK);
	EXPECT_NUMBER(count, 0);
}

TEST(public_keys_and_secrets_of_a_session_are_used_untold)
{
	CK_BYTE iv[16] = { 0 };
	CK_MECHANISM cbc = { CKM_AES_CBC, iv, sizeof(iv) };
	CK_OBJECT_HANDLE secret;

	set_up(false);
	EXPECT_RV(layer->C_VerifyInit(session, &signing, public_key), CKR_OK);
	EXPECT_RV(layer->C_Verify(session, text, 6, result, 256),
		CKR_SIGNATURE_INVALID);
	secret = secret_key(false);
	EXPECT_RV(layer->C_EncryptInit(session, &cbc, secret), CKR_OK);
	EXPECT_RV(layer->C_Encrypt(session, text, 32, result, &room), CKR_OK);
	kit_create_data(session, false, false, "data");
	EXPECT_NUMBER(count, 0);
}

TEST(refused_uses_are_told_with_the_reason)
{
	CK_MECHANISM wrong = { CKM_ECDSA, NULL, 0 };

	set_up(false);
	EXPECT_RV(layer->C_SignInit(session, &wrong, key),
		CKR_KEY_TYPE_INCONSISTENT);
	expect_told(AUDIT_SIGN, key, CKR_KEY_TYPE_INCONSISTENT);
	EXPECT_RV(layer->C_SignInit(session, &signing, 12345),
		CKR_KEY_HANDLE_INVALID);
	expect_told(AUDIT_SIGN, 12345, CKR_KEY_HANDLE_INVALID);
}

TEST(logins_right_and_wrong_logouts_and_changed_pins_are_told)
{
	CK_UTF8CHAR wrong[] = "a wrong one", pin[] = KIT_PIN,
		    other[] = "another one!";

	set_up(false);
	EXPECT_RV(layer->C_Logout(session), CKR_OK);
	expect_told(AUDIT_LOGOUT, 0, CKR_OK);
	EXPECT_RV(layer->C_Login(session, CKU_USER, wrong, 11),
		CKR_PIN_INCORRECT);
	EXPECT_TEXT(told[0].detail, "user");
	expect_told(AUDIT_LOGIN, 0, CKR_PIN_INCORRECT);
	EXPECT_RV(layer->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_OK);
	expect_told(AUDIT_LOGIN, 0, CKR_OK);
	EXPECT_RV(layer->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_USER_ALREADY_LOGGED_IN);
	EXPECT_NUMBER(count, 0);
	EXPECT_RV(layer->C_SetPIN(session, pin, sizeof(pin) - 1, other,
			  sizeof(other) - 1),
		CKR_OK);
	expect_told(AUDIT_PIN, 0, CKR_OK);
}

/* No PIN is anywhere in what is told. */
TEST(no_record_has_a_pin_in_it)
{
	CK_UTF8CHAR wrong[] = "a wrong one", pin[] = KIT_PIN;
	unsigned i;

	set_up(false);
	layer->C_Logout(session);
	layer->C_Login(session, CKU_USER, wrong, 11);
	layer->C_Login(session, CKU_USER, pin, sizeof(pin) - 1);
	layer->C_SetPIN(session, pin, sizeof(pin) - 1, wrong, 3);
	EXPECT_NUMBER(count, 4);
	for (i = 0; i < count; i++) {
		EXPECT(!memmem(&told[i], sizeof(told[i]), wrong, 11));
		EXPECT(!memmem(
			&told[i], sizeof(told[i]), pin, sizeof(pin) - 1));
	}
}

TEST(changes_of_the_tokens_objects_are_told)
{
	CK_ATTRIBUTE name = kit_text(CKA_LABEL, "another");
	CK_ATTRIBUTE to_session = kit_flag(CKA_TOKEN, false);
	CK_ATTRIBUTE template[] = {
		kit_number(CKA_CLASS, &kit_data_class),
		kit_flag(CKA_TOKEN, true),
		kit_text(CKA_LABEL, "data"),
	};
	CK_OBJECT_HANDLE made, copy;

	set_up(false);
	EXPECT_RV(layer->C_CreateObject(session, template, 3, &made), CKR_OK);
	EXPECT_TEXT(told[0].key.label, "data");
	expect_told(AUDIT_CREATE, made, CKR_OK);
	EXPECT_RV(layer->C_SetAttributeValue(session, made, &name, 1), CKR_OK);
	EXPECT_TEXT(told[0].detail, "CKA_LABEL");
	expect_told(AUDIT_CHANGE, made, CKR_OK);
	EXPECT_RV(layer->C_CopyObject(session, key, &to_session, 1, &copy),
		CKR_OK);
	expect_told(AUDIT_COPY, key, CKR_OK);
	EXPECT_RV(layer->C_DestroyObject(session, made), CKR_OK);
	EXPECT_TEXT(told[0].key.label, "another");
	expect_told(AUDIT_DESTROY, made, CKR_OK);
	/* The copy is a private key, though of a session. */
	EXPECT_RV(layer->C_DestroyObject(session, copy), CKR_OK);
	expect_told(AUDIT_DESTROY, copy, CKR_OK);
}

TEST(imported_private_keys_are_told_refused_ones_too)
{
	CK_ATTRIBUTE template[] = {
		kit_number(CKA_CLASS, &kit_private_class),
		kit_text(CKA_LABEL, "broken"),
	};
	CK_OBJECT_HANDLE made;

	set_up(false);
	EXPECT_RV(layer->C_CreateObject(session, template, 2, &made),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_NUMBER(count, 1);
	EXPECT_NUMBER(told[0].event, AUDIT_CREATE);
	EXPECT_NUMBER(told[0].key.class, CKO_PRIVATE_KEY);
	EXPECT_TEXT(told[0].key.label, "broken");
}

TEST(an_attempt_to_read_a_key_is_told)
{
	CK_ATTRIBUTE parts[] = { { CKA_MODULUS, result, sizeof(result) },
		{ CKA_PRIVATE_EXPONENT, result, sizeof(result) } };

	set_up(false);
	EXPECT_RV(layer->C_GetAttributeValue(session, key, parts, 2),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_TEXT(told[0].detail, "CKA_PRIVATE_EXPONENT");
	expect_told(AUDIT_READ, key, CKR_ATTRIBUTE_SENSITIVE);
}

/* As NSS opens a mail: the content key is unwrapped into the session. */
TEST(an_unwrapping_is_told_as_a_use_of_the_key_that_unwraps)
{
	CK_ATTRIBUTE template[] = {
		kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_generic),
	};
	CK_BYTE encrypted[256];
	CK_OBJECT_HANDLE made;

	set_up(false);
	encrypt(encrypted);
	EXPECT_RV(layer->C_UnwrapKey(session, &decrypting, key, encrypted, 256,
			  template, 2, &made),
		CKR_OK);
	expect_told(AUDIT_UNWRAP, key, CKR_OK);
}

TEST(decisions_of_other_layers_are_told_and_need_no_log)
{
	const struct keyname name = { .handle = 7,
		.serial = "0123456789abcdef" };
	const CK_MECHANISM_TYPE mechanism = CKM_RSA_PKCS;

	EXPECT_RV(audit_decision(&name, &mechanism, "asked", CKR_OK), CKR_OK);
	set_up(false);
	EXPECT_RV(audit_decision(
			  &name, &mechanism, "refused", CKR_FUNCTION_CANCELED),
		CKR_FUNCTION_CANCELED);
	EXPECT_TEXT(told[0].detail, "refused");
	expect_told(AUDIT_POLICY, 7, CKR_FUNCTION_CANCELED);
	is_deaf = true;
	EXPECT_RV(audit_decision(&name, &mechanism, "asked", CKR_OK),
		CKR_DEVICE_ERROR);
}
