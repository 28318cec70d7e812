/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules on room, input and keys that all operations share. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"
#include "token/mechanism.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH = 256, BIG = 100 << 20 };

static const unsigned char message[1000] = "a message";
static const CK_BYTE iv[16] = { 1 };

static struct operation *
begin(CK_MECHANISM_TYPE type, const void *parameter, size_t length,
	CK_FLAGS use, struct key *key)
{
	const CK_MECHANISM mechanism = { type, (void *)(size_t)parameter,
		length };
	struct operation *operation = NULL;

	EXPECT_RV(operation_new(&mechanism, use, key, &operation), CKR_OK);
	return operation;
}

TEST(asking_for_the_length_and_too_little_room_change_nothing)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct operation *operation =
		begin(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key);
	unsigned char one[LENGTH], two[LENGTH];
	CK_ULONG length = 7;

	EXPECT_RV(
		operation_once(operation, message, 100, NULL, &length), CKR_OK);
	EXPECT_NUMBER(length, LENGTH);
	length = LENGTH - 1;
	EXPECT_RV(operation_once(operation, message, 100, one, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, LENGTH);
	EXPECT_RV(
		operation_once(operation, message, 100, one, &length), CKR_OK);
	operation_free(operation);
	EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key, message,
			  100, two, &length),
		CKR_OK);
	EXPECT_BYTES(one, LENGTH, two, LENGTH);
	/* And in two parts, with a question at the end. */
	operation = begin(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key);
	EXPECT_RV(operation_update(operation, message, 40, NULL, NULL), CKR_OK);
	EXPECT_RV(operation_update(operation, message + 40, 60, NULL, NULL),
		CKR_OK);
	EXPECT_RV(operation_finish(operation, NULL, &length), CKR_OK);
	length = 1;
	EXPECT_RV(operation_finish(operation, one, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(operation_finish(operation, one, &length), CKR_OK);
	EXPECT_BYTES(one, LENGTH, two, LENGTH);
	operation_free(operation);
	key_free(key);
}

TEST(decryption_tells_the_exact_length_when_there_is_too_little_room)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	unsigned char in[LENGTH], out[LENGTH];
	struct operation *operation;
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_ENCRYPT, public, message,
			  32, in, &length),
		CKR_OK);
	operation = begin(CKM_RSA_PKCS, NULL, 0, CKF_DECRYPT, key);
	EXPECT_RV(operation_once(operation, in, LENGTH, NULL, &length), CKR_OK);
	EXPECT(length >= 32 && length < LENGTH);
	length = 31;
	EXPECT_RV(operation_once(operation, in, LENGTH, out, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 32);
	/* Nothing else may come between. */
	EXPECT_RV(operation_update(operation, in, 1, out, &length),
		CKR_OPERATION_ACTIVE);
	length = 32;
	EXPECT_RV(operation_once(operation, in, LENGTH, out, &length), CKR_OK);
	EXPECT_BYTES(out, length, message, 32);
	operation_free(operation);
	key_free(key);
	key_free(public);
}

