/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA signatures by PSS. */

#include "config.h"

#include "token/rsa.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

bool
rsa_pss_set(const struct operation *operation, struct evp_pkey_ctx_st *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) ==
		1 &&
		EVP_PKEY_CTX_set_signature_md(
			context, hash_function(operation->hash)) == 1 &&
		EVP_PKEY_CTX_set_rsa_mgf1_md(
			context, hash_function(operation->mgf)) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(
			context, (int)operation->number) == 1;
}

static CK_RV
pss_begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	const CK_RSA_PKCS_PSS_PARAMS *given = mechanism->pParameter;
	CK_ULONG room;

	if (mechanism->ulParameterLen != sizeof(*given))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "PSS parameter");
	operation->mgf = hash_find_mgf(given->mgf);
	if (operation->hash ? given->hashAlg != operation->hash->mechanism
			    : !(operation->hash = hash_find(given->hashAlg)))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "hash of PSS");
	/* The encoded message has a bit less than the modulus, two fixed
	 * bytes, and the hash beside the salt [RFC 8017 9.1.1]. */
	room = (operation->key->size - 1 + 7) / 8 - 2 - operation->hash->length;
	if (!operation->mgf || given->sLen > room)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "MGF or salt");
	operation->number = given->sLen;
	return CKR_OK;
}

static CK_RV
pss_run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	if (in_length != operation->hash->length)
		return refuse(CKR_DATA_LEN_RANGE, "digest of %lu", in_length);
	return rsa_sign(
		operation, CONTEXT_SIGN, in, in_length, out, out_length);
}

static CK_RV
pss_verify(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	const CK_BYTE *signature, CK_ULONG length)
{
	if (in_length != operation->hash->length)
		return refuse(CKR_DATA_LEN_RANGE, "digest of %lu", in_length);
	return rsa_verify(
		operation, CONTEXT_VERIFY, in, in_length, signature, length);
}

const struct operation_kind rsa_pss_kind = {
	.begin = pss_begin,
	.bound = rsa_bound,
	.run = pss_run,
	.verify = pss_verify,
	.cap = HASH_LENGTH_MAX,
	.hashes_input = true,
};
