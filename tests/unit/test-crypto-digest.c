/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests and HMACs, each judged by nettle. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "tests/unit/nettle-kit.h"

#include <string.h>

enum { MESSAGE = 1000 };

static unsigned char message[MESSAGE];

static void
fill(void)
{
	size_t i;

	for (i = 0; i < MESSAGE; i++)
		message[i] = (unsigned char)(i * 7);
}

/* Lengths around the blocks of each hash. */
static const CK_ULONG lengths[] = { 0, 1, 55, 56, 63, 64, 65, 71, 72, 103, 104,
	111, 112, 127, 128, 129, 135, 136, 143, 144, MESSAGE };
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

/* In pieces of this many bytes. */
static CK_RV
run_in_pieces(const CK_MECHANISM *mechanism, CK_FLAGS use, struct key *key,
	CK_ULONG length, CK_ULONG piece, unsigned char *out,
	CK_ULONG *out_length)
{
	struct operation *operation;
	CK_ULONG at, part;

	EXPECT_RV(operation_new(mechanism, use, key, &operation), CKR_OK);
	for (at = 0; at < length; at += part) {
		part = length - at < piece ? length - at : piece;
		EXPECT_RV(operation_update(
				  operation, message + at, part, NULL, NULL),
			CKR_OK);
		EXPECT(operation_has_updates(operation));
	}
	EXPECT_RV(operation_finish(operation, out, out_length), CKR_OK);
	operation_free(operation);
	return CKR_OK;
}

TEST(digests_of_every_hash_are_nettles)
{
	unsigned char out[64], right[64];
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	CK_ULONG length;
	size_t i, j, size;

	fill();
	for (i = 0; i < JUDGE_HASHES; i++)
		for (j = 0; j < LENGTHS; j++) {
			size = judge_hashes[i].nettle->digest_size;
			judge_digest(
				&judge_hashes[i], message, lengths[j], right);
			mechanism.mechanism = judge_hashes[i].digest;
			length = sizeof(out);
			EXPECT_RV(run_once(mechanism.mechanism, NULL, 0,
					  CKF_DIGEST, NULL, message, lengths[j],
					  out, &length),
				CKR_OK);
			EXPECT_BYTES(out, length, right, size);
			length = sizeof(out);
			run_in_pieces(&mechanism, CKF_DIGEST, NULL, lengths[j],
				j + 1, out, &length);
			EXPECT_BYTES(out, length, right, size);
		}
}

TEST(digest_of_abc_is_the_published_one)
{
	size_t length;
	const unsigned char *right = test_hex(
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
		"ad",
		&length);
	unsigned char out[32];
	CK_ULONG out_length = sizeof(out);

	EXPECT_RV(run_once(CKM_SHA256, NULL, 0, CKF_DIGEST, NULL, "abc", 3, out,
			  &out_length),
		CKR_OK);
	EXPECT_BYTES(out, out_length, right, length);
}

TEST(digest_takes_in_the_value_of_a_secret_key)
{
	const CK_MECHANISM mechanism = { CKM_SHA256, NULL, 0 };
	struct key *key = secret_key_of(CKK_GENERIC_SECRET, "bc", 2);
	struct key *pair = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct operation *operation;
	unsigned char out[32], right[32];
	CK_ULONG length = sizeof(out);

	EXPECT_RV(operation_new(&mechanism, CKF_DIGEST, NULL, &operation),
		CKR_OK);
	EXPECT_RV(operation_update(
			  operation, (const CK_BYTE *)"a", 1, NULL, NULL),
		CKR_OK);
	EXPECT_RV(operation_digest_key(operation, pair), CKR_KEY_INDIGESTIBLE);
	EXPECT_RV(operation_digest_key(operation, key), CKR_OK);
	EXPECT_RV(operation_finish(operation, out, &length), CKR_OK);
	judge_digest(&judge_hashes[2], "abc", 3, right);
	EXPECT_BYTES(out, length, right, 32);
	operation_free(operation);
	key_free(key);
	key_free(pair);
}

TEST(hmacs_of_every_hash_are_nettles)
{
	static const CK_ULONG key_lengths[] = { 1, 20, 64, 65, 128, 144, 200 };
	unsigned char out[64], right[64];
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct key *key;
	CK_ULONG length;
	size_t i, j, size;

	fill();
	for (i = 0; i < JUDGE_HASHES; i++)
		for (j = 0; j < sizeof(key_lengths) / sizeof(key_lengths[0]);
			j++) {
			size = judge_hashes[i].nettle->digest_size;
			key = secret_key_of(CKK_GENERIC_SECRET, message + 3,
				key_lengths[j]);
			judge_hmac(&judge_hashes[i], message + 3,
				key_lengths[j], message, lengths[j + 2], right);
			mechanism.mechanism = judge_hashes[i].hmac;
			length = sizeof(out);
			run_in_pieces(&mechanism, CKF_SIGN, key, lengths[j + 2],
				17, out, &length);
			EXPECT_BYTES(out, length, right, size);
			EXPECT_RV(verify_once(mechanism.mechanism, NULL, 0, key,
					  message, lengths[j + 2], right, size),
				CKR_OK);
			right[size - 1] ^= 1;
			EXPECT_RV(verify_once(mechanism.mechanism, NULL, 0, key,
					  message, lengths[j + 2], right, size),
				CKR_SIGNATURE_INVALID);
			EXPECT_RV(verify_once(mechanism.mechanism, NULL, 0, key,
					  message, lengths[j + 2], right,
					  size - 1),
				CKR_SIGNATURE_LEN_RANGE);
			key_free(key);
		}
}

TEST(hmac_of_a_chosen_length_is_the_beginning_of_the_whole)
{
	struct key *key = secret_key_of(CKK_GENERIC_SECRET, "Jefe", 4);
	const char *text = "what do ya want for nothing?";
	unsigned char out[64], right[64];
	CK_ULONG general, length;
	size_t i;

	for (i = 0; i < JUDGE_HASHES; i++) {
		if (judge_hashes[i].hmac_general == NO_SUCH)
			continue;
		judge_hmac(&judge_hashes[i], "Jefe", 4, text, 28, right);
		for (general = 1; general <= 20; general += 19) {
			length = sizeof(out);
			EXPECT_RV(run_once(judge_hashes[i].hmac_general,
					  &general, sizeof(general), CKF_SIGN,
					  key, text, 28, out, &length),
				CKR_OK);
			EXPECT_BYTES(out, length, right, general);
		}
		for (general = 0; general < 100; general += 65)
			EXPECT_RV(run_once(judge_hashes[i].hmac_general,
					  &general, sizeof(general), CKF_SIGN,
					  key, text, 28, out, &length),
				CKR_MECHANISM_PARAM_INVALID);
	}
	key_free(key);
}

/* RFC 4231 4.3. */
TEST(hmac_of_jefe_is_the_published_one)
{
	struct key *key = secret_key_of(CKK_SHA256_HMAC, "Jefe", 4);
	size_t length;
	const unsigned char *right = test_hex(
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec38"
		"43",
		&length);
	unsigned char out[32];
	CK_ULONG out_length = sizeof(out);

	EXPECT_RV(run_once(CKM_SHA256_HMAC, NULL, 0, CKF_SIGN, key,
			  "what do ya want for nothing?", 28, out, &out_length),
		CKR_OK);
	EXPECT_BYTES(out, out_length, right, length);
	EXPECT_RV(run_once(CKM_SHA384_HMAC, NULL, 0, CKF_SIGN, key, "", 0, out,
			  &out_length),
		CKR_KEY_TYPE_INCONSISTENT);
	key_free(key);
}
