/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA, each mechanism judged by nettle's hashes and GMP's arithmetic. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "tests/unit/nettle-kit.h"

#include <string.h>

enum { LENGTH = 256, MESSAGE = 1000 };

static const unsigned char message[MESSAGE] = "a message";

static struct key *
private_key(void)
{
	return rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
}

static struct key *
public_key(void)
{
	return rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
}

/* 00 01 ff.. 00 and the content [RFC 8017 9.2]. */
static void
pkcs1_encode(const unsigned char *content, size_t length,
	unsigned char encoded[LENGTH])
{
	memset(encoded, 0xff, LENGTH);
	encoded[0] = 0;
	encoded[1] = 1;
	encoded[LENGTH - length - 1] = 0;
	memcpy(encoded + LENGTH - length, content, length);
}

static size_t
digest_info(const struct judge_hash *hash, unsigned char *info)
{
	size_t oid_length, size = hash->nettle->digest_size, at = 0;
	const unsigned char *oid = test_hex(hash->oid, &oid_length);

	info[at++] = 0x30;
	info[at++] = (unsigned char)(8 + oid_length + size);
	info[at++] = 0x30;
	info[at++] = (unsigned char)(4 + oid_length);
	info[at++] = 0x06;
	info[at++] = (unsigned char)oid_length;
	memcpy(info + at, oid, oid_length);
	at += oid_length;
	info[at++] = 0x05;
	info[at++] = 0x00;
	info[at++] = 0x04;
	info[at++] = (unsigned char)size;
	judge_digest(hash, message, MESSAGE, info + at);
	return at + size;
}

TEST(pkcs1_signatures_with_every_hash_are_those_of_the_standard)
{
	struct key *key = private_key(), *public = public_key();
	unsigned char signature[LENGTH], info[LENGTH];
	unsigned char encoded[LENGTH], opened[LENGTH];
	CK_ULONG length;
	size_t i;

	for (i = 0; i < JUDGE_HASHES; i++) {
		if (judge_hashes[i].rsa == NO_SUCH)
			continue;
		length = LENGTH;
		EXPECT_RV(run_once(judge_hashes[i].rsa, NULL, 0, CKF_SIGN, key,
				  message, MESSAGE, signature, &length),
			CKR_OK);
		pkcs1_encode(
			info, digest_info(&judge_hashes[i], info), encoded);
		judge_rsa_public(signature, opened);
		EXPECT_BYTES(opened, LENGTH, encoded, LENGTH);
		/* And theirs is one to us; a changed one is none. */
		judge_rsa_private(encoded, signature);
		EXPECT_RV(verify_once(judge_hashes[i].rsa, NULL, 0, public,
				  message, MESSAGE, signature, LENGTH),
			CKR_OK);
		EXPECT_RV(verify_once(judge_hashes[i].rsa, NULL, 0, public,
				  message, MESSAGE - 1, signature, LENGTH),
			CKR_SIGNATURE_INVALID);
		signature[LENGTH / 2] ^= 1;
		EXPECT_RV(verify_once(judge_hashes[i].rsa, NULL, 0, public,
				  message, MESSAGE, signature, LENGTH),
			CKR_SIGNATURE_INVALID);
		EXPECT_RV(verify_once(judge_hashes[i].rsa, NULL, 0, public,
				  message, MESSAGE, signature, LENGTH - 1),
			CKR_SIGNATURE_LEN_RANGE);
	}
	key_free(key);
	key_free(public);
}

TEST(pkcs1_signs_what_it_is_given_and_recovers_it)
{
	struct key *key = private_key(), *public = public_key();
	unsigned char signature[LENGTH], encoded[LENGTH], opened[LENGTH];
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key, message,
			  LENGTH - 11, signature, &length),
		CKR_OK);
	pkcs1_encode(message, LENGTH - 11, encoded);
	judge_rsa_public(signature, opened);
	EXPECT_BYTES(opened, LENGTH, encoded, LENGTH);
	EXPECT_RV(verify_once(CKM_RSA_PKCS, NULL, 0, public, message,
			  LENGTH - 11, signature, LENGTH),
		CKR_OK);
	length = LENGTH;
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_VERIFY_RECOVER, public,
			  signature, LENGTH, opened, &length),
		CKR_OK);
	EXPECT_BYTES(opened, length, message, LENGTH - 11);
	length = LENGTH;
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key, message,
			  LENGTH - 10, signature, &length),
		CKR_DATA_LEN_RANGE);
	key_free(key);
	key_free(public);
}

