/* SPDX-License-Identifier: BSD-2-Clause */
/* What the store needs of the crypto library: sealing, digests, signatures. */

#include "config.h"

#include "token/crypto-seal.h"

#include "pkcs11/log.h"
#include "token/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Fetched once and never freed: the process ends with it. */
static struct {
	EVP_MD *sha256;
	EVP_MAC_CTX *hmac; /* with a key of nobody's: copies get theirs */
	EVP_KDF *hkdf, *scrypt;
	EVP_CIPHER *gcm;
} fetched;

/* The name of the digest is looked up here, once; that costs more than HMAC of
 * a line. */
static EVP_MAC_CTX *
fetch_hmac(OSSL_LIB_CTX *library)
{
	static const unsigned char none[DIGEST_SIZE];
	static char name[] = "SHA256";
	const OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(library, "HMAC", NULL);
	EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (context &&
		EVP_MAC_init(context, none, sizeof(none), parameters) == 1)
		return context;
	EVP_MAC_CTX_free(context);
	return NULL;
}

static void
fetch(void)
{
	OSSL_LIB_CTX *library = crypto_library();

	fetched.sha256 = EVP_MD_fetch(library, "SHA256", NULL);
	fetched.hmac = fetch_hmac(library);
	fetched.hkdf = EVP_KDF_fetch(library, "HKDF", NULL);
	fetched.scrypt = EVP_KDF_fetch(library, "SCRYPT", NULL);
	fetched.gcm = EVP_CIPHER_fetch(library, "AES-256-GCM", NULL);
}

/* A part that could not be fetched is NULL, and fails where it is used. */
static OSSL_LIB_CTX *
library_context(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch);
	return crypto_library();
}

static bool
fail(const char *what)
{
	note("the crypto library failed at %s", what);
	ERR_clear_error();
	return false;
}

bool
seal_random(void *at, size_t length)
{
	if (RAND_priv_bytes_ex(library_context(), at, length, 0) != 1)
		return fail("random bytes");
	return true;
}

/* The frame of a span: its length, little-endian on every machine. */
static void
put_length(unsigned char frame[8], size_t length)
{
	uint64_t left = length;
	int i;

	for (i = 0; i < 8; i++, left >>= 8)
		frame[i] = left & 0xff;
}

static bool
digest_spans(EVP_MD_CTX *context, const struct span *spans, size_t count,
	unsigned char digest[DIGEST_SIZE])
{
	unsigned char frame[8];
	size_t i;

	if (!fetched.sha256 ||
		EVP_DigestInit_ex2(context, fetched.sha256, NULL) != 1)
		return false;
	for (i = 0; i < count; i++) {
		put_length(frame, spans[i].length);
		if (EVP_DigestUpdate(context, frame, sizeof(frame)) != 1 ||
			EVP_DigestUpdate(
				context, spans[i].at, spans[i].length) != 1)
			return false;
	}
	return EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

bool
seal_digest(const struct span *spans, size_t count,
	unsigned char digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context;
	bool right;

	library_context();
	context = EVP_MD_CTX_new();
	right = context && digest_spans(context, spans, count, digest);
	EVP_MD_CTX_free(context);
	return right || fail("a digest");
}

static bool
mac_spans(EVP_MAC_CTX *context, const struct secret *key,
	const struct span *spans, size_t count,
	unsigned char digest[DIGEST_SIZE])
{
	unsigned char frame[8];
	size_t i, length;

	if (EVP_MAC_init(context, key->at, key->length, NULL) != 1)
		return false;
	for (i = 0; i < count; i++) {
		put_length(frame, spans[i].length);
		if (EVP_MAC_update(context, frame, sizeof(frame)) != 1 ||
			EVP_MAC_update(context, spans[i].at, spans[i].length) !=
				1)
			return false;
	}
	return EVP_MAC_final(context, digest, &length, DIGEST_SIZE) == 1;
}

bool
seal_keyed_digest(const struct secret *key, const struct span *spans,
	size_t count, unsigned char digest[DIGEST_SIZE])
{
	EVP_MAC_CTX *context;
	bool right;

	library_context();
	context = fetched.hmac ? EVP_MAC_CTX_dup(fetched.hmac) : NULL;
	right = context && mac_spans(context, key, spans, count, digest);
	EVP_MAC_CTX_free(context);
	return right || fail("a keyed digest");
}

static bool
derive(EVP_KDF *kdf, const OSSL_PARAM *parameters, struct secret *key)
{
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	struct secret made = { 0 };
	bool right;

	right = context && secret_init(&made, SEAL_KEY_SIZE) &&
		EVP_KDF_derive(context, made.at, made.length, parameters) == 1;
	EVP_KDF_CTX_free(context);
	if (!right) {
		secret_clear(&made);
		return fail("the derivation of a key");
	}
	*key = made;
	return true;
}

/* The library's parameters are not const, but it only reads these. */
static OSSL_PARAM
octets(const char *name, const void *at, size_t length)
{
	static unsigned char nothing;
	union {
		const void *given;
		void *taken;
	} pointer = { at ? at : &nothing };

	return OSSL_PARAM_construct_octet_string(name, pointer.taken, length);
}

bool
seal_subkey(
	const struct secret *key, const char *purpose, struct secret *subkey)
{
	static char name[] = "SHA256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_KDF_PARAM_DIGEST, name, 0),
		octets(OSSL_KDF_PARAM_KEY, key->at, key->length),
		octets(OSSL_KDF_PARAM_INFO, purpose, strlen(purpose)),
		OSSL_PARAM_construct_end(),
	};

	library_context();
	return derive(fetched.hkdf, parameters, subkey);
}

