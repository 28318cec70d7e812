/* SPDX-License-Identifier: BSD-2-Clause */
/* How operations begin, take data, give results and end. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/keys.h"

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };
/* It, encrypted to the known RSA key by PKCS #1 v1.5. */
#define SEALED_TEXT \
	"45a20d7da8eb48d1019e7c546b561bbb0868edffffb85f58568b44856b5c5e55" \
	"3f3b03730bafeab8a3ad442009c4bb0e917d246139ba388124a52ea3e0bded29" \
	"32228540cc27ceece8c5e7a6be3581e13c9648928b134f58f2f15089be9486f9" \
	"b6d74c26a9b7768a067db105a351348bf330cd2f9744553cd9662ca91b163d23" \
	"ee1c1cb73fb505924a88bf90950dba3fb4bc58d32ad2e64c4afaf1e318cbba34" \
	"c7c495e2e8afbb4425c33a5f68d514027c4e578000bd28dab470c6580bb3dc92" \
	"d265bc100039380cee010a751248ea788e590a34fb7b70cc736769df4ac8c134" \
	"ff08b329a72107995a215504d643e5f3a5460c6baee199f4f21ae22ce7d66a5c"

static CK_OBJECT_HANDLE
begin_signing(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  key), CKR_OK);
	return key;
}

CLAIM(sign_tells_the_length_first, "BASE 5.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256];
	CK_ULONG length = 0;

	begin_signing(session);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, NULL, &length), CKR_OK);
	EXPECT_NUMBER(length, 256);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 256);
}

CLAIM(sign_goes_on_after_a_buffer_too_small, "BASE 5.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256] = { 0 };
	CK_ULONG length = 10;

	begin_signing(session);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 256);
	EXPECT_NUMBER(signature[0] | signature[9], 0);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OK);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(sign_in_parts_gives_the_same_signature, "BASE 5.13.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);
	CK_BYTE whole[1024], parts[1024];
	size_t length = sign(session, MECHANISM(CKM_SHA256_RSA_PKCS), key,
		text, TEXT, whole);
	CK_ULONG parts_length = 0, i;

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  key), CKR_OK);
	for (i = 0; i < TEXT; i++)
		EXPECT_RV(p11->C_SignUpdate(session, text + i, 1), CKR_OK);
	EXPECT_RV(p11->C_SignFinal(session, NULL, &parts_length), CKR_OK);
	EXPECT_NUMBER(parts_length, 256);
	parts_length = 3;
	EXPECT_RV(p11->C_SignFinal(session, parts, &parts_length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(p11->C_SignFinal(session, parts, &parts_length), CKR_OK);
	EXPECT_BYTES(parts, parts_length, whole, length);
	EXPECT_RV(p11->C_SignFinal(session, parts, &parts_length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(sign_without_beginning_is_refused, "BASE 5.13.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(p11->C_SignUpdate(session, text, TEXT),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(p11->C_SignFinal(session, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(second_beginning_is_refused, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = begin_signing(session);
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  key), CKR_OPERATION_ACTIVE);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OK);
}

CLAIM(sign_begins_only_with_what_exists, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS), 0xffffff),
		CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256), key),
		CKR_MECHANISM_INVALID);
	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_FASTHASH), key),
		CKR_MECHANISM_INVALID);
	EXPECT_RV(p11->C_SignInit(session, NULL, key), CKR_ARGUMENTS_BAD);
	EXPECT_RV(p11->C_SignInit(0xffffff, MECHANISM(CKM_RSA_PKCS), key),
		CKR_SESSION_HANDLE_INVALID);
}

/* 3.0: a NULL mechanism ends the running operation. */
CLAIM(null_mechanism_ends_the_operation, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);

	need_3_0();
	begin_signing(session);
	EXPECT_RV(p11->C_SignInit(session, NULL, 0), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(failed_signing_ends_the_operation, "BASE 5.13.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256], large[256] = { 1 };
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, large, 246, signature, &length),
		CKR_DATA_LEN_RANGE);
	length = sizeof(signature);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(one_part_mechanisms_take_no_parts, "BASE 5.13.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RV rv;

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_private(session, PLAIN)), CKR_OK);
	rv = p11->C_SignUpdate(session, text, TEXT);
	EXPECT(rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_FUNCTION_FAILED ||
		rv == CKR_OPERATION_NOT_INITIALIZED ||
		rv == CKR_MECHANISM_INVALID || rv == CKR_OK);
}

