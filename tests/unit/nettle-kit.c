/* SPDX-License-Identifier: BSD-2-Clause */
/* A judge for the crypto's tests that shares no code with it: nettle and GMP.
 */

#include "config.h"

#include "tests/unit/nettle-kit.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH = 256, CONTEXT_MAX = 1024, BLOCK_MAX = 144 };

/* clang-format off */
#define SHA(name, rsa_name) \
	CKM_##name, CKM_##name##_HMAC, CKM_##name##_HMAC_GENERAL, \
	CKM_##rsa_name##_RSA_PKCS, CKM_##rsa_name##_RSA_PKCS_PSS, \
	CKM_ECDSA_##rsa_name, CKG_MGF1_##rsa_name, CKD_##rsa_name##_KDF
#define SHA3(bits) \
	CKM_SHA3_##bits, CKM_SHA3_##bits##_HMAC, NO_SUCH, \
	CKM_SHA3_##bits##_RSA_PKCS, CKM_SHA3_##bits##_RSA_PKCS_PSS, \
	CKM_ECDSA_SHA3_##bits, CKG_MGF1_SHA3_##bits, CKD_SHA3_##bits##_KDF
#define SHA512_T(bits) \
	CKM_SHA512_##bits, CKM_SHA512_##bits##_HMAC, \
	CKM_SHA512_##bits##_HMAC_GENERAL, \
	NO_SUCH, NO_SUCH, NO_SUCH, NO_SUCH, NO_SUCH
#define NIST "60864801650304020"

const struct judge_hash judge_hashes[JUDGE_HASHES] = {
	{ &nettle_sha1,       SHA(SHA_1, SHA1),      "2b0e03021a" },
	{ &nettle_sha224,     SHA(SHA224, SHA224),   NIST "4" },
	{ &nettle_sha256,     SHA(SHA256, SHA256),   NIST "1" },
	{ &nettle_sha384,     SHA(SHA384, SHA384),   NIST "2" },
	{ &nettle_sha512,     SHA(SHA512, SHA512),   NIST "3" },
	{ &nettle_sha3_224,   SHA3(224),             NIST "7" },
	{ &nettle_sha3_256,   SHA3(256),             NIST "8" },
	{ &nettle_sha3_384,   SHA3(384),             NIST "9" },
	{ &nettle_sha3_512,   SHA3(512),             NIST "a" },
	{ &nettle_sha512_224, SHA512_T(224),         NIST "5" },
	{ &nettle_sha512_256, SHA512_T(256),         NIST "6" },
};
/* clang-format on */

void
judge_digest(const struct judge_hash *hash, const void *in, size_t length,
	unsigned char *digest)
{
	union {
		unsigned char bytes[CONTEXT_MAX];
		unsigned long long align;
	} context;

	EXPECT(hash->nettle->context_size <= sizeof(context));
	hash->nettle->init(&context);
	hash->nettle->update(&context, length, in);
	hash->nettle->digest(&context, hash->nettle->digest_size, digest);
}

/* RFC 2104 in its own words. */
void
judge_hmac(const struct judge_hash *hash, const void *key, size_t key_length,
	const void *in, size_t length, unsigned char *mac)
{
	size_t block = hash->nettle->block_size, i;
	size_t digest = hash->nettle->digest_size;
	unsigned char pad[BLOCK_MAX] = { 0 };
	unsigned char *text = malloc(block + length + digest);

	EXPECT(text != NULL && block <= BLOCK_MAX);
	if (key_length > block)
		judge_digest(hash, key, key_length, pad);
	else
		memcpy(pad, key, key_length);
	for (i = 0; i < block; i++)
		text[i] = pad[i] ^ 0x36;
	memcpy(text + block, in, length);
	judge_digest(hash, text, block + length, mac);
	for (i = 0; i < block; i++)
		text[i] = pad[i] ^ 0x5c;
	memcpy(text + block, mac, digest);
	judge_digest(hash, text, block + digest, mac);
	free(text);
}

