/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is measured: raw OpenSSL, or a PKCS #11 module with the same key. */

#ifndef CONTENDER_H
#define CONTENDER_H

#include "pkcs11/cryptoki.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct contender;

/* One kind of key, and how it signs. */
struct kind {
	const char *name;
	int bits;		/* RSA; 0: the curve P-256 */
	CK_MECHANISM_TYPE mechanism;
	size_t input;		/* bytes signed: a digest, or a DigestInfo */
};

/* The library itself, with one key and one context for all signatures. */
struct contender *contender_raw(const struct kind *kind, EVP_PKEY *key);
/*
 * The module at path: a token is made in it, and the key is put there. Each
 * module is loaded and initialised once. Ends the program when it fails, with
 * the call and its result.
 */
struct contender *contender_module(
	const char *path, const struct kind *kind, EVP_PKEY *key);
/*
 * The module at path, in which a token and a key are found that
 * contender_module made through another module. Each call has a session of its
 * own, so each thread can have a contender.
 */
struct contender *contender_found(const char *path, const struct kind *kind);
/* Signs once. */
void contender_sign(struct contender *contender);
void contender_free(struct contender *contender);

/* The function list of a module, initialised, with a token of ours. */
CK_FUNCTION_LIST *module_open(const char *path, CK_SLOT_ID *slot);
/* A session of it, read-write, logged in. */
CK_SESSION_HANDLE module_session(CK_FUNCTION_LIST *functions, CK_SLOT_ID slot);
void module_check(const char *what, CK_RV rv);

#endif
