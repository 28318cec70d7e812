/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA with every hash, and EdDSA: judged by nettle and published vectors. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "tests/unit/nettle-kit.h"

#include <string.h>

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>

enum { MESSAGE = 1000, SIGNATURE_MAX = 132 };

static const unsigned char message[MESSAGE] = "a message";

/* The private keys of RFC 6979 A.2. */
static const struct curve_case {
	const char *params, *scalar;
	size_t length;
	const struct ecc_curve *(*nettle)(void);
} curves[] = {
	{ P256,
		"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f67"
		"21",
		32, nettle_get_secp_256r1 },
	{ P384,
		"6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137"
		"d896d5724e4c70a825f872c9ea60d2edf5",
		48, nettle_get_secp_384r1 },
	{ P521,
		"00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e"
		"75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e9"
		"96b83538",
		66, nettle_get_secp_521r1 },
};

static void
public_make(const struct curve_case *curve, struct ecc_point *public)
{
	struct ecc_scalar private;
	mpz_t number;

	mpz_init_set_str(number, curve->scalar, 16);
	ecc_scalar_init(&private, curve->nettle());
	ecc_point_init(public, curve->nettle());
	EXPECT(ecc_scalar_set(&private, number) == 1);
	ecc_point_mul_g(public, &private);
	ecc_scalar_clear(&private);
	mpz_clear(number);
}

static bool
judge(const struct ecc_point *public, const unsigned char *digest,
	size_t digest_length, const unsigned char *signature, size_t half)
{
	struct dsa_signature theirs;
	int good;

	dsa_signature_init(&theirs);
	nettle_mpz_set_str_256_u(theirs.r, half, signature);
	nettle_mpz_set_str_256_u(theirs.s, half, signature + half);
	good = ecdsa_verify(public, digest_length, digest, &theirs);
	dsa_signature_clear(&theirs);
	return good == 1;
}

TEST(ecdsa_with_every_hash_is_nettles)
{
	unsigned char signature[SIGNATURE_MAX], digest[JUDGE_DIGEST_MAX];
	struct ecc_point public;
	struct key *key;
	CK_ULONG length;
	size_t i, j;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC, curves[i].params,
			curves[i].scalar);
		public_make(&curves[i], &public);
		for (j = 0; j < JUDGE_HASHES; j++) {
			if (judge_hashes[j].ecdsa == NO_SUCH)
				continue;
			length = sizeof(signature);
			EXPECT_RV(run_once(judge_hashes[j].ecdsa, NULL, 0,
					  CKF_SIGN, key, message, MESSAGE,
					  signature, &length),
				CKR_OK);
			judge_digest(
				&judge_hashes[j], message, MESSAGE, digest);
			EXPECT(judge(&public, digest,
				judge_hashes[j].nettle->digest_size, signature,
				curves[i].length));
		}
		ecc_point_clear(&public);
		key_free(key);
	}
}

/* RFC 6979 A.2.5 to A.2.7, the message "sample": public key, mechanism,
 * signature. */
static const struct published {
	const char *params, *point;
	CK_MECHANISM_TYPE mechanism;
	const char *signature;
} published[] = {
	{ P256,
		"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f2"
		"9fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4"
		"462299",
		CKM_ECDSA_SHA256,
		"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37"
		"16f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843a"
		"cda8" },
	{ P384,
		"04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b30"
		"0c64def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0"
		"c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd25"
		"33264720",
		CKM_ECDSA_SHA384,
		"94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad13"
		"3c81a648152e44acf96e36dd1e80fabe4699ef4aeb15f178cea1fe40db2603"
		"138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38"
		"628ac8" },
};

TEST(ecdsa_takes_the_published_signatures)
{
	unsigned char bad[SIGNATURE_MAX];
	const unsigned char *signature;
	struct key *key;
	size_t i, length;

	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		key = ec_key_of(CKO_PUBLIC_KEY, CKK_EC, published[i].params,
			published[i].point);
		signature = test_hex(published[i].signature, &length);
		EXPECT_RV(verify_once(published[i].mechanism, NULL, 0, key,
				  "sample", 6, signature, length),
			CKR_OK);
		memcpy(bad, signature, length);
		bad[length - 1] ^= 1;
		EXPECT_RV(verify_once(published[i].mechanism, NULL, 0, key,
				  "sample", 6, bad, length),
			CKR_SIGNATURE_INVALID);
		key_free(key);
	}
}

/* RFC 8032 7.1 and 7.4. */
static const struct eddsa_vector {
	const char *params, *private, *public, *message, *signature;
} vectors[] = {
	{ ED25519,
		"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f"
		"60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751"
		"1a",
		"",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901"
		"555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a"
		"100b" },
	{ ED25519,
		"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6"
		"fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af466"
		"0c",
		"72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69"
		"da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb"
		"0c00" },
	{ ED448,
		"6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348"
		"a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
		"5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e967"
		"78edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
		"",
		"533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a59"
		"1f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4"
		"b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113"
		"a0f4dbb61149f05a7363268c71d95808ff2e652600" },
};

