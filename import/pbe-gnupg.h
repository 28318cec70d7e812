/* SPDX-License-Identifier: BSD-2-Clause */
/* PKCS #12's derivation as GnuPG works it out: wrong once in a hundred files.
 */

#ifndef PBE_GNUPG_H
#define PBE_GNUPG_H

#include <stdbool.h>
#include <stdint.h>

#include "import/ber.h"
#include "import/p12-crypto.h"

/*
 * Fills the whole result [RFC7292 B.2], but for a sum that begins with zero
 * bytes: those are left out, and at its end the block keeps what it had. gpgsm
 * writes so (seen in 2.2.40), and no other program reads it. False also when no
 * sum was of that kind: then it would be the standard's key again.
 */
bool gnupg_derive_pkcs12(const char *digest, enum crypto_purpose purpose,
	struct ber passphrase, struct ber salt, uint64_t iterations,
	struct secret *result);

#endif
