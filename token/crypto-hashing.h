/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash that is fed piece by piece, outside of any operation. */

#ifndef CRYPTO_HASHING_H
#define CRYPTO_HASHING_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

struct hashing;

/* SHA-256, or by a mechanism that the table of hashes has. NULL: memory is
 * short. */
struct hashing *hashing_new(void);
struct hashing *hashing_new_by(CK_MECHANISM_TYPE mechanism);
void hashing_free(struct hashing *hashing);
/* False: the library failed; the digest is then not to be had. */
bool hashing_add(struct hashing *hashing, const void *at, size_t length);
/* The digest is as long as the hash's: 32 bytes for SHA-256. */
bool hashing_end(struct hashing *hashing, unsigned char *digest);

#endif
