/* SPDX-License-Identifier: BSD-2-Clause */
/* A key ready for use: made once from its attributes, then shared. */

#ifndef KEY_H
#define KEY_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

/*
 * Immutable, counted, and safe in several threads at once. It holds what the
 * crypto library needs to use it at once (for RSA its blinding too), so that
 * an operation costs no parsing. It knows nothing of handles and policy.
 */
struct key;

/* The attributes that crypto made: a generated, derived or completed key. */
enum { KEY_PARTS_MAX = 16 };
struct key_parts {
	struct {
		CK_ATTRIBUTE_TYPE type;
		struct secret value;
	} at[KEY_PARTS_MAX];
	size_t count;
};

void key_parts_clear(struct key_parts *parts);

/*
 * Makes a key from the attributes of its object (CKA_CLASS, CKA_KEY_TYPE and
 * its material among them; others are ignored; nothing of them is kept by
 * pointer). Checks it whole: CKR_TEMPLATE_INCOMPLETE when a needed part is
 * missing, CKR_ATTRIBUTE_VALUE_INVALID for malformed or inconsistent material
 * (wrong factors, even or unit exponent, point off its curve, empty modulus),
 * CKR_CURVE_NOT_SUPPORTED / CKR_DOMAIN_PARAMS_INVALID, CKR_KEY_SIZE_RANGE.
 * trusted: the material comes from the token's own authenticated store, and
 * the costly checks (primality) were done when it was created.
 * The caller owns *result: key_free.
 */
CK_RV key_new(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key **result);
/* Another owner of the same key. */
struct key *key_share(struct key *key);
void key_free(struct key *key);

CK_KEY_TYPE key_type(const struct key *key);
CK_OBJECT_CLASS key_class(const struct key *key);
/* Whether an RSA key of this CKA_MODULUS is too short to sign. */
bool rsa_modulus_is_short(const CK_ATTRIBUTE *modulus);
/* In the unit of the mechanism's sizes: bits for RSA and EC, bytes for AES and
 * generic secrets. [PKCS11 2.1, CK_MECHANISM_INFO] */
CK_ULONG key_size(const struct key *key);

/*
 * Adds the attributes that follow from the material and that the object should
 * carry: CKA_MODULUS_BITS, CKA_PUBLIC_KEY_INFO, CKA_VALUE_LEN, and for an
 * private key all numbers or the scalar, for a public one all of it (so parts
 * that were missing are there, and the others as they should be stored).
 * The caller clears *result.
 */
CK_RV key_complete(const struct key *key, struct key_parts *result);

/* A new key pair: mechanism CKM_..._KEY_PAIR_GEN, and what the public template
 * asks (CKA_MODULUS_BITS, CKA_PUBLIC_EXPONENT, CKA_EC_PARAMS). Fills both sides
 * with their whole material (CKA_CLASS and CKA_KEY_TYPE included). */
CK_RV key_generate_pair(const CK_MECHANISM *mechanism,
	const CK_ATTRIBUTE *template, CK_ULONG count,
	struct key_parts *public_parts, struct key_parts *private_parts);
/* A new secret key (CKM_AES_KEY_GEN, CKM_GENERIC_SECRET_KEY_GEN): CKA_VALUE_LEN
 * is read from the template. */
CK_RV key_generate(const CK_MECHANISM *mechanism, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct key_parts *parts);

/*
 * Derives (ECDH with every KDF, X25519/X448, HKDF): the template's
 * CKA_KEY_TYPE and CKA_VALUE_LEN say how long; without them the whole shared
 * secret. CKR_MECHANISM_PARAM_INVALID, CKR_TEMPLATE_INCONSISTENT.
 */
CK_RV key_derive(const CK_MECHANISM *mechanism, struct key *base,
	const CK_ATTRIBUTE *template, CK_ULONG count, struct secret *value);

/*
 * Wraps plain bytes (a secret key's value, or PKCS#8 for a private one) and
 * unwraps them. Unwrapping by RSA v1.5 never tells bad padding: type and length
 * are what the template asks (length 0: as found, but legal for the type), and
 * wrong padding gives random bytes of such a length.
 * CKR_WRAPPED_KEY_INVALID, CKR_WRAPPED_KEY_LEN_RANGE,
 * CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE (too long to wrap).
 */
CK_RV key_wrap(const CK_MECHANISM *mechanism, struct key *wrapping,
	const struct secret *plain, struct bytes *wrapped);
CK_RV key_unwrap(const CK_MECHANISM *mechanism, struct key *unwrapping,
	const CK_BYTE *wrapped, CK_ULONG wrapped_length, CK_KEY_TYPE type,
	CK_ULONG length, struct secret *plain);
/* A private key as PKCS#8 (RFC 5958) and back; the parts of *result carry
 * CKA_KEY_TYPE and the material. CKR_WRAPPED_KEY_INVALID. */
CK_RV key_to_pkcs8(const struct key *key, struct secret *pkcs8);
CK_RV key_from_pkcs8(const struct secret *pkcs8, struct key_parts *result);

/* Cryptographic random bytes, of the library's private generator. */
CK_RV key_random(void *at, size_t length);

#endif
