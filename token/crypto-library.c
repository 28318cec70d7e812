/* SPDX-License-Identifier: BSD-2-Clause */
/* The library's context of this process, its errors and its random bytes. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;

/*
 * A configuration file could name a provider that loads this very token; and
 * what signs is no matter of a text file of the host. So the default context's
 * configuration is ruled out for good, and ours never has any.
 */
static void
library_open(void)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
		library = OSSL_LIB_CTX_new();
	if (library && OSSL_PROVIDER_load(library, "default"))
		return;
	OSSL_LIB_CTX_free(library);
	library = NULL;
	note("the crypto library cannot start");
}

bool
crypto_starts(void)
{
	pthread_once(&once, library_open);
	return library && hash_starts();
}

struct ossl_lib_ctx_st *
crypto_library(void)
{
	pthread_once(&once, library_open);
	/* NULL would mean the default context. */
	if (!library)
		abort();
	return library;
}

CK_RV
crypto_refuse(CK_RV rv, const char *what)
{
	char reason[256] = "no reason given";
	unsigned long error = ERR_peek_last_error();

	if (error)
		ERR_error_string_n(error, reason, sizeof(reason));
	ERR_clear_error();
	return refuse(rv, "%s: %s", what, reason);
}

CK_RV
key_random(void *at, size_t length)
{
	if (RAND_priv_bytes_ex(crypto_library(), at, length, 0) != 1)
		return crypto_refuse(CKR_DEVICE_ERROR, "no random bytes");
	return CKR_OK;
}