TEST(eddsa_signatures_are_the_published_ones)
{
	unsigned char made[SIGNATURE_MAX];
	const unsigned char *text, *signature;
	size_t i, j, length, text_length;
	struct key *key, *public;
	CK_ULONG made_length;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS,
			vectors[i].params, vectors[i].private);
		public = ec_key_of(CKO_PUBLIC_KEY, CKK_EC_EDWARDS,
			vectors[i].params, vectors[i].public);
		text = test_hex(vectors[i].message, &text_length);
		signature = test_hex(vectors[i].signature, &length);
		made_length = sizeof(made);
		EXPECT_RV(run_once(CKM_EDDSA, NULL, 0, CKF_SIGN, key, text,
				  text_length, made, &made_length),
			CKR_OK);
		EXPECT_BYTES(made, made_length, signature, length);
		EXPECT_RV(verify_once(CKM_EDDSA, NULL, 0, public, text,
				  text_length, signature, length),
			CKR_OK);
		for (j = 0; j < length; j += 7) {
			made[j] ^= 0x10;
			EXPECT_RV(verify_once(CKM_EDDSA, NULL, 0, public, text,
					  text_length, made, length),
				CKR_SIGNATURE_INVALID);
			made[j] ^= 0x10;
		}
		EXPECT_RV(verify_once(CKM_EDDSA, NULL, 0, public, text,
				  text_length, signature, length - 1),
			CKR_SIGNATURE_LEN_RANGE);
		key_free(key);
		key_free(public);
	}
}

TEST(eddsa_of_many_lengths_is_nettles)
{
	unsigned char made[SIGNATURE_MAX], right[SIGNATURE_MAX], point[57];
	size_t length, key_length;
	const unsigned char *private;
	struct key *ed25519, *ed448;
	CK_ULONG made_length;

	ed25519 = ec_key_of(
		CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519, vectors[0].private);
	ed448 = ec_key_of(
		CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED448, vectors[2].private);
	for (length = 0; length < MESSAGE; length += 61) {
		made_length = sizeof(made);
		EXPECT_RV(run_once(CKM_EDDSA, NULL, 0, CKF_SIGN, ed25519,
				  message, length, made, &made_length),
			CKR_OK);
		private = test_hex(vectors[0].private, &key_length);
		ed25519_sha512_public_key(point, private);
		ed25519_sha512_sign(point, private, length, message, right);
		EXPECT_BYTES(made, made_length, right, ED25519_SIGNATURE_SIZE);
		made_length = sizeof(made);
		EXPECT_RV(run_once(CKM_EDDSA, NULL, 0, CKF_SIGN, ed448, message,
				  length, made, &made_length),
			CKR_OK);
		private = test_hex(vectors[2].private, &key_length);
		ed448_shake256_public_key(point, private);
		ed448_shake256_sign(point, private, length, message, right);
		EXPECT_BYTES(made, made_length, right, ED448_SIGNATURE_SIZE);
	}
	key_free(ed25519);
	key_free(ed448);
}

/* RFC 8032 7.2 and 7.3: a context, and a prehash. The library has them from 3.2
 * on; before, the parameter is refused. */
static const struct variant {
	const char *private, *message, *context;
	CK_BBOOL prehashed;
	const char *signature;
} variants[] = {
	{ "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
		"f726936d19c800494e3fdaff20b276a8", "666f6f", CK_FALSE,
		"55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd8"
		"7a8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7e"
		"db0d" },
	{ "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
		"616263", "", CK_TRUE,
		"98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae"
		"4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a2608"
		"3406" },
};

TEST(eddsa_variants_are_the_published_ones_or_refused)
{
	const unsigned char *text, *context, *signature;
	size_t i, text_length, context_length, length, there = 0;
	unsigned char made[SIGNATURE_MAX];
	CK_ULONG made_length;
	struct key *key;
	CK_RV rv;

	for (i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519,
			variants[i].private);
		text = test_hex(variants[i].message, &text_length);
		context = test_hex(variants[i].context, &context_length);
		signature = test_hex(variants[i].signature, &length);
		const CK_EDDSA_PARAMS params = { variants[i].prehashed,
			context_length, (CK_BYTE *)(size_t)context };

		made_length = sizeof(made);
		rv = run_once(CKM_EDDSA, &params, sizeof(params), CKF_SIGN, key,
			text, text_length, made, &made_length);
		key_free(key);
		if (rv == CKR_MECHANISM_PARAM_INVALID)
			continue;
		there++;
		EXPECT_RV(rv, CKR_OK);
		EXPECT_BYTES(made, made_length, signature, length);
	}
	/* All or none. */
	EXPECT(there == 0 || there == i);
}

TEST(eddsa_refuses_a_context_that_is_empty_or_too_long)
{
	static CK_BYTE context[300];
	static const CK_EDDSA_PARAMS bad[] = {
		{ CK_FALSE, 0, NULL },
		{ CK_FALSE, 5, NULL },
		{ CK_FALSE, 256, context },
		{ CK_TRUE, (CK_ULONG)-1, context },
	};
	struct key *key = ec_key_of(
		CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519, vectors[0].private);
	unsigned char made[SIGNATURE_MAX];
	CK_ULONG length = sizeof(made);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(run_once(CKM_EDDSA, &bad[i], sizeof(bad[i]), CKF_SIGN,
				  key, message, 1, made, &length),
			CKR_MECHANISM_PARAM_INVALID);
	key_free(key);
}
