/* SPDX-License-Identifier: BSD-2-Clause */
/* A judge for the crypto's tests that shares no code with it: nettle and GMP.
 */

#ifndef NETTLE_KIT_H
#define NETTLE_KIT_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

#include <gmp.h>
#include <nettle/nettle-meta.h>

/* A hash, and its number in each place where the standard has one. */
struct judge_hash {
	const struct nettle_hash *nettle;
	CK_MECHANISM_TYPE digest, hmac, hmac_general;
	CK_MECHANISM_TYPE rsa, pss, ecdsa;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_EC_KDF_TYPE kdf;
	const char *oid; /* of its DigestInfo, in hexadecimal */
};

/* Where there is none. */
#define NO_SUCH CK_UNAVAILABLE_INFORMATION

enum { JUDGE_HASHES = 11, JUDGE_DIGEST_MAX = 64 };
extern const struct judge_hash judge_hashes[JUDGE_HASHES];

void judge_digest(const struct judge_hash *hash, const void *in, size_t length,
	unsigned char *digest);
void judge_hmac(const struct judge_hash *hash, const void *key,
	size_t key_length, const void *in, size_t length, unsigned char *mac);

/* The test key's public and private operation, by GMP alone. */
void judge_rsa_public(const unsigned char in[256], unsigned char out[256]);
void judge_rsa_private(const unsigned char in[256], unsigned char out[256]);

/* Is encoded the PSS encoding of the digest [RFC 8017 9.1.2]? */
bool judge_pss(const unsigned char encoded[256], const unsigned char *digest,
	const struct judge_hash *hash, const struct judge_hash *mgf,
	size_t salt_length);
/* Opens an OAEP encoding [RFC 8017 7.1.2]; the message's length, or -1. */
long judge_oaep_open(unsigned char encoded[256], const struct judge_hash *hash,
	const struct judge_hash *mgf, const void *label, size_t label_length,
	unsigned char *message);
/* Makes one, with a fixed seed. */
void judge_oaep_make(unsigned char encoded[256], const struct judge_hash *hash,
	const struct judge_hash *mgf, const void *label, size_t label_length,
	const void *message, size_t length);

#endif
