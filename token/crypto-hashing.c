/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash that is fed piece by piece, outside of any operation. */

#include "config.h"

#include "token/crypto-hashing.h"

#include "token/crypto.h"

#include <openssl/evp.h>

/* The library's own context does all; the type says what it is for. */
struct hashing *
hashing_new_by(CK_MECHANISM_TYPE mechanism)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (context &&
		EVP_DigestInit_ex2(context, hash_function(hash_find(mechanism)),
			NULL) == 1)
		return (struct hashing *)context;
	crypto_refuse(CKR_HOST_MEMORY, "digest");
	EVP_MD_CTX_free(context);
	return NULL;
}

struct hashing *
hashing_new(void)
{
	return hashing_new_by(CKM_SHA256);
}

void
hashing_free(struct hashing *hashing)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)hashing);
}

bool
hashing_add(struct hashing *hashing, const void *at, size_t length)
{
	return EVP_DigestUpdate((EVP_MD_CTX *)hashing, at, length) == 1;
}

bool
hashing_end(struct hashing *hashing, unsigned char *digest)
{
	return EVP_DigestFinal_ex((EVP_MD_CTX *)hashing, digest, NULL) == 1;
}
