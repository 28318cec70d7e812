/* SPDX-License-Identifier: BSD-2-Clause */
/* What seals the store, against published vectors and altered bytes. */

#include "config.h"

#include "tests/test.h"
#include "token/crypto-seal.h"
#include "token/tree.h"

#include <stdlib.h>
#include <string.h>

static void
expect_hex(const void *at, size_t length, const char *digits)
{
	size_t expected;
	const unsigned char *bytes = test_hex(digits, &expected);

	EXPECT_BYTES(at, length, bytes, expected);
}

/* [RFC 7914 12], the first half of each: what is longer only adds to it. */
TEST(stretching_is_scrypt)
{
	static const struct {
		const char *pin, *salt;
		struct stretch stretch;
		const char *key;
	} rows[] = {
		{ "", "", { 16, 1, 1 },
			"77d6576238657b203b19ca42c18a0497"
			"f16b4844e3074ae8dfdffa3fede21442" },
		{ "password", "NaCl", { 1024, 8, 16 },
			"fdbabe1c9d3472007856e7190d01e9fe"
			"7c6ad7cbc8237830e77376634b373162" },
		{ "pleaseletmein", "SodiumChloride", { 16384, 8, 1 },
			"7023bdcb3afd7348461c06cd81fd38eb"
			"fda8fbba904f8e3ea9b543f6545da1f2" },
	};
	struct secret key = { 0 };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct span pin = { rows[i].pin, strlen(rows[i].pin) };
		struct span salt = { rows[i].salt, strlen(rows[i].salt) };

		EXPECT(seal_stretch(&rows[i].stretch, &pin, &salt, &key));
		expect_hex(key.at, key.length, rows[i].key);
		secret_clear(&key);
	}
}

/* [RFC 8032 7.1, test 3] */
TEST(signatures_are_ed25519)
{
	static const unsigned char message[] = { 0xaf, 0x82 };
	unsigned char signature[SIGNATURE_SIZE], verifier[VERIFIER_SIZE];
	struct secret seed = { 0 };
	struct signer *signer;
	size_t length, i;

	EXPECT(secret_copy(&seed,
		test_hex("c5aa8df43f9f837bedb7442f31dcb7b1"
			 "66d38535076f094b85ce3a2e0b4458f7",
			&length),
		32));
	signer = signer_new(&seed);
	EXPECT(signer != NULL);
	signer_verifier(signer, verifier);
	expect_hex(verifier, sizeof(verifier),
		"fc51cd8e6218a1a38da47ed00230f058"
		"0816ed13ba3303ac5deb911548908025");
	EXPECT(signer_sign(signer, message, sizeof(message), signature));
	expect_hex(signature, sizeof(signature),
		"6291d657deec24024827e69c3abe01a3"
		"0ce548a284743a445e3680d7db5ac3ac"
		"18ff9b538d16f290ae67f760984dc659"
		"4a7c15e9716ed28dc027beceea1ec40a");
	EXPECT(signature_is_right(
		verifier, message, sizeof(message), signature));
	for (i = 0; i < sizeof(signature); i++) {
		signature[i] ^= 1;
		EXPECT(!signature_is_right(
			verifier, message, sizeof(message), signature));
		signature[i] ^= 1;
	}
	EXPECT(!signature_is_right(verifier, message, 1, signature));
	signer_free(signer);
	secret_clear(&seed);
}

TEST(seal_opens_only_as_it_was_made)
{
	struct span bound[] = { { "ab", 2 }, { "c", 1 } };
	struct span moved[] = { { "a", 1 }, { "bc", 2 } };
	struct secret key = { 0 }, plain = { 0 };
	struct bytes sealed = { 0 };
	size_t i;

	EXPECT(secret_copy(&key, "0123456789abcdef0123456789abcdef", 32));
	EXPECT(seal(&key, bound, 2, "secret", 6, &sealed));
	EXPECT_NUMBER(sealed.length, 6 + SEAL_OVERHEAD);
	EXPECT(unseal(&key, bound, 2, sealed.at, sealed.length, &plain));
	EXPECT_BYTES(plain.at, plain.length, "secret", 6);
	secret_clear(&plain);
	EXPECT(!unseal(&key, moved, 2, sealed.at, sealed.length, &plain));
	EXPECT(!unseal(&key, bound, 1, sealed.at, sealed.length, &plain));
	for (i = 0; i < sealed.length; i++) {
		EXPECT(!unseal(&key, bound, 2, sealed.at, i, &plain));
		sealed.at[i] ^= 0x80;
		EXPECT(!unseal(
			&key, bound, 2, sealed.at, sealed.length, &plain));
		sealed.at[i] ^= 0x80;
	}
	key.at[31] ^= 1;
	EXPECT(!unseal(&key, bound, 2, sealed.at, sealed.length, &plain));
	EXPECT(plain.at == NULL);
	bytes_clear(&sealed);
	secret_clear(&key);
}

