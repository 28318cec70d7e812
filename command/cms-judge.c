/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a signature is good: OpenSSL says it, in this process. No private key
 * gets here. */

#include "config.h"

#include "command/cms-judge.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* To be freed; NULL: it cannot be read. */
static EVP_PKEY *
read_key(const struct judge *judge)
{
	const unsigned char *at = judge->der.at;
	long length = (long)judge->der.length;
	X509 *certificate;
	EVP_PKEY *key;

	if (!judge->is_certificate)
		return d2i_PUBKEY(NULL, &at, length);
	certificate = d2i_X509(NULL, &at, length);
	key = certificate ? X509_get_pubkey(certificate) : NULL;
	X509_free(certificate);
	return key;
}

enum verdict
judge_signature(const struct judge *judge, const char *hash,
	const struct bytes *message, const struct bytes *signature)
{
	EVP_PKEY *key = read_key(judge);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	enum verdict verdict = VERDICT_NONE;

	if (key && context &&
		EVP_DigestVerifyInit_ex(
			context, NULL, hash, NULL, NULL, key, NULL) == 1)
		verdict = EVP_DigestVerify(context, signature->at,
				  signature->length, message->at,
				  message->length) == 1
			? VERDICT_GOOD
			: VERDICT_BAD;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return verdict;
}