CLAIM(verify_accepts_and_refuses, "BASE 5.15.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_public(session, PLAIN);
	CK_MECHANISM *mechanism = MECHANISM(CKM_SHA256_RSA_PKCS);
	CK_BYTE signature[1024];
	size_t length = sign(session, mechanism, rsa_private(session, PLAIN),
		text, TEXT, signature);

	EXPECT_RV(p11->C_VerifyInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT - 1, signature, length),
		CKR_SIGNATURE_INVALID);
	EXPECT_RV(p11->C_VerifyInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length - 1),
		CKR_SIGNATURE_LEN_RANGE);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(verify_in_parts, "BASE 5.15.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_public(session, PLAIN);
	CK_MECHANISM *mechanism = MECHANISM(CKM_SHA256_RSA_PKCS);
	CK_BYTE signature[1024];
	size_t length = sign(session, mechanism, rsa_private(session, PLAIN),
		text, TEXT, signature);

	EXPECT_RV(p11->C_VerifyInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_VerifyUpdate(session, text, 7), CKR_OK);
	EXPECT_RV(p11->C_VerifyUpdate(session, text + 7, TEXT - 7), CKR_OK);
	EXPECT_RV(p11->C_VerifyFinal(session, signature, length), CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_VerifyUpdate(session, text, 7), CKR_OK);
	EXPECT_RV(p11->C_VerifyFinal(session, signature, length),
		CKR_SIGNATURE_INVALID);
	EXPECT_RV(p11->C_VerifyFinal(session, signature, length),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(updates_and_single_part_do_not_mix, "BASE 5.13.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);

	begin_signing(session);
	EXPECT_RV(p11->C_SignUpdate(session, text, TEXT), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, text, TEXT, signature, &length),
		CKR_OPERATION_ACTIVE);
}

CLAIM(signing_and_digesting_run_side_by_side, "GUIDE 2.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[256], digest[32];
	CK_ULONG length = sizeof(signature), digest_length = sizeof(digest);

	begin_signing(session);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_SignUpdate(session, text, TEXT), CKR_OK);
	EXPECT_RV(p11->C_DigestUpdate(session, text, TEXT), CKR_OK);
	EXPECT_RV(p11->C_SignFinal(session, signature, &length), CKR_OK);
	EXPECT_RV(p11->C_DigestFinal(session, digest, &digest_length), CKR_OK);
}

CLAIM(operations_of_two_sessions_are_apart, "GUIDE 2.6")
{
	CK_SESSION_HANDLE session = user_session(), other = open_session(0);
	CK_BYTE digest[32], other_digest[32];
	CK_ULONG length = 32, other_length = 32;

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(other, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestUpdate(session, text, TEXT), CKR_OK);
	EXPECT_RV(p11->C_DigestUpdate(other, text, 3), CKR_OK);
	EXPECT_RV(p11->C_DigestUpdate(other, text + 3, TEXT - 3), CKR_OK);
	EXPECT_RV(p11->C_DigestFinal(session, digest, &length), CKR_OK);
	EXPECT_RV(p11->C_DigestFinal(other, other_digest, &other_length),
		CKR_OK);
	EXPECT_BYTES(digest, length, other_digest, other_length);
}

CLAIM(destroying_the_key_does_not_crash_the_operation, "BASE 5.7.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = begin_signing(session);
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);
	CK_RV rv;

	need_objects_made(session);
	EXPECT_RV(p11->C_DestroyObject(session, key), CKR_OK);
	rv = p11->C_Sign(session, text, TEXT, signature, &length);
	EXPECT(rv == CKR_OK || rv == CKR_KEY_HANDLE_INVALID ||
		rv == CKR_OPERATION_NOT_INITIALIZED ||
		rv == CKR_OBJECT_HANDLE_INVALID);
}

CLAIM(digest_tells_the_length_first, "BASE 5.12.2")
{
	CK_SESSION_HANDLE session = public_session();
	CK_BYTE digest[32];
	CK_ULONG length = 0;

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_Digest(session, text, TEXT, NULL, &length), CKR_OK);
	EXPECT_NUMBER(length, 32);
	length = 31;
	EXPECT_RV(p11->C_Digest(session, text, TEXT, digest, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 32);
	EXPECT_RV(p11->C_Digest(session, text, TEXT, digest, &length),
		CKR_OK);
	EXPECT_RV(p11->C_DigestUpdate(session, text, TEXT),
		CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(digest_needs_a_digest_mechanism, "BASE 5.12.1")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_RSA_PKCS)),
		CKR_MECHANISM_INVALID);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)),
		CKR_OPERATION_ACTIVE);
}