TEST(digests_tell_where_one_span_ends)
{
	struct span one[] = { { "ab", 2 }, { "c", 1 } };
	struct span other[] = { { "a", 1 }, { "bc", 2 } };
	unsigned char a[DIGEST_SIZE], b[DIGEST_SIZE];

	EXPECT(seal_digest(one, 2, a));
	EXPECT(seal_digest(other, 2, b));
	EXPECT(memcmp(a, b, sizeof(a)) != 0);
}

/* A shelf in memory, for a few nodes. */
static struct {
	uint64_t node;
	unsigned char digests[NODE_SIZE];
} shelf[64];
static size_t shelved;

static bool
read_node(void *context, uint64_t node, unsigned char digests[NODE_SIZE])
{
	size_t i;

	for (i = 0; i < shelved; i++)
		if (shelf[i].node == node) {
			memcpy(digests, shelf[i].digests, NODE_SIZE);
			return true;
		}
	return false;
}

static bool
write_node(void *context, uint64_t node, const unsigned char digests[NODE_SIZE])
{
	size_t i;

	for (i = 0; i < shelved && shelf[i].node != node; i++)
		;
	EXPECT(i < 64);
	shelf[i].node = node;
	memcpy(shelf[i].digests, digests, NODE_SIZE);
	if (i == shelved)
		shelved++;
	return true;
}

TEST(tree_finds_each_row_again_and_the_way_back_to_nothing)
{
	static const uint32_t ids[] = { 1, 2, 31, 32, 1023, 1024, 700000,
		ROW_LIMIT - 1 };
	enum { IDS = sizeof(ids) / sizeof(*ids) };
	struct tree_shelf on = { read_node, write_node, NULL };
	unsigned char top[DIGEST_SIZE] = { 0 }, digest[DIGEST_SIZE];
	struct tree *tree = tree_new(&on);
	uint32_t id = 0, last, i;

	for (i = 0; i < IDS; i++) {
		memset(digest, (int)i + 1, sizeof(digest));
		EXPECT(tree_set(tree, top, ids[i], digest));
	}
	/* A fresh one remembers nothing. */
	tree_free(tree);
	tree = tree_new(&on);
	for (i = 0; i < IDS; i++) {
		EXPECT_NUMBER(
			tree_next(tree, top, &id, &last, digest), TREE_FOUND);
		EXPECT_NUMBER(id, ids[i]);
		EXPECT_NUMBER(digest[0], i + 1);
		id++;
	}
	EXPECT_NUMBER(tree_next(tree, top, &id, &last, digest), TREE_END);
	EXPECT(tree_get(tree, top, 3, digest) && digest_is_empty(digest));
	memset(digest, 0, sizeof(digest));
	for (i = 0; i < IDS; i++)
		EXPECT(tree_set(tree, top, ids[i], digest));
	EXPECT(digest_is_empty(top));
	tree_free(tree);
}

TEST(tree_believes_no_altered_node)
{
	struct tree_shelf on = { read_node, write_node, NULL };
	unsigned char top[DIGEST_SIZE] = { 0 }, old[DIGEST_SIZE];
	unsigned char digest[DIGEST_SIZE] = { 1 };
	struct tree *tree = tree_new(&on);
	size_t i;

	EXPECT(tree_set(tree, top, 5, digest));
	memcpy(old, top, sizeof(old));
	for (i = 0; i < shelved; i++) {
		tree_free(tree);
		tree = tree_new(&on);
		shelf[i].digests[900] ^= 1;
		EXPECT(!tree_get(tree, top, 5, digest));
		EXPECT(!tree_set(tree, top, 6, digest));
		EXPECT_BYTES(top, sizeof(top), old, sizeof(old));
		shelf[i].digests[900] ^= 1;
	}
	EXPECT(tree_get(tree, top, 5, digest));
	tree_free(tree);
}
