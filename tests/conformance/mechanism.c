/* SPDX-License-Identifier: BSD-2-Clause */
/* What mechanisms compute, checked by another implementation. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/other.h"

#include <stdlib.h>

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };

static void
digest_agrees(CK_MECHANISM_TYPE type, const char *hash)
{
	static const size_t lengths[] = { 0, 1, 55, 64, 200000 };
	CK_SESSION_HANDLE session = public_session();
	CK_BYTE *data = calloc(1, 200000), digest[64], expected[64];
	CK_ULONG length;
	size_t i;

	need(type, CKF_DIGEST);
	memset(data, 0x5a, 200000);
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		EXPECT_RV(p11->C_DigestInit(session, MECHANISM(type)), CKR_OK);
		length = sizeof(digest);
		EXPECT_RV(p11->C_Digest(session, data, lengths[i], digest,
				  &length), CKR_OK);
		EXPECT_BYTES(digest, length, expected,
			other_digest(hash, data, lengths[i], expected));
	}
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(type)), CKR_OK);
	for (i = 0; i < 200000; i += 50000)
		EXPECT_RV(p11->C_DigestUpdate(session, data + i, 50000),
			CKR_OK);
	length = sizeof(digest);
	EXPECT_RV(p11->C_DigestFinal(session, digest, &length), CKR_OK);
	EXPECT_BYTES(digest, length, expected,
		other_digest(hash, data, 200000, expected));
}

#define DIGEST(name, type, hash) \
	CLAIM(name##_digests_as_others_do, "MECH 2") \
	{ \
		digest_agrees(type, hash); \
	}
DIGEST(sha1, CKM_SHA_1, "sha1")
DIGEST(sha224, CKM_SHA224, "sha224")
DIGEST(sha256, CKM_SHA256, "sha256")
DIGEST(sha384, CKM_SHA384, "sha384")
DIGEST(sha512, CKM_SHA512, "sha512")
DIGEST(sha3_224, CKM_SHA3_224, "sha3-224")
DIGEST(sha3_256, CKM_SHA3_256, "sha3-256")
DIGEST(sha3_384, CKM_SHA3_384, "sha3-384")
DIGEST(sha3_512, CKM_SHA3_512, "sha3-512")

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

static CK_ULONG
decrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *sealed, CK_ULONG length, CK_BYTE *plain)
{
	CK_ULONG plain_length = 512;

	EXPECT_RV(p11->C_DecryptInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Decrypt(session, sealed, length, plain,
			  &plain_length), CKR_OK);
	return plain_length;
}

static CK_ULONG
encrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *plain, CK_ULONG length, CK_BYTE *sealed)
{
	CK_ULONG sealed_length = 512;

	EXPECT_RV(p11->C_EncryptInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, plain, length, sealed,
			  &sealed_length), CKR_OK);
	return sealed_length;
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
		ec_private(session, curve, PLAIN), data, length, signature);
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
			      ec_private(session, curve, PLAIN), text, TEXT,
			      signature), length);
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
			  ec_private(session, curve, PLAIN), TEMPLATE(
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
			  ec_private(session, curve, PLAIN), TEMPLATE(
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
		ec_private(session, &curves[CURVE_P256], PLAIN), TEMPLATE(
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
			  ec_private(session, curve, PLAIN), TEMPLATE(
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

static const char aes_value[] =
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

static void
aes_agrees(CK_MECHANISM *mechanism, const char *mode, const void *iv,
	size_t iv_length, const void *associated, size_t associated_length)
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_BYTE plain[64], sealed[512], expected[512], back[512];
	size_t key_length, length;
	const CK_BYTE *value = test_hex(aes_value, &key_length);

	need(mechanism->mechanism, CKF_ENCRYPT | CKF_DECRYPT);
	key = aes_key(session, PLAIN);
	memset(plain, 0x6d, sizeof(plain));
	length = other_aes_encrypt(mode, value, key_length, iv, iv_length,
		associated, associated_length, plain, sizeof(plain), expected);
	EXPECT_BYTES(sealed,
		encrypt(session, mechanism, key, plain, sizeof(plain), sealed),
		expected, length);
	EXPECT_BYTES(back,
		decrypt(session, mechanism, key, sealed, length, back), plain,
		sizeof(plain));
}

CLAIM(aes_ecb_agrees_with_others, "MECH 2.8.4")
{
	aes_agrees(MECHANISM(CKM_AES_ECB), "ecb", NULL, 0, NULL, 0);
}

CLAIM(aes_cbc_agrees_with_others, "MECH 2.8.5")
{
	CK_BYTE iv[16] = { 9, 8, 7 };

	aes_agrees(MECHANISM_WITH(CKM_AES_CBC, iv), "cbc", iv, sizeof(iv),
		NULL, 0);
}

CLAIM(aes_ctr_agrees_with_others, "MECH 2.9")
{
	CK_AES_CTR_PARAMS parameters = { 128, { 1, 2, 3 } };

	aes_agrees(MECHANISM_WITH(CKM_AES_CTR, parameters), "ctr",
		parameters.cb, 16, NULL, 0);
}

CLAIM(aes_gcm_agrees_with_others, "MECH 2.12")
{
	CK_BYTE iv[12] = { 9, 8, 7 };
	CK_GCM_PARAMS parameters = { iv, 12, 96, text, TEXT, 128 };

	aes_agrees(MECHANISM_WITH(CKM_AES_GCM, parameters), "gcm", iv,
		sizeof(iv), text, TEXT);
}

CLAIM(aes_gcm_refuses_altered_text, "MECH 2.12")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE iv[12] = { 9, 8, 7 }, sealed[512], plain[512];
	CK_GCM_PARAMS parameters = { iv, 12, 96, NULL, 0, 128 };
	CK_MECHANISM *mechanism = MECHANISM_WITH(CKM_AES_GCM, parameters);
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_ULONG length = sizeof(plain), sealed_length;
	CK_RV rv;

	need(CKM_AES_GCM, CKF_ENCRYPT | CKF_DECRYPT);
	sealed_length = encrypt(session, mechanism, key, text, TEXT, sealed);
	sealed[3] ^= 1;
	EXPECT_RV(p11->C_DecryptInit(session, mechanism, key), CKR_OK);
	rv = p11->C_Decrypt(session, sealed, sealed_length, plain, &length);
	expect_either(rv, CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED);
}

/* The other's mode, and the bytes that it adds before. */
static void
wrap_agrees(CK_MECHANISM_TYPE type, const char *mode, const char *padding)
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping, key, back;
	CK_BYTE wrapped[64], expected[64], content[64] = "0123456789abcdef",
		*value;
	CK_ULONG length = sizeof(wrapped);
	size_t key_length, expected_length, value_length;
	const CK_BYTE *wrapping_value = test_hex(aes_value, &key_length);

	need(type, CKF_WRAP | CKF_UNWRAP);
	wrapping = aes_key(session, PLAIN);
	key = aes_key(session, TEMPLATE(BYTES(CKA_VALUE, content, 16)));
	strcpy((char *)content + 16, padding);
	expected_length = other_aes_encrypt(mode, wrapping_value, key_length,
		NULL, 0, NULL, 0, content, 16 + strlen(padding), expected);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(type), wrapping, key,
			  wrapped, &length), CKR_OK);
	EXPECT_BYTES(wrapped, length, expected, expected_length);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(type), wrapping, wrapped,
			  length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  FLAG(CKA_SENSITIVE, CK_FALSE),
				  FLAG(CKA_EXTRACTABLE, CK_TRUE)), &back),
		CKR_OK);
	value = value_of(session, back, CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, content, 16);
	EXPECT_NUMBER(flag_of(session, back, CKA_LOCAL), CK_FALSE);
	wrapped[5] ^= 1;
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(type), wrapping, wrapped,
			  length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES)), &back),
		CKR_WRAPPED_KEY_INVALID);
}

