/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA, checked by another implementation. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/other.h"

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };

static void
rsa_signature_agrees(CK_MECHANISM_TYPE type, const char *hash)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024];
	size_t length;

	need(type, CKF_SIGN | CKF_VERIFY);
	length = sign(session, MECHANISM(type), rsa_private(session, PLAIN),
		text, TEXT, signature);
	EXPECT_NUMBER(length, 256);
	EXPECT(other_rsa_verifies("pkcs1", hash, 0, text, TEXT, signature,
		length));
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type),
			  rsa_public(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type),
			  rsa_public(session, PLAIN)), CKR_OK);
	signature[100] ^= 1;
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_SIGNATURE_INVALID);
}

#define RSA_SIGNATURE(name, type, hash) \
	CLAIM(name##_rsa_signs_as_others_do, "MECH 2.1.15") \
	{ \
		rsa_signature_agrees(type, hash); \
	}
RSA_SIGNATURE(sha1, CKM_SHA1_RSA_PKCS, "sha1")
RSA_SIGNATURE(sha224, CKM_SHA224_RSA_PKCS, "sha224")
RSA_SIGNATURE(sha256, CKM_SHA256_RSA_PKCS, "sha256")
RSA_SIGNATURE(sha384, CKM_SHA384_RSA_PKCS, "sha384")
RSA_SIGNATURE(sha512, CKM_SHA512_RSA_PKCS, "sha512")

CLAIM(rsa_signs_a_digest_info, "MECH 2.1.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024], info[51] = { 0x30, 0x31, 0x30, 0x0d, 0x06,
		0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20 };
	size_t length;

	other_digest("sha256", text, TEXT, info + 19);
	length = sign(session, MECHANISM(CKM_RSA_PKCS),
		rsa_private(session, PLAIN), info, sizeof(info), signature);
	EXPECT(other_rsa_verifies("pkcs1", "sha256", 0, text, TEXT, signature,
		length));
}

static void
pss_signature_agrees(CK_MECHANISM_TYPE type, CK_MECHANISM_TYPE hash_type,
	CK_ULONG mask, const char *hash, CK_ULONG salt)
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_PSS_PARAMS parameters = { hash_type, mask, salt };
	CK_BYTE signature[1024];
	size_t length;

	need(type, CKF_SIGN | CKF_VERIFY);
	length = sign(session, MECHANISM_WITH(type, parameters),
		rsa_private(session, PLAIN), text, TEXT, signature);
	EXPECT(other_rsa_verifies("pss", hash, salt, text, TEXT, signature,
		length));
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM_WITH(type, parameters),
			  rsa_public(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
}

#define PSS_SIGNATURE(name, type, hash_type, mask, hash, salt) \
	CLAIM(name##_pss_signs_as_others_do, "MECH 2.1.10") \
	{ \
		pss_signature_agrees(type, hash_type, mask, hash, salt); \
	}
PSS_SIGNATURE(sha1, CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, "sha1", 20)
PSS_SIGNATURE(sha224, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, CKG_MGF1_SHA224,
	"sha224", 28)
PSS_SIGNATURE(sha256, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256,
	"sha256", 32)
PSS_SIGNATURE(sha384, CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384,
	"sha384", 48)
PSS_SIGNATURE(sha512, CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512,
	"sha512", 64)
PSS_SIGNATURE(saltless, CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256,
	"sha256", 0)

CLAIM(pss_signs_a_digest, "MECH 2.1.10")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_PSS_PARAMS parameters = { CKM_SHA256, CKG_MGF1_SHA256,
		32 };
	CK_BYTE digest[32], signature[1024];
	size_t length;

	need(CKM_RSA_PKCS_PSS, CKF_SIGN);
	other_digest("sha256", text, TEXT, digest);
	length = sign(session, MECHANISM_WITH(CKM_RSA_PKCS_PSS, parameters),
		rsa_private(session, PLAIN), digest, 32, signature);
	EXPECT(other_rsa_verifies("pss", "sha256", 32, text, TEXT, signature,
		length));
	EXPECT_RV(p11->C_SignInit(session,
			  MECHANISM_WITH(CKM_RSA_PKCS_PSS, parameters),
			  rsa_private(session, PLAIN)), CKR_OK);
	length = sizeof(signature);
	EXPECT_RV(p11->C_Sign(session, digest, 31, signature,
			  &(CK_ULONG) { 1024 }), CKR_DATA_LEN_RANGE);
}

