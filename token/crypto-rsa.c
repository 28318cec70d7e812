/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA: signatures and encryption by PKCS #1 v1.5 and without any padding. */

#include "config.h"

#include "token/kind.h"
#include "token/rsa.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

enum { PADDING_MIN = 11 };

bool
rsa_context_set(
	const struct operation *operation, struct evp_pkey_ctx_st *context)
{
	if (operation->kind == &rsa_pss_kind)
		return rsa_pss_set(operation, context);
	if (operation->kind == &rsa_oaep_kind)
		return rsa_oaep_set(operation, context);
	return true;
}

/* A salted padding is checked by the library; one that follows from the input
 * by arithmetic alone. */
static bool
signature_is_right(struct operation *operation, enum key_context sign,
	const CK_BYTE *in, CK_ULONG in_length, const CK_BYTE *signature,
	size_t length)
{
	EVP_PKEY_CTX *context;
	bool is_right;

	if (sign == CONTEXT_SIGN_RAW)
		return length == in_length &&
			rsa_result_is_right(
				operation->key, signature, in, length);
	context = key_context_new(operation->key, CONTEXT_VERIFY);
	is_right = context && rsa_context_set(operation, context) &&
		EVP_PKEY_verify(context, signature, length, in, in_length) == 1;
	EVP_PKEY_CTX_free(context);
	return is_right;
}

CK_RV
rsa_sign(struct operation *operation, enum key_context sign, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	EVP_PKEY_CTX *context = key_context_new(operation->key, sign);
	size_t length = *out_length;
	CK_RV rv = CKR_OK;

	if (!context || !rsa_context_set(operation, context))
		rv = crypto_refuse(CKR_HOST_MEMORY, "RSA");
	else if (EVP_PKEY_sign(context, out, &length, in, in_length) != 1)
		rv = crypto_refuse(sign == CONTEXT_SIGN_RAW
				? CKR_DATA_INVALID /* beyond the modulus */
				: CKR_FUNCTION_FAILED,
			"RSA signature");
	/* One wrong bit in the computation modulo one prime would tell the
	 * other prime to everyone who sees the result. The library checks its
	 * own CRT step, but not what it does when that fails, nor what comes
	 * after; this checks what is given away. */
	else if (!signature_is_right(
			 operation, sign, in, in_length, out, length)) {
		wipe(out, length);
		rv = crypto_refuse(CKR_DEVICE_ERROR, "a faulty RSA signature");
	}
	EVP_PKEY_CTX_free(context);
	if (rv == CKR_OK)
		*out_length = length;
	return rv;
}

CK_RV
rsa_verify(struct operation *operation, enum key_context which,
	const CK_BYTE *in, CK_ULONG in_length, const CK_BYTE *signature,
	CK_ULONG length)
{
	EVP_PKEY_CTX *context;
	CK_RV rv = CKR_OK;

	if (length != key_modulus_length(operation->key))
		return refuse(CKR_SIGNATURE_LEN_RANGE, "RSA signature of %lu",
			length);
	context = key_context_new(operation->key, which);
	if (!context || !rsa_context_set(operation, context))
		rv = crypto_refuse(CKR_HOST_MEMORY, "RSA");
	else if (EVP_PKEY_verify(context, signature, length, in, in_length) !=
		1)
		rv = crypto_refuse(CKR_SIGNATURE_INVALID, "RSA signature");
	EVP_PKEY_CTX_free(context);
	return rv;
}

CK_RV
rsa_decrypt_raw(
	struct key *key, const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out)
{
	unsigned char again[RSA_LENGTH_MAX];
	EVP_PKEY_CTX *context, *checking;
	size_t length = key_modulus_length(key), again_length = sizeof(again);
	CK_RV rv = CKR_OK;

	if (in_length != length)
		return refuse(CKR_ENCRYPTED_DATA_LEN_RANGE,
			"%lu bytes for RSA of %zu", in_length, length);
	context = key_context_new(key, CONTEXT_DECRYPT_RAW);
	checking = key_context_new(key, CONTEXT_ENCRYPT_RAW);
	if (!context || !checking)
		rv = crypto_refuse(CKR_HOST_MEMORY, "RSA");
	else if (EVP_PKEY_decrypt(context, out, &length, in, in_length) != 1 ||
		length != in_length)
		rv = crypto_refuse(CKR_ENCRYPTED_DATA_INVALID, "RSA");
	else if (EVP_PKEY_encrypt(
			 checking, again, &again_length, out, length) != 1 ||
		again_length != length ||
		CRYPTO_memcmp(again, in, length) != 0) {
		wipe(out, length);
		rv = crypto_refuse(CKR_DEVICE_ERROR, "a faulty RSA result");
	}
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_CTX_free(checking);
	return rv;
}

/* Encrypts or, with the same arithmetic, recovers what was signed. */
CK_RV
rsa_encrypt(struct operation *operation, enum key_context which,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length)
{
	EVP_PKEY_CTX *context = key_context_new(operation->key, which);
	size_t length = *out_length;
	CK_RV rv = CKR_OK;

	if (!context || !rsa_context_set(operation, context))
		rv = crypto_refuse(CKR_HOST_MEMORY, "RSA");
	else if (EVP_PKEY_encrypt(context, out, &length, in, in_length) != 1)
		rv = crypto_refuse(CKR_DATA_INVALID, "RSA");
	else
		*out_length = length;
	EVP_PKEY_CTX_free(context);
	return rv;
}

