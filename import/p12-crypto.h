/* SPDX-License-Identifier: BSD-2-Clause */
/* The arithmetic of imports. OpenSSL stays behind this wall. */

#ifndef P12_CRYPTO_H
#define P12_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/ber.h"
#include "import/key.h"
#include "pkcs11/bytes.h"

#define DIGEST_MAX 64

/* Digests and ciphers go by the names that OpenSSL gives them. False when the
 * library does not know the name or fails. */
bool crypto_digest(const char *digest, struct ber data,
	unsigned char result[DIGEST_MAX], size_t *length);
bool crypto_hmac(const char *digest, struct ber key, struct ber data,
	unsigned char result[DIGEST_MAX], size_t *length);

/* What PKCS #12 derives bytes for. [RFC7292 B.3] */
enum crypto_purpose {
	CRYPTO_FOR_KEY = 1,
	CRYPTO_FOR_IV = 2,
	CRYPTO_FOR_MAC = 3
};

/* The derivations fill the whole result, whose length is asked for. */
bool crypto_derive_pkcs12(const char *digest, enum crypto_purpose purpose,
	struct ber passphrase, struct ber salt, uint64_t iterations,
	struct secret *result);
bool crypto_derive_pbkdf1(const char *digest, struct ber passphrase,
	struct ber salt, uint64_t iterations, struct secret *result);
bool crypto_derive_pbkdf2(const char *digest, struct ber passphrase,
	struct ber salt, uint64_t iterations, struct secret *result);
bool crypto_derive_scrypt(struct ber passphrase, struct ber salt, uint64_t n,
	uint64_t r, uint64_t p, uint64_t memory, struct secret *result);

/* Some ciphers come from a part of OpenSSL that not every system installs. */
bool crypto_has_cipher(const char *cipher);
/* Decrypts and takes the padding off. False also for a wrong key or IV length
 * and for wrong padding. */
bool crypto_decrypt(const char *cipher, struct ber key, struct ber iv,
	struct ber sealed, struct secret *plain);

/* ECParameters that spell out the curve that the library knows by this name. */
bool crypto_curve_is(const char *name, struct ber parameters);

enum crypto_verdict { CRYPTO_GOOD, CRYPTO_BAD, CRYPTO_UNKNOWN };

/* Whether the key of the issuer made the signature of the certificate. */
enum crypto_verdict crypto_verify_certificate(
	const struct bytes *certificate, const struct bytes *issuer);

/* Whether a root that this system trusts issued the certificate. */
bool crypto_root_issued(const struct bytes *certificate);

/*
 * Checks that the parts of a key belong together, computes those that are
 * missing, and the public half; compares it when there is one.
 */
enum refusal crypto_complete_key(struct key *key, struct failure *failure);

#endif
