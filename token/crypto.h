/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crypto-*.c files share: the library, its hashes, and keys. */

#ifndef CRYPTO_H
#define CRYPTO_H

#include "token/key.h"

#include <stdint.h>

/* The library's own types, named without its headers: only the crypto-*.c
 * files include those. */
struct ossl_lib_ctx_st;
struct evp_md_st;
struct evp_mac_ctx_st;
struct evp_pkey_st;
struct evp_pkey_ctx_st;
struct bignum_st;
struct bn_mont_ctx_st;

/* The library's context of this process: made at the first call, without any
 * configuration file. Never NULL: without it there is nothing to do. */
struct ossl_lib_ctx_st *crypto_library(void);
/* To be asked before the first use of anything here: false when the library
 * cannot start for lack of memory, which lasts. */
bool crypto_starts(void);
bool hash_starts(void); /* the part of it that is about hashes */
/* Refuses, and adds what the library says of it; its errors are then empty. */
CK_RV crypto_refuse(CK_RV rv, const char *what);

/* A hash function, and its number in each place where the standard has one. */
struct hash {
	CK_MECHANISM_TYPE mechanism;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_EC_KDF_TYPE kdf;
	const char *name;
	CK_ULONG length;
	const char *info; /* DER before the digest in a DigestInfo */
	size_t info_length;
};

enum { HASH_LENGTH_MAX = 64, HASH_INFO_MAX = 19 };

/* RSA's moduli, and the longest secret key. Shorter ones than RSA_BITS_SAFE are
 * held for the old mail that only they open: they never sign, and no new one is
 * made. */
enum {
	RSA_BITS_MIN = 512,
	RSA_BITS_SAFE = 2048,
	RSA_BITS_MAX = 8192,
	RSA_LENGTH_MAX = RSA_BITS_MAX / 8,
	SECRET_LENGTH_MAX = 65536,
};

/* Each NULL when the token has no such hash. */
const struct hash *hash_find(CK_MECHANISM_TYPE mechanism);
const struct hash *hash_find_mgf(CK_RSA_PKCS_MGF_TYPE mgf);
const struct hash *hash_find_kdf(CK_EC_KDF_TYPE kdf);
/* Fetched once; never NULL for a hash of the table. */
const struct evp_md_st *hash_function(const struct hash *hash);
/* A running HMAC, which the caller frees; NULL: no memory. */
struct evp_mac_ctx_st *hash_hmac_new(
	const struct hash *hash, const void *key, size_t key_length);
/* HMAC of the pieces one after another. */
struct piece {
	const void *at;
	size_t length;
};
bool hash_hmac(const struct hash *hash, const void *key, size_t key_length,
	const struct piece *pieces, size_t count, unsigned char *result);

/* A curve of the table in crypto-curve.c. */
struct curve {
	CK_KEY_TYPE type;
	const char *name; /* as the library has it */
	CK_ULONG bits;
	CK_ULONG length; /* bytes of a coordinate or raw key */
	const char *oid; /* DER, as in CKA_EC_PARAMS */
	size_t oid_length;
};

/* NULL when params name no curve of the token for this type of key. */
const struct curve *curve_find(
	CK_KEY_TYPE type, const CK_BYTE *params, CK_ULONG length);
/* The curve that the library calls name. */
const struct curve *curve_find_name(const char *name);

/* Contexts that are set up once for a key and duplicated per operation. */
enum key_context {
	CONTEXT_SIGN,
	CONTEXT_VERIFY,
	CONTEXT_SIGN_RAW,
	CONTEXT_VERIFY_RAW,
	CONTEXT_DECRYPT_RAW,
	CONTEXT_ENCRYPT_RAW,
	CONTEXT_ENCRYPT,
	CONTEXT_COUNT
};

struct key {
	_Atomic unsigned owners;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	CK_ULONG size; /* in the unit of the mechanisms */
	/* RSA, EC, Edwards, Montgomery */
	struct evp_pkey_st *pair;
	_Atomic(struct evp_pkey_ctx_st *) contexts[CONTEXT_COUNT];
	const struct curve *curve;
	/* RSA private keys: from it come the answers to bad padding. */
	unsigned char rejection[32];
	/* And by this public half results are checked. */
	struct bn_mont_ctx_st *modulus;
	struct bignum_st *exponent;
	/* secret keys */
	struct secret value;
};

/* Length of RSA's modulus in bytes. */
CK_ULONG key_modulus_length(const struct key *key);
/* A context of the key for one operation: the caller frees it. NULL when the
 * library has no memory or the key cannot do it. */
struct evp_pkey_ctx_st *key_context_new(
	struct key *key, enum key_context context);

/* Each reads its kind of key from attributes into an empty one. */
CK_RV rsa_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key);
CK_RV ec_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key);
CK_RV raw_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key);
CK_RV secret_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count,
	bool trusted, struct key *key);
bool secret_length_is_legal(CK_KEY_TYPE type, CK_ULONG length);
/* Keeps what rsa_result_is_right needs, and frees it. */
bool rsa_check_make(
	struct key *key, const struct bignum_st *n, const struct bignum_st *e);
void rsa_check_clear(struct key *key);
/* Does the public half make the input of the result again? Both are as long as
 * the modulus. For RSA private keys; in several threads at once. */
bool rsa_result_is_right(const struct key *key, const CK_BYTE *result,
	const CK_BYTE *input, CK_ULONG length);
CK_RV rsa_key_complete(const struct key *key, struct key_parts *parts);
CK_RV ec_key_complete(const struct key *key, struct key_parts *parts);

/* Adds CKA_PUBLIC_KEY_INFO. */
CK_RV public_info_add(const struct key *key, struct key_parts *parts);

/* The attribute of the template, or NULL. One without a value is none. */
const CK_ATTRIBUTE *attribute_of(
	const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type);
bool attribute_ulong(const CK_ATTRIBUTE *attributes, CK_ULONG count,
	CK_ATTRIBUTE_TYPE type, CK_ULONG *value);
/* Adds a part; false when memory is short. */
bool key_parts_add(struct key_parts *parts, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length);
bool key_parts_add_ulong(
	struct key_parts *parts, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
bool key_parts_add_number(struct key_parts *parts, CK_ATTRIBUTE_TYPE type,
	const struct bignum_st *number);
/* Removes the wrapping of a DER OCTET STRING that fills all of at. */
bool octet_string_open(const CK_BYTE *at, CK_ULONG length,
	const CK_BYTE **inside, CK_ULONG *inside_length);

#endif