TEST(pkcs1_recovery_refuses_padding_that_is_not_a_signatures)
{
	static const struct {
		size_t at;
		unsigned char value;
	} damages[] = { { 0, 1 }, { 1, 2 }, { 5, 0 }, { 5, 0xfe } };
	struct key *public = public_key();
	unsigned char encoded[LENGTH], signature[LENGTH], out[LENGTH];
	CK_ULONG length;
	size_t i;

	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		pkcs1_encode(message, 20, encoded);
		encoded[damages[i].at] = damages[i].value;
		judge_rsa_private(encoded, signature);
		length = LENGTH;
		EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_VERIFY_RECOVER,
				  public, signature, LENGTH, out, &length),
			CKR_SIGNATURE_INVALID);
	}
	key_free(public);
}

TEST(pkcs1_encryption_opens_under_gmp_and_differs_each_time)
{
	struct key *key = private_key(), *public = public_key();
	unsigned char one[LENGTH], two[LENGTH], opened[LENGTH];
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_ENCRYPT, public, message,
			  30, one, &length),
		CKR_OK);
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_ENCRYPT, public, message,
			  30, two, &length),
		CKR_OK);
	EXPECT(memcmp(one, two, LENGTH) != 0);
	judge_rsa_private(one, opened);
	EXPECT(opened[0] == 0 && opened[1] == 2 && opened[LENGTH - 31] == 0);
	EXPECT(memchr(opened + 1, 0, LENGTH - 1) == opened + LENGTH - 31);
	EXPECT_BYTES(opened + LENGTH - 30, 30, message, 30);
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_DECRYPT, key, one, LENGTH,
			  opened, &length),
		CKR_OK);
	EXPECT_BYTES(opened, length, message, 30);
	key_free(key);
	key_free(public);
}

TEST(raw_rsa_is_the_arithmetic_alone)
{
	struct key *key = private_key(), *public = public_key();
	unsigned char in[LENGTH] = { 0 }, out[LENGTH], theirs[LENGTH];
	CK_ULONG length = LENGTH;

	memcpy(in + 100, message, 20);
	judge_rsa_private(in, theirs);
	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_SIGN, key, in, LENGTH,
			  out, &length),
		CKR_OK);
	EXPECT_BYTES(out, length, theirs, LENGTH);
	/* Shorter input has zeros in front. */
	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_SIGN, key, in + 100,
			  LENGTH - 100, out, &length),
		CKR_OK);
	EXPECT_BYTES(out, length, theirs, LENGTH);
	EXPECT_RV(verify_once(CKM_RSA_X_509, NULL, 0, public, in, LENGTH,
			  theirs, LENGTH),
		CKR_OK);
	in[0] = 1;
	EXPECT_RV(verify_once(CKM_RSA_X_509, NULL, 0, public, in, LENGTH,
			  theirs, LENGTH),
		CKR_SIGNATURE_INVALID);
	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_DECRYPT, key, theirs,
			  LENGTH, out, &length),
		CKR_OK);
	judge_rsa_private(theirs, in);
	EXPECT_BYTES(out, length, in, LENGTH);
	key_free(key);
	key_free(public);
}

TEST(raw_rsa_refuses_numbers_beyond_the_modulus)
{
	struct key *key = private_key();
	unsigned char in[LENGTH], out[LENGTH];
	CK_ULONG length = LENGTH;

	memset(in, 0xff, LENGTH);
	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_SIGN, key, in, LENGTH,
			  out, &length),
		CKR_DATA_INVALID);
	key_free(key);
}

