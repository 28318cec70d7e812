/* SPDX-License-Identifier: BSD-2-Clause */
/* RC2 and RC4, decryption only: what old PKCS #12 files are sealed with, and
 * what today's libraries leave out or keep in a separate package. */

#ifndef RC2_H
#define RC2_H

#include <stdbool.h>

#include "import/ber.h"
#include "pkcs11/bytes.h"

/* RC2 in CBC with an IV of 8 bytes, key of 1 to 128 bytes, effective bits 1 to
 * 1024; takes the padding off. False for wrong padding or lengths. [RFC2268] */
bool rc2_decrypt(struct ber key, unsigned int bits, struct ber iv,
	struct ber sealed, struct secret *plain);

/* False for an empty key only (or no memory). */
bool rc4_decrypt(struct ber key, struct ber sealed, struct secret *plain);

#endif
