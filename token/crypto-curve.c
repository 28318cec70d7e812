/* SPDX-License-Identifier: BSD-2-Clause */
/* The curves: a row each, found by OID or by name. */

#include "config.h"

#include "token/crypto.h"

#include <string.h>
#include <strings.h>

/* CKA_EC_PARAMS holds the OID of the curve in DER; for curves of Edwards and
 * Montgomery also a PrintableString of its name [PKCS11 2.3.5]. The first row
 * of a curve is the usual one; the others are what older clients send. */
#define OID(bytes) bytes, sizeof(bytes) - 1
#define SECP(last) OID("\x06\x05\x2b\x81\x04\x00" last)
#define BRAINPOOL(last) OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01" last)

/* clang-format off */
static const struct curve curves[] = {
	/* key type           library's name     bits length  DER */
	{ CKK_EC,            "prime256v1",       256, 32,
		OID("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07") },
	{ CKK_EC,            "secp384r1",        384, 48,  SECP("\x22") },
	{ CKK_EC,            "secp521r1",        521, 66,  SECP("\x23") },
	{ CKK_EC,            "secp256k1",        256, 32,  SECP("\x0a") },
	{ CKK_EC,            "brainpoolP256r1",  256, 32,  BRAINPOOL("\x07") },
	{ CKK_EC,            "brainpoolP320r1",  320, 40,  BRAINPOOL("\x09") },
	{ CKK_EC,            "brainpoolP384r1",  384, 48,  BRAINPOOL("\x0b") },
	{ CKK_EC,            "brainpoolP512r1",  512, 64,  BRAINPOOL("\x0d") },
	{ CKK_EC_EDWARDS,    "ED25519",          255, 32,
		OID("\x06\x03\x2b\x65\x70") },
	{ CKK_EC_EDWARDS,    "ED25519",          255, 32,
		OID("\x13\x0c" "edwards25519") },
	{ CKK_EC_EDWARDS,    "ED25519",          255, 32,
		OID("\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01") },
	{ CKK_EC_EDWARDS,    "ED448",            448, 57,
		OID("\x06\x03\x2b\x65\x71") },
	{ CKK_EC_EDWARDS,    "ED448",            448, 57,
		OID("\x13\x0a" "edwards448") },
	{ CKK_EC_MONTGOMERY, "X25519",           255, 32,
		OID("\x06\x03\x2b\x65\x6e") },
	{ CKK_EC_MONTGOMERY, "X25519",           255, 32,
		OID("\x13\x0a" "curve25519") },
	{ CKK_EC_MONTGOMERY, "X25519",           255, 32,
		OID("\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01") },
	{ CKK_EC_MONTGOMERY, "X448",             448, 56,
		OID("\x06\x03\x2b\x65\x6f") },
	{ CKK_EC_MONTGOMERY, "X448",             448, 56,
		OID("\x13\x08" "curve448") },
};
/* clang-format on */

enum { CURVE_COUNT = sizeof(curves) / sizeof(curves[0]) };

const struct curve *
curve_find(CK_KEY_TYPE type, const CK_BYTE *params, CK_ULONG length)
{
	size_t i;

	for (i = 0; i < CURVE_COUNT; i++)
		if (curves[i].type == type && curves[i].oid_length == length &&
			memcmp(curves[i].oid, params, length) == 0)
			return &curves[i];
	return NULL;
}

const struct curve *
curve_find_name(const char *name)
{
	size_t i;

	for (i = 0; i < CURVE_COUNT; i++)
		if (strcasecmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}