CLAIM(aes_key_wrap_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP, "wrap", "");
}

CLAIM(aes_key_wrap_by_the_number_of_nss_agrees, "NSS")
{
	wrap_agrees(CKM_NSS_AES_KEY_WRAP, "wrap", "");
}

CLAIM(aes_key_wrap_kwp_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP_KWP, "wrap-pad", "");
}

/* By PKCS #7: eight bytes of eight. */
CLAIM(aes_key_wrap_pad_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP_PAD, "wrap", "\10\10\10\10\10\10\10\10");
}

CLAIM(aes_key_wrap_pad_by_the_number_of_nss_agrees, "NSS")
{
	wrap_agrees(CKM_NSS_AES_KEY_WRAP_PAD, "wrap",
		"\10\10\10\10\10\10\10\10");
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

CLAIM(private_keys_are_unwrapped_and_sign, "BASE 5.18.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping = aes_key(session, PLAIN), back;
	CK_BYTE wrapped[512], signature[1024];
	CK_ULONG length = sizeof(wrapped);

	need(CKM_AES_KEY_WRAP_KWP, CKF_WRAP | CKF_UNWRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP_KWP),
			  wrapping,
			  ec_private(session, &curves[CURVE_P256], TEMPLATE(
				  FLAG(CKA_EXTRACTABLE, CK_TRUE))), wrapped,
			  &length), CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP_KWP),
			  wrapping, wrapped, length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_EC),
				  FLAG(CKA_SIGN, CK_TRUE)), &back), CKR_OK);
	EXPECT_NUMBER(flag_of(session, back, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	length = sign(session, MECHANISM(CKM_ECDSA), back, text, 32 - 8,
		signature);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(CKM_ECDSA),
			  ec_public(session, &curves[CURVE_P256], PLAIN)),
		CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, 24, signature, length), CKR_OK);
}