TEST(padded_decryption_fits_into_the_room_of_the_plaintext)
{
	struct key *key = secret_key_of(CKK_AES, message, 16);
	unsigned char in[48], out[48];
	struct operation *operation;
	CK_ULONG length = sizeof(in);

	EXPECT_RV(run_once(CKM_AES_CBC_PAD, iv, 16, CKF_ENCRYPT, key, message,
			  33, in, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 48);
	operation = begin(CKM_AES_CBC_PAD, iv, 16, CKF_DECRYPT, key);
	length = 33;
	EXPECT_RV(operation_once(operation, in, 48, out, &length), CKR_OK);
	EXPECT_BYTES(out, length, message, 33);
	operation_free(operation);
	key_free(key);
}

TEST(cipher_updates_tell_their_length_and_change_nothing)
{
	struct key *key = secret_key_of(CKK_AES, message, 16);
	struct operation *operation =
		begin(CKM_AES_CBC_PAD, iv, 16, CKF_ENCRYPT, key);
	unsigned char whole[64], parts[64];
	CK_ULONG length, at;

	length = sizeof(whole);
	EXPECT_RV(run_once(CKM_AES_CBC_PAD, iv, 16, CKF_ENCRYPT, key, message,
			  35, whole, &length),
		CKR_OK);
	EXPECT_RV(operation_update(operation, message, 20, NULL, &length),
		CKR_OK);
	EXPECT_NUMBER(length, 16);
	length = 15;
	EXPECT_RV(operation_update(operation, message, 20, parts, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(operation_update(operation, message, 20, parts, &length),
		CKR_OK);
	at = length;
	length = sizeof(parts) - at;
	EXPECT_RV(operation_update(
			  operation, message + 20, 15, parts + at, &length),
		CKR_OK);
	at += length;
	EXPECT_NUMBER(at, 32);
	length = 15;
	EXPECT_RV(operation_finish(operation, parts + at, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, 16);
	EXPECT_RV(operation_finish(operation, parts + at, &length), CKR_OK);
	EXPECT_BYTES(parts, at + length, whole, 48);
	operation_free(operation);
	key_free(key);
}

TEST(one_shot_mechanisms_gather_their_input_up_to_their_cap)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct operation *operation =
		begin(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key);
	unsigned char one[LENGTH], two[LENGTH];
	CK_ULONG length = LENGTH, i;

	for (i = 0; i < 50; i++)
		EXPECT_RV(
			operation_update(operation, message + i, 1, NULL, NULL),
			CKR_OK);
	EXPECT_RV(operation_finish(operation, one, &length), CKR_OK);
	operation_free(operation);
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key, message, 50,
			  two, &length),
		CKR_OK);
	EXPECT_BYTES(one, LENGTH, two, LENGTH);
	operation = begin(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key);
	EXPECT_RV(
		operation_update(operation, message, 1000, NULL, NULL), CKR_OK);
	EXPECT_RV(operation_update(operation, message, 25, NULL, NULL),
		CKR_DATA_LEN_RANGE);
	operation_free(operation);
	operation = begin(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key);
	length = LENGTH;
	EXPECT_RV(operation_once(operation, message, LENGTH, one, &length),
		CKR_DATA_LEN_RANGE);
	operation_free(operation);
	key_free(key);
}

TEST(hashing_mechanisms_take_100_megabytes_at_once)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	unsigned char *big = calloc(1, BIG), out[LENGTH];
	CK_ULONG length = LENGTH;

	EXPECT(big != NULL);
	EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key, big,
			  BIG, out, &length),
		CKR_OK);
	EXPECT_RV(verify_once(CKM_SHA256_RSA_PKCS, NULL, 0, public, big, BIG,
			  out, length),
		CKR_OK);
	length = LENGTH;
	EXPECT_RV(run_once(CKM_SHA256, NULL, 0, CKF_DIGEST, NULL, big, BIG, out,
			  &length),
		CKR_OK);
	free(big);
	key_free(key);
	key_free(public);
}

