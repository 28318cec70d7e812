/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and certificates written as text. [RFC7468] */

#ifndef PEM_H
#define PEM_H

#include "import/bundle-build.h"

/* There is a block of PEM somewhere in the text, or all of it is base64. */
bool pem_is_one(struct ber from);
/* Adds what all the blocks hold. */
enum refusal pem_read(struct intake *intake, struct ber from);

/* Decodes base64, blanks and line ends left aside; false for other signs. */
bool pem_decode(struct ber text, struct secret *decoded);

#endif