CLAIM(pss_takes_a_mask_of_another_hash, "MECH 2.1.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_PSS_PARAMS parameters = { CKM_SHA256, CKG_MGF1_SHA1, 32 };
	CK_MECHANISM *mechanism = MECHANISM_WITH(CKM_SHA256_RSA_PKCS_PSS,
		parameters);
	CK_BYTE signature[1024];
	size_t length;

	need(CKM_SHA256_RSA_PKCS_PSS, CKF_SIGN | CKF_VERIFY);
	length = sign(session, mechanism, rsa_private(session, PLAIN), text,
		TEXT, signature);
	EXPECT(!other_rsa_verifies("pss", "sha256", 32, text, TEXT, signature,
		length));
	EXPECT_RV(p11->C_VerifyInit(session, mechanism,
			  rsa_public(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
}

CLAIM(pss_parameters_must_fit_the_mechanism, "MECH 2.1.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_PSS_PARAMS parameters = { CKM_SHA512, CKG_MGF1_SHA512,
		64 };
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);
	CK_RV rv;

	need(CKM_SHA256_RSA_PKCS_PSS, CKF_SIGN);
	rv = p11->C_SignInit(session,
		MECHANISM_WITH(CKM_SHA256_RSA_PKCS_PSS, parameters), key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
	rv = p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS_PSS), key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID, CKR_ARGUMENTS_BAD);
}

CLAIM(rsa_decrypts_what_others_encrypt, "MECH 2.1.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[512], plain[512];

	other_rsa_encrypt("pkcs1", NULL, NULL, text, TEXT, sealed);
	EXPECT_BYTES(plain,
		decrypt(session, MECHANISM(CKM_RSA_PKCS),
			rsa_private(session, PLAIN), sealed, 256, plain),
		text, TEXT);
}

CLAIM(rsa_encrypts_what_others_decrypt, "MECH 2.1.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[512], plain[512];

	need(CKM_RSA_PKCS, CKF_ENCRYPT);
	EXPECT_NUMBER(encrypt(session, MECHANISM(CKM_RSA_PKCS),
			      rsa_public(session, PLAIN), text, TEXT, sealed),
		256);
	EXPECT_BYTES(plain,
		other_rsa_decrypt("pkcs1", NULL, NULL, sealed, plain), text,
		TEXT);
}

/* Bad padding must not show: no error code, and the same text each time. */
CLAIM(rsa_decryption_does_not_tell_bad_padding, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);
	CK_BYTE sealed[256], block[256], one[512], other[512];
	CK_ULONG length;

	memset(block, 0x33, sizeof(block));
	block[0] = 0;
	other_rsa_raw(false, block, sealed);
	length = decrypt(session, MECHANISM(CKM_RSA_PKCS), key, sealed, 256,
		one);
	EXPECT_BYTES(other,
		decrypt(session, MECHANISM(CKM_RSA_PKCS), key, sealed, 256,
			other), one, length);
}

static void
oaep_agrees(CK_MECHANISM_TYPE hash_type, CK_ULONG mask, const char *hash,
	const char *label)
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_OAEP_PARAMS parameters = { hash_type, mask,
		CKZ_DATA_SPECIFIED, (void *)(uintptr_t)label, strlen(label) };
	CK_MECHANISM *mechanism = MECHANISM_WITH(CKM_RSA_PKCS_OAEP,
		parameters);
	CK_BYTE sealed[512], plain[512];

	need(CKM_RSA_PKCS_OAEP, CKF_DECRYPT);
	if (parameters.ulSourceDataLen == 0)
		parameters.pSourceData = NULL;
	other_rsa_encrypt("oaep", hash, label, text, TEXT, sealed);
	EXPECT_BYTES(plain,
		decrypt(session, mechanism, rsa_private(session, PLAIN),
			sealed, 256, plain), text, TEXT);
	if (!is_ours() && !offers(CKM_RSA_PKCS_OAEP, CKF_ENCRYPT))
		return;
	encrypt(session, mechanism, rsa_public(session, PLAIN), text, TEXT,
		sealed);
	EXPECT_BYTES(plain,
		other_rsa_decrypt("oaep", hash, label, sealed, plain), text,
		TEXT);
}

