/* SPDX-License-Identifier: BSD-2-Clause */
/* The other implementation: libgcrypt, which shares no code with libcrypto. */

#ifndef OTHER_H
#define OTHER_H

#include "tests/conformance/keys.h"

#include <stdbool.h>
#include <stddef.h>

/* Hashes have libgcrypt's names: "sha256", "sha3-256". A length of a hash. */
size_t other_digest(const char *hash, const void *data, size_t length,
	unsigned char *digest);
size_t other_hmac(const char *hash, const void *key, size_t key_length,
	const void *data, size_t length, unsigned char *mac);

/* With the known RSA key: whether a signature of data is right. scheme is
 * "pkcs1" or "pss"; salt counts for the latter. */
bool other_rsa_verifies(const char *scheme, const char *hash, size_t salt,
	const void *data, size_t length, const unsigned char *signature,
	size_t signature_length);
/* Encrypts to the known RSA key by "pkcs1" or "oaep" (with hash and label) into
 * 256 bytes, and decrypts. */
void other_rsa_encrypt(const char *scheme, const char *hash, const char *label,
	const void *data, size_t length, unsigned char out[256]);
size_t other_rsa_decrypt(const char *scheme, const char *hash,
	const char *label, const unsigned char in[256], unsigned char *out);
/* in^d mod n, and in^e mod n, of 256 bytes. */
void other_rsa_raw(bool secret, const unsigned char in[256],
	unsigned char out[256]);

/* A signature (r and s of equal length) over a digest; for Edwards curves over
 * data, with hash ignored. */
bool other_ecdsa_verifies(const struct curve *curve, const char *hash,
	const void *data, size_t length, const unsigned char *signature,
	size_t signature_length);
bool other_eddsa_verifies(const struct curve *curve, const void *data,
	size_t length, const unsigned char *signature,
	size_t signature_length);
/* The shared secret of the known key and a peer's point; its length. */
size_t other_shared_secret(const struct curve *curve,
	const unsigned char *point, size_t length, unsigned char *secret);
/* A point that is not the known key's own: twice the generator. */
size_t other_peer(const struct curve *curve, unsigned char *point);

/* AES: "ecb", "cbc", "ctr", "gcm" (tag appended), "wrap", "wrap-pad"; into out,
 * of which it returns the length. */
size_t other_aes_encrypt(const char *mode, const void *key, size_t key_length,
	const void *iv, size_t iv_length, const void *associated,
	size_t associated_length, const void *in, size_t length,
	unsigned char *out);

#endif
