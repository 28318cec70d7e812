/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC, whole or with its first bytes only. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

static CK_RV
hmac_new(struct operation *operation)
{
	const struct secret *value = &operation->key->value;

	operation->mac =
		hash_hmac_new(operation->hash, value->at, value->length);
	return operation->mac ? CKR_OK : crypto_refuse(CKR_HOST_MEMORY, "HMAC");
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	if (mechanism->ulParameterLen)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "HMAC");
	operation->number = operation->hash->length;
	return hmac_new(operation);
}

static CK_RV
begin_general(struct operation *operation, const CK_MECHANISM *mechanism)
{
	if (mechanism->ulParameterLen != sizeof(CK_ULONG))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "HMAC length");
	memcpy(&operation->number, mechanism->pParameter, sizeof(CK_ULONG));
	if (operation->number == 0 ||
		operation->number > operation->hash->length)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "HMAC length");
	return hmac_new(operation);
}

static CK_ULONG
bound(const struct operation *operation, CK_ULONG in_length)
{
	return operation->number;
}

static CK_RV
take(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	*out_length = 0;
	if (EVP_MAC_update(operation->mac, in, in_length) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "HMAC");
	return CKR_OK;
}

static CK_RV
finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	unsigned char whole[HASH_LENGTH_MAX];
	size_t length;

	if (EVP_MAC_final(operation->mac, whole, &length, sizeof(whole)) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "HMAC");
	memcpy(out, whole, operation->number);
	*out_length = operation->number;
	wipe(whole, sizeof(whole));
	return CKR_OK;
}

static CK_RV
check(struct operation *operation, const CK_BYTE *signature, CK_ULONG length)
{
	unsigned char right[HASH_LENGTH_MAX];
	CK_ULONG right_length;
	CK_RV rv;

	if (length != operation->number)
		return refuse(CKR_SIGNATURE_LEN_RANGE, "HMAC of %lu", length);
	rv = finish(operation, right, &right_length);
	if (rv == CKR_OK && CRYPTO_memcmp(right, signature, length) != 0)
		rv = refuse(CKR_SIGNATURE_INVALID, "another HMAC");
	wipe(right, sizeof(right));
	return rv;
}

const struct operation_kind hmac_kind = {
	.begin = begin,
	.bound = bound,
	.take = take,
	.finish = finish,
	.check = check,
};

const struct operation_kind hmac_general_kind = {
	.begin = begin_general,
	.bound = bound,
	.take = take,
	.finish = finish,
	.check = check,
};
