/* SPDX-License-Identifier: BSD-2-Clause */
/* What elliptic curves sign and derive, checked by another implementation. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/other.h"

#include <stdlib.h>

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };

/* Keys of a card are for the one or the other. */
static CK_OBJECT_HANDLE
signing(CK_SESSION_HANDLE session, const struct curve *curve)
{
	return ec_private(
		session, curve, TEMPLATE(FLAG(CKA_DERIVE, CK_FALSE)));
}

static CK_OBJECT_HANDLE
deriving(CK_SESSION_HANDLE session, const struct curve *curve)
{
	return ec_private(session, curve, TEMPLATE(FLAG(CKA_SIGN, CK_FALSE)));
}

static void
ecdsa_agrees(const struct curve *curve, CK_MECHANISM_TYPE type,
	const char *hash)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024], digest[64];
	const void *data = text;
	size_t length = TEXT;

	need(type, CKF_SIGN | CKF_VERIFY);
	if (type == CKM_ECDSA) {
		length = other_digest(hash, text, TEXT, digest);
		data = digest;
	}
	length = sign(session, MECHANISM(type),
		signing(session, curve), data, length, signature);
	EXPECT(other_ecdsa_verifies(curve, hash, text, TEXT, signature,
		length));
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type),
			  ec_public(session, curve, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, (CK_BYTE *)(uintptr_t)data,
			  type == CKM_ECDSA ? strlen(hash) == 4 ? 20 :
				  (size_t)atoi(hash + 3) / 8 : (size_t)TEXT,
			  signature, length), CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type),
			  ec_public(session, curve, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, 20, signature, length),
		CKR_SIGNATURE_INVALID);
}

#define ECDSA(name, curve, type, hash) \
	CLAIM(ecdsa_##name##_signs_as_others_do, "MECH 2.3.1") \
	{ \
		ecdsa_agrees(&curves[curve], type, hash); \
	}
ECDSA(p256, CURVE_P256, CKM_ECDSA, "sha256")
ECDSA(p384, CURVE_P384, CKM_ECDSA, "sha384")
ECDSA(p521, CURVE_P521, CKM_ECDSA, "sha512")
ECDSA(secp256k1, CURVE_SECP256K1, CKM_ECDSA, "sha256")
ECDSA(brainpool256, CURVE_BRAINPOOL256, CKM_ECDSA, "sha256")
ECDSA(p256_with_a_longer_digest, CURVE_P256, CKM_ECDSA, "sha512")
ECDSA(p384_with_a_shorter_digest, CURVE_P384, CKM_ECDSA, "sha256")
ECDSA(p256_sha1, CURVE_P256, CKM_ECDSA_SHA1, "sha1")
ECDSA(p256_sha224, CURVE_P256, CKM_ECDSA_SHA224, "sha224")
ECDSA(p256_sha256, CURVE_P256, CKM_ECDSA_SHA256, "sha256")
ECDSA(p384_sha384, CURVE_P384, CKM_ECDSA_SHA384, "sha384")
ECDSA(p521_sha512, CURVE_P521, CKM_ECDSA_SHA512, "sha512")

static void
eddsa_agrees(const struct curve *curve, size_t length)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024];

	need(CKM_EDDSA, CKF_SIGN | CKF_VERIFY);
	EXPECT_NUMBER(sign(session, MECHANISM(CKM_EDDSA),
			      signing(session, curve), text, TEXT, signature),
		length);
	EXPECT(other_eddsa_verifies(curve, text, TEXT, signature, length));
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(CKM_EDDSA),
			  ec_public(session, curve, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, TEXT, signature, length),
		CKR_OK);
}

CLAIM(ed25519_signs_as_others_do, "MECH 2.3.14")
{
	eddsa_agrees(&curves[CURVE_ED25519], 64);
}

CLAIM(ed448_signs_as_others_do, "MECH 2.3.14")
{
	eddsa_agrees(&curves[CURVE_ED448], 114);
}

static void
pair_signs(CK_MECHANISM_TYPE generation, CK_MECHANISM_TYPE type,
	const struct curve *curve)
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE open, secret;
	CK_BYTE signature[1024];
	size_t length;
	const CK_BYTE *oid = test_hex(curve->parameters, &length);

	need(generation, CKF_GENERATE_KEY_PAIR);
	EXPECT_RV(p11->C_GenerateKeyPair(session, MECHANISM(generation),
			  TEMPLATE(BYTES(CKA_EC_PARAMS, oid, length),
				  FLAG(CKA_VERIFY, CK_TRUE)),
			  TEMPLATE(FLAG(CKA_SIGN, CK_TRUE)), &open, &secret),
		CKR_OK);
	length = sign(session, MECHANISM(type), secret, text, 20, signature);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type), open), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, 20, signature, length), CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(type), open), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, 19, signature, length),
		CKR_SIGNATURE_INVALID);
}

