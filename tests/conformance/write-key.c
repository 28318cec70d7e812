/* SPDX-License-Identifier: BSD-2-Clause */
/* write-key rsa|ec: one of the keys that tests know, as PEM. */

#include "config.h"

#include "tests/conformance/keys.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

static const struct {
	const char *name, *digits;
} parts[] = {
	{ OSSL_PKEY_PARAM_RSA_N, RSA_MODULUS },
	{ OSSL_PKEY_PARAM_RSA_E, RSA_PUBLIC_EXPONENT },
	{ OSSL_PKEY_PARAM_RSA_D, RSA_PRIVATE_EXPONENT },
	{ OSSL_PKEY_PARAM_RSA_FACTOR1, RSA_PRIME_1 },
	{ OSSL_PKEY_PARAM_RSA_FACTOR2, RSA_PRIME_2 },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT1, RSA_EXPONENT_1 },
	{ OSSL_PKEY_PARAM_RSA_EXPONENT2, RSA_EXPONENT_2 },
	{ OSSL_PKEY_PARAM_RSA_COEFFICIENT1, RSA_COEFFICIENT },
};

static void
put_number(OSSL_PARAM_BLD *build, const char *name, const char *digits)
{
	BIGNUM *number = NULL;

	BN_hex2bn(&number, digits);
	OSSL_PARAM_BLD_push_BN(build, name, number);
}

static void
put_rsa(OSSL_PARAM_BLD *build)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		put_number(build, parts[i].name, parts[i].digits);
}

static void
put_ec(OSSL_PARAM_BLD *build)
{
	const struct curve *curve = &curves[CURVE_P256];
	unsigned char *point;
	long length;

	point = OPENSSL_hexstr2buf(curve->point, &length);
	OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, point, (size_t)length);
	put_number(build, OSSL_PKEY_PARAM_PRIV_KEY, curve->scalar);
}

int
main(int count, char **words)
{
	const char *kind =
		count > 1 && strcmp(words[1], "ec") == 0 ? "EC" : "RSA";
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	if (strcmp(kind, "EC") == 0)
		put_ec(build);
	else
		put_rsa(build);
	return EVP_PKEY_fromdata_init(context) <= 0 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR,
			OSSL_PARAM_BLD_to_param(build)) <= 0 ||
		!PEM_write_PrivateKey(stdout, key, NULL, NULL, 0, NULL, NULL);
}
