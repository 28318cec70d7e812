/* SPDX-License-Identifier: BSD-2-Clause */
/* A SHA-256 that is fed piece by piece, outside of any operation. */

#ifndef CRYPTO_HASHING_H
#define CRYPTO_HASHING_H

#include <stdbool.h>
#include <stddef.h>

struct hashing;

/* NULL: memory is short. */
struct hashing *hashing_new(void);
void hashing_free(struct hashing *hashing);
/* False: the library failed; the digest is then not to be had. */
bool hashing_add(struct hashing *hashing, const void *at, size_t length);
bool hashing_end(struct hashing *hashing, unsigned char digest[32]);

#endif
