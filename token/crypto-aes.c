/* SPDX-License-Identifier: BSD-2-Clause */
/* AES in the modes that stream: ECB, CBC, CTR and GCM. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

enum {
	BLOCK = 16,
	IV_MAX = 256,
	TAG_MAX = 16,
	/* The library counts in int. */
	PIECE_MAX = 1 << 30,
	/* What GCM decrypts is kept until its tag is known to be right. */
	GCM_MAX = 64 << 20,
};

static bool
encrypts(const struct operation *operation)
{
	return operation->use == CKF_ENCRYPT;
}

/* Which of the two refusals is the right one for a length. */
static CK_RV
length_refuse(const struct operation *operation, CK_ULONG length)
{
	return refuse(encrypts(operation) ? CKR_DATA_LEN_RANGE
					  : CKR_ENCRYPTED_DATA_LEN_RANGE,
		"%lu bytes for AES", length);
}

/* Sets the cipher up with the key; mode is its name in the library's. */
static CK_RV
cipher_new(struct operation *operation, const char *mode, const CK_BYTE *iv,
	int iv_length, bool pads)
{
	const struct secret *key = &operation->key->value;
	EVP_CIPHER *cipher;
	char name[24];
	bool done;

	snprintf(name, sizeof(name), "AES-%zu-%s", key->length * 8, mode);
	cipher = EVP_CIPHER_fetch(crypto_library(), name, NULL);
	operation->cipher = EVP_CIPHER_CTX_new();
	done = cipher && operation->cipher &&
		EVP_CipherInit_ex2(operation->cipher, cipher, NULL, NULL,
			encrypts(operation), NULL) == 1 &&
		(iv_length == 0 ||
			EVP_CIPHER_CTX_get_iv_length(operation->cipher) ==
				iv_length ||
			EVP_CIPHER_CTX_ctrl(operation->cipher,
				EVP_CTRL_AEAD_SET_IVLEN, iv_length,
				NULL) == 1) &&
		EVP_CipherInit_ex2(operation->cipher, NULL, key->at, iv,
			encrypts(operation), NULL) == 1 &&
		EVP_CIPHER_CTX_set_padding(operation->cipher, pads) == 1;
	EVP_CIPHER_free(cipher);
	return done ? CKR_OK : crypto_refuse(CKR_HOST_MEMORY, name);
}

/* ECB and CBC, with and without padding */

static CK_RV
block_begin(
	struct operation *operation, const CK_MECHANISM *mechanism, bool pads)
{
	bool is_ecb = mechanism->mechanism == CKM_AES_ECB;

	if (mechanism->ulParameterLen != (is_ecb ? 0 : BLOCK))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "IV of AES");
	return is_ecb ? cipher_new(operation, "ECB", NULL, 0, pads)
		      : cipher_new(operation, "CBC", mechanism->pParameter,
				BLOCK, pads);
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	return block_begin(operation, mechanism, false);
}

static CK_RV
pad_begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	return block_begin(operation, mechanism, true);
}

static CK_ULONG
bound(const struct operation *operation, CK_ULONG in_length)
{
	return operation->total_in + in_length - operation->total_out;
}

static CK_ULONG
pad_bound(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG all = operation->total_in + in_length;

	if (encrypts(operation))
		all = (all / BLOCK + 1) * BLOCK;
	return all - operation->total_out;
}

static CK_ULONG
bound_update(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG all = operation->total_in + in_length;

	return all / BLOCK * BLOCK - operation->total_out;
}

/* Decryption keeps the last block: it may hold the padding. */
static CK_ULONG
pad_bound_update(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG all = operation->total_in + in_length;

	if (!encrypts(operation) && all)
		all--;
	return all / BLOCK * BLOCK - operation->total_out;
}

static CK_RV
take(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG given = 0, part;
	int length;

	for (; in_length; in_length -= part, in += part) {
		part = in_length < PIECE_MAX ? in_length : PIECE_MAX;
		if (EVP_CipherUpdate(operation->cipher, out + given, &length,
			    in, (int)part) != 1)
			return crypto_refuse(CKR_DEVICE_ERROR, "AES");
		given += (CK_ULONG)length;
		operation->total_in += part;
		operation->total_out += (CK_ULONG)length;
	}
	*out_length = given;
	return CKR_OK;
}

static CK_RV
finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	if (operation->total_in % BLOCK)
		return length_refuse(operation, operation->total_in);
	*out_length = 0;
	return CKR_OK;
}

static CK_RV
pad_finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	unsigned char last[BLOCK];
	int length;

	if (!encrypts(operation) &&
		(operation->total_in % BLOCK || operation->total_in == 0))
		return length_refuse(operation, operation->total_in);
	if (EVP_CipherFinal_ex(operation->cipher, last, &length) != 1)
		return crypto_refuse(CKR_ENCRYPTED_DATA_INVALID, "padding");
	memcpy(out, last, (size_t)length);
	*out_length = (CK_ULONG)length;
	wipe(last, sizeof(last));
	return CKR_OK;
}

