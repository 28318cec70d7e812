/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures of memory, OpenSSL and SQLite under a fuzz target. The linker puts
 * these in the place of the functions that they are named after (--wrap). */

#include "config.h"

#include "tests/fuzz/fail.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static bool is_armed;
static uint64_t state;
static unsigned one_in;

/* FNV-1a: the input is its own seed. One of four inputs meets failures, of one
 * call in eight or as few as one in a thousand. */
void
fail_begin(const uint8_t *at, size_t length)
{
	uint64_t sum = 0xcbf29ce484222325;
	size_t i;

	for (i = 0; i < length; i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	sum ^= sum >> 29;
	is_armed = sum % 4 == 0;
	one_in = 8u << (sum >> 8) % 8;
	state = sum | 1;
}

void
fail_end(void)
{
	is_armed = false;
}

static bool
fails(void)
{
	if (!is_armed)
		return false;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % one_in == 0;
}

#define WRAP(type, name, failure, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return fails() ? (failure) : __real_##name arguments; \
	}

/* clang-format off */
WRAP(void *, malloc, NULL,
	(size_t size),
	(size))
WRAP(void *, calloc, NULL,
	(size_t count, size_t size),
	(count, size))
WRAP(void *, realloc, NULL,
	(void *at, size_t size),
	(at, size))
WRAP(void *, reallocarray, NULL,
	(void *at, size_t count, size_t size),
	(at, count, size))
WRAP(char *, strdup, NULL,
	(const char *text),
	(text))
WRAP(EVP_MD_CTX *, EVP_MD_CTX_new, NULL,
	(void),
	())
WRAP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, NULL,
	(void),
	())
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_pkey, NULL,
	(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *query),
	(library, key, query))
WRAP(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_from_name, NULL,
	(OSSL_LIB_CTX *library, const char *name, const char *query),
	(library, name, query))
WRAP(EVP_MAC_CTX *, EVP_MAC_CTX_new, NULL,
	(EVP_MAC *mac),
	(mac))
WRAP(EVP_KDF_CTX *, EVP_KDF_CTX_new, NULL,
	(EVP_KDF *kdf),
	(kdf))
WRAP(BIGNUM *, BN_new, NULL,
	(void),
	())
WRAP(BIGNUM *, BN_bin2bn, NULL,
	(const unsigned char *at, int length, BIGNUM *number),
	(at, length, number))
WRAP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_new, NULL,
	(void),
	())
WRAP(OSSL_PARAM *, OSSL_PARAM_BLD_to_param, NULL,
	(OSSL_PARAM_BLD *builder),
	(builder))
WRAP(int, EVP_DigestInit_ex2, 0,
	(EVP_MD_CTX *context, const EVP_MD *kind, const OSSL_PARAM *how),
	(context, kind, how))
WRAP(int, EVP_DigestUpdate, 0,
	(EVP_MD_CTX *context, const void *at, size_t length),
	(context, at, length))
WRAP(int, EVP_DigestFinal_ex, 0,
	(EVP_MD_CTX *context, unsigned char *at, unsigned *length),
	(context, at, length))
WRAP(int, EVP_CipherInit_ex2, 0,
	(EVP_CIPHER_CTX *context, const EVP_CIPHER *kind, const unsigned char *key, const unsigned char *iv, int encrypts, const OSSL_PARAM *how),
	(context, kind, key, iv, encrypts, how))
WRAP(int, EVP_CipherUpdate, 0,
	(EVP_CIPHER_CTX *context, unsigned char *out, int *length, const unsigned char *in, int count),
	(context, out, length, in, count))
WRAP(int, EVP_CipherFinal_ex, 0,
	(EVP_CIPHER_CTX *context, unsigned char *out, int *length),
	(context, out, length))
WRAP(int, EVP_PKEY_sign, 0,
	(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in, size_t count),
	(context, out, length, in, count))
WRAP(int, EVP_PKEY_encrypt, 0,
	(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in, size_t count),
	(context, out, length, in, count))
WRAP(int, EVP_PKEY_decrypt, 0,
	(EVP_PKEY_CTX *context, unsigned char *out, size_t *length, const unsigned char *in, size_t count),
	(context, out, length, in, count))
WRAP(int, EVP_PKEY_derive, 0,
	(EVP_PKEY_CTX *context, unsigned char *out, size_t *length),
	(context, out, length))
WRAP(int, EVP_PKEY_fromdata, 0,
	(EVP_PKEY_CTX *context, EVP_PKEY **key, int what, OSSL_PARAM *parts),
	(context, key, what, parts))
WRAP(int, EVP_MAC_init, 0,
	(EVP_MAC_CTX *context, const unsigned char *key, size_t length, const OSSL_PARAM *how),
	(context, key, length, how))
WRAP(int, EVP_MAC_update, 0,
	(EVP_MAC_CTX *context, const unsigned char *at, size_t length),
	(context, at, length))
WRAP(int, EVP_MAC_final, 0,
	(EVP_MAC_CTX *context, unsigned char *out, size_t *length, size_t room),
	(context, out, length, room))
WRAP(int, EVP_KDF_derive, 0,
	(EVP_KDF_CTX *context, unsigned char *out, size_t length, const OSSL_PARAM *how),
	(context, out, length, how))
WRAP(int, BN_mod_exp, 0,
	(BIGNUM *out, const BIGNUM *base, const BIGNUM *power, const BIGNUM *modulus, BN_CTX *context),
	(out, base, power, modulus, context))
WRAP(int, BN_mod_mul, 0,
	(BIGNUM *out, const BIGNUM *one, const BIGNUM *other, const BIGNUM *modulus, BN_CTX *context),
	(out, one, other, modulus, context))
WRAP(int, sqlite3_step, SQLITE_IOERR,
	(sqlite3_stmt *statement),
	(statement))
WRAP(int, sqlite3_prepare_v3, SQLITE_NOMEM,
	(sqlite3 *sqlite, const char *text, int length, unsigned flags, sqlite3_stmt **statement, const char **rest),
	(sqlite, text, length, flags, statement, rest))
WRAP(int, sqlite3_exec, SQLITE_FULL,
	(sqlite3 *sqlite, const char *text, int (*each)(void *, int, char **, char **), void *context, char **error),
	(sqlite, text, each, context, error))
/* clang-format on */
