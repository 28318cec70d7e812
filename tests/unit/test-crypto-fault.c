/* SPDX-License-Identifier: BSD-2-Clause */
/* A fault in RSA's arithmetic: memory of a good key that went bad. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "token/crypto.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { LENGTH = 256 };

static const char *const names[RSA_ALL] = { OSSL_PKEY_PARAM_RSA_N,
	OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };

/* The test key, with a bit changed in each of the numbers that faults names. */
static struct key *
faulty_key(unsigned faults)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(crypto_library(), "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *numbers[RSA_ALL] = { NULL };
	OSSL_PARAM *parameters;
	EVP_PKEY *pair = NULL;
	size_t i;

	for (i = 0; i < RSA_ALL; i++) {
		EXPECT(BN_hex2bn(&numbers[i], rsa_test_numbers.at[i]) > 0);
		if (faults & 1u << i)
			EXPECT(BN_set_bit(numbers[i], 100) == 1 &&
				BN_clear_bit(numbers[i], 101) == 1 &&
				BN_add_word(numbers[i], 2) == 1);
		EXPECT(OSSL_PARAM_BLD_push_BN(builder, names[i], numbers[i]) ==
			1);
	}
	parameters = OSSL_PARAM_BLD_to_param(builder);
	EXPECT(EVP_PKEY_fromdata_init(context) == 1);
	EXPECT(EVP_PKEY_fromdata(
		       context, &pair, EVP_PKEY_KEYPAIR, parameters) == 1);
	for (i = 0; i < RSA_ALL; i++)
		BN_free(numbers[i]);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key->pair);
	key->pair = pair;
	return key;
}

#define BAD(number) (1u << (number))

/* CRT and the plain exponent are both wrong: nothing right can come out. */
static const unsigned hopeless = BAD(RSA_D) | BAD(RSA_DP);

static const CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
static const CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256,
	CKZ_DATA_SPECIFIED, NULL, 0 };

static const struct {
	CK_MECHANISM_TYPE type;
	const void *parameter;
	size_t parameter_length;
	CK_FLAGS use;
	CK_ULONG input;
	CK_RV refusal;
} uses[] = {
	{ CKM_RSA_PKCS, NULL, 0, CKF_SIGN, 20, CKR_DEVICE_ERROR },
	{ CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, 20, CKR_DEVICE_ERROR },
	{ CKM_RSA_PKCS_PSS, &pss, sizeof(pss), CKF_SIGN, 32, CKR_DEVICE_ERROR },
	{ CKM_RSA_X_509, NULL, 0, CKF_SIGN, LENGTH - 1, CKR_DEVICE_ERROR },
	{ CKM_RSA_X_509, NULL, 0, CKF_DECRYPT, LENGTH, CKR_DEVICE_ERROR },
	{ CKM_RSA_PKCS, NULL, 0, CKF_DECRYPT, LENGTH, CKR_DEVICE_ERROR },
	/* OAEP's own check finds it. */
	{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep), CKF_DECRYPT, LENGTH,
		CKR_ENCRYPTED_DATA_INVALID },
};

TEST(faulty_rsa_result_is_never_released)
{
	struct key *key = faulty_key(hopeless);
	unsigned char in[LENGTH], out[LENGTH];
	CK_ULONG length;
	size_t i, j;

	memset(in, 0x35, sizeof(in));
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		memset(out, 0, sizeof(out));
		length = sizeof(out);
		EXPECT_RV(run_once(uses[i].type, uses[i].parameter,
				  uses[i].parameter_length, uses[i].use, key,
				  in, uses[i].input, out, &length),
			uses[i].refusal);
		for (j = 0; j < sizeof(out); j++)
			EXPECT_NUMBER(out[j], 0);
	}
	key_free(key);
}

/* The Bellcore attack: a fault in one half of CRT gives a factor away. */
TEST(fault_in_each_part_of_crt_gives_a_right_signature_or_none)
{
	static const unsigned parts[] = { BAD(RSA_DP), BAD(RSA_DQ), BAD(RSA_QI),
		BAD(RSA_DP) | BAD(RSA_DQ) };
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	unsigned char in[20] = { 1 }, out[LENGTH];
	struct key *key;
	CK_ULONG length;
	size_t i;
	CK_RV rv;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		key = faulty_key(parts[i]);
		length = sizeof(out);
		rv = run_once(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key, in,
			sizeof(in), out, &length);
		if (rv == CKR_OK)
			rv = verify_once(CKM_RSA_PKCS, NULL, 0, public, in,
				sizeof(in), out, length);
		else if (rv == CKR_DEVICE_ERROR)
			rv = CKR_OK;
		EXPECT_RV(rv, CKR_OK);
		key_free(key);
	}
	key_free(public);
}
