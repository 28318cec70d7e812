/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA encryption by OAEP. */

#include "config.h"

#include "token/rsa.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

enum { LABEL_MAX = 4096 };

bool
rsa_oaep_set(const struct operation *operation, struct evp_pkey_ctx_st *context)
{
	const struct bytes *label = &operation->label;
	void *copy;

	if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) !=
			1 ||
		EVP_PKEY_CTX_set_rsa_oaep_md(
			context, hash_function(operation->hash)) != 1 ||
		EVP_PKEY_CTX_set_rsa_mgf1_md(
			context, hash_function(operation->mgf)) != 1)
		return false;
	if (label->length == 0)
		return true;
	copy = OPENSSL_memdup(label->at, label->length);
	if (copy &&
		EVP_PKEY_CTX_set0_rsa_oaep_label(
			context, copy, (int)label->length) == 1)
		return true;
	OPENSSL_free(copy);
	return false;
}

static CK_RV
oaep_begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const CK_RSA_PKCS_OAEP_PARAMS *given = mechanism->pParameter;

	if (mechanism->ulParameterLen != sizeof(*given))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "OAEP parameter");
	operation->hash = hash_find(given->hashAlg);
	operation->mgf = hash_find_mgf(given->mgf);
	if (!operation->hash || !operation->mgf)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "hash of OAEP");
	if (key_modulus_length(operation->key) <
		2 * operation->hash->length + 2)
		return refuse(CKR_KEY_SIZE_RANGE,
			"an RSA key too short for OAEP with %s",
			operation->hash->name);
	/* Some clients leave the source 0 when there is no label. */
	if ((given->source != CKZ_DATA_SPECIFIED &&
		    (given->source != 0 || given->ulSourceDataLen)) ||
		(given->ulSourceDataLen && !given->pSourceData) ||
		given->ulSourceDataLen > LABEL_MAX)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "label of OAEP");
	if (!bytes_copy(&operation->label, given->pSourceData,
		    given->ulSourceDataLen))
		return CKR_HOST_MEMORY;
	return CKR_OK;
}

/* The longest message. */
static CK_ULONG
oaep_room(const struct operation *operation)
{
	return key_modulus_length(operation->key) -
		2 * operation->hash->length - 2;
}

static CK_ULONG
oaep_bound(const struct operation *operation, CK_ULONG in_length)
{
	return operation->use == CKF_DECRYPT
		? oaep_room(operation)
		: key_modulus_length(operation->key);
}

/* A faulty result cannot get through OAEP's own check: it has a hash. */
static CK_RV
oaep_decrypt(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	EVP_PKEY_CTX *context =
		key_context_new(operation->key, CONTEXT_DECRYPT_RAW);
	unsigned char message[RSA_LENGTH_MAX];
	size_t length = sizeof(message);
	CK_RV rv = CKR_OK;

	if (in_length != key_modulus_length(operation->key))
		rv = refuse(CKR_ENCRYPTED_DATA_LEN_RANGE, "%lu bytes for RSA",
			in_length);
	else if (!context || !rsa_context_set(operation, context))
		rv = crypto_refuse(CKR_HOST_MEMORY, "RSA");
	else if (EVP_PKEY_decrypt(context, message, &length, in, in_length) !=
			1 ||
		length > *out_length)
		rv = crypto_refuse(CKR_ENCRYPTED_DATA_INVALID, "OAEP");
	if (rv == CKR_OK) {
		memcpy(out, message, length);
		*out_length = length;
	}
	wipe(message, sizeof(message));
	EVP_PKEY_CTX_free(context);
	return rv;
}

static CK_RV
oaep_run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	if (operation->use == CKF_DECRYPT)
		return oaep_decrypt(operation, in, in_length, out, out_length);
	if (in_length > oaep_room(operation))
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes for OAEP", in_length);
	return rsa_encrypt(
		operation, CONTEXT_ENCRYPT, in, in_length, out, out_length);
}

const struct operation_kind rsa_oaep_kind = {
	.begin = oaep_begin,
	.bound = oaep_bound,
	.run = oaep_run,
	.cap = RSA_LENGTH_MAX,
};
