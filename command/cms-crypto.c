/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mail needs beside the private key. Uses OpenSSL: nothing here ever
 * sees a private key, only hashes, contents and the keys of single mails. */

#include "config.h"

#include "command/cms-crypto.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/x509.h>
#include <string.h>

size_t
cms_digest(const char *name, const void *from, size_t length,
	unsigned char digest[DIGEST_LONGEST])
{
	size_t used = 0;

	if (!EVP_Q_digest(NULL, name, NULL, from, length, digest, &used))
		return 0;
	return used;
}

/* clang-format off */
static const struct content_cipher ciphers[] = {
	{ "2.16.840.1.101.3.4.1.2", "AES-128-CBC", 16, false },
	{ "2.16.840.1.101.3.4.1.22", "AES-192-CBC", 24, false },
	{ "2.16.840.1.101.3.4.1.42", "AES-256-CBC", 32, false },
	{ "2.16.840.1.101.3.4.1.6", "AES-128-GCM", 16, true },
	{ "2.16.840.1.101.3.4.1.26", "AES-192-GCM", 24, true },
	{ "2.16.840.1.101.3.4.1.46", "AES-256-GCM", 32, true },
	{ "1.2.840.113549.3.7", "DES-EDE3-CBC", 24, false },
};
/* clang-format on */

const struct content_cipher *
content_cipher_find(const char *oid)
{
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(ciphers[i].oid, oid) == 0)
			return &ciphers[i];
	return NULL;
}

static bool
begin_open(EVP_CIPHER_CTX *context, const EVP_CIPHER *method,
	const struct content_cipher *cipher, const struct secret *key,
	struct ber nonce, struct ber tag)
{
	OSSL_PARAM parameters[3] = { OSSL_PARAM_construct_end() };
	size_t nonce_length = nonce.length;

	if (!cipher->is_gcm)
		return nonce.length ==
			(size_t)EVP_CIPHER_get_iv_length(method) &&
			EVP_DecryptInit_ex2(
				context, method, key->at, nonce.at, NULL);
	/* A short tag is easily forged. [RFC5084 3.2] */
	if (tag.length < 12 || tag.length > 16 || nonce.length < 1 ||
		nonce.length > 64)
		return false;
	parameters[0] = OSSL_PARAM_construct_size_t(
		OSSL_CIPHER_PARAM_AEAD_IVLEN, &nonce_length);
	parameters[1] = OSSL_PARAM_construct_end();
	return EVP_DecryptInit_ex2(context, method, NULL, NULL, parameters) &&
		EVP_DecryptInit_ex2(context, NULL, key->at, nonce.at, NULL) &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
			(int)tag.length, (void *)(uintptr_t)tag.at);
}

static bool
finish_open(EVP_CIPHER_CTX *context, struct ber header, struct ber sealed,
	struct secret *content)
{
	int count, used = 0;

	if (header.length &&
		!EVP_DecryptUpdate(
			context, NULL, &count, header.at, (int)header.length))
		return false;
	if (sealed.length &&
		!EVP_DecryptUpdate(context, content->at, &used, sealed.at,
			(int)sealed.length))
		return false;
	if (!EVP_DecryptFinal_ex(context, content->at + used, &count))
		return false;
	secret_shorten(content, (size_t)used + (size_t)count);
	return true;
}

bool
cms_open(const struct content_cipher *cipher, const struct secret *key,
	struct ber nonce, struct ber header, struct ber sealed, struct ber tag,
	struct secret *content)
{
	EVP_CIPHER *method = EVP_CIPHER_fetch(NULL, cipher->name, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool fine;

	fine = method && context && key->length == cipher->key_length &&
		sealed.length < INT_MAX - EVP_MAX_BLOCK_LENGTH &&
		header.length < INT_MAX &&
		begin_open(context, method, cipher, key, nonce, tag) &&
		secret_init(content, sealed.length + EVP_MAX_BLOCK_LENGTH) &&
		finish_open(context, header, sealed, content);
	if (!fine)
		secret_clear(content);
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(method);
	return fine;
}

bool
cms_unwrap(const char *cipher, const struct secret *wrapping,
	struct ber wrapped, struct secret *key)
{
	EVP_CIPHER *method = EVP_CIPHER_fetch(NULL, cipher, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int used = 0, rest = 0;
	bool fine;

	if (context)
		EVP_CIPHER_CTX_set_flags(
			context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	fine = method && context && wrapped.length >= 24 &&
		wrapped.length <= 72 && secret_init(key, wrapped.length) &&
		EVP_DecryptInit_ex2(
			context, method, wrapping->at, NULL, NULL) &&
		EVP_DecryptUpdate(context, key->at, &used, wrapped.at,
			(int)wrapped.length) &&
		EVP_DecryptFinal_ex(context, key->at + used, &rest);
	if (fine)
		secret_shorten(key, (size_t)used + (size_t)rest);
	else
		secret_clear(key);
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(method);
	return fine;
}

bool
cms_derive(const char *digest, bool is_hkdf, const struct secret *shared,
	struct ber salt, const struct bytes *information, struct secret *key)
{
	EVP_KDF *method =
		EVP_KDF_fetch(NULL, is_hkdf ? "HKDF" : "X963KDF", NULL);
	EVP_KDF_CTX *context = method ? EVP_KDF_CTX_new(method) : NULL;
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_KEY, shared->at, shared->length),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
			information->at, information->length),
		OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	bool fine;

	if (is_hkdf && salt.length)
		parameters[3] =
			OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
				(void *)(uintptr_t)salt.at, salt.length);
	fine = context &&
		EVP_KDF_derive(context, key->at, key->length, parameters) == 1;

	EVP_KDF_CTX_free(context);
	EVP_KDF_free(method);
	return fine;
}

bool
cms_verify(const struct bytes *content, const struct bytes *signature)
{
	const unsigned char *at = signature->at;
	CMS_ContentInfo *parsed =
		d2i_CMS_ContentInfo(NULL, &at, (long)signature->length);
	BIO *from = BIO_new_mem_buf(content->at, (int)content->length);
	bool fine = parsed && from &&
		CMS_verify(parsed, NULL, NULL, from, NULL,
			CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1;

	BIO_free(from);
	CMS_ContentInfo_free(parsed);
	return fine;
}

bool
cms_verify_bare(const struct bytes *certificate, const struct bytes *message,
	const struct bytes *signature)
{
	const unsigned char *at = certificate->at;
	X509 *parsed = d2i_X509(NULL, &at, (long)certificate->length);
	EVP_PKEY *key = parsed ? X509_get0_pubkey(parsed) : NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool fine = key && context &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestVerify(context, signature->at, signature->length,
			message->at, message->length) == 1;

	EVP_MD_CTX_free(context);
	X509_free(parsed);
	return fine;
}
