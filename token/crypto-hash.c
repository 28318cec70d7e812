/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash functions: a row each, fetched from the library once. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

#define NONE CK_UNAVAILABLE_INFORMATION

/* DigestInfo of RFC 8017 9.2 up to the digest: two SEQUENCEs, the algorithm's
 * OID (those of SHA-2 and SHA-3 differ in the last byte), NULL. */
#define SHA1_INFO "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
#define SHA_INFO(all, last, length) \
	"\x30" all "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" last \
	"\x05\x00\x04" length
#define INFO(text) text, sizeof(text) - 1

/* clang-format off */
static const struct hash hashes[] = {
	/* mechanism    MGF                KDF               name          length */
	{ CKM_SHA_1,    CKG_MGF1_SHA1,     CKD_SHA1_KDF,     "SHA1",       20,
		INFO(SHA1_INFO) },
	{ CKM_SHA224,   CKG_MGF1_SHA224,   CKD_SHA224_KDF,   "SHA2-224",   28,
		INFO(SHA_INFO("\x2d", "\x04", "\x1c")) },
	{ CKM_SHA256,   CKG_MGF1_SHA256,   CKD_SHA256_KDF,   "SHA2-256",   32,
		INFO(SHA_INFO("\x31", "\x01", "\x20")) },
	{ CKM_SHA384,   CKG_MGF1_SHA384,   CKD_SHA384_KDF,   "SHA2-384",   48,
		INFO(SHA_INFO("\x41", "\x02", "\x30")) },
	{ CKM_SHA512,   CKG_MGF1_SHA512,   CKD_SHA512_KDF,   "SHA2-512",   64,
		INFO(SHA_INFO("\x51", "\x03", "\x40")) },
	{ CKM_SHA512_224, NONE,            NONE,             "SHA2-512/224", 28,
		INFO(SHA_INFO("\x2d", "\x05", "\x1c")) },
	{ CKM_SHA512_256, NONE,            NONE,             "SHA2-512/256", 32,
		INFO(SHA_INFO("\x31", "\x06", "\x20")) },
	{ CKM_SHA3_224, CKG_MGF1_SHA3_224, CKD_SHA3_224_KDF, "SHA3-224",   28,
		INFO(SHA_INFO("\x2d", "\x07", "\x1c")) },
	{ CKM_SHA3_256, CKG_MGF1_SHA3_256, CKD_SHA3_256_KDF, "SHA3-256",   32,
		INFO(SHA_INFO("\x31", "\x08", "\x20")) },
	{ CKM_SHA3_384, CKG_MGF1_SHA3_384, CKD_SHA3_384_KDF, "SHA3-384",   48,
		INFO(SHA_INFO("\x41", "\x09", "\x30")) },
	{ CKM_SHA3_512, CKG_MGF1_SHA3_512, CKD_SHA3_512_KDF, "SHA3-512",   64,
		INFO(SHA_INFO("\x51", "\x0a", "\x40")) },
};
/* clang-format on */

enum { HASH_COUNT = sizeof(hashes) / sizeof(hashes[0]) };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *functions[HASH_COUNT];
static EVP_MAC *hmac;
static bool has_all;

static void
functions_fetch(void)
{
	size_t i;

	has_all = true;
	for (i = 0; i < HASH_COUNT; i++) {
		functions[i] =
			EVP_MD_fetch(crypto_library(), hashes[i].name, NULL);
		if (!functions[i])
			note("the crypto library lacks %s", hashes[i].name);
		has_all &= functions[i] != NULL;
	}
	hmac = EVP_MAC_fetch(crypto_library(), "HMAC", NULL);
	if (!hmac)
		note("the crypto library lacks HMAC");
	has_all &= hmac != NULL;
}

bool
hash_starts(void)
{
	pthread_once(&once, functions_fetch);
	return has_all;
}

const struct evp_md_st *
hash_function(const struct hash *hash)
{
	if (!hash_starts())
		abort();
	return functions[hash - hashes];
}

const struct hash *
hash_find(CK_MECHANISM_TYPE mechanism)
{
	size_t i;

	for (i = 0; i < HASH_COUNT; i++)
		if (hashes[i].mechanism == mechanism)
			return &hashes[i];
	return NULL;
}

const struct hash *
hash_find_mgf(CK_RSA_PKCS_MGF_TYPE mgf)
{
	size_t i;

	for (i = 0; i < HASH_COUNT; i++)
		if (hashes[i].mgf == mgf && mgf != NONE)
			return &hashes[i];
	return NULL;
}

const struct hash *
hash_find_kdf(CK_EC_KDF_TYPE kdf)
{
	size_t i;

	for (i = 0; i < HASH_COUNT; i++)
		if (hashes[i].kdf == kdf && kdf != NONE)
			return &hashes[i];
	return NULL;
}

struct evp_mac_ctx_st *
hash_hmac_new(const struct hash *hash, const void *key, size_t key_length)
{
	OSSL_PARAM parameters[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC_CTX *context;
	char name[16];

	if (!hash_starts())
		abort();
	strcpy(name, hash->name);
	parameters[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, name, 0);
	context = EVP_MAC_CTX_new(hmac);
	if (!context)
		return NULL;
	/* A NULL key means "the key as before": an empty one has an address. */
	if (EVP_MAC_init(context, key_length ? key : (const void *)"",
		    key_length, parameters) != 1) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

bool
hash_hmac(const struct hash *hash, const void *key, size_t key_length,
	const struct piece *pieces, size_t count, unsigned char *result)
{
	EVP_MAC_CTX *context = hash_hmac_new(hash, key, key_length);
	bool done = context != NULL;
	size_t i, length;

	for (i = 0; done && i < count; i++)
		done = EVP_MAC_update(
			       context, pieces[i].at, pieces[i].length) == 1;
	done = done &&
		EVP_MAC_final(context, result, &length, hash->length) == 1;
	EVP_MAC_CTX_free(context);
	return done;
}
