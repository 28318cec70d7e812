/* SPDX-License-Identifier: BSD-2-Clause */
/* AES key wrap: RFC 3394, RFC 5649, and RFC 3394 over PKCS #7 padding. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

enum {
	BLOCK = 8,
	/* Keys, also private ones as PKCS #8, and content keys. */
	INPUT_MAX = 65536,
};

/* How each mechanism makes its input a multiple of a block. */
enum padding { PADDING_NONE, PADDING_RFC5649, PADDING_PKCS7 };

static const struct wrap {
	CK_MECHANISM_TYPE mechanism;
	enum padding padding;
	const char *mode; /* the library's */
	CK_ULONG iv_length;
} wraps[] = {
	{ CKM_AES_KEY_WRAP, PADDING_NONE, "WRAP", 8 },
	{ CKM_NSS_AES_KEY_WRAP, PADDING_NONE, "WRAP", 8 },
	{ CKM_AES_KEY_WRAP_KWP, PADDING_RFC5649, "WRAP-PAD", 4 },
	{ CKM_AES_KEY_WRAP_PAD, PADDING_PKCS7, "WRAP", 8 },
	{ CKM_NSS_AES_KEY_WRAP_PAD, PADDING_PKCS7, "WRAP", 8 },
};

static const struct wrap *
wrap_of(const struct operation *operation)
{
	const struct wrap *wrap = wraps;

	while (wrap->mechanism != operation->mechanism->type)
		wrap++;
	return wrap;
}

static bool
cipher_new(
	struct operation *operation, const struct wrap *wrap, const CK_BYTE *iv)
{
	const struct secret *key = &operation->key->value;
	EVP_CIPHER *cipher;
	char name[24];
	bool done;

	snprintf(name, sizeof(name), "AES-%zu-%s", key->length * 8, wrap->mode);
	cipher = EVP_CIPHER_fetch(crypto_library(), name, NULL);
	operation->cipher = EVP_CIPHER_CTX_new();
	if (operation->cipher)
		EVP_CIPHER_CTX_set_flags(
			operation->cipher, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	done = cipher && operation->cipher &&
		EVP_CipherInit_ex2(operation->cipher, cipher, key->at, iv,
			operation->use == CKF_ENCRYPT, NULL) == 1;
	EVP_CIPHER_free(cipher);
	return done;
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const struct wrap *wrap = wrap_of(operation);

	if (mechanism->ulParameterLen &&
		mechanism->ulParameterLen != wrap->iv_length)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "IV of key wrap");
	if (!cipher_new(operation, wrap,
		    mechanism->ulParameterLen ? mechanism->pParameter : NULL))
		return crypto_refuse(CKR_HOST_MEMORY, "key wrap");
	return CKR_OK;
}

static CK_ULONG
bound(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG all = operation->gathered_length + in_length;

	if (operation->use == CKF_DECRYPT)
		return all > BLOCK ? all - BLOCK : 0;
	if (wrap_of(operation)->padding == PADDING_PKCS7)
		return (all / BLOCK + 2) * BLOCK;
	return (all + BLOCK - 1) / BLOCK * BLOCK + BLOCK;
}

static CK_RV
crypt_whole(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	int length = 0, rest = 0;

	if (EVP_CipherUpdate(
		    operation->cipher, out, &length, in, (int)in_length) != 1 ||
		length <= 0 ||
		EVP_CipherFinal_ex(operation->cipher, out + length, &rest) != 1)
		return crypto_refuse(CKR_ENCRYPTED_DATA_INVALID, "key wrap");
	*out_length = (CK_ULONG)(length + rest);
	return CKR_OK;
}

static CK_RV
encrypt(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	enum padding padding = wrap_of(operation)->padding;
	CK_ULONG more = BLOCK - in_length % BLOCK;
	struct secret padded = { 0 };
	CK_RV rv;

	if (in_length == 0 ||
		(padding == PADDING_NONE &&
			(in_length % BLOCK || in_length < 2 * BLOCK)))
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes to wrap", in_length);
	if (padding != PADDING_PKCS7)
		return crypt_whole(operation, in, in_length, out, out_length);
	/* RFC 3394 begins at two blocks: a shorter input gets none more. */
	if (in_length + more < 2 * BLOCK)
		return refuse(
			CKR_DATA_LEN_RANGE, "%lu bytes to wrap", in_length);
	if (!secret_init(&padded, in_length + more))
		return CKR_HOST_MEMORY;
	memcpy(padded.at, in, in_length);
	memset(padded.at + in_length, (int)more, more);
	rv = crypt_whole(operation, padded.at, padded.length, out, out_length);
	secret_clear(&padded);
	return rv;
}

/* The integrity check came first, so that the padding tells nobody anything. */
static CK_RV
pkcs7_open(const CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG length = *out_length, i;
	CK_BYTE more = out[length - 1];

	if (more == 0 || more > BLOCK)
		return refuse(CKR_ENCRYPTED_DATA_INVALID, "padding");
	for (i = 1; i <= more; i++)
		if (out[length - i] != more)
			return refuse(CKR_ENCRYPTED_DATA_INVALID, "padding");
	*out_length = length - more;
	return CKR_OK;
}

/* When its check fails, the library wipes as much as went in: a block more than
 * comes out, and than the caller has room for. */
static CK_RV
decrypt_aside(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	struct secret plain = { 0 };
	CK_RV rv;

	if (!secret_init(&plain, in_length))
		return CKR_HOST_MEMORY;
	rv = crypt_whole(operation, in, in_length, plain.at, out_length);
	if (rv == CKR_OK)
		memcpy(out, plain.at, *out_length);
	secret_clear(&plain);
	return rv;
}

static CK_RV
decrypt(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	enum padding padding = wrap_of(operation)->padding;
	CK_ULONG least = padding == PADDING_RFC5649 ? 2 * BLOCK : 3 * BLOCK;
	CK_RV rv;

	if (in_length % BLOCK || in_length < least)
		return refuse(CKR_ENCRYPTED_DATA_LEN_RANGE,
			"%lu bytes to unwrap", in_length);
	if (padding == PADDING_RFC5649)
		return decrypt_aside(operation, in, in_length, out, out_length);
	rv = crypt_whole(operation, in, in_length, out, out_length);
	if (rv == CKR_OK && padding == PADDING_PKCS7)
		rv = pkcs7_open(out, out_length);
	return rv;
}

static CK_RV
run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	return operation->use == CKF_ENCRYPT
		? encrypt(operation, in, in_length, out, out_length)
		: decrypt(operation, in, in_length, out, out_length);
}

const struct operation_kind aes_wrap_kind = {
	.begin = begin,
	.bound = bound,
	.run = run,
	.cap = INPUT_MAX,
};