CLAIM(ec_pairs_are_generated_and_sign, "MECH 2.3.9")
{
	pair_signs(CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, &curves[CURVE_P256]);
}

CLAIM(p521_pairs_are_generated_and_sign, "MECH 2.3.9")
{
	pair_signs(CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, &curves[CURVE_P521]);
}

CLAIM(edwards_pairs_are_generated_and_sign, "MECH 2.3.10")
{
	pair_signs(CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA,
		&curves[CURVE_ED25519]);
}

/* Derives a readable generic secret from the known key and a peer's point. */
static CK_OBJECT_HANDLE
derive(CK_SESSION_HANDLE session, const struct curve *curve,
	CK_MECHANISM_TYPE type, CK_EC_KDF_TYPE kdf, CK_BYTE *info,
	CK_ULONG info_length, CK_ULONG length)
{
	CK_BYTE peer[160];
	CK_ECDH1_DERIVE_PARAMS parameters = { kdf, info_length, info,
		other_peer(curve, peer), peer };
	CK_OBJECT_HANDLE key;

	EXPECT_RV(p11->C_DeriveKey(session, MECHANISM_WITH(type, parameters),
			  deriving(session, curve), TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
				  NUMBER(CKA_VALUE_LEN, length),
				  FLAG(CKA_TOKEN, CK_FALSE),
				  FLAG(CKA_SENSITIVE, CK_FALSE),
				  FLAG(CKA_EXTRACTABLE, CK_TRUE)), &key),
		CKR_OK);
	return key;
}

static void
ecdh_agrees(const struct curve *curve, CK_MECHANISM_TYPE type)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE peer[160], secret[80], *value;
	size_t length, value_length;

	need(type, CKF_DERIVE);
	length = other_shared_secret(curve, peer, other_peer(curve, peer),
		secret);
	value = value_of(session,
		derive(session, curve, type, CKD_NULL, NULL, 0, length),
		CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, secret, length);
}

#define ECDH(name, curve, type) \
	CLAIM(name##_derives_as_others_do, "MECH 2.3.17") \
	{ \
		ecdh_agrees(&curves[curve], type); \
	}
ECDH(ecdh_p256, CURVE_P256, CKM_ECDH1_DERIVE)
ECDH(ecdh_p384, CURVE_P384, CKM_ECDH1_DERIVE)
ECDH(ecdh_p521, CURVE_P521, CKM_ECDH1_DERIVE)
ECDH(ecdh_secp256k1, CURVE_SECP256K1, CKM_ECDH1_DERIVE)
ECDH(ecdh_brainpool256, CURVE_BRAINPOOL256, CKM_ECDH1_DERIVE)
ECDH(ecdh_cofactor_p256, CURVE_P256, CKM_ECDH1_COFACTOR_DERIVE)

static void
montgomery_agrees(const struct curve *curve)
{
	fresh_token();
	if (!is_ours() && !offers(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 0))
		test_skip("the curve is not offered");
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	ecdh_agrees(curve, CKM_ECDH1_DERIVE);
}

CLAIM(x25519_derives_as_others_do, "MECH 2.3.17")
{
	montgomery_agrees(&curves[CURVE_X25519]);
}

CLAIM(x448_derives_as_others_do, "MECH 2.3.17")
{
	montgomery_agrees(&curves[CURVE_X448]);
}

/* ANSI X9.63: hashes of secret, counter and shared information. */
static size_t
x963(const char *hash, const CK_BYTE *secret, size_t secret_length,
	const CK_BYTE *info, size_t info_length, CK_BYTE *out, size_t length)
{
	CK_BYTE input[256];
	size_t at = 0;
	CK_BYTE counter;

	for (counter = 1; at < length; counter++) {
		memcpy(input, secret, secret_length);
		memcpy(input + secret_length, (CK_BYTE[4]) { 0, 0, 0, counter },
			4);
		memcpy(input + secret_length + 4, info, info_length);
		at += other_digest(hash, input, secret_length + 4 + info_length,
			out + at);
	}
	return length;
}

static void
kdf_agrees(CK_EC_KDF_TYPE kdf, const char *hash)
{
	CK_SESSION_HANDLE session = user_session();
	const struct curve *curve = &curves[CURVE_P256];
	CK_BYTE peer[160], secret[80], expected[256], info[93], *value;
	size_t length, value_length;

	need(CKM_ECDH1_DERIVE, CKF_DERIVE);
	memset(info, 0x77, sizeof(info));
	length = other_shared_secret(curve, peer, other_peer(curve, peer),
		secret);
	value = value_of(session,
		derive(session, curve, CKM_ECDH1_DERIVE, kdf, info,
			sizeof(info), 80), CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, expected,
		x963(hash, secret, length, info, sizeof(info), expected, 80));
}

#define KDF(name, kdf, hash) \
	CLAIM(ecdh_with_##name##_kdf_derives_as_others_do, "MECH 2.3.17") \
	{ \
		kdf_agrees(kdf, hash); \
	}
KDF(sha1, CKD_SHA1_KDF, "sha1")
KDF(sha224, CKD_SHA224_KDF, "sha224")
KDF(sha256, CKD_SHA256_KDF, "sha256")
KDF(sha384, CKD_SHA384_KDF, "sha384")
KDF(sha512, CKD_SHA512_KDF, "sha512")
KDF(sha3_256, CKD_SHA3_256_KDF, "sha3-256")

/* NSS sends the point raw, and wrapped in an OCTET STRING when that fails. */
CLAIM(ecdh_takes_a_wrapped_point, "MECH 2.3.17")
{
	CK_SESSION_HANDLE session = user_session();
	const struct curve *curve = &curves[CURVE_P256];
	CK_BYTE peer[160] = { 0x04, 65 }, secret[80], *value;
	CK_ECDH1_DERIVE_PARAMS parameters = { CKD_NULL, 0, NULL, 67, peer };
	CK_OBJECT_HANDLE key;
	size_t length, value_length;

	need(CKM_ECDH1_DERIVE, CKF_DERIVE);
	other_peer(curve, peer + 2);
	length = other_shared_secret(curve, peer + 2, 65, secret);
	EXPECT_RV(p11->C_DeriveKey(session,
			  MECHANISM_WITH(CKM_ECDH1_DERIVE, parameters),
			  deriving(session, curve), TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  NUMBER(CKA_VALUE_LEN, 32),
				  FLAG(CKA_SENSITIVE, CK_FALSE),
				  FLAG(CKA_EXTRACTABLE, CK_TRUE)), &key),
		CKR_OK);
	value = value_of(session, key, CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, secret, length);
}

CLAIM(ecdh_refuses_a_point_off_the_curve, "MECH 2.3.17")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE peer[160];
	CK_ECDH1_DERIVE_PARAMS parameters = { CKD_NULL, 0, NULL,
		other_peer(&curves[CURVE_P256], peer), peer };
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	need(CKM_ECDH1_DERIVE, CKF_DERIVE);
	peer[40] ^= 1;
	rv = p11->C_DeriveKey(session,
		MECHANISM_WITH(CKM_ECDH1_DERIVE, parameters),
		deriving(session, &curves[CURVE_P256]), TEMPLATE(
			NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
			NUMBER(CKA_VALUE_LEN, 32)), &key);
	expect_either(rv, CKR_MECHANISM_PARAM_INVALID,
		CKR_ATTRIBUTE_VALUE_INVALID);
}

