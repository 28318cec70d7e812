/* SPDX-License-Identifier: BSD-2-Clause */
/* New keys. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* Both halves begin with what they are. */
static bool
halves_begin(CK_KEY_TYPE type, struct key_parts *public_parts,
	struct key_parts *private_parts)
{
	return key_parts_add_ulong(public_parts, CKA_CLASS, CKO_PUBLIC_KEY) &&
		key_parts_add_ulong(public_parts, CKA_KEY_TYPE, type) &&
		key_parts_add_ulong(
			private_parts, CKA_CLASS, CKO_PRIVATE_KEY) &&
		key_parts_add_ulong(private_parts, CKA_KEY_TYPE, type);
}

/* Reads the exponent that the template asks; 65537 when it does not. */
static CK_RV
exponent_read(const CK_ATTRIBUTE *template, CK_ULONG count, BIGNUM **exponent)
{
	const CK_ATTRIBUTE *given =
		attribute_of(template, count, CKA_PUBLIC_EXPONENT);

	if (given && given->ulValueLen > 8)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID, "a long exponent");
	*exponent = BN_new();
	if (!*exponent || BN_set_word(*exponent, RSA_F4) != 1 ||
		(given &&
			!BN_bin2bn(given->pValue, (int)given->ulValueLen,
				*exponent)))
		return CKR_HOST_MEMORY;
	/* FIPS 186-5 A.1.1, and what no library refuses to read. */
	if (!BN_is_odd(*exponent) || BN_num_bits(*exponent) < 17)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"a public exponent below 65537 or even");
	return CKR_OK;
}

static CK_RV
rsa_generate(const CK_ATTRIBUTE *template, CK_ULONG count,
	struct key_parts *public_parts, struct key_parts *private_parts)
{
	struct key key = { .type = CKK_RSA, .class = CKO_PRIVATE_KEY };
	EVP_PKEY_CTX *context = NULL;
	BIGNUM *exponent = NULL;
	CK_ULONG bits;
	CK_RV rv;

	if (!attribute_ulong(template, count, CKA_MODULUS_BITS, &bits))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "RSA of what length");
	/* The library's primes are equally long: an odd length would come out
	 * a bit shorter. */
	if (bits < RSA_BITS_SAFE || bits > RSA_BITS_MAX || bits % 2)
		return refuse(CKR_KEY_SIZE_RANGE, "RSA of %lu bits", bits);
	if ((rv = exponent_read(template, count, &exponent)) != CKR_OK)
		goto out;
	context = EVP_PKEY_CTX_new_from_name(crypto_library(), "RSA", NULL);
	if (!context || EVP_PKEY_keygen_init(context) != 1 ||
		EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) != 1 ||
		EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent) != 1 ||
		EVP_PKEY_generate(context, &key.pair) != 1) {
		rv = crypto_refuse(CKR_FUNCTION_FAILED, "RSA generation");
		goto out;
	}
	key.size = bits;
	if ((rv = rsa_key_complete(&key, private_parts)) != CKR_OK)
		goto out;
	key.class = CKO_PUBLIC_KEY;
	rv = rsa_key_complete(&key, public_parts);
out:
	EVP_PKEY_free(key.pair);
	EVP_PKEY_CTX_free(context);
	BN_free(exponent);
	return rv;
}

static CK_RV
ec_generate(const CK_ATTRIBUTE *template, CK_ULONG count,
	struct key_parts *public_parts, struct key_parts *private_parts)
{
	const CK_ATTRIBUTE *params =
		attribute_of(template, count, CKA_EC_PARAMS);
	struct key key = { .class = CKO_PRIVATE_KEY };
	CK_KEY_TYPE type;
	CK_RV rv;

