/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA: the library's signatures are DER, the standard's two numbers. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/evp.h>

enum {
	/* ECDSA takes a digest; a longer input would be cut by the standard. */
	INPUT_MAX = 1024,
	NUMBER_MAX = 66,
	/* SEQUENCE of two INTEGERs, each with a zero in front at most. */
	DER_MAX = 3 + 2 * (2 + 1 + NUMBER_MAX),
};

/* Takes an INTEGER that the library wrote, right-aligned into number; where it
 * ends, or NULL. */
static const unsigned char *
integer_take(const unsigned char *at, const unsigned char *end, CK_BYTE *number,
	size_t number_length)
{
	size_t length;

	if (end - at < 2 || at[0] != 0x02 || at[1] > end - at - 2)
		return NULL;
	length = at[1];
	at += 2;
	end = at + length;
	while (length > 0 && *at == 0) {
		at++;
		length--;
	}
	if (length > number_length)
		return NULL;
	memset(number, 0, number_length - length);
	memcpy(number + number_length - length, at, length);
	return end;
}

static bool
signature_from_der(
	const unsigned char *der, size_t length, CK_BYTE *out, size_t half)
{
	const unsigned char *at = der, *end = der + length;

	if (length < 3 || *at++ != 0x30)
		return false;
	at += *at & 0x80 ? 2 : 1;
	at = integer_take(at, end, out, half);
	return at && integer_take(at, end, out + half, half) == end;
}

static unsigned char *
integer_put(unsigned char *at, const CK_BYTE *number, size_t length)
{
	while (length > 1 && *number == 0) {
		number++;
		length--;
	}
	*at++ = 0x02;
	*at++ = (unsigned char)(length + (*number >> 7));
	if (*number & 0x80)
		*at++ = 0;
	memcpy(at, number, length);
	return at + length;
}

static size_t
signature_to_der(
	const CK_BYTE *signature, size_t half, unsigned char der[DER_MAX])
{
	unsigned char body[DER_MAX], *at = body;
	size_t length, header = 0;

	at = integer_put(at, signature, half);
	at = integer_put(at, signature + half, half);
	length = (size_t)(at - body);
	der[header++] = 0x30;
	if (length > 0x7f)
		der[header++] = 0x81;
	der[header++] = (unsigned char)length;
	memcpy(der + header, body, length);
	return header + length;
}

static CK_RV
begin(struct operation *operation, const CK_MECHANISM *mechanism)
{
	return mechanism->ulParameterLen ? CKR_MECHANISM_PARAM_INVALID : CKR_OK;
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
	EVP_PKEY_CTX *context = key_context_new(operation->key, CONTEXT_SIGN);
	size_t half = operation->key->curve->length;
	unsigned char der[DER_MAX + 8];
	size_t length = sizeof(der);
	CK_RV rv = CKR_OK;

	if (!context)
		rv = crypto_refuse(CKR_HOST_MEMORY, "ECDSA");
	else if (EVP_PKEY_sign(context, der, &length, in, in_length) != 1 ||
		!signature_from_der(der, length, out, half))
		rv = crypto_refuse(CKR_FUNCTION_FAILED, "ECDSA signature");
	else
		*out_length = 2 * half;
	EVP_PKEY_CTX_free(context);
	return rv;
}

static CK_RV
verify(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	const CK_BYTE *signature, CK_ULONG length)
{
	size_t half = operation->key->curve->length;
	unsigned char der[DER_MAX];
	EVP_PKEY_CTX *context;
	CK_RV rv = CKR_OK;

	if (length != 2 * half)
		return refuse(CKR_SIGNATURE_LEN_RANGE,
			"ECDSA signature of %lu bytes", length);
	context = key_context_new(operation->key, CONTEXT_VERIFY);
	if (!context)
		rv = crypto_refuse(CKR_HOST_MEMORY, "ECDSA");
	else if (EVP_PKEY_verify(context, der,
			 signature_to_der(signature, half, der), in,
			 in_length) != 1)
		rv = crypto_refuse(CKR_SIGNATURE_INVALID, "ECDSA signature");
	EVP_PKEY_CTX_free(context);
	return rv;
}

const struct operation_kind ecdsa_kind = {
	.begin = begin,
	.bound = bound,
	.run = run,
	.verify = verify,
	.cap = INPUT_MAX,
	.hashes_input = true,
};