CK_ULONG
rsa_bound(const struct operation *operation, CK_ULONG in_length)
{
	return key_modulus_length(operation->key);
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	return mechanism->ulParameterLen ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
}

/* PKCS #1 v1.5 */

static CK_ULONG
pkcs1_bound(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG length = key_modulus_length(operation->key);

	return operation->use & (CKF_DECRYPT | CKF_VERIFY_RECOVER)
		? length - PADDING_MIN
		: length;
}

/* Input as long as the modulus: padded, or with zeros in front. */
struct block {
	unsigned char at[RSA_LENGTH_MAX];
	CK_ULONG length;
};

/* Encodes for a signature [RFC 8017 9.2]; a digest goes into its DigestInfo,
 * other input is signed as it is. */
static CK_RV
pkcs1_encode(const struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, struct block *block)
{
	const struct hash *hash = operation->hash;
	CK_ULONG info_length = hash ? hash->info_length : 0;
	CK_ULONG at;

	block->length = key_modulus_length(operation->key);
	if (in_length + info_length > block->length - PADDING_MIN)
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes for RSA", in_length);
	at = block->length - in_length;
	memcpy(block->at + at, in, in_length);
	at -= info_length;
	if (hash)
		memcpy(block->at + at, hash->info, info_length);
	memset(block->at, 0xff, at);
	block->at[0] = 0x00;
	block->at[1] = 0x01;
	block->at[at - 1] = 0x00;
	return CKR_OK;
}

static CK_RV
pkcs1_encrypt(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	if (in_length > key_modulus_length(operation->key) - PADDING_MIN)
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes for RSA", in_length);
	return rsa_encrypt(
		operation, CONTEXT_ENCRYPT, in, in_length, out, out_length);
}

static CK_RV
pkcs1_run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	struct block block;
	CK_RV rv;

	if (operation->use == CKF_DECRYPT)
		return rsa_pkcs1_decrypt(operation->key, &operation->legal, in,
			in_length, out, out_length);
	if (operation->use == CKF_VERIFY_RECOVER)
		return rsa_pkcs1_recover(
			operation->key, in, in_length, out, out_length);
	if (operation->use == CKF_ENCRYPT)
		return pkcs1_encrypt(operation, in, in_length, out, out_length);
	rv = pkcs1_encode(operation, in, in_length, &block);
	if (rv != CKR_OK)
		return rv;
	return rsa_sign(operation, CONTEXT_SIGN_RAW, block.at, block.length,
		out, out_length);
}

/* What should have been signed is made and compared whole, not parsed. */
static CK_RV
pkcs1_verify(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	const CK_BYTE *signature, CK_ULONG length)
{
	struct block block;
	CK_RV rv = pkcs1_encode(operation, in, in_length, &block);

	if (rv != CKR_OK)
		return rv;
	return rsa_verify(operation, CONTEXT_VERIFY_RAW, block.at, block.length,
		signature, length);
}

const struct operation_kind rsa_pkcs1_kind = {
	.begin = begin,
	.bound = pkcs1_bound,
	.run = pkcs1_run,
	.verify = pkcs1_verify,
	.cap = RSA_LENGTH_MAX,
	.hashes_input = true,
};

/* Without padding: the input is a number, shorter ones get zeros in front. */

static CK_RV
raw_fill(const struct key *key, const CK_BYTE *in, CK_ULONG in_length,
	struct block *block)
{
	CK_ULONG missing;

	block->length = key_modulus_length(key);
	if (in_length > block->length)
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes for RSA", in_length);
	missing = block->length - in_length;
	memset(block->at, 0, missing);
	memcpy(block->at + missing, in, in_length);
	return CKR_OK;
}

static CK_RV
raw_run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	struct block block;
	CK_RV rv;

	if (operation->use == CKF_DECRYPT) {
		rv = rsa_decrypt_raw(operation->key, in, in_length, out);
		*out_length = in_length;
		return rv;
	}
	rv = raw_fill(operation->key, in, in_length, &block);
	if (rv == CKR_OK && operation->use & (CKF_SIGN | CKF_SIGN_RECOVER))
		rv = rsa_sign(operation, CONTEXT_SIGN_RAW, block.at,
			block.length, out, out_length);
	else if (rv == CKR_OK)
		rv = rsa_encrypt(operation, CONTEXT_ENCRYPT_RAW, block.at,
			block.length, out, out_length);
	wipe(&block, sizeof(block));
	return rv;
}

static CK_RV
raw_verify(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	const CK_BYTE *signature, CK_ULONG length)
{
	struct block block;
	CK_RV rv = raw_fill(operation->key, in, in_length, &block);

	if (rv != CKR_OK)
		return rv;
	return rsa_verify(operation, CONTEXT_VERIFY_RAW, block.at, block.length,
		signature, length);
}

const struct operation_kind rsa_raw_kind = {
	.begin = begin,
	.bound = rsa_bound,
	.run = raw_run,
	.verify = raw_verify,
	.cap = RSA_LENGTH_MAX,
};