	memcpy(&type, public_parts->at[1].value.at, sizeof(type));
	key.type = type;
	if (!params)
		return refuse(CKR_TEMPLATE_INCOMPLETE, "on what curve");
	key.curve = curve_find(type, params->pValue, params->ulValueLen);
	if (!key.curve)
		return refuse(CKR_CURVE_NOT_SUPPORTED, "an unknown curve");
	key.pair = type == CKK_EC
		? EVP_PKEY_Q_keygen(
			  crypto_library(), NULL, "EC", key.curve->name)
		: EVP_PKEY_Q_keygen(crypto_library(), NULL, key.curve->name);
	if (!key.pair)
		return crypto_refuse(CKR_FUNCTION_FAILED, "EC generation");
	rv = ec_key_complete(&key, private_parts);
	key.class = CKO_PUBLIC_KEY;
	if (rv == CKR_OK)
		rv = ec_key_complete(&key, public_parts);
	/* The curve stays in the words of the template. */
	if (rv == CKR_OK &&
		(!key_parts_add(public_parts, CKA_EC_PARAMS, params->pValue,
			 params->ulValueLen) ||
			!key_parts_add(private_parts, CKA_EC_PARAMS,
				params->pValue, params->ulValueLen)))
		rv = CKR_HOST_MEMORY;
	EVP_PKEY_free(key.pair);
	return rv;
}

static const struct pair_generator {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
	CK_RV(*generate)
	(const CK_ATTRIBUTE *template, CK_ULONG count,
		struct key_parts *public_parts,
		struct key_parts *private_parts);
} pair_generators[] = {
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, rsa_generate },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, ec_generate },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, ec_generate },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, ec_generate },
};

static const struct pair_generator *
pair_generator_find(CK_MECHANISM_TYPE mechanism)
{
	size_t i;

	for (i = 0; i < sizeof(pair_generators) / sizeof(pair_generators[0]);
		i++)
		if (pair_generators[i].mechanism == mechanism)
			return &pair_generators[i];
	return NULL;
}

CK_RV
key_generate_pair(const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct key_parts *public_parts,
	struct key_parts *private_parts)
{
	const struct pair_generator *generator =
		pair_generator_find(mechanism->mechanism);
	CK_RV rv = CKR_HOST_MEMORY;

	*public_parts = *private_parts = (struct key_parts){ .count = 0 };
	if (!generator)
		return refuse(CKR_MECHANISM_INVALID, "pair generation");
	if (mechanism->ulParameterLen)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "pair generation");
	if (halves_begin(generator->type, public_parts, private_parts))
		rv = generator->generate(
			template, count, public_parts, private_parts);
	if (rv != CKR_OK) {
		key_parts_clear(public_parts);
		key_parts_clear(private_parts);
	}
	return rv;
}

/* The key types of secret keys, and which lengths each has. */
static const struct secret_generator {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
} secret_generators[] = {
	{ CKM_AES_KEY_GEN, CKK_AES },
	{ CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET },
	{ CKM_HKDF_KEY_GEN, CKK_HKDF },
};

static const struct secret_generator *
secret_generator_find(CK_MECHANISM_TYPE mechanism)
{
	size_t i;

	for (i = 0;
		i < sizeof(secret_generators) / sizeof(secret_generators[0]);
		i++)
		if (secret_generators[i].mechanism == mechanism)
			return &secret_generators[i];
	return NULL;
}

CK_RV
key_generate(const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct key_parts *parts)
{
	const struct secret_generator *generator =
		secret_generator_find(mechanism->mechanism);
	struct secret value = { 0 };
	CK_ULONG length;
	CK_RV rv;

	*parts = (struct key_parts){ .count = 0 };
	if (!generator)
		return refuse(CKR_MECHANISM_INVALID, "key generation");
	if (mechanism->ulParameterLen)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "key generation");
	if (!attribute_ulong(template, count, CKA_VALUE_LEN, &length))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "a key of what length");
	if (length > SECRET_LENGTH_MAX ||
		!secret_length_is_legal(generator->type, length))
		return refuse(CKR_KEY_SIZE_RANGE, "a key of %lu bytes", length);
	if (!secret_init(&value, length))
		return CKR_HOST_MEMORY;
	rv = key_random(value.at, length);
	if (rv == CKR_OK &&
		(!key_parts_add_ulong(parts, CKA_CLASS, CKO_SECRET_KEY) ||
			!key_parts_add_ulong(
				parts, CKA_KEY_TYPE, generator->type) ||
			!key_parts_add(parts, CKA_VALUE, value.at, length) ||
			!key_parts_add_ulong(parts, CKA_VALUE_LEN, length)))
		rv = CKR_HOST_MEMORY;
	secret_clear(&value);
	if (rv != CKR_OK)
		key_parts_clear(parts);
	return rv;
}
