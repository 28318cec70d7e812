/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that programs made of one and the same passphrase. */

#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include <stdbool.h>

#include "pkcs11/bytes.h"

enum passphrase_form {
	/* Two bytes a character and two zeros at the end. [RFC7292 B.1] */
	PASSPHRASE_BMP,
	/* The same made of single bytes, as if UTF-8 were Latin-1: OpenSSL
	 * before 1.1. */
	PASSPHRASE_WIDENED,
	/* No bytes at all where two zeros would stand: an empty one. */
	PASSPHRASE_NOTHING,
	/* As typed. */
	PASSPHRASE_UTF8,
	/* The low byte of each character: Latin-1, and what Java libraries
	 * make of the rest. */
	PASSPHRASE_LOW_BYTES,
	PASSPHRASE_FORMS
};

/* False when the form cannot be made, or is the same as one before it in the
 * order that its users try them. */
bool passphrase_encode(const struct secret *passphrase,
	enum passphrase_form form, struct secret *encoded);

#endif