/* What Thunderbird does to open a mail to an EC key: the derived key unwraps
 * the content key, with no word of sensitivity in the templates. */
CLAIM(derived_keys_unwrap_a_readable_content_key, "NSS")
{
	CK_SESSION_HANDLE session = user_session();
	const struct curve *curve = &curves[CURVE_P256];
	CK_BYTE peer[160], secret[80], wrapping[64], wrapped[64], *value,
		content[] = "0123456789abcdef";
	CK_ECDH1_DERIVE_PARAMS parameters = { CKD_SHA384_KDF, TEXT, text,
		other_peer(curve, peer), peer };
	CK_OBJECT_HANDLE derived, key;
	size_t length, value_length;

	need(CKM_ECDH1_DERIVE, CKF_DERIVE);
	need(CKM_AES_KEY_WRAP, CKF_UNWRAP);
	length = other_shared_secret(curve, peer, parameters.ulPublicDataLen,
		secret);
	x963("sha384", secret, length, text, TEXT, wrapping, 32);
	EXPECT_RV(p11->C_DeriveKey(session,
			  MECHANISM_WITH(CKM_ECDH1_DERIVE, parameters),
			  deriving(session, curve), TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  FLAG(CKA_WRAP, CK_TRUE),
				  NUMBER(CKA_VALUE_LEN, 32)), &derived),
		CKR_OK);
	length = other_aes_encrypt("wrap", wrapping, 32, NULL, 0, NULL, 0,
		content, 16, wrapped);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
			  derived, wrapped, length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  FLAG(CKA_DECRYPT, CK_TRUE)), &key), CKR_OK);
	value = value_of(session, key, CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, content, 16);
}

/* RFC 8032, 7.1, TEST 2. */
CLAIM(ed25519_gives_the_published_signature, "MECH 2.3.14")
{
	static const struct curve published = { "Ed25519", CKK_EC_EDWARDS,
		"06032b6570",
		"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c" };
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024], message = 0x72;
	size_t length;
	const CK_BYTE *expected = test_hex(
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		&length);

	need(CKM_EDDSA, CKF_SIGN);
	EXPECT_BYTES(signature,
		sign(session, MECHANISM(CKM_EDDSA),
			signing(session, &published), &message, 1,
			signature), expected, length);
}