TEST(input_that_is_empty_may_be_nowhere)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	struct key *public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	struct key *ec = ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519,
		"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f"
		"60");
	struct key *aes = secret_key_of(CKK_AES, message, 16);
	unsigned char out[LENGTH];
	CK_ULONG length = LENGTH;

	EXPECT_RV(run_once(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, key, NULL, 0,
			  out, &length),
		CKR_OK);
	EXPECT_RV(verify_once(CKM_SHA256_RSA_PKCS, NULL, 0, public, NULL, 0,
			  out, length),
		CKR_OK);
	EXPECT_RV(run_once(CKM_RSA_PKCS, NULL, 0, CKF_SIGN, key, NULL, 0, out,
			  &length),
		CKR_OK);
	EXPECT_RV(verify_once(
			  CKM_RSA_PKCS, NULL, 0, public, NULL, 0, out, length),
		CKR_OK);
	EXPECT_RV(run_once(CKM_RSA_X_509, NULL, 0, CKF_SIGN, key, NULL, 0, out,
			  &length),
		CKR_OK);
	EXPECT_RV(run_once(CKM_EDDSA, NULL, 0, CKF_SIGN, ec, NULL, 0, out,
			  &length),
		CKR_OK);
	length = LENGTH;
	EXPECT_RV(run_once(CKM_SHA256, NULL, 0, CKF_DIGEST, NULL, NULL, 0, out,
			  &length),
		CKR_OK);
	EXPECT_RV(run_once(CKM_AES_CBC, iv, 16, CKF_ENCRYPT, aes, NULL, 0, out,
			  &length),
		CKR_OK);
	EXPECT_NUMBER(length, 0);
	length = LENGTH;
	EXPECT_RV(run_once(CKM_AES_CBC_PAD, iv, 16, CKF_DECRYPT, aes, NULL, 0,
			  out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	EXPECT_RV(run_once(CKM_AES_KEY_WRAP, NULL, 0, CKF_DECRYPT, aes, NULL, 0,
			  out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	key_free(key);
	key_free(public);
	key_free(ec);
	key_free(aes);
}

TEST(finishing_without_any_input_is_the_empty_input)
{
	struct operation *operation;
	struct key *aes = secret_key_of(CKK_AES, message, 16);
	unsigned char out[64];
	CK_ULONG length = sizeof(out);

	operation = begin(CKM_SHA256, NULL, 0, CKF_DIGEST, NULL);
	EXPECT_RV(operation_finish(operation, out, &length), CKR_OK);
	EXPECT_NUMBER(length, 32);
	operation_free(operation);
	operation = begin(CKM_AES_KEY_WRAP, NULL, 0, CKF_ENCRYPT, aes);
	length = sizeof(out);
	EXPECT_RV(
		operation_finish(operation, out, &length), CKR_DATA_LEN_RANGE);
	operation_free(operation);
	key_free(aes);
}

/* Each mechanism with keys of every other kind. */
TEST(keys_of_another_type_class_or_size_are_refused)
{
	struct key *keys[] = {
		rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers),
		rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers),
		ec_key_of(CKO_PRIVATE_KEY, CKK_EC, P256, "01"),
		ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac"
			"031cae7f60"),
		ec_key_of(CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, X25519,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac"
			"031cae7f60"),
		secret_key_of(CKK_AES, message, 16),
		secret_key_of(CKK_GENERIC_SECRET, message, 16),
	};
	static const CK_FLAGS uses[] = { CKF_SIGN, CKF_VERIFY, CKF_ENCRYPT,
		CKF_DECRYPT, CKF_SIGN_RECOVER, CKF_VERIFY_RECOVER };
	const struct mechanism *row;
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct operation *operation;
	bool is_public;
	size_t i, j, k;
	CK_RV rv;

	for (i = 0; (row = mechanism_at(i)); i++)
		for (j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
			for (k = 0; k < 6; k++) {
				if (!row->operation ||
					row->key_type ==
						CK_UNAVAILABLE_INFORMATION)
					continue;
				operation = NULL;
				mechanism.mechanism = row->type;
				rv = operation_new(&mechanism, uses[k], keys[j],
					&operation);
				operation_free(operation);
				is_public = uses[k] &
					(CKF_VERIFY | CKF_ENCRYPT |
						CKF_VERIFY_RECOVER);
				if (!(row->uses & uses[k]))
					EXPECT_RV(rv, CKR_MECHANISM_INVALID);
				else if ((row->key_type != key_type(keys[j]) &&
						 row->other_key_type !=
							 key_type(keys[j])) ||
					(j < 5 && is_public != (j == 1)))
					EXPECT_RV(
						rv, CKR_KEY_TYPE_INCONSISTENT);
				else
					EXPECT(rv == CKR_OK ||
						rv == CKR_MECHANISM_PARAM_INVALID);
			}
	for (j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
		key_free(keys[j]);
}

TEST(parameters_that_do_not_belong_are_refused)
{
	static const unsigned char junk[1000];
	struct key *keys[] = {
		rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers),
		ec_key_of(CKO_PRIVATE_KEY, CKK_EC, P256, "01"),
		ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac"
			"031cae7f60"),
		secret_key_of(CKK_AES, message, 16),
		secret_key_of(CKK_GENERIC_SECRET, message, 16),
	};
	static const CK_FLAGS uses[] = { CKF_SIGN, CKF_DECRYPT, CKF_DIGEST };
	static const size_t sizes[] = { 1, 3, 500, 999 };
	const struct mechanism *row;
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct operation *operation;
	size_t i, j, k, l;

	for (i = 0; (row = mechanism_at(i)); i++)
		for (j = 0; j < 5; j++)
			for (k = 0; k < 3; k++)
				for (l = 0; l < 8; l++) {
					if (!row->operation ||
						!(row->uses & uses[k]) ||
						(row->key_type !=
								key_type(
									keys[j]) &&
							uses[k] != CKF_DIGEST))
						continue;
					mechanism.mechanism = row->type;
					mechanism.ulParameterLen = sizes[l % 4];
					/* Without an address it is as wrong. */
					mechanism.pParameter = l < 4
						? (void *)(size_t)junk
						: NULL;
					EXPECT_RV(operation_new(&mechanism,
							  uses[k], keys[j],
							  &operation),
						CKR_MECHANISM_PARAM_INVALID);
				}
	for (j = 0; j < 5; j++)
		key_free(keys[j]);
}
