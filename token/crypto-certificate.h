/* SPDX-License-Identifier: BSD-2-Clause */
/* The public key of a certificate, as the attributes of its object. */

#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

/* Owned; starts empty ({ 0 }). Of the parts, those are filled that the type
 * has.
 */
struct certificate_key {
	CK_KEY_TYPE type; /* CKK_RSA or CKK_EC */
	CK_ULONG bits;
	struct bytes modulus, exponent; /* RSA */
	struct bytes params, point;     /* EC */
	struct bytes info;              /* SubjectPublicKeyInfo */
	bool is_authority;              /* it signs certificates */
};

/* False (and empty): no certificate, or another type of key. */
bool certificate_key_read(
	struct certificate_key *key, const void *der, size_t length);
void certificate_key_clear(struct certificate_key *key);

#endif
