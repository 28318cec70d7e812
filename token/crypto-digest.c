/* SPDX-License-Identifier: BSD-2-Clause */
/* Running digests: for themselves and before a signature. */

#include "config.h"

#include "token/kind.h"

#include <string.h>

#include <openssl/evp.h>

CK_RV
digest_begin(struct operation *operation)
{
	operation->digest = EVP_MD_CTX_new();
	if (!operation->digest ||
		EVP_DigestInit_ex2(operation->digest,
			hash_function(operation->hash), NULL) != 1)
		return crypto_refuse(CKR_HOST_MEMORY, "digest");
	return CKR_OK;
}

CK_RV
digest_take(struct operation *operation, const void *in, CK_ULONG in_length)
{
	if (EVP_DigestUpdate(operation->digest, in, in_length) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "digest");
	return CKR_OK;
}

CK_RV
digest_finish(struct operation *operation,
	unsigned char result[HASH_LENGTH_MAX], CK_ULONG *length)
{
	unsigned size;

	if (EVP_DigestFinal_ex(operation->digest, result, &size) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "digest");
	*length = size;
	return CKR_OK;
}

void
crypto_state_clear(struct operation *operation)
{
	EVP_MD_CTX_free(operation->digest);
	EVP_CIPHER_CTX_free(operation->cipher);
	EVP_MAC_CTX_free(operation->mac);
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	return mechanism->ulParameterLen ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

static CK_ULONG
bound(const struct operation *operation, CK_ULONG in_length)
{
	return operation->hash->length;
}

static CK_RV
run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	memcpy(out, in, in_length);
	*out_length = in_length;
	return CKR_OK;
}

const struct operation_kind digest_kind = {
	.begin = begin,
	.bound = bound,
	.run = run,
	.hashes_input = true,
};
