/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests, and keys from passphrases. */

#include "config.h"

#include "import/p12-crypto.h"

#include "import/p12-library.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <string.h>

OSSL_LIB_CTX *
library(void)
{
	static OSSL_LIB_CTX *context;

	if (context)
		return context;
	context = OSSL_LIB_CTX_new();
	if (context && !OSSL_PROVIDER_load(context, "default")) {
		OSSL_LIB_CTX_free(context);
		context = NULL;
	}
	return context;
}

bool
crypto_digest(const char *digest, struct ber data,
	unsigned char result[DIGEST_MAX], size_t *length)
{
	return EVP_Q_digest(library(), digest, NULL, data.at, data.length,
		       result, length) == 1;
}

bool
crypto_hmac(const char *digest, struct ber key, struct ber data,
	unsigned char result[DIGEST_MAX], size_t *length)
{
	return EVP_Q_mac(library(), "HMAC", NULL, digest, NULL, key.at,
		       key.length, data.at, data.length, result, DIGEST_MAX,
		       length) != NULL;
}

/* The library takes what it only reads as if it wrote to it. */
static OSSL_PARAM
octets_parameter(const char *name, struct ber octets)
{
	static unsigned char nothing;
	union {
		const unsigned char *borrowed;
		unsigned char *parameter;
	} at = { octets.at ? octets.at : &nothing };

	return OSSL_PARAM_construct_octet_string(
		name, at.parameter, octets.length);
}

static OSSL_PARAM
text_parameter(const char *name, const char *text)
{
	union {
		const char *borrowed;
		char *parameter;
	} at = { text };

	return OSSL_PARAM_construct_utf8_string(name, at.parameter, 0);
}

static bool
derive(const char *name, const OSSL_PARAM *parameters, struct secret *result)
{
	EVP_KDF *kdf = EVP_KDF_fetch(library(), name, NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	bool done;

	done = context &&
		EVP_KDF_derive(
			context, result->at, result->length, parameters) == 1;
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return done;
}

bool
crypto_derive_pkcs12(const char *digest, enum crypto_purpose purpose,
	struct ber passphrase, struct ber salt, uint64_t iterations,
	struct secret *result)
{
	int id = purpose;
	OSSL_PARAM parameters[] = {
		text_parameter(OSSL_KDF_PARAM_DIGEST, digest),
		octets_parameter(OSSL_KDF_PARAM_PASSWORD, passphrase),
		octets_parameter(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS12_ID, &id),
		OSSL_PARAM_construct_end(),
	};

	return derive("PKCS12KDF", parameters, result);
}

bool
crypto_derive_pbkdf2(const char *digest, struct ber passphrase, struct ber salt,
	uint64_t iterations, struct secret *result)
{
	int unchecked = 1; /* short salts are the writer's to answer for */
	OSSL_PARAM parameters[] = {
		text_parameter(OSSL_KDF_PARAM_DIGEST, digest),
		octets_parameter(OSSL_KDF_PARAM_PASSWORD, passphrase),
		octets_parameter(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &unchecked),
		OSSL_PARAM_construct_end(),
	};

	return derive("PBKDF2", parameters, result);
}

bool
crypto_derive_scrypt(struct ber passphrase, struct ber salt, uint64_t n,
	uint64_t r, uint64_t p, uint64_t memory, struct secret *result)
{
	OSSL_PARAM parameters[] = {
		octets_parameter(OSSL_KDF_PARAM_PASSWORD, passphrase),
		octets_parameter(OSSL_KDF_PARAM_SALT, salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(
			OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
		OSSL_PARAM_construct_end(),
	};

	return derive("SCRYPT", parameters, result);
}

/* A digest of a digest of ... of passphrase and salt. [RFC8018 5.1] */
bool
crypto_derive_pbkdf1(const char *digest, struct ber passphrase, struct ber salt,
	uint64_t iterations, struct secret *result)
{
	struct secret text = { 0 };
	unsigned char sum[DIGEST_MAX];
	struct ber from;
	size_t length = 0;
	bool done;

	if (!secret_init(&text, passphrase.length + salt.length))
		return false;
	if (passphrase.length)
		memcpy(text.at, passphrase.at, passphrase.length);
	if (salt.length)
		memcpy(text.at + passphrase.length, salt.at, salt.length);
	from = (struct ber){ text.at, text.length };
	for (done = true; done && iterations; iterations--) {
		done = crypto_digest(digest, from, sum, &length);
		from = (struct ber){ sum, length };
	}
	done = done && length >= result->length;
	if (done)
		memcpy(result->at, sum, result->length);
	wipe(sum, sizeof(sum));
	secret_clear(&text);
	return done;
}