CLAIM(digest_of_a_readable_key_adds_its_value, "BASE 5.12.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE whole[32], parts[32], value[] = "0123456789abcdef";
	CK_ULONG length = 32, parts_length = 32;

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_Digest(session, value, 16, whole, &length), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestKey(session, aes_key(session, TEMPLATE(
			  BYTES(CKA_VALUE, value, 16)))), CKR_OK);
	EXPECT_RV(p11->C_DigestFinal(session, parts, &parts_length), CKR_OK);
	EXPECT_BYTES(parts, parts_length, whole, length);
}

CLAIM(decrypt_tells_the_length_first, "BASE 5.10.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_MECHANISM *mechanism = MECHANISM(CKM_RSA_PKCS);
	CK_BYTE *sealed, plain[256];
	CK_ULONG plain_length = 0;
	size_t length;

	sealed = (CK_BYTE *)(uintptr_t)test_hex(SEALED_TEXT, &length);
	EXPECT_RV(p11->C_DecryptInit(session, mechanism,
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Decrypt(session, sealed, length, NULL, &plain_length),
		CKR_OK);
	EXPECT(plain_length >= TEXT && plain_length <= 256);
	EXPECT_RV(p11->C_Decrypt(session, sealed, length, plain,
			  &plain_length), CKR_OK);
	EXPECT_BYTES(plain, plain_length, text, TEXT);
}

CLAIM(decrypt_refuses_wrong_lengths, "BASE 5.10.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[257] = { 1 }, plain[256];
	CK_ULONG plain_length = sizeof(plain);

	EXPECT_RV(p11->C_DecryptInit(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Decrypt(session, sealed, 255, plain, &plain_length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
}

CLAIM(encrypt_refuses_what_does_not_fit, "BASE 5.8.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[256], large[256] = { 1 };
	CK_ULONG length = sizeof(sealed);

	need(CKM_RSA_PKCS, CKF_ENCRYPT);
	EXPECT_RV(p11->C_EncryptInit(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_public(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, large, 246, sealed, &length),
		CKR_DATA_LEN_RANGE);
}

CLAIM(encrypt_in_parts_gives_the_same_text, "BASE 5.8.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_BYTE iv[16] = { 1, 2, 3 }, in[100], whole[128], parts[128];
	CK_ULONG length = sizeof(whole), at = 0, more, i;

	need(CKM_AES_CBC_PAD, CKF_ENCRYPT | CKF_DECRYPT);
	memset(in, 'm', sizeof(in));
	EXPECT_RV(p11->C_EncryptInit(session,
			  MECHANISM_WITH(CKM_AES_CBC_PAD, iv), key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, in, sizeof(in), whole, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 112);
	EXPECT_RV(p11->C_EncryptInit(session,
			  MECHANISM_WITH(CKM_AES_CBC_PAD, iv), key), CKR_OK);
	for (i = 0; i < sizeof(in); i += 10) {
		more = sizeof(parts) - at;
		EXPECT_RV(p11->C_EncryptUpdate(session, in + i, 10, parts + at,
				  &more), CKR_OK);
		at += more;
	}
	more = sizeof(parts) - at;
	EXPECT_RV(p11->C_EncryptFinal(session, parts + at, &more), CKR_OK);
	EXPECT_BYTES(parts, at + more, whole, length);
}

CLAIM(decrypt_in_parts_gives_the_text_back, "BASE 5.10.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_BYTE iv[16] = { 1, 2, 3 }, in[100], sealed[128], plain[128];
	CK_ULONG length = sizeof(sealed), at = 0, more, i;

	need(CKM_AES_CBC_PAD, CKF_ENCRYPT | CKF_DECRYPT);
	memset(in, 'm', sizeof(in));
	EXPECT_RV(p11->C_EncryptInit(session,
			  MECHANISM_WITH(CKM_AES_CBC_PAD, iv), key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, in, sizeof(in), sealed, &length),
		CKR_OK);
	EXPECT_RV(p11->C_DecryptInit(session,
			  MECHANISM_WITH(CKM_AES_CBC_PAD, iv), key), CKR_OK);
	for (i = 0; i < length; i += 14) {
		more = sizeof(plain) - at;
		EXPECT_RV(p11->C_DecryptUpdate(session, sealed + i, 14,
				  plain + at, &more), CKR_OK);
		at += more;
	}
	more = sizeof(plain) - at;
	EXPECT_RV(p11->C_DecryptFinal(session, plain + at, &more), CKR_OK);
	EXPECT_BYTES(plain, at + more, in, sizeof(in));
}

CLAIM(ciphers_need_their_parameter, "BASE 5.8.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_BYTE iv[15] = { 0 };
	CK_RV rv;

	need(CKM_AES_CBC, CKF_ENCRYPT);
	rv = p11->C_EncryptInit(session, MECHANISM(CKM_AES_CBC), key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
	rv = p11->C_EncryptInit(session, MECHANISM_WITH(CKM_AES_CBC, iv), key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
}

/* A NULL IV crashes SoftHSM2. */
CLAIM(gcm_needs_its_iv, "MECH 2.12")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_GCM_PARAMS parameters = { NULL, 12, 96, NULL, 0, 128 };
	CK_RV rv;

	need(CKM_AES_GCM, CKF_ENCRYPT);
	rv = p11->C_EncryptInit(session,
		MECHANISM_WITH(CKM_AES_GCM, parameters), key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
}

CLAIM(cipher_blocks_must_be_whole, "MECH 2.8.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_BYTE iv[16] = { 0 }, out[64];
	CK_ULONG length = sizeof(out);

	need(CKM_AES_CBC, CKF_ENCRYPT);
	EXPECT_RV(p11->C_EncryptInit(session, MECHANISM_WITH(CKM_AES_CBC, iv),
			  key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, text, 15, out, &length),
		CKR_DATA_LEN_RANGE);
}

CLAIM(generation_checks_its_template, "BASE 5.18.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	need(CKM_AES_KEY_GEN, CKF_GENERATE);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  NULL, 0, &key), CKR_TEMPLATE_INCOMPLETE);
	rv = p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
		TEMPLATE(NUMBER(CKA_VALUE_LEN, 17)), &key);
	expect_either(rv, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
	rv = p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
		TEMPLATE(NUMBER(CKA_VALUE_LEN, 16),
			NUMBER(CKA_CLASS, CKO_PUBLIC_KEY)), &key);
	EXPECT_RV(rv, CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_SHA256),
			  TEMPLATE(NUMBER(CKA_VALUE_LEN, 16)), &key),
		CKR_MECHANISM_INVALID);
}

CLAIM(pair_generation_checks_its_templates, "BASE 5.18.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE open, secret;
	CK_MECHANISM *mechanism = MECHANISM(CKM_RSA_PKCS_KEY_PAIR_GEN);
	CK_RV rv;

	need(CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR);
	EXPECT_RV(p11->C_GenerateKeyPair(session, mechanism, NULL, 0, NULL, 0,
			  &open, &secret), CKR_TEMPLATE_INCOMPLETE);
	rv = p11->C_GenerateKeyPair(session, mechanism, TEMPLATE(
		NUMBER(CKA_MODULUS_BITS, 100)), NULL, 0, &open, &secret);
	expect_either(rv, CKR_KEY_SIZE_RANGE, CKR_ATTRIBUTE_VALUE_INVALID);
	rv = p11->C_GenerateKeyPair(session,
		MECHANISM(CKM_EC_KEY_PAIR_GEN), TEMPLATE(
			STRING(CKA_EC_PARAMS, "\x06\x02\x2a\x03")), NULL, 0,
		&open, &secret);
	EXPECT(rv == CKR_CURVE_NOT_SUPPORTED ||
		rv == CKR_DOMAIN_PARAMS_INVALID ||
		rv == CKR_ATTRIBUTE_VALUE_INVALID ||
		rv == CKR_TEMPLATE_INCONSISTENT);
}

CLAIM(nothing_is_left_of_a_failed_pair, "BASE 5.18.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE open, secret;
	CK_RV rv;

	need(CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR);
	rv = p11->C_GenerateKeyPair(session,
		MECHANISM(CKM_EC_KEY_PAIR_GEN), TEMPLATE(
			STRING(CKA_EC_PARAMS,
				"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07")),
		TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA)), &open, &secret);
	EXPECT(rv != CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(NUMBER(CKA_CLASS,
			      CKO_PUBLIC_KEY)), NULL), 0);
}

CLAIM(private_keys_are_not_generated_before_login, "BASE 5.18.2")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE open, secret;

	need(CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR);
	EXPECT_RV(p11->C_GenerateKeyPair(session,
			  MECHANISM(CKM_EC_KEY_PAIR_GEN), TEMPLATE(
				  STRING(CKA_EC_PARAMS,
					  "\x06\x08\x2a\x86\x48\xce\x3d\x03"
					  "\x01\x07")),
			  TEMPLATE(FLAG(CKA_PRIVATE, CK_TRUE)), &open,
			  &secret), CKR_USER_NOT_LOGGED_IN);
}
