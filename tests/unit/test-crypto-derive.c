/* SPDX-License-Identifier: BSD-2-Clause */
/* Derivation: ECDH, its KDFs, X25519, X448 and HKDF, judged by nettle and by
 * published vectors. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "tests/unit/nettle-kit.h"

#include <string.h>

#include <nettle/curve25519.h>
#include <nettle/curve448.h>

/* RFC 5903 8.1: ECDH on P-256. */
#define I_PRIVATE \
	"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
#define R_POINT \
	"04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63" \
	"56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
#define SHARED \
	"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"

static struct key *
base_key(void)
{
	return ec_key_of(CKO_PRIVATE_KEY, CKK_EC, P256, I_PRIVATE);
}

static CK_ECDH1_DERIVE_PARAMS
params_of(CK_EC_KDF_TYPE kdf, const char *point)
{
	size_t length;
	const unsigned char *at = test_hex(point, &length);

	return (CK_ECDH1_DERIVE_PARAMS){ kdf, 0, NULL, length,
		(CK_BYTE *)(size_t)at };
}

/* Derives length bytes of the type; 0 and CKK_GENERIC_SECRET say nothing. */
static CK_RV
derive(CK_MECHANISM_TYPE type, const void *params, size_t params_length,
	struct key *key, CK_KEY_TYPE key_type, CK_ULONG length,
	struct secret *value)
{
	const CK_MECHANISM mechanism = { type, (void *)(size_t)params,
		params_length };
	struct attributes template = { .count = 0 };

	if (key_type != CKK_GENERIC_SECRET)
		attributes_add_ulong(&template, CKA_KEY_TYPE, key_type);
	if (length)
		attributes_add_ulong(&template, CKA_VALUE_LEN, length);
	return key_derive(&mechanism, key, template.at, template.count, value);
}

static CK_RV
ecdh(const CK_ECDH1_DERIVE_PARAMS *params, struct key *key,
	CK_KEY_TYPE key_type, CK_ULONG length, struct secret *value)
{
	return derive(CKM_ECDH1_DERIVE, params, sizeof(*params), key, key_type,
		length, value);
}

TEST(ecdh_gives_the_published_secret)
{
	/* Raw, wrapped, and compressed. */
	static const char *const points[] = { R_POINT, "0441" R_POINT,
		("03d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc755449"
		 "4bf63") };
	static const CK_MECHANISM_TYPE types[] = { CKM_ECDH1_DERIVE,
		CKM_ECDH1_COFACTOR_DERIVE };
	struct key *key = base_key();
	struct secret value = { 0 };
	CK_ECDH1_DERIVE_PARAMS params;
	const unsigned char *right;
	size_t i, length;

	right = test_hex(SHARED, &length);
	for (i = 0; i < 6; i++) {
		params = params_of(CKD_NULL, points[i / 2]);
		EXPECT_RV(derive(types[i % 2], &params, sizeof(params), key,
				  CKK_GENERIC_SECRET, 0, &value),
			CKR_OK);
		EXPECT_BYTES(value.at, value.length, right, length);
		secret_clear(&value);
	}
	/* A shorter key is the end of the secret. */
	params = params_of(CKD_NULL, R_POINT);
	EXPECT_RV(ecdh(&params, key, CKK_AES, 16, &value), CKR_OK);
	EXPECT_BYTES(value.at, value.length, right + 16, 16);
	secret_clear(&value);
	EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 33, &value),
		CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(ecdh(&params, key, CKK_AES, 17, &value),
		CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(ecdh(&params, key, CKK_AES, 0, &value), CKR_OK);
	EXPECT_NUMBER(value.length, 32);
	secret_clear(&value);
	key_free(key);
}

/* ANSI X9.63 in its own words. */
static void
judge_kdf(const struct judge_hash *hash, const unsigned char *shared,
	size_t shared_length, const void *info, size_t info_length,
	unsigned char *out, size_t length)
{
	unsigned char in[300] = { 0 }, digest[JUDGE_DIGEST_MAX];
	size_t size = hash->nettle->digest_size, i;

	memcpy(in, shared, shared_length);
	memcpy(in + shared_length + 4, info, info_length);
	for (i = 0; i < length; i++) {
		if (i % size == 0) {
			in[shared_length + 3] = (unsigned char)(i / size + 1);
			judge_digest(hash, in, shared_length + 4 + info_length,
				digest);
		}
		out[i] = digest[i % size];
	}
}

