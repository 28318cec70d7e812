/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys: what a private key and its certificates have in common. */

#ifndef PUBLIC_KEY_H
#define PUBLIC_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "import/ber.h"
#include "pkcs11/bytes.h"

enum key_kind { KEY_OTHER, KEY_RSA, KEY_EC, KEY_EDWARDS, KEY_MONTGOMERY };

/* A curve that has a name. */
struct curve {
	const char *name; /* for people: "P-256", "Ed25519" */
	const char *openssl_name;
	enum key_kind kind;
	unsigned int bits;
	size_t scalar_length; /* of a private key */
	/* Its OBJECT IDENTIFIER in DER: what CKA_EC_PARAMS holds. */
	const unsigned char *oid;
};

/* Owned; starts empty ({ 0 }). */
struct public_key {
	enum key_kind kind;
	const struct curve *curve; /* NULL for RSA and others */
	bool is_for_pss_only;      /* an RSA key of the kind id-RSASSA-PSS */
	unsigned int bits;
	/* RSA: the modulus, unsigned; curves: the point, raw. */
	struct bytes value;
	struct bytes exponent;   /* RSA only, unsigned */
	char name[BER_OID_TEXT]; /* for people: "RSA 4096", "DSA" */
};

/* The curve of an OBJECT IDENTIFIER (the whole element), or NULL. */
const struct curve *curve_find(struct ber oid);
/* The length of an OBJECT IDENTIFIER in DER, header and all. */
size_t curve_oid_length(const struct curve *curve);

/*
 * Reads the AlgorithmIdentifier of a key: its kind, curve and (for curves and
 * others) its name. False when it is no AlgorithmIdentifier. A kind that we do
 * not know is no error: KEY_OTHER.
 */
bool public_key_take_algorithm(
	struct public_key *key, const struct ber_item *algorithm);
/* Reads the parameters of an EC key: its curve, named or spelled out. */
void public_key_take_curve(struct public_key *key, struct ber parameters);
/* An RSA key below 2048 bits: too short to sign with, it only opens old mail.
 */
bool public_key_is_short(const struct public_key *key);
/* Gives an RSA key its name from its modulus. */
void public_key_describe(struct public_key *key);

/* Reads a SubjectPublicKeyInfo. False when it is none. */
bool public_key_parse(struct public_key *key, const struct ber_item *info);

/* The same key, be its point written compressed or not. */
bool public_key_equal(
	const struct public_key *one, const struct public_key *other);

#define PUBLIC_KEY_ID_LENGTH 20

/* The CKA_ID that NSS computes: SHA-1 of the modulus or the point. False when
 * the library fails. */
bool public_key_id(
	const struct public_key *key, unsigned char id[PUBLIC_KEY_ID_LENGTH]);

void public_key_clear(struct public_key *key);

#endif