const struct operation_kind aes_kind = {
	.begin = begin,
	.bound = bound,
	.bound_update = bound_update,
	.take = take,
	.finish = finish,
};

const struct operation_kind aes_pad_kind = {
	.begin = pad_begin,
	.bound = pad_bound,
	.bound_update = pad_bound_update,
	.take = take,
	.finish = pad_finish,
};

/* CTR */

/* How many bytes until the counter's bits come round; 0: more than there are.
 */
static CK_ULONG
counter_limit(const CK_AES_CTR_PARAMS *given)
{
	CK_ULONG low = 0, i;

	if (given->ulCounterBits > 48)
		return 0;
	for (i = 10; i < BLOCK; i++)
		low = low << 8 | given->cb[i];
	low &= (1UL << given->ulCounterBits) - 1;
	return ((1UL << given->ulCounterBits) - low) * BLOCK;
}

static CK_RV
ctr_begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const CK_AES_CTR_PARAMS *given = mechanism->pParameter;

	if (mechanism->ulParameterLen != sizeof(*given) ||
		given->ulCounterBits == 0 || given->ulCounterBits > 128)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "counter of AES");
	operation->number = counter_limit(given);
	return cipher_new(operation, "CTR", given->cb, BLOCK, false);
}

static CK_ULONG
same_bound(const struct operation *operation, CK_ULONG in_length)
{
	return in_length;
}

static CK_RV
ctr_take(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	if (operation->number &&
		in_length > operation->number - operation->total_in)
		return length_refuse(operation, in_length);
	return take(operation, in, in_length, out, out_length);
}

static CK_RV
ctr_finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	*out_length = 0;
	return CKR_OK;
}

const struct operation_kind aes_ctr_kind = {
	.begin = ctr_begin,
	.bound = same_bound,
	.bound_update = same_bound,
	.take = ctr_take,
	.finish = ctr_finish,
};

/* GCM */

static const struct operation_kind gcm_decrypt_kind;

static CK_RV
gcm_begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const CK_GCM_PARAMS *given = mechanism->pParameter;
	int length;
	CK_RV rv;

	if (mechanism->ulParameterLen != sizeof(*given) || !given->pIv ||
		given->ulIvLen == 0 || given->ulIvLen > IV_MAX ||
		(given->ulAADLen && !given->pAAD) ||
		given->ulAADLen > PIECE_MAX || given->ulTagBits % 8 ||
		given->ulTagBits < 32 || given->ulTagBits > 8 * TAG_MAX)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "GCM parameter");
	operation->number = given->ulTagBits / 8;
	rv = cipher_new(
		operation, "GCM", given->pIv, (int)given->ulIvLen, false);
	if (rv != CKR_OK)
		return rv;
	if (given->ulAADLen &&
		EVP_CipherUpdate(operation->cipher, NULL, &length, given->pAAD,
			(int)given->ulAADLen) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "AAD of GCM");
	if (!encrypts(operation))
		operation->kind = &gcm_decrypt_kind;
	return CKR_OK;
}

static CK_ULONG
gcm_bound(const struct operation *operation, CK_ULONG in_length)
{
	return in_length + operation->number;
}

static CK_RV
gcm_finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	int length;

	if (EVP_CipherFinal_ex(operation->cipher, out, &length) != 1 ||
		EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_AEAD_GET_TAG,
			(int)operation->number, out) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "GCM");
	*out_length = operation->number;
	return CKR_OK;
}

const struct operation_kind aes_gcm_kind = {
	.begin = gcm_begin,
	.bound = gcm_bound,
	.bound_update = same_bound,
	.take = take,
	.finish = gcm_finish,
};

static CK_ULONG
gcm_decrypt_bound(const struct operation *operation, CK_ULONG in_length)
{
	CK_ULONG all = operation->gathered_length + in_length;

	return all > operation->number ? all - operation->number : 0;
}

static CK_RV
gcm_decrypt(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	unsigned char tag[TAG_MAX], none[BLOCK];
	CK_RV rv;
	int rest;

	if (in_length < operation->number)
		return length_refuse(operation, in_length);
	in_length -= operation->number;
	memcpy(tag, in + in_length, operation->number);
	rv = take(operation, in, in_length, out, out_length);
	if (rv != CKR_OK)
		return rv;
	if (EVP_CIPHER_CTX_ctrl(operation->cipher, EVP_CTRL_AEAD_SET_TAG,
		    (int)operation->number, tag) == 1 &&
		EVP_CipherFinal_ex(operation->cipher, none, &rest) == 1)
		return CKR_OK;
	wipe(out, in_length);
	return crypto_refuse(CKR_ENCRYPTED_DATA_INVALID, "tag of GCM");
}

static const struct operation_kind gcm_decrypt_kind = {
	.bound = gcm_decrypt_bound,
	.run = gcm_decrypt,
	.cap = GCM_MAX,
};
