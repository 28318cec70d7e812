/* SPDX-License-Identifier: BSD-2-Clause */
/* Decryption of what a passphrase protects. */

#include "config.h"

#include "import/p12-crypto.h"
#include "import/p12-library.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <limits.h>

static bool
fits(const EVP_CIPHER *cipher, struct ber key, struct ber iv, struct ber sealed)
{
	return cipher &&
		key.length == (size_t)EVP_CIPHER_get_key_length(cipher) &&
		iv.length == (size_t)EVP_CIPHER_get_iv_length(cipher) &&
		sealed.length <= INT_MAX - EVP_MAX_BLOCK_LENGTH;
}

/* Loads the provider of old ciphers only when a file asks for one, and only
 * once: it stays absent where it is absent. */
static EVP_CIPHER *
fetch_cipher(const char *name)
{
	static bool is_legacy_tried;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(library(), name, NULL);

	if (cipher || is_legacy_tried)
		return cipher;
	is_legacy_tried = true;
	OSSL_PROVIDER_try_load(library(), "legacy", 1);
	return EVP_CIPHER_fetch(library(), name, NULL);
}

bool
crypto_has_cipher(const char *name)
{
	EVP_CIPHER *cipher = fetch_cipher(name);

	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return cipher != NULL;
}

bool
crypto_decrypt(const char *name, struct ber key, struct ber iv,
	struct ber sealed, struct secret *plain)
{
	EVP_CIPHER *cipher = fetch_cipher(name);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0, rest = 0;
	bool done;

	done = context && fits(cipher, key, iv, sealed) &&
		secret_init(plain, sealed.length + EVP_MAX_BLOCK_LENGTH) &&
		EVP_DecryptInit_ex2(context, cipher, key.at, iv.at, NULL) ==
			1 &&
		EVP_DecryptUpdate(context, plain->at, &length, sealed.at,
			(int)sealed.length) == 1 &&
		EVP_DecryptFinal_ex(context, plain->at + length, &rest) == 1;
	if (done)
		secret_shorten(plain, (size_t)(length + rest));
	else
		secret_clear(plain);
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return done;
}