static void
power(const unsigned char in[LENGTH], const char *exponent,
	unsigned char out[LENGTH])
{
	mpz_t number, power, modulus;
	size_t count = 0;

	mpz_init(number);
	mpz_import(number, LENGTH, 1, 1, 1, 0, in);
	mpz_init_set_str(power, exponent, 16);
	mpz_init_set_str(modulus, rsa_test_numbers.at[RSA_N], 16);
	mpz_powm(number, number, power, modulus);
	memset(out, 0, LENGTH);
	count = (mpz_sizeinbase(number, 2) + 7) / 8;
	mpz_export(out + LENGTH - count, NULL, 1, 1, 1, 0, number);
	mpz_clears(number, power, modulus, NULL);
}

void
judge_rsa_public(const unsigned char in[LENGTH], unsigned char out[LENGTH])
{
	power(in, rsa_test_numbers.at[RSA_E], out);
}

void
judge_rsa_private(const unsigned char in[LENGTH], unsigned char out[LENGTH])
{
	power(in, rsa_test_numbers.at[RSA_D], out);
}

/* MGF1: the mask is added to at. */
static void
mask(const struct judge_hash *hash, const unsigned char *seed,
	size_t seed_length, unsigned char *at, size_t length)
{
	unsigned char in[LENGTH + 4], piece[JUDGE_DIGEST_MAX];
	size_t size = hash->nettle->digest_size, i;

	memcpy(in, seed, seed_length);
	memset(in + seed_length, 0, 4);
	for (i = 0; i < length; i++) {
		if (i % size == 0) {
			in[seed_length + 3] = (unsigned char)(i / size);
			judge_digest(hash, in, seed_length + 4, piece);
		}
		at[i] ^= piece[i % size];
	}
}

bool
judge_pss(const unsigned char encoded[LENGTH], const unsigned char *digest,
	const struct judge_hash *hash, const struct judge_hash *mgf,
	size_t salt_length)
{
	size_t size = hash->nettle->digest_size, rest = LENGTH - size - 1, i;
	unsigned char block[LENGTH], text[8 + 2 * LENGTH] = { 0 };
	unsigned char again[JUDGE_DIGEST_MAX];

	if (encoded[LENGTH - 1] != 0xbc || encoded[0] & 0x80)
		return false;
	memcpy(block, encoded, rest);
	mask(mgf, encoded + rest, size, block, rest);
	block[0] &= 0x7f;
	for (i = 0; i < rest - salt_length - 1; i++)
		if (block[i] != 0)
			return false;
	if (block[i] != 1)
		return false;
	memcpy(text + 8, digest, size);
	memcpy(text + 8 + size, block + i + 1, salt_length);
	judge_digest(hash, text, 8 + size + salt_length, again);
	return memcmp(again, encoded + rest, size) == 0;
}

long
judge_oaep_open(unsigned char encoded[LENGTH], const struct judge_hash *hash,
	const struct judge_hash *mgf, const void *label, size_t label_length,
	unsigned char *message)
{
	size_t size = hash->nettle->digest_size;
	unsigned char *seed = encoded + 1, *block = seed + size;
	size_t length = LENGTH - 1 - size, i;
	unsigned char label_hash[JUDGE_DIGEST_MAX];

	mask(mgf, block, length, seed, size);
	mask(mgf, seed, size, block, length);
	judge_digest(hash, label, label_length, label_hash);
	if (encoded[0] != 0 || memcmp(block, label_hash, size) != 0)
		return -1;
	for (i = size; i < length && block[i] == 0; i++)
		;
	if (i == length || block[i] != 1)
		return -1;
	i++;
	memcpy(message, block + i, length - i);
	return (long)(length - i);
}

void
judge_oaep_make(unsigned char encoded[LENGTH], const struct judge_hash *hash,
	const struct judge_hash *mgf, const void *label, size_t label_length,
	const void *message, size_t message_length)
{
	size_t size = hash->nettle->digest_size;
	unsigned char *seed = encoded + 1, *block = seed + size;
	size_t length = LENGTH - 1 - size;

	memset(encoded, 0, LENGTH);
	memset(seed, 0x77, size);
	judge_digest(hash, label, label_length, block);
	block[length - message_length - 1] = 1;
	memcpy(block + length - message_length, message, message_length);
	mask(mgf, seed, size, block, length);
	mask(mgf, block, length, seed, size);
}
