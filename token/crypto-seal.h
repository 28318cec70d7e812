/* SPDX-License-Identifier: BSD-2-Clause */
/* What the store needs of the crypto library: sealing, digests, signatures. */

#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

#include <stdint.h>

enum {
	DIGEST_SIZE = 32,   /* SHA-256 */
	SEAL_KEY_SIZE = 32, /* AES-256 */
	SEAL_NONCE = 12,
	SEAL_OVERHEAD = SEAL_NONCE + 16, /* nonce before, full tag behind */
	VERIFIER_SIZE = 32,              /* an Ed25519 public key */
	SIGNATURE_SIZE = 64
};

/* Borrowed bytes. A list of spans is read as such: each is framed by its
 * length, so that no two lists give the same digest. */
struct span {
	const void *at;
	size_t length;
};

#define SPAN_COUNT(spans) (sizeof(spans) / sizeof(*(spans)))

/* All return false when memory is short or the library fails, and noted it. */
bool seal_random(void *at, size_t length);
bool seal_digest(const struct span *spans, size_t count,
	unsigned char digest[DIGEST_SIZE]);
/* HMAC-SHA-256 of the framed spans. */
bool seal_keyed_digest(const struct secret *key, const struct span *spans,
	size_t count, unsigned char digest[DIGEST_SIZE]);
/* A key of SEAL_KEY_SIZE for one purpose only (HKDF-SHA-256). */
bool seal_subkey(
	const struct secret *key, const char *purpose, struct secret *subkey);

/* AES-256-GCM under a fresh random nonce, bound to the framed spans. The caller
 * owns *sealed: SEAL_OVERHEAD bytes longer than plain. */
bool seal(const struct secret *key, const struct span *bound, size_t count,
	const void *plain, size_t length, struct bytes *sealed);
/* False when anything was altered; then nothing is written. */
bool unseal(const struct secret *key, const struct span *bound, size_t count,
	const void *sealed, size_t length, struct secret *plain);

/* What the cipher of seal adds to the first bytes of a plaintext. */
bool seal_stream(const struct secret *key,
	const unsigned char nonce[SEAL_NONCE], unsigned char *stream,
	size_t length);

/* The memory-hard way from a PIN to a key of SEAL_KEY_SIZE (scrypt): memory in
 * KiB is cost * block / 8. */
struct stretch {
	uint32_t cost;  /* N: a power of two */
	uint32_t block; /* r */
	uint32_t lanes; /* p */
};

bool seal_stretch(const struct stretch *stretch, const struct span *pin,
	const struct span *salt, struct secret *key);

/* An Ed25519 key pair from its seed (SEAL_KEY_SIZE); NULL when memory is short.
 */
struct signer;

struct signer *signer_new(const struct secret *seed);
void signer_free(struct signer *signer);
void signer_verifier(
	const struct signer *signer, unsigned char verifier[VERIFIER_SIZE]);
bool signer_sign(const struct signer *signer, const void *at, size_t length,
	unsigned char signature[SIGNATURE_SIZE]);
/* Is this the signature of these bytes by this public key? */
bool signature_is_right(const unsigned char verifier[VERIFIER_SIZE],
	const void *at, size_t length,
	const unsigned char signature[SIGNATURE_SIZE]);

#endif
