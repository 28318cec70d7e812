/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys for the tests of the crypto, and short ways to use them. */

#ifndef CRYPTO_KIT_H
#define CRYPTO_KIT_H

#include "token/key.h"
#include "token/operation.h"

/* The numbers of an RSA key, in hexadecimal and in the order of RFC 8017
 * A.1.2: n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p. */
enum { RSA_N, RSA_E, RSA_D, RSA_P, RSA_Q, RSA_DP, RSA_DQ, RSA_QI, RSA_ALL };
struct rsa_numbers {
	const char *at[RSA_ALL];
};

extern const struct rsa_numbers rsa_test_numbers;

/* A template that grows; its values live as long as the test. */
struct attributes {
	CK_ATTRIBUTE at[24];
	CK_ULONG count;
};

void attributes_add(struct attributes *attributes, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length);
void attributes_add_hex(struct attributes *attributes, CK_ATTRIBUTE_TYPE type,
	const char *digits);
void attributes_add_ulong(
	struct attributes *attributes, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
/* Class and type, and the numbers that are not NULL. */
void attributes_of_rsa(struct attributes *attributes, CK_OBJECT_CLASS class,
	const struct rsa_numbers *numbers);
/* params and value in hexadecimal; value is the scalar or the point. */
void attributes_of_ec(struct attributes *attributes, CK_OBJECT_CLASS class,
	CK_KEY_TYPE type, const char *params, const char *value);
void attributes_of_secret(struct attributes *attributes, CK_KEY_TYPE type,
	const void *value, size_t length);

/* Each fails the test when the key is refused. */
struct key *key_of(const struct attributes *attributes);
struct key *rsa_key_of(
	CK_OBJECT_CLASS class, const struct rsa_numbers *numbers);
struct key *ec_key_of(CK_OBJECT_CLASS class, CK_KEY_TYPE type,
	const char *params, const char *value);
struct key *secret_key_of(CK_KEY_TYPE type, const void *value, size_t length);
/* The generated half. */
struct key *key_of_parts(const struct key_parts *parts);
/* A generated pair. */
void pair_of(CK_MECHANISM_TYPE generation, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length, struct key **private_key,
	struct key **public_key);

/* One operation from beginning to end. */
CK_RV run_once(CK_MECHANISM_TYPE type, const void *parameter,
	size_t parameter_length, CK_FLAGS use, struct key *key, const void *in,
	size_t in_length, unsigned char *out, CK_ULONG *out_length);
CK_RV verify_once(CK_MECHANISM_TYPE type, const void *parameter,
	size_t parameter_length, struct key *key, const void *in,
	size_t in_length, const void *signature, size_t length);

/* OIDs of curves as CKA_EC_PARAMS, in hexadecimal. */
#define P256 "06082a8648ce3d030107"
#define P384 "06052b81040022"
#define P521 "06052b81040023"
#define SECP256K1 "06052b8104000a"
#define BRAINPOOL_P256R1 "06092b2403030208010107"
#define BRAINPOOL_P384R1 "06092b240303020801010b"
#define BRAINPOOL_P512R1 "06092b240303020801010d"
#define ED25519 "06032b6570"
#define ED448 "06032b6571"
#define X25519 "06032b656e"
#define X448 "06032b656f"

#endif
