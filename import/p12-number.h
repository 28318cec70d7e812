/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on keys, for import/p12-*.c alone. */

#ifndef P12_NUMBER_H
#define P12_NUMBER_H

#include "import/key.h"

#include <openssl/bn.h>

/* A number of the context's frame, to be used in constant time; NULL when
 * memory is short. */
BIGNUM *number_read(BN_CTX *context, struct ber from);

/* Checks that the parts of an RSA key belong together, and computes those that
 * the file leaves out. */
bool rsa_complete(struct key *key);

#endif