/* One PSS signature of each hash with this MGF and salt, both ways. */
static void
pss_try(struct key *key, struct key *public, const struct judge_hash *hash,
	const struct judge_hash *mgf, CK_ULONG salt)
{
	const CK_RSA_PKCS_PSS_PARAMS params = { hash->digest, mgf->mgf, salt };
	unsigned char signature[LENGTH], encoded[LENGTH];
	unsigned char digest[JUDGE_DIGEST_MAX];
	CK_ULONG length = LENGTH, size = hash->nettle->digest_size;

	judge_digest(hash, message, MESSAGE, digest);
	EXPECT_RV(run_once(hash->pss, &params, sizeof(params), CKF_SIGN, key,
			  message, MESSAGE, signature, &length),
		CKR_OK);
	judge_rsa_public(signature, encoded);
	EXPECT(judge_pss(encoded, digest, hash, mgf, salt));
	EXPECT_RV(verify_once(hash->pss, &params, sizeof(params), public,
			  message, MESSAGE, signature, LENGTH),
		CKR_OK);
	EXPECT_RV(run_once(CKM_RSA_PKCS_PSS, &params, sizeof(params), CKF_SIGN,
			  key, digest, size, signature, &length),
		CKR_OK);
	judge_rsa_public(signature, encoded);
	EXPECT(judge_pss(encoded, digest, hash, mgf, salt));
	EXPECT_RV(verify_once(CKM_RSA_PKCS_PSS, &params, sizeof(params), public,
			  digest, size, signature, LENGTH),
		CKR_OK);
	digest[0] ^= 1;
	EXPECT_RV(verify_once(CKM_RSA_PKCS_PSS, &params, sizeof(params), public,
			  digest, size, signature, LENGTH),
		CKR_SIGNATURE_INVALID);
	EXPECT_RV(run_once(CKM_RSA_PKCS_PSS, &params, sizeof(params), CKF_SIGN,
			  key, digest, size - 1, signature, &length),
		CKR_DATA_LEN_RANGE);
}

TEST(pss_with_every_hash_mgf_and_salt_is_that_of_the_standard)
{
	struct key *key = private_key(), *public = public_key();
	const struct judge_hash *hash, *mgf;
	size_t i, j;

	for (i = 0; i < JUDGE_HASHES; i++) {
		hash = &judge_hashes[i];
		if (hash->pss == NO_SUCH)
			continue;
		for (j = 0; j < JUDGE_HASHES; j++) {
			mgf = &judge_hashes[j];
			if (mgf->mgf != NO_SUCH && (i == j || j < 3 || i == 2))
				pss_try(key, public, hash, mgf,
					hash->nettle->digest_size);
		}
		pss_try(key, public, hash, hash, 0);
		pss_try(key, public, hash, hash,
			LENGTH - 2 - hash->nettle->digest_size);
	}
	key_free(key);
	key_free(public);
}

TEST(pss_refuses_parameters_that_cannot_be)
{
	static const CK_RSA_PKCS_PSS_PARAMS bad[] = {
		{ CKM_SHA384, CKG_MGF1_SHA256, 32 },
		{ CKM_SHA256, 0x99, 32 },
		{ CKM_SHA256, CKG_MGF1_SHA256, LENGTH - 2 - 32 + 1 },
		{ CKM_SHA256, CKG_MGF1_SHA256, (CK_ULONG)-1 },
		{ CKM_MD5, CKG_MGF1_SHA256, 32 },
	};
	struct key *key = private_key();
	unsigned char out[LENGTH];
	CK_ULONG length = LENGTH;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS_PSS, &bad[i],
				  sizeof(bad[i]), CKF_SIGN, key, message, 1,
				  out, &length),
			CKR_MECHANISM_PARAM_INVALID);
	EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS_PSS, NULL, 0, CKF_SIGN, key,
			  message, 1, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	EXPECT_RV(run_once(CKM_RSA_PKCS_PSS, &bad[4], sizeof(bad[4]), CKF_SIGN,
			  key, message, 16, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	key_free(key);
}

static void
oaep_try(struct key *key, struct key *public, const struct judge_hash *hash,
	const struct judge_hash *mgf, const char *label, size_t length)
{
	const CK_RSA_PKCS_OAEP_PARAMS params = { hash->digest, mgf->mgf,
		CKZ_DATA_SPECIFIED, (void *)(size_t)label, strlen(label) };
	unsigned char in[LENGTH], out[LENGTH], opened[LENGTH];
	CK_ULONG out_length = LENGTH;

	EXPECT_RV(
		run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			CKF_ENCRYPT, public, message, length, out, &out_length),
		CKR_OK);
	judge_rsa_private(out, opened);
	EXPECT_NUMBER(
		judge_oaep_open(opened, hash, mgf, label, strlen(label), in),
		length);
	EXPECT_BYTES(in, length, message, length);
	judge_oaep_make(in, hash, mgf, label, strlen(label), message, length);
	judge_rsa_public(in, out);
	out_length = LENGTH;
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_DECRYPT, key, out, LENGTH, opened, &out_length),
		CKR_OK);
	EXPECT_BYTES(opened, out_length, message, length);
}