TEST(ecdh_with_every_kdf_and_length_is_nettles)
{
	static unsigned char info[93] = "what CMS puts here";
	static const CK_ULONG lengths[] = { 1, 16, 20, 24, 32, 64, 65, 200 };
	struct key *key = base_key();
	struct secret value = { 0 };
	unsigned char right[200];
	CK_ECDH1_DERIVE_PARAMS params;
	const unsigned char *shared;
	size_t i, j, length;

	shared = test_hex(SHARED, &length);
	for (i = 0; i < JUDGE_HASHES; i++) {
		if (judge_hashes[i].kdf == NO_SUCH)
			continue;
		for (j = 0; j < 16; j++) {
			params = params_of(judge_hashes[i].kdf, R_POINT);
			params.ulSharedDataLen = j < 8 ? 0 : sizeof(info);
			params.pSharedData = j < 8 ? NULL : info;
			EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET,
					  lengths[j % 8], &value),
				CKR_OK);
			judge_kdf(&judge_hashes[i], shared, length, info,
				params.ulSharedDataLen, right, lengths[j % 8]);
			EXPECT_BYTES(
				value.at, value.length, right, lengths[j % 8]);
			secret_clear(&value);
		}
	}
	key_free(key);
}

TEST(ecdh_refuses_points_and_parameters_that_cannot_be)
{
	struct key *key = base_key();
	struct secret value = { 0 };
	CK_ECDH1_DERIVE_PARAMS params;
	static const char *const points[] = { "", "00", "04",
		"04" SHARED SHARED, R_POINT "00", "0440" R_POINT, SHARED };
	size_t i;

	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		params = params_of(CKD_NULL, points[i]);
		EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
			CKR_MECHANISM_PARAM_INVALID);
	}
	params = params_of(CKD_CPDIVERSIFY_KDF, R_POINT);
	EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
		CKR_MECHANISM_PARAM_INVALID);
	params = params_of(CKD_NULL, R_POINT);
	params.ulSharedDataLen = 5;
	EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
		CKR_MECHANISM_PARAM_INVALID);
	params.kdf = CKD_SHA256_KDF;
	EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
		CKR_MECHANISM_PARAM_INVALID);
	params = params_of(CKD_NULL, R_POINT);
	params.pPublicData = NULL;
	EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
		CKR_MECHANISM_PARAM_INVALID);
	EXPECT_RV(derive(CKM_ECDH1_DERIVE, NULL, 0, key, CKK_GENERIC_SECRET, 0,
			  &value),
		CKR_MECHANISM_PARAM_INVALID);
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), key,
			  CKK_GENERIC_SECRET, 0, &value),
		CKR_KEY_TYPE_INCONSISTENT);
	key_free(key);
}

/* RFC 7748 6.1: the first side's private key, the other's public one. */
#define X_PRIVATE \
	"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
#define X_PUBLIC \
	"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define X_SHARED \
	"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"

TEST(x25519_gives_the_published_secret)
{
	static const char *const points[] = { X_PUBLIC, "0420" X_PUBLIC };
	struct key *key = ec_key_of(
		CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, X25519, X_PRIVATE);
	struct secret value = { 0 };
	CK_ECDH1_DERIVE_PARAMS params;
	const unsigned char *right;
	size_t i, length;

	right = test_hex(X_SHARED, &length);
	for (i = 0; i < 2; i++) {
		params = params_of(CKD_NULL, points[i]);
		EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
			CKR_OK);
		EXPECT_BYTES(value.at, value.length, right, length);
		secret_clear(&value);
	}
	EXPECT_RV(derive(CKM_ECDH1_COFACTOR_DERIVE, &params, sizeof(params),
			  key, CKK_GENERIC_SECRET, 0, &value),
		CKR_KEY_TYPE_INCONSISTENT);
	key_free(key);
}

