/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures, each judged by nettle, which shares no code with our crypto. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/pkcs1.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

enum { MESSAGE = 1000 };

static const unsigned char message[MESSAGE] = "a message";

/* nettle's view of the test key. */
static void
nettle_key(struct rsa_public_key *key)
{
	rsa_public_key_init(key);
	mpz_set_str(key->n, rsa_test_numbers.at[RSA_N], 16);
	mpz_set_str(key->e, rsa_test_numbers.at[RSA_E], 16);
	EXPECT(rsa_public_key_prepare(key) == 1);
}

TEST(a_sha256_rsa_signature_is_one_to_nettle)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	unsigned char signature[256];
	CK_ULONG length = sizeof(signature);
	struct rsa_public_key theirs;
	struct sha256_ctx hash;
	mpz_t number;

	EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key, message,
			  MESSAGE, signature, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 256);
	nettle_key(&theirs);
	nettle_mpz_init_set_str_256_u(number, length, signature);
	sha256_init(&hash);
	sha256_update(&hash, MESSAGE, message);
	EXPECT(rsa_sha256_verify(&theirs, &hash, number) == 1);
	key_free(key);
}

TEST(a_p256_signature_is_one_to_nettle)
{
	const char *scalar = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b12"
			     "7b8a622b120f6721";
	struct key *key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC, P256, scalar);
	unsigned char signature[64], digest[SHA256_DIGEST_SIZE];
	CK_ULONG length = sizeof(signature);
	struct dsa_signature theirs;
	struct ecc_scalar private;
	struct ecc_point public;
	struct sha256_ctx hash;
	mpz_t number;

	EXPECT_RV(run_once(CKM_ECDSA_SHA256, NULL, 0, CKF_SIGN, key, message,
			  MESSAGE, signature, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 64);
	dsa_signature_init(&theirs);
	nettle_mpz_set_str_256_u(theirs.r, 32, signature);
	nettle_mpz_set_str_256_u(theirs.s, 32, signature + 32);
	mpz_init_set_str(number, scalar, 16);
	ecc_scalar_init(&private, nettle_get_secp_256r1());
	ecc_point_init(&public, nettle_get_secp_256r1());
	EXPECT(ecc_scalar_set(&private, number) == 1);
	ecc_point_mul_g(&public, &private);
	sha256_init(&hash);
	sha256_update(&hash, MESSAGE, message);
	sha256_digest(&hash, sizeof(digest), digest);
	EXPECT(ecdsa_verify(&public, sizeof(digest), digest, &theirs) == 1);
	key_free(key);
}