TEST(oaep_with_every_hash_mgf_and_label_is_that_of_the_standard)
{
	struct key *key = private_key(), *public = public_key();
	const struct judge_hash *hash, *mgf;
	size_t i, j;

	for (i = 0; i < JUDGE_HASHES; i++) {
		hash = &judge_hashes[i];
		for (j = 0; j < JUDGE_HASHES; j++) {
			mgf = &judge_hashes[j];
			if (mgf->mgf == NO_SUCH || (i != j && j > 2 && i != 2))
				continue;
			oaep_try(key, public, hash, mgf, "", 16);
			oaep_try(key, public, hash, mgf, "a label", 0);
			oaep_try(key, public, hash, mgf, "",
				LENGTH - 2 - 2 * hash->nettle->digest_size);
		}
	}
	key_free(key);
	key_free(public);
}

TEST(oaep_takes_source_zero_without_a_label_only)
{
	struct key *public = public_key();
	CK_RSA_PKCS_OAEP_PARAMS params = { CKM_SHA_1, CKG_MGF1_SHA1, 0, NULL,
		0 };
	unsigned char out[LENGTH], label = 'x';
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_ENCRYPT, public, message, 10, out, &length),
		CKR_OK);
	params.ulSourceDataLen = 1;
	params.pSourceData = &label;
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_ENCRYPT, public, message, 10, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	params.source = CKZ_DATA_SPECIFIED;
	params.pSourceData = NULL;
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_ENCRYPT, public, message, 10, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	key_free(public);
}

TEST(oaep_refuses_wrong_labels_changed_texts_and_long_messages)
{
	struct key *key = private_key(), *public = public_key();
	CK_RSA_PKCS_OAEP_PARAMS params = { CKM_SHA256, CKG_MGF1_SHA256,
		CKZ_DATA_SPECIFIED, NULL, 0 };
	unsigned char in[LENGTH], out[LENGTH], label = 'x';
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_ENCRYPT, public, message, LENGTH - 66 + 1, in,
			  &length),
		CKR_DATA_LEN_RANGE);
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_ENCRYPT, public, message, 10, in, &length),
		CKR_OK);
	in[200] ^= 1;
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_DECRYPT, key, in, LENGTH, out, &length),
		CKR_ENCRYPTED_DATA_INVALID);
	in[200] ^= 1;
	params.pSourceData = &label;
	params.ulSourceDataLen = 1;
	EXPECT_RV(run_once(CKM_RSA_PKCS_OAEP, &params, sizeof(params),
			  CKF_DECRYPT, key, in, LENGTH, out, &length),
		CKR_ENCRYPTED_DATA_INVALID);
	key_free(key);
	key_free(public);
}

TEST(oaep_and_pkcs1_wrap_keys_that_they_unwrap)
{
	struct key *key = private_key(), *public = public_key();
	CK_RSA_PKCS_OAEP_PARAMS params = { CKM_SHA256, CKG_MGF1_SHA1,
		CKZ_DATA_SPECIFIED, NULL, 0 };
	const CK_MECHANISM mechanisms[] = {
		{ CKM_RSA_PKCS, NULL, 0 },
		{ CKM_RSA_PKCS_OAEP, &params, sizeof(params) },
	};
	struct secret plain = { 0 }, again = { 0 };
	struct bytes wrapped = { 0 };
	size_t i;

	EXPECT(secret_copy(&plain, message, 32));
	for (i = 0; i < 2; i++) {
		EXPECT_RV(key_wrap(&mechanisms[i], public, &plain, &wrapped),
			CKR_OK);
		EXPECT_RV(key_unwrap(&mechanisms[i], key, wrapped.at,
				  wrapped.length, CKK_AES, 0, &again),
			CKR_OK);
		EXPECT_BYTES(again.at, again.length, message, 32);
		secret_clear(&again);
		EXPECT_RV(key_wrap(&mechanisms[i], key, &plain, &wrapped),
			CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
		bytes_clear(&wrapped);
	}
	secret_clear(&plain);
	key_free(key);
	key_free(public);
}