/* A key of the curve whose private bytes all are fill. */
static struct key *
filled_key(const char *params, size_t length, unsigned char fill,
	unsigned char *private)
{
	struct attributes attributes = { .count = 0 };

	memset(private, fill, length);
	attributes_add_ulong(&attributes, CKA_CLASS, CKO_PRIVATE_KEY);
	attributes_add_ulong(&attributes, CKA_KEY_TYPE, CKK_EC_MONTGOMERY);
	attributes_add_hex(&attributes, CKA_EC_PARAMS, params);
	attributes_add(&attributes, CKA_VALUE, private, length);
	return key_of(&attributes);
}

static const struct montgomery {
	const char *params;
	size_t length;
	void (*multiply)(uint8_t *q, const uint8_t *n, const uint8_t *p);
	void (*multiply_base)(uint8_t *q, const uint8_t *n);
} montgomeries[] = {
	{ X25519, 32, curve25519_mul, curve25519_mul_g },
	{ X448, 56, curve448_mul, curve448_mul_g },
};

TEST(x25519_and_x448_are_nettles)
{
	unsigned char private[56], other[56], point[56], right[56], fill;
	const struct montgomery *curve = montgomeries;
	struct secret value = { 0 };
	CK_ECDH1_DERIVE_PARAMS params;
	struct key *key;

	for (; curve < montgomeries + 2; curve++)
		for (fill = 1; fill < 200; fill += 9) {
			key = filled_key(
				curve->params, curve->length, fill, private);
			memset(other, 255 - fill, sizeof(other));
			curve->multiply_base(point, other);
			curve->multiply(right, private, point);
			params = (CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL,
				curve->length, point };
			EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0,
					  &value),
				CKR_OK);
			EXPECT_BYTES(
				value.at, value.length, right, curve->length);
			secret_clear(&value);
			key_free(key);
		}
}

TEST(x25519_and_x448_refuse_points_of_small_order)
{
	unsigned char private[56], point[56] = { 0 };
	const struct montgomery *curve = montgomeries;
	struct secret value = { 0 };
	CK_ECDH1_DERIVE_PARAMS params;
	struct key *key;

	for (; curve < montgomeries + 2; curve++) {
		key = filled_key(curve->params, curve->length, 7, private);
		for (point[0] = 0; point[0] < 2; point[0]++) {
			params = (CK_ECDH1_DERIVE_PARAMS){ CKD_NULL, 0, NULL,
				curve->length, point };
			EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0,
					  &value),
				CKR_MECHANISM_PARAM_INVALID);
		}
		params.ulPublicDataLen--;
		EXPECT_RV(ecdh(&params, key, CKK_GENERIC_SECRET, 0, &value),
			CKR_MECHANISM_PARAM_INVALID);
		key_free(key);
	}
}

/* RFC 5869 A.1. */
TEST(hkdf_gives_the_published_keys)
{
	struct key *key = secret_key_of(CKK_HKDF,
		"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
		"\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
		22);
	static CK_BYTE salt[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	static CK_BYTE info[] = { 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6,
		0xf7, 0xf8, 0xf9 };
	CK_HKDF_PARAMS params = { CK_TRUE, CK_TRUE, CKM_SHA256,
		CKF_HKDF_SALT_DATA, salt, sizeof(salt), 0, info, sizeof(info) };
	struct secret value = { 0 };
	struct key *extracted;
	const unsigned char *okm, *prk;
	size_t length, prk_length;

	okm = test_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d"
		       "56ecc4c5bf34007208d5b887185865",
		&length);
	prk = test_hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec84"
		       "4ad7c2b3e5",
		&prk_length);
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), key,
			  CKK_GENERIC_SECRET, length, &value),
		CKR_OK);
	EXPECT_BYTES(value.at, value.length, okm, length);
	secret_clear(&value);
	params.bExpand = CK_FALSE;
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), key,
			  CKK_GENERIC_SECRET, 0, &value),
		CKR_OK);
	EXPECT_BYTES(value.at, value.length, prk, prk_length);
	extracted = secret_key_of(CKK_GENERIC_SECRET, value.at, value.length);
	secret_clear(&value);
	params.bExtract = CK_FALSE;
	params.bExpand = CK_TRUE;
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), extracted,
			  CKK_GENERIC_SECRET, length, &value),
		CKR_OK);
	EXPECT_BYTES(value.at, value.length, okm, length);
	secret_clear(&value);
	key_free(key);
	key_free(extracted);
}