static void
hmac_agrees(CK_MECHANISM_TYPE type, const char *hash)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE mac[1024], expected[64], value[] = "0123456789abcdef"
						   "0123456789abcdef"
						   "0123456789abcdef"
						   "0123456789abcdef";
	CK_OBJECT_HANDLE key;

	need(type, CKF_SIGN);
	key = create(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
		FLAG(CKA_SIGN, CK_TRUE), BYTES(CKA_VALUE, value, 64)));
	EXPECT_BYTES(mac,
		sign(session, MECHANISM(type), key, text, TEXT, mac), expected,
		other_hmac(hash, value, 64, text, TEXT, expected));
}

CLAIM(hmac_sha256_agrees_with_others, "MECH 2.22")
{
	hmac_agrees(CKM_SHA256_HMAC, "sha256");
}

CLAIM(hmac_sha512_agrees_with_others, "MECH 2.24")
{
	hmac_agrees(CKM_SHA512_HMAC, "sha512");
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
			ec_private(session, &published, PLAIN), &message, 1,
			signature), expected, length);
}

/* RFC 3394, 4.6. */
CLAIM(aes_key_wrap_gives_the_published_result, "MECH 2.14")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE wrapped[64];
	CK_ULONG length = sizeof(wrapped);
	size_t wrapping_length, value_length, expected_length;
	const CK_BYTE *wrapping = test_hex("000102030405060708090A0B0C0D0E0F"
					   "101112131415161718191A1B1C1D1E1F",
			      &wrapping_length),
		      *value = test_hex("00112233445566778899AABBCCDDEEFF"
					"000102030405060708090A0B0C0D0E0F",
			      &value_length),
		      *expected = test_hex("28C9F404C4B810F4CBCCB35CFB87F826"
					   "3F5786E2D80ED326CBC7F0E71A99F43B"
					   "FB988B9B7A02DD21",
			      &expected_length);

	need(CKM_AES_KEY_WRAP, CKF_WRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
			  aes_key(session, TEMPLATE(BYTES(CKA_VALUE, wrapping,
				  wrapping_length))),
			  aes_key(session, TEMPLATE(BYTES(CKA_VALUE, value,
				  value_length))), wrapped, &length), CKR_OK);
	EXPECT_BYTES(wrapped, length, expected, expected_length);
}
