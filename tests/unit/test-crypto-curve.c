/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA and ECDH on every curve, judged by libgcrypt. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

#include <gcrypt.h>

enum { LENGTH_MAX = 66, POINT_MAX = 1 + 2 * LENGTH_MAX };

static const struct curve_case {
	const char *gcrypt, *params;
	size_t length;
} curves[] = {
	{ "NIST P-256", P256, 32 },
	{ "NIST P-384", P384, 48 },
	{ "NIST P-521", P521, 66 },
	{ "secp256k1", SECP256K1, 32 },
	{ "brainpoolP256r1", BRAINPOOL_P256R1, 32 },
	{ "brainpoolP320r1", "06092b2403030208010109", 40 },
	{ "brainpoolP384r1", BRAINPOOL_P384R1, 48 },
	{ "brainpoolP512r1", BRAINPOOL_P512R1, 64 },
};
enum { CURVES = sizeof(curves) / sizeof(curves[0]) };

/* Two scalars that are in range on every curve. */
#define ONE "1122334455667788990011223344556677889900112233445566778899001122"
#define OTHER "0bad5eed0bad5eed0bad5eed0bad5eed0bad5eed0bad5eed0bad5eed0bad5eed"

static gcry_mpi_t
number_of(const char *digits)
{
	size_t length;
	const unsigned char *at = test_hex(digits, &length);
	gcry_mpi_t number;

	EXPECT(gcry_mpi_scan(&number, GCRYMPI_FMT_USG, at, length, NULL) == 0);
	return number;
}

static void
number_put(gcry_mpi_t number, unsigned char *out, size_t length)
{
	size_t used;

	memset(out, 0, length);
	EXPECT(gcry_mpi_print(GCRYMPI_FMT_USG, NULL, 0, &used, number) == 0);
	EXPECT(used <= length);
	EXPECT(gcry_mpi_print(GCRYMPI_FMT_USG, out + length - used, used, NULL,
		       number) == 0);
}

/* libgcrypt's multiple of a point; NULL: of the generator. Uncompressed. */
static void
multiply(const struct curve_case *curve, const char *scalar,
	const unsigned char *point, unsigned char out[POINT_MAX])
{
	gcry_mpi_t number = number_of(scalar), encoded = NULL;
	gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0);
	gcry_mpi_point_t from, to = gcry_mpi_point_new(0);
	size_t length = 1 + 2 * curve->length;
	gcry_ctx_t context;

	EXPECT(gcry_mpi_ec_new(&context, NULL, curve->gcrypt) == 0);
	if (point) {
		from = gcry_mpi_point_new(0);
		encoded = gcry_mpi_set_opaque_copy(
			NULL, point, (unsigned)length * 8);
		EXPECT(gcry_mpi_ec_decode_point(from, encoded, context) == 0);
	} else {
		from = gcry_mpi_ec_get_point("g", context, 1);
	}
	gcry_mpi_ec_mul(to, number, from, context);
	EXPECT(gcry_mpi_ec_get_affine(x, y, to, context) == 0);
	out[0] = 0x04;
	number_put(x, out + 1, curve->length);
	number_put(y, out + 1 + curve->length, curve->length);
	gcry_mpi_release(x);
	gcry_mpi_release(y);
	gcry_mpi_release(number);
	gcry_mpi_release(encoded);
	gcry_mpi_point_release(from);
	gcry_mpi_point_release(to);
	gcry_ctx_release(context);
}

static struct key *
public_key(const struct curve_case *curve, const char *scalar)
{
	struct attributes attributes = { .count = 0 };
	unsigned char point[POINT_MAX];

	multiply(curve, scalar, NULL, point);
	attributes_add_ulong(&attributes, CKA_CLASS, CKO_PUBLIC_KEY);
	attributes_add_ulong(&attributes, CKA_KEY_TYPE, CKK_EC);
	attributes_add_hex(&attributes, CKA_EC_PARAMS, curve->params);
	attributes_add(&attributes, CKA_EC_POINT, point, 1 + 2 * curve->length);
	return key_of(&attributes);
}

/* libgcrypt's opinion of a signature. */
static bool
judge_verify(const struct curve_case *curve, const unsigned char *digest,
	int length, const unsigned char *signature)
{
	int half = (int)curve->length, size = 1 + 2 * half;
	unsigned char point[POINT_MAX];
	gcry_sexp_t key, data, value;
	gcry_error_t error;

	multiply(curve, ONE, NULL, point);
	EXPECT(gcry_sexp_build(&key, NULL,
		       "(public-key (ecc (curve %s) (q %b)))", curve->gcrypt,
		       size, point) == 0);
	EXPECT(gcry_sexp_build(&data, NULL, "(data (flags raw) (value %b))",
		       length, digest) == 0);
	EXPECT(gcry_sexp_build(&value, NULL, "(sig-val (ecdsa (r %b) (s %b)))",
		       half, signature, half, signature + half) == 0);
	error = gcry_pk_verify(value, data, key);
	gcry_sexp_release(key);
	gcry_sexp_release(data);
	gcry_sexp_release(value);
	return error == 0;
}

