/* SPDX-License-Identifier: BSD-2-Clause */
/* EdDSA: Ed25519 and Ed448, with the variants that the library has. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

enum {
	CONTEXT_MAX = 255,
	/* It reads its input twice, so all of it is kept. */
	INPUT_MAX = 16 << 20,
};

/* The library's names of the parameters, which headers before 3.2 lack. */
#define INSTANCE "instance"
#define CONTEXT_STRING "context-string"

/* RFC 8032's names, by curve, and by whether there is a prehash or a context.
 */
static const struct instance {
	const char *curve;
	bool is_prehashed, has_context;
	const char *name;
} instances[] = {
	{ "ED25519", false, true, "Ed25519ctx" },
	{ "ED25519", true, false, "Ed25519ph" },
	{ "ED25519", true, true, "Ed25519ph" },
	{ "ED448", false, true, "Ed448" },
	{ "ED448", true, false, "Ed448ph" },
	{ "ED448", true, true, "Ed448ph" },
};

static const char *
instance_name(const struct operation *operation)
{
	size_t i;

	for (i = 0; i < sizeof(instances) / sizeof(instances[0]); i++)
		if (strcmp(instances[i].curve, operation->key->curve->name) ==
				0 &&
			instances[i].is_prehashed == operation->prehashed &&
			instances[i].has_context ==
				(operation->label.length > 0))
			return instances[i].name;
	return NULL;
}

static bool
variant_set(const struct operation *operation, EVP_PKEY_CTX *context)
{
	const char *name = instance_name(operation);
	OSSL_PARAM parameters[3] = { OSSL_PARAM_END, OSSL_PARAM_END,
		OSSL_PARAM_END };
	char text[16];

	if (!name)
		return true;
	/* Before 3.2 the library has no such parameters, and refuses. */
	strcpy(text, name);
	parameters[0] = OSSL_PARAM_construct_utf8_string(INSTANCE, text, 0);
	if (operation->label.length)
		parameters[1] =
			OSSL_PARAM_construct_octet_string(CONTEXT_STRING,
				operation->label.at, operation->label.length);
	return EVP_PKEY_CTX_set_params(context, parameters) == 1;
}

static EVP_MD_CTX *
context_new(const struct operation *operation)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context = NULL;
	int begun = 0;

	if (digest && operation->use == CKF_SIGN)
		begun = EVP_DigestSignInit_ex(digest, &context, NULL,
			crypto_library(), NULL, operation->key->pair, NULL);
	else if (digest)
		begun = EVP_DigestVerifyInit_ex(digest, &context, NULL,
			crypto_library(), NULL, operation->key->pair, NULL);
	if (begun == 1 && variant_set(operation, context))
		return digest;
	EVP_MD_CTX_free(digest);
	return NULL;
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const CK_EDDSA_PARAMS *given = mechanism->pParameter;
	EVP_MD_CTX *trial;

	if (mechanism->ulParameterLen == 0)
		return CKR_OK;
	if (mechanism->ulParameterLen != sizeof(*given) ||
		given->ulContextDataLen > CONTEXT_MAX ||
		(given->ulContextDataLen && !given->pContextData))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "EdDSA parameter");
	operation->prehashed = given->phFlag != CK_FALSE;
	if (!bytes_copy(&operation->label, given->pContextData,
		    given->ulContextDataLen))
		return CKR_HOST_MEMORY;
	/* Ed25519 with a parameter is never the plain one, and Ed25519ctx
	 * without a context is none [RFC 8032 5.1]. */
	if (operation->key->curve->length == 32 && !instance_name(operation))
		return refuse(CKR_MECHANISM_PARAM_INVALID,
			"Ed25519ctx without a context");
	trial = context_new(operation);
	if (!trial)
		return crypto_refuse(CKR_MECHANISM_PARAM_INVALID,
			"a variant of EdDSA that the crypto library lacks");
	EVP_MD_CTX_free(trial);
	return CKR_OK;
}

static CK_ULONG
bound(const struct operation *operation, CK_ULONG in_length)
{
	return 2 * operation->key->curve->length;
}

static CK_RV
run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	EVP_MD_CTX *context = context_new(operation);
	size_t length = *out_length;
	CK_RV rv = CKR_OK;

	if (!context)
		rv = crypto_refuse(CKR_HOST_MEMORY, "EdDSA");
	else if (EVP_DigestSign(context, out, &length, in, in_length) != 1)
		rv = crypto_refuse(CKR_FUNCTION_FAILED, "EdDSA signature");
	else
		*out_length = length;
	EVP_MD_CTX_free(context);
	return rv;
}

static CK_RV
verify(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	const CK_BYTE *signature, CK_ULONG length)
{
	EVP_MD_CTX *context;
	CK_RV rv = CKR_OK;

	if (length != bound(operation, in_length))
		return refuse(CKR_SIGNATURE_LEN_RANGE,
			"EdDSA signature of %lu bytes", length);
	context = context_new(operation);
	if (!context)
		rv = crypto_refuse(CKR_HOST_MEMORY, "EdDSA");
	else if (EVP_DigestVerify(context, signature, length, in, in_length) !=
		1)
		rv = crypto_refuse(CKR_SIGNATURE_INVALID, "EdDSA signature");
	EVP_MD_CTX_free(context);
	return rv;
}

const struct operation_kind eddsa_kind = {
	.begin = begin,
	.bound = bound,
	.run = run,
	.verify = verify,
	.cap = INPUT_MAX,
};