#define OAEP(name, hash_type, mask, hash, label) \
	CLAIM(oaep_##name##_agrees_with_others, "MECH 2.1.8") \
	{ \
		oaep_agrees(hash_type, mask, hash, label); \
	}
OAEP(sha1, CKM_SHA_1, CKG_MGF1_SHA1, "sha1", "")
OAEP(sha224, CKM_SHA224, CKG_MGF1_SHA224, "sha224", "")
OAEP(sha256, CKM_SHA256, CKG_MGF1_SHA256, "sha256", "")
OAEP(sha384, CKM_SHA384, CKG_MGF1_SHA384, "sha384", "")
OAEP(sha512, CKM_SHA512, CKG_MGF1_SHA512, "sha512", "")
OAEP(with_a_label, CKM_SHA256, CKG_MGF1_SHA256, "sha256", "a label")

/* pkcs11-tool 0.23 sends source 0 with no data. */
CLAIM(oaep_takes_no_source_when_there_is_no_label, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_OAEP_PARAMS parameters = { CKM_SHA_1, CKG_MGF1_SHA1, 0,
		NULL, 0 };
	CK_BYTE sealed[512], plain[512];

	need(CKM_RSA_PKCS_OAEP, CKF_DECRYPT);
	other_rsa_encrypt("oaep", "sha1", "", text, TEXT, sealed);
	EXPECT_BYTES(plain,
		decrypt(session, MECHANISM_WITH(CKM_RSA_PKCS_OAEP, parameters),
			rsa_private(session, PLAIN), sealed, 256, plain),
		text, TEXT);
}

CLAIM(oaep_with_another_label_is_refused, "MECH 2.1.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RSA_PKCS_OAEP_PARAMS parameters = { CKM_SHA256, CKG_MGF1_SHA256,
		CKZ_DATA_SPECIFIED, text, 3 };
	CK_BYTE sealed[512], plain[512];
	CK_ULONG length = sizeof(plain);

	need(CKM_RSA_PKCS_OAEP, CKF_DECRYPT);
	other_rsa_encrypt("oaep", "sha256", "label", text, TEXT, sealed);
	EXPECT_RV(p11->C_DecryptInit(session,
			  MECHANISM_WITH(CKM_RSA_PKCS_OAEP, parameters),
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Decrypt(session, sealed, 256, plain, &length),
		CKR_ENCRYPTED_DATA_INVALID);
}

CLAIM(raw_rsa_agrees_for_a_key_that_may_do_both, "MECH 2.1.12")
{
	CK_SESSION_HANDLE session = user_session();
	CK_MECHANISM_TYPE allowed[] = { CKM_RSA_X_509 };
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		BYTES(CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed))));
	CK_BYTE block[256], result[1024], expected[256];

	need(CKM_RSA_X_509, CKF_SIGN | CKF_DECRYPT);
	memset(block, 0x41, sizeof(block));
	block[0] = 0;
	other_rsa_raw(true, block, expected);
	EXPECT_BYTES(result,
		sign(session, MECHANISM(CKM_RSA_X_509), key, block, 256,
			result), expected, 256);
	EXPECT_BYTES(result,
		decrypt(session, MECHANISM(CKM_RSA_X_509), key, block, 256,
			result), expected, 256);
}

CLAIM(rsa_pairs_are_generated_and_sign, "MECH 2.1.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE open, secret;
	CK_MECHANISM *mechanism = MECHANISM(CKM_SHA256_RSA_PKCS);
	CK_BYTE signature[1024], *modulus;
	size_t length, modulus_length;

	need(CKM_RSA_PKCS_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR);
	EXPECT_RV(p11->C_GenerateKeyPair(session,
			  MECHANISM(CKM_RSA_PKCS_KEY_PAIR_GEN),
			  TEMPLATE(NUMBER(CKA_MODULUS_BITS, 2048),
				  STRING(CKA_PUBLIC_EXPONENT, "\001\000\001"),
				  FLAG(CKA_VERIFY, CK_TRUE)),
			  TEMPLATE(FLAG(CKA_SIGN, CK_TRUE)), &open, &secret),
		CKR_OK);
	modulus = value_of(session, open, CKA_MODULUS, &modulus_length);
	EXPECT_NUMBER(modulus_length, 256);
	EXPECT(modulus[0] & 0x80);
	EXPECT_NUMBER(number_of(session, open, CKA_MODULUS_BITS), 2048);
	EXPECT_NUMBER(flag_of(session, secret, CKA_LOCAL), CK_TRUE);
	length = sign(session, mechanism, secret, text, TEXT, signature);
	EXPECT_RV(p11->C_VerifyInit(session, mechanism, open), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
}

CLAIM(rsa_unwraps_a_content_key, "BASE 5.18.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[512], content[] = "0123456789abcdef", *value;
	CK_OBJECT_HANDLE key;
	size_t length;

	need(CKM_RSA_PKCS, CKF_UNWRAP);
	other_rsa_encrypt("pkcs1", NULL, NULL, content, 16, sealed);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_private(session, PLAIN), sealed, 256, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  FLAG(CKA_SENSITIVE, CK_FALSE),
				  FLAG(CKA_EXTRACTABLE, CK_TRUE)), &key),
		CKR_OK);
	value = value_of(session, key, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, content, 16);
	EXPECT_NUMBER(number_of(session, key, CKA_VALUE_LEN), 16);
}

CLAIM(rsa_unwrapping_does_not_tell_bad_padding, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE sealed[256], block[256];
	CK_OBJECT_HANDLE key;

	need(CKM_RSA_PKCS, CKF_UNWRAP);
	memset(block, 0x33, sizeof(block));
	block[0] = 0;
	other_rsa_raw(false, block, sealed);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_private(session, PLAIN), sealed, 256, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  NUMBER(CKA_VALUE_LEN, 32)), &key), CKR_OK);
	EXPECT_NUMBER(number_of(session, key, CKA_VALUE_LEN), 32);
}

CLAIM(rsa_wraps_what_others_decrypt, "BASE 5.18.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE wrapped[512], plain[512], content[] = "0123456789abcdef";
	CK_ULONG length = sizeof(wrapped);

	need(CKM_RSA_PKCS, CKF_WRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_RSA_PKCS),
			  rsa_public(session, PLAIN),
			  aes_key(session, TEMPLATE(
				  BYTES(CKA_VALUE, content, 16))), wrapped,
			  &length), CKR_OK);
	EXPECT_BYTES(plain,
		other_rsa_decrypt("pkcs1", NULL, NULL, wrapped, plain),
		content, 16);
}