bool
seal_stretch(const struct stretch *stretch, const struct span *pin,
	const struct span *salt, struct secret *key)
{
	uint64_t cost = stretch->cost;
	uint32_t block = stretch->block, lanes = stretch->lanes;
	/* What scrypt takes, and as much again for its small parts. */
	uint64_t room = 256 * (cost + lanes) * block + (1 << 20);
	OSSL_PARAM parameters[] = {
		octets(OSSL_KDF_PARAM_PASSWORD, pin->at, pin->length),
		octets(OSSL_KDF_PARAM_SALT, salt->at, salt->length),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &block),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &lanes),
		OSSL_PARAM_construct_uint64(
			OSSL_KDF_PARAM_SCRYPT_MAXMEM, &room),
		OSSL_PARAM_construct_end(),
	};

	library_context();
	return derive(fetched.scrypt, parameters, key);
}

/* Binds the framed spans; either direction, since the context knows. */
static bool
bind_spans(EVP_CIPHER_CTX *context, const struct span *bound, size_t count)
{
	unsigned char frame[8];
	size_t i;
	int done;

	for (i = 0; i < count; i++) {
		put_length(frame, bound[i].length);
		if (EVP_CipherUpdate(context, NULL, &done, frame, 8) != 1 ||
			(bound[i].length &&
				EVP_CipherUpdate(context, NULL, &done,
					bound[i].at,
					(int)bound[i].length) != 1))
			return false;
	}
	return true;
}

static bool
start(EVP_CIPHER_CTX *context, const struct secret *key,
	const unsigned char *nonce, const struct span *bound, size_t count,
	int sealing)
{
	return context && fetched.gcm && key->length == SEAL_KEY_SIZE &&
		EVP_CipherInit_ex2(context, fetched.gcm, key->at, nonce,
			sealing, NULL) == 1 &&
		bind_spans(context, bound, count);
}

static bool
seal_with(EVP_CIPHER_CTX *context, const struct secret *key,
	const struct span *bound, size_t count, const void *plain,
	size_t length, unsigned char *sealed)
{
	unsigned char *inside = sealed + SEAL_NONCE;
	int done;

	return seal_random(sealed, SEAL_NONCE) &&
		start(context, key, sealed, bound, count, 1) &&
		(length == 0 ||
			EVP_EncryptUpdate(context, inside, &done, plain,
				(int)length) == 1) &&
		EVP_EncryptFinal_ex(context, inside + length, &done) == 1 &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16,
			inside + length) == 1;
}

/* The library counts in int. */
static const size_t longest = 1 << 30;

bool
seal_stream(const struct secret *key, const unsigned char nonce[SEAL_NONCE],
	unsigned char *stream, size_t length)
{
	EVP_CIPHER_CTX *context;
	int done = 0;
	bool right;

	library_context();
	context = EVP_CIPHER_CTX_new();
	memset(stream, 0, length);
	right = context && key->length == SEAL_KEY_SIZE && fetched.gcm &&
		EVP_EncryptInit_ex2(
			context, fetched.gcm, key->at, nonce, NULL) == 1 &&
		EVP_EncryptUpdate(
			context, stream, &done, stream, (int)length) == 1 &&
		(size_t)done == length;
	EVP_CIPHER_CTX_free(context);
	return right || fail("a stream");
}

