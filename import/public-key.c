/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys: what a private key and its certificates have in common. */

#include "config.h"

#include "import/public-key.h"

#include "import/p12-crypto.h"

#include <stdio.h>
#include <string.h>

/* Signatures by shorter RSA keys are believed by nobody any more. */
enum { SIGNING_BITS_MIN = 2048 };

#define OID(digits) (const unsigned char *)(digits)

/* clang-format off */
static const struct curve curves[] = {
	/* name, OpenSSL's name                kind      bits scalar  OID */
	{ "P-192", "prime192v1",               KEY_EC,        192, 24, OID("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01") },
	{ "P-224", "secp224r1",                KEY_EC,        224, 28, OID("\x06\x05\x2b\x81\x04\x00\x21") },
	{ "P-256", "prime256v1",               KEY_EC,        256, 32, OID("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07") },
	{ "P-384", "secp384r1",                KEY_EC,        384, 48, OID("\x06\x05\x2b\x81\x04\x00\x22") },
	{ "P-521", "secp521r1",                KEY_EC,        521, 66, OID("\x06\x05\x2b\x81\x04\x00\x23") },
	{ "secp256k1", "secp256k1",            KEY_EC,        256, 32, OID("\x06\x05\x2b\x81\x04\x00\x0a") },
	{ "brainpoolP224r1", "brainpoolP224r1", KEY_EC,       224, 28, OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x05") },
	{ "brainpoolP256r1", "brainpoolP256r1", KEY_EC,       256, 32, OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07") },
	{ "brainpoolP320r1", "brainpoolP320r1", KEY_EC,       320, 40, OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x09") },
	{ "brainpoolP384r1", "brainpoolP384r1", KEY_EC,       384, 48, OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0b") },
	{ "brainpoolP512r1", "brainpoolP512r1", KEY_EC,       512, 64, OID("\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x0d") },
	{ "Ed25519", "ED25519",                KEY_EDWARDS,    255, 32, OID("\x06\x03\x2b\x65\x70") },
	{ "Ed448", "ED448",                    KEY_EDWARDS,    448, 57, OID("\x06\x03\x2b\x65\x71") },
	{ "X25519", "X25519",                  KEY_MONTGOMERY, 255, 32, OID("\x06\x03\x2b\x65\x6e") },
	{ "X448", "X448",                      KEY_MONTGOMERY, 448, 56, OID("\x06\x03\x2b\x65\x6f") },
};

/* What an algorithm's identifier says of a key. The kinds without a token to
 * hold them have a name at least. */
static const struct algorithm {
	const char *oid;
	enum key_kind kind;
	const char *name;
} algorithms[] = {
	{ "1.2.840.113549.1.1.1",     KEY_RSA,   "RSA" },
	{ "1.2.840.113549.1.1.10",    KEY_RSA,   "RSA-PSS" },
	{ "2.5.8.1.1",                KEY_RSA,   "RSA" },
	{ "1.2.840.10045.2.1",        KEY_EC,    "EC" },
	{ "1.3.132.1.12",             KEY_EC,    "EC" },
	{ "1.2.840.113549.1.1.7",     KEY_OTHER, "RSA-OAEP" },
	{ "1.2.840.10040.4.1",        KEY_OTHER, "DSA" },
	{ "1.2.840.113549.1.3.1",     KEY_OTHER, "DH" },
	{ "1.2.840.10046.2.1",        KEY_OTHER, "DH" },
	{ "1.2.643.2.2.19",           KEY_OTHER, "GOST 2001" },
	{ "1.2.643.7.1.1.1.1",        KEY_OTHER, "GOST 2012, 256 bit" },
	{ "1.2.643.7.1.1.1.2",        KEY_OTHER, "GOST 2012, 512 bit" },
	{ "2.16.840.1.101.3.4.3.17",  KEY_OTHER, "ML-DSA-44" },
	{ "2.16.840.1.101.3.4.3.18",  KEY_OTHER, "ML-DSA-65" },
	{ "2.16.840.1.101.3.4.3.19",  KEY_OTHER, "ML-DSA-87" },
	{ "2.16.840.1.101.3.4.4.1",   KEY_OTHER, "ML-KEM-512" },
	{ "2.16.840.1.101.3.4.4.2",   KEY_OTHER, "ML-KEM-768" },
	{ "2.16.840.1.101.3.4.4.3",   KEY_OTHER, "ML-KEM-1024" },
};
/* clang-format on */

size_t
curve_oid_length(const struct curve *curve)
{
	return 2 + (size_t)curve->oid[1];
}

const struct curve *
curve_find(struct ber oid)
{
	size_t i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (oid.length == curve_oid_length(&curves[i]) &&
			memcmp(oid.at, curves[i].oid, oid.length) == 0)
			return &curves[i];
	return NULL;
}

static const struct algorithm *
find_algorithm(const char *oid)
{
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strcmp(algorithms[i].oid, oid) == 0)
			return &algorithms[i];
	return NULL;
}

static void
take_curve(struct public_key *key, const struct curve *curve)
{
	key->kind = curve->kind;
	key->curve = curve;
	key->bits = curve->bits;
	snprintf(key->name, sizeof(key->name), "%s%s",
		curve->kind == KEY_EC ? "EC " : "", curve->name);
}

/* A curve without its name, in numbers. */
static const struct curve *
find_spelled_out(struct ber parameters)
{
	size_t i;

	if (ber_peek(&parameters) != BER_SEQUENCE || parameters.length > 2048)
		return NULL;
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].kind == KEY_EC &&
			crypto_curve_is(curves[i].openssl_name, parameters))
			return &curves[i];
	return NULL;
}

/* The curve of an EC key is its parameter; one that is unknown makes the key
 * one of another kind. */
void
public_key_take_curve(struct public_key *key, struct ber parameters)
{
	const struct curve *curve;
	struct ber_item oid;

	curve = ber_take(&parameters, BER_OID, &oid)
		? curve_find(oid.whole)
		: find_spelled_out(parameters);
	if (curve && curve->kind == KEY_EC) {
		take_curve(key, curve);
		return;
	}
	key->kind = KEY_OTHER;
	snprintf(key->name, sizeof(key->name), "EC, unknown curve");
}

bool
public_key_take_algorithm(
	struct public_key *key, const struct ber_item *algorithm)
{
	struct ber inside = algorithm->content, look;
	const struct algorithm *found;
	const struct curve *curve;
	struct ber_item oid;
	char text[BER_OID_TEXT];

	look = inside;
	if (algorithm->tag != BER_SEQUENCE || !ber_take_oid(&inside, text) ||
		!ber_take(&look, BER_OID, &oid))
		return false;
	found = find_algorithm(text);
	key->kind = found ? found->kind : KEY_OTHER;
	snprintf(
		key->name, sizeof(key->name), "%s", found ? found->name : text);
	key->is_for_pss_only = found && strcmp(found->name, "RSA-PSS") == 0;
	curve = curve_find(oid.whole);
	if (curve && curve->kind != KEY_EC)
		take_curve(key, curve);
	if (key->kind == KEY_EC)
		public_key_take_curve(key, inside);
	return true;
}

void
public_key_describe(struct public_key *key)
{
	unsigned int top;

	if (key->kind != KEY_RSA || key->value.length == 0)
		return;
	key->bits = (unsigned int)(key->value.length * 8);
	for (top = key->value.at[0]; !(top & 0x80); top <<= 1)
		key->bits--;
	snprintf(key->name, sizeof(key->name), "%s %u",
		key->is_for_pss_only ? "RSA-PSS" : "RSA", key->bits);
}

bool
public_key_is_short(const struct public_key *key)
{
	return key->kind == KEY_RSA && key->bits < SIGNING_BITS_MIN;
}

static bool
take_rsa(struct public_key *key, struct ber bits)
{
	struct ber inside, modulus, exponent;

	if (!ber_enter(&bits, BER_SEQUENCE, &inside) ||
		!ber_take_unsigned(&inside, &modulus) ||
		!ber_take_unsigned(&inside, &exponent) || modulus.length == 0 ||
		!bytes_copy(&key->value, modulus.at, modulus.length) ||
		!bytes_copy(&key->exponent, exponent.at, exponent.length))
		return false;
	public_key_describe(key);
	return true;
}

bool
public_key_parse(struct public_key *key, const struct ber_item *info)
{
	struct ber inside = info->content, bits;
	struct ber_item algorithm;
	bool done;

	*key = (struct public_key){ 0 };
	if (info->tag != BER_SEQUENCE || !ber_next(&inside, &algorithm) ||
		!public_key_take_algorithm(key, &algorithm) ||
		!ber_take_bits(&inside, &bits))
		return false;
	done = key->kind == KEY_RSA
		? take_rsa(key, bits)
		: bytes_copy(&key->value, bits.at, bits.length);
	if (!done)
		public_key_clear(key);
	return done;
}

/* A compressed point is X with the parity of Y before it. [SEC1 2.3.3] */
static bool
is_compressed_form(const struct bytes *compressed, const struct bytes *full)
{
	size_t length = compressed->length;

	return length > 1 && full->length == 2 * length - 1 &&
		full->at[0] == 4 &&
		compressed->at[0] == (2 | (full->at[full->length - 1] & 1)) &&
		memcmp(compressed->at + 1, full->at + 1, length - 1) == 0;
}

bool
public_key_equal(const struct public_key *one, const struct public_key *other)
{
	if (one->kind != other->kind || one->curve != other->curve ||
		one->value.length == 0)
		return false;
	if (bytes_equal(&one->value, other->value.at, other->value.length))
		return bytes_equal(&one->exponent, other->exponent.at,
			other->exponent.length);
	return one->kind == KEY_EC &&
		(is_compressed_form(&one->value, &other->value) ||
			is_compressed_form(&other->value, &one->value));
}

bool
public_key_id(
	const struct public_key *key, unsigned char id[PUBLIC_KEY_ID_LENGTH])
{
	unsigned char digest[DIGEST_MAX];
	struct ber value = { key->value.at, key->value.length };
	size_t length;

	if (!crypto_digest("SHA1", value, digest, &length) ||
		length != PUBLIC_KEY_ID_LENGTH)
		return false;
	memcpy(id, digest, length);
	return true;
}

void
public_key_clear(struct public_key *key)
{
	bytes_clear(&key->value);
	bytes_clear(&key->exponent);
	*key = (struct public_key){ 0 };
}