static void
take_half(gcry_sexp_t from, const char *name, unsigned char *out, size_t length)
{
	gcry_sexp_t part = gcry_sexp_find_token(from, name, 1);
	gcry_mpi_t number = gcry_sexp_nth_mpi(part, 1, GCRYMPI_FMT_USG);

	EXPECT(number != NULL);
	number_put(number, out, length);
	gcry_mpi_release(number);
	gcry_sexp_release(part);
}

/* libgcrypt's signature. */
static void
judge_sign(const struct curve_case *curve, const unsigned char *digest,
	int length, unsigned char *signature)
{
	int size = 1 + 2 * (int)curve->length;
	unsigned char point[POINT_MAX];
	gcry_mpi_t scalar = number_of(ONE);
	gcry_sexp_t key, data, made;

	multiply(curve, ONE, NULL, point);
	EXPECT(gcry_sexp_build(&key, NULL,
		       "(private-key (ecc (curve %s) (q %b) (d %m)))",
		       curve->gcrypt, size, point, scalar) == 0);
	EXPECT(gcry_sexp_build(&data, NULL, "(data (flags raw) (value %b))",
		       length, digest) == 0);
	EXPECT(gcry_pk_sign(&made, data, key) == 0);
	take_half(made, "r", signature, curve->length);
	take_half(made, "s", signature + curve->length, curve->length);
	gcry_mpi_release(scalar);
	gcry_sexp_release(key);
	gcry_sexp_release(data);
	gcry_sexp_release(made);
}

static const unsigned char digest[32] = { 0x12, 0x34, 0x56 };

TEST(ecdsa_on_every_curve_is_gcrypts_and_the_other_way_round)
{
	unsigned char signature[2 * LENGTH_MAX];
	struct key *key, *public;
	CK_ULONG length;
	size_t i, j;

	gcry_check_version(NULL);
	for (i = 0; i < CURVES; i++) {
		key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC, curves[i].params, ONE);
		public = public_key(&curves[i], ONE);
		/* Often enough to see short numbers. */
		for (j = 0; j<300; j += curves[i].length> 32 ? 30 : 1) {
			length = sizeof(signature);
			EXPECT_RV(run_once(CKM_ECDSA, NULL, 0, CKF_SIGN, key,
					  digest, sizeof(digest), signature,
					  &length),
				CKR_OK);
			EXPECT_NUMBER(length, 2 * curves[i].length);
			if (j % 30 == 0 || signature[0] == 0 ||
				signature[length / 2] == 0) {
				EXPECT(judge_verify(&curves[i], digest,
					sizeof(digest), signature));
				EXPECT_RV(
					verify_once(CKM_ECDSA, NULL, 0, public,
						digest, sizeof(digest),
						signature, length),
					CKR_OK);
			}
		}
		judge_sign(&curves[i], digest, sizeof(digest), signature);
		EXPECT_RV(verify_once(CKM_ECDSA, NULL, 0, public, digest,
				  sizeof(digest), signature,
				  2 * curves[i].length),
			CKR_OK);
		key_free(key);
		key_free(public);
	}
}

TEST(ecdsa_refuses_signatures_that_are_changed_or_impossible)
{
	unsigned char signature[64], bad[64];
	struct key *public;
	size_t i;

	gcry_check_version(NULL);
	public = public_key(&curves[0], ONE);
	judge_sign(&curves[0], digest, sizeof(digest), signature);
	for (i = 0; i < 64; i++) {
		memcpy(bad, signature, 64);
		bad[i] ^= 1;
		EXPECT_RV(verify_once(CKM_ECDSA, NULL, 0, public, digest, 32,
				  bad, 64),
			CKR_SIGNATURE_INVALID);
	}
	/* r or s of zero, or of the order and more. */
	for (i = 0; i < 4; i++) {
		memcpy(bad, signature, 64);
		memset(bad + i % 2 * 32, i < 2 ? 0 : 0xff, 32);
		EXPECT_RV(verify_once(CKM_ECDSA, NULL, 0, public, digest, 32,
				  bad, 64),
			CKR_SIGNATURE_INVALID);
	}
	memset(bad, 0, 64);
	EXPECT_RV(verify_once(CKM_ECDSA, NULL, 0, public, digest, 32, bad, 64),
		CKR_SIGNATURE_INVALID);
	EXPECT_RV(verify_once(CKM_ECDSA, NULL, 0, public, digest, 32, signature,
			  63),
		CKR_SIGNATURE_LEN_RANGE);
	key_free(public);
}

TEST(ecdh_on_every_curve_is_gcrypts)
{
	unsigned char peer[POINT_MAX], shared[POINT_MAX];
	CK_ECDH1_DERIVE_PARAMS params = { CKD_NULL, 0, NULL, 0, peer };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &params, sizeof(params) };
	struct secret value = { 0 };
	struct key *key;
	size_t i;

	gcry_check_version(NULL);
	for (i = 0; i < CURVES; i++) {
		key = ec_key_of(CKO_PRIVATE_KEY, CKK_EC, curves[i].params, ONE);
		multiply(&curves[i], OTHER, NULL, peer);
		multiply(&curves[i], ONE, peer, shared);
		params.ulPublicDataLen = 1 + 2 * curves[i].length;
		EXPECT_RV(key_derive(&mechanism, key, NULL, 0, &value), CKR_OK);
		EXPECT_BYTES(
			value.at, value.length, shared + 1, curves[i].length);
		secret_clear(&value);
		key_free(key);
	}
}