bool
seal(const struct secret *key, const struct span *bound, size_t count,
	const void *plain, size_t length, struct bytes *sealed)
{
	EVP_CIPHER_CTX *context;
	struct bytes made = { 0 };
	bool right;

	library_context();
	context = EVP_CIPHER_CTX_new();
	right = length < longest && bytes_init(&made, length + SEAL_OVERHEAD) &&
		seal_with(context, key, bound, count, plain, length, made.at);
	EVP_CIPHER_CTX_free(context);
	if (!right) {
		bytes_clear(&made);
		return fail("sealing");
	}
	*sealed = made;
	return true;
}

static bool
unseal_with(EVP_CIPHER_CTX *context, const struct secret *key,
	const struct span *bound, size_t count, const unsigned char *sealed,
	struct secret *plain)
{
	const unsigned char *inside = sealed + SEAL_NONCE;
	unsigned char tag[16];
	int done;

	memcpy(tag, inside + plain->length, sizeof(tag));
	return start(context, key, sealed, bound, count, 0) &&
		EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(tag),
			tag) == 1 &&
		(plain->length == 0 ||
			EVP_DecryptUpdate(context, plain->at, &done, inside,
				(int)plain->length) == 1) &&
		EVP_DecryptFinal_ex(
			context, plain->at + plain->length, &done) == 1;
}

bool
unseal(const struct secret *key, const struct span *bound, size_t count,
	const void *sealed, size_t length, struct secret *plain)
{
	EVP_CIPHER_CTX *context;
	struct secret found = { 0 };
	bool right;

	if (length < SEAL_OVERHEAD || length > longest)
		return false;
	library_context();
	context = EVP_CIPHER_CTX_new();
	right = secret_init(&found, length - SEAL_OVERHEAD) &&
		unseal_with(context, key, bound, count, sealed, &found);
	EVP_CIPHER_CTX_free(context);
	if (!right) {
		secret_clear(&found);
		ERR_clear_error();
		return false;
	}
	*plain = found;
	return true;
}

struct signer {
	EVP_PKEY *key;
	unsigned char verifier[VERIFIER_SIZE];
};

struct signer *
signer_new(const struct secret *seed)
{
	struct signer *signer = calloc(1, sizeof(*signer));
	size_t length = VERIFIER_SIZE;

	if (!signer)
		return NULL;
	signer->key = EVP_PKEY_new_raw_private_key_ex(
		library_context(), "ED25519", NULL, seed->at, seed->length);
	if (!signer->key ||
		EVP_PKEY_get_raw_public_key(
			signer->key, signer->verifier, &length) != 1) {
		signer_free(signer);
		fail("a signing key");
		return NULL;
	}
	return signer;
}

void
signer_free(struct signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

void
signer_verifier(
	const struct signer *signer, unsigned char verifier[VERIFIER_SIZE])
{
	memcpy(verifier, signer->verifier, VERIFIER_SIZE);
}

bool
signer_sign(const struct signer *signer, const void *at, size_t length,
	unsigned char signature[SIGNATURE_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t room = SIGNATURE_SIZE;
	bool right;

	right = context &&
		EVP_DigestSignInit_ex(context, NULL, NULL, library_context(),
			NULL, signer->key, NULL) == 1 &&
		EVP_DigestSign(context, signature, &room, at, length) == 1;
	EVP_MD_CTX_free(context);
	return right || fail("a signature");
}

bool
signature_is_right(const unsigned char verifier[VERIFIER_SIZE], const void *at,
	size_t length, const unsigned char signature[SIGNATURE_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *key;
	bool right;

	key = EVP_PKEY_new_raw_public_key_ex(
		library_context(), "ED25519", NULL, verifier, VERIFIER_SIZE);
	right = context && key &&
		EVP_DigestVerifyInit_ex(context, NULL, NULL, library_context(),
			NULL, key, NULL) == 1 &&
		EVP_DigestVerify(
			context, signature, SIGNATURE_SIZE, at, length) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return right;
}
