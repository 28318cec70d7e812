/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives the crypto library, and our own secrets, memory of the vault. */

#include "config.h"

#include "token/crypto-memory.h"

#include "pkcs11/bytes.h"

#include <openssl/crypto.h>

static void *
take(size_t length, const char *file, int line)
{
	return vault_take(length);
}

static void *
resize(void *at, size_t length, const char *file, int line)
{
	return vault_resize(at, length);
}

static void
give(void *at, const char *file, int line)
{
	vault_give(at);
}

/* The library's secure heap would not do: it holds keys as they are read, but
 * not the copies that RSA makes of them. */
bool
crypto_memory_begin(size_t most, void (*tell)(const struct vault_state *state))
{
	static const struct secret_place place = { vault_take, vault_give };

	if (!vault_open(most, tell) ||
		CRYPTO_set_mem_functions(take, resize, give) != 1)
		return false;
	secret_keep_in(&place);
	return true;
}