/* RFC 5869 2 in its own words; the salt is empty or not. */
static void
judge_hkdf(const struct judge_hash *hash, const void *salt, size_t salt_length,
	const char *info, unsigned char *out, size_t length)
{
	unsigned char prk[JUDGE_DIGEST_MAX], text[200], mac[JUDGE_DIGEST_MAX];
	size_t size = hash->nettle->digest_size, i, before = 0;

	judge_hmac(hash, salt, salt_length, "key", 3, prk);
	for (i = 0; i < length; i++) {
		if (i % size == 0) {
			memcpy(text, mac, before);
			memcpy(text + before, info, strlen(info));
			text[before + strlen(info)] =
				(unsigned char)(i / size + 1);
			judge_hmac(hash, prk, size, text,
				before + strlen(info) + 1, mac);
			before = size;
		}
		out[i] = mac[i % size];
	}
}

TEST(hkdf_with_every_hash_is_nettles)
{
	struct key *key = secret_key_of(CKK_GENERIC_SECRET, "key", 3);
	static CK_BYTE salt[] = "salt", info[] = "info";
	CK_HKDF_PARAMS params = { CK_TRUE, CK_TRUE, 0, 0, salt, 4, 0, info, 4 };
	struct secret value = { 0 };
	unsigned char right[150];
	size_t i, j;

	for (i = 0; i < JUDGE_HASHES; i++)
		for (j = 0; j < 2; j++) {
			params.prfHashMechanism = judge_hashes[i].digest;
			params.ulSaltType =
				j ? CKF_HKDF_SALT_DATA : CKF_HKDF_SALT_NULL;
			judge_hkdf(&judge_hashes[i], salt, j ? 4 : 0, "info",
				right, sizeof(right));
			EXPECT_RV(
				derive(CKM_HKDF_DERIVE, &params, sizeof(params),
					key, CKK_GENERIC_SECRET, sizeof(right),
					&value),
				CKR_OK);
			EXPECT_BYTES(
				value.at, value.length, right, sizeof(right));
			secret_clear(&value);
		}
	key_free(key);
}

TEST(hkdf_refuses_parameters_and_lengths_that_cannot_be)
{
	struct key *key = secret_key_of(CKK_GENERIC_SECRET, "key", 3);
	static CK_BYTE salt[] = "salt";
	static const CK_HKDF_PARAMS bad[] = {
		{ 0, 0, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0 },
		{ 1, 1, CKM_MD5, CKF_HKDF_SALT_NULL, NULL, 0, 0, NULL, 0 },
		{ 1, 1, CKM_SHA256, CKF_HKDF_SALT_KEY, NULL, 0, 1, NULL, 0 },
		{ 1, 1, CKM_SHA256, CKF_HKDF_SALT_DATA, NULL, 4, 0, NULL, 0 },
		{ 1, 1, CKM_SHA256, CKF_HKDF_SALT_DATA, salt, 4, 0, NULL, 4 },
		{ 1, 1, CKM_SHA256, CKF_HKDF_SALT_DATA, salt, (CK_ULONG)-1, 0,
			NULL, 0 },
		{ 1, 1, CKM_SHA256, 0, salt, 4, 0, NULL, 0 },
	};
	CK_HKDF_PARAMS params = { 1, 1, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0,
		0, NULL, 0 };
	struct secret value = { 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(derive(CKM_HKDF_DERIVE, &bad[i], sizeof(bad[i]), key,
				  CKK_GENERIC_SECRET, 16, &value),
			CKR_MECHANISM_PARAM_INVALID);
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), key,
			  CKK_GENERIC_SECRET, 255 * 32 + 1, &value),
		CKR_TEMPLATE_INCONSISTENT);
	params.bExpand = CK_FALSE;
	EXPECT_RV(derive(CKM_HKDF_DERIVE, &params, sizeof(params), key, CKK_AES,
			  16, &value),
		CKR_TEMPLATE_INCONSISTENT);
	key_free(key);
}
