/* SPDX-License-Identifier: BSD-2-Clause */
/* What the identifiers of PBES1, PBES2 and their ciphers say. */

#include "config.h"

#include "import/pbe-scheme.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
static const struct cipher ciphers[] = {
	{ "2.16.840.1.101.3.4.1.2",       "AES-128-CBC",      CIPHER_BLOCKS, 16, 16 },
	{ "2.16.840.1.101.3.4.1.22",      "AES-192-CBC",      CIPHER_BLOCKS, 24, 16 },
	{ "2.16.840.1.101.3.4.1.42",      "AES-256-CBC",      CIPHER_BLOCKS, 32, 16 },
	{ "2.16.840.1.101.3.4.1.3",       "AES-128-OFB",      CIPHER_STREAM, 16, 16 },
	{ "2.16.840.1.101.3.4.1.23",      "AES-192-OFB",      CIPHER_STREAM, 24, 16 },
	{ "2.16.840.1.101.3.4.1.43",      "AES-256-OFB",      CIPHER_STREAM, 32, 16 },
	{ "2.16.840.1.101.3.4.1.4",       "AES-128-CFB",      CIPHER_STREAM, 16, 16 },
	{ "2.16.840.1.101.3.4.1.24",      "AES-192-CFB",      CIPHER_STREAM, 24, 16 },
	{ "2.16.840.1.101.3.4.1.44",      "AES-256-CFB",      CIPHER_STREAM, 32, 16 },
	{ "1.2.840.113549.3.7",           "DES-EDE3-CBC",     CIPHER_BLOCKS, 24, 8 },
	{ "1.3.14.3.2.7",                 "DES-CBC",          CIPHER_DES,    8,  8 },
	{ "1.2.840.113549.3.2",           "RC2-CBC",          CIPHER_RC2,    0,  8 },
	{ "1.2.392.200011.61.1.1.1.2",    "CAMELLIA-128-CBC", CIPHER_BLOCKS, 16, 16 },
	{ "1.2.392.200011.61.1.1.1.3",    "CAMELLIA-192-CBC", CIPHER_BLOCKS, 24, 16 },
	{ "1.2.392.200011.61.1.1.1.4",    "CAMELLIA-256-CBC", CIPHER_BLOCKS, 32, 16 },
	{ "1.2.410.200046.1.1.2",         "ARIA-128-CBC",     CIPHER_BLOCKS, 16, 16 },
	{ "1.2.410.200046.1.1.7",         "ARIA-192-CBC",     CIPHER_BLOCKS, 24, 16 },
	{ "1.2.410.200046.1.1.12",        "ARIA-256-CBC",     CIPHER_BLOCKS, 32, 16 },
	{ "1.2.156.10197.1.104.2",        "SM4-CBC",          CIPHER_BLOCKS, 16, 16 },
	{ "1.2.410.200004.1.4",           "SEED-CBC",         CIPHER_BLOCKS, 16, 16 },
	{ "1.3.6.1.4.1.3029.1.2",         "BF-CBC",           CIPHER_BLOCKS, 16, 8 },
	{ NULL,                           "DES-EDE-CBC",      CIPHER_DES_TWO_KEYS, 16, 8 },
	{ NULL,                           "RC4",              CIPHER_RC4,    0,  0 },
};

/* The schemes that name all their parts at once. [RFC7292 C] [RFC8018 A.3] */
static const struct old_scheme {
	const char *oid;
	enum derivation_kind derivation;
	const char *digest, *cipher;
	size_t key_length;
} old_schemes[] = {
	{ "1.2.840.113549.1.12.1.1", DERIVATION_PKCS12, "SHA1", "RC4",          16 },
	{ "1.2.840.113549.1.12.1.2", DERIVATION_PKCS12, "SHA1", "RC4",          5 },
	{ "1.2.840.113549.1.12.1.3", DERIVATION_PKCS12, "SHA1", "DES-EDE3-CBC", 24 },
	{ "1.2.840.113549.1.12.1.4", DERIVATION_PKCS12, "SHA1", "DES-EDE-CBC",  16 },
	{ "1.2.840.113549.1.12.1.5", DERIVATION_PKCS12, "SHA1", "RC2-CBC",      16 },
	{ "1.2.840.113549.1.12.1.6", DERIVATION_PKCS12, "SHA1", "RC2-CBC",      5 },
	{ "1.2.840.113549.1.5.3",    DERIVATION_PBKDF1, "MD5",  "DES-CBC",      8 },
	{ "1.2.840.113549.1.5.6",    DERIVATION_PBKDF1, "MD5",  "RC2-CBC",      8 },
	{ "1.2.840.113549.1.5.10",   DERIVATION_PBKDF1, "SHA1", "DES-CBC",      8 },
	{ "1.2.840.113549.1.5.11",   DERIVATION_PBKDF1, "SHA1", "RC2-CBC",      8 },
};

/* clang-format on */

static const struct cipher *
find_cipher(const char *oid, const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(ciphers); i++)
		if ((oid && ciphers[i].oid &&
			    strcmp(ciphers[i].oid, oid) == 0) ||
			(name && strcmp(ciphers[i].name, name) == 0))
			return &ciphers[i];
	return NULL;
}

/* The effective bits of RC2, as its parameters code them. [RFC8018 B.2.3] */
static unsigned int
rc2_bits(uint64_t version)
{
	return version == 160                       ? 40
		: version == 120                    ? 64
		: version == 58                     ? 128
		: version >= 256 && version <= 1024 ? (unsigned int)version
						    : 0;
}

static enum refusal
parse_iv(struct scheme *scheme, struct ber parameters, struct failure *failure)
{
	struct ber inside = parameters;
	struct ber_item iv;
	uint64_t version;

	if (scheme->cipher->kind == CIPHER_RC2) {
		scheme->rc2_bits = 32;
		if (ber_peek(&parameters) == BER_SEQUENCE &&
			!ber_enter(&parameters, BER_SEQUENCE, &inside))
			return algorithm_malformed(failure);
		if (ber_take_number(&inside, &version))
			scheme->rc2_bits = rc2_bits(version);
	}
	if (!ber_take(&inside, BER_OCTET_STRING, &iv) ||
		iv.content.length != scheme->cipher->iv_length)
		return algorithm_malformed(failure);
	scheme->iv = iv.content;
	return REFUSAL_NONE;
}

static bool
is_of_library(const struct cipher *cipher)
{
	return cipher->kind == CIPHER_BLOCKS || cipher->kind == CIPHER_STREAM;
}

/* The cipher of PBES2. A length that the file tells beside it counts only
 * where the cipher leaves it open: some writers tell a wrong one. */
static enum refusal
parse_cipher(struct scheme *scheme, const struct ber_item *algorithm,
	struct failure *failure)
{
	struct ber parameters;
	char oid[BER_OID_TEXT];
	uint64_t told = scheme->derivation.key_length;
	enum refusal refusal;

	if (!algorithm_take(algorithm, oid, &parameters))
		return algorithm_malformed(failure);
	scheme->cipher = find_cipher(oid, NULL);
	if (!scheme->cipher ||
		(is_of_library(scheme->cipher) &&
			!crypto_has_cipher(scheme->cipher->name)))
		return algorithm_unknown(
			failure, scheme->cipher ? scheme->cipher->name : oid);
	refusal = parse_iv(scheme, parameters, failure);
	scheme->key_length = scheme->cipher->key_length;
	if (scheme->cipher->kind == CIPHER_RC2)
		scheme->key_length = told && told <= 128 ? (size_t)told
							 : scheme->rc2_bits / 8;
	return refusal;
}

/* PBES2-params [RFC8018 A.4] */
static enum refusal
parse_pbes2(
	struct scheme *scheme, struct ber parameters, struct failure *failure)
{
	struct ber inside;
	struct ber_item derivation, cipher;
	enum refusal refusal;

	if (!ber_enter(&parameters, BER_SEQUENCE, &inside) ||
		!ber_next(&inside, &derivation) || !ber_next(&inside, &cipher))
		return algorithm_malformed(failure);
	refusal = derivation_parse(&scheme->derivation, &derivation, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	return parse_cipher(scheme, &cipher, failure);
}

static enum refusal
parse_old(struct scheme *scheme, const struct old_scheme *old,
	struct ber parameters, struct failure *failure)
{
	struct derivation *derivation = &scheme->derivation;
	struct ber inside;
	struct ber_item salt;

	derivation->kind = old->derivation;
	derivation->digest = old->digest;
	scheme->cipher = find_cipher(NULL, old->cipher);
	scheme->key_length = old->key_length;
	scheme->rc2_bits = (unsigned int)old->key_length * 8;
	if (!ber_enter(&parameters, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_OCTET_STRING, &salt))
		return algorithm_malformed(failure);
	derivation->salt = salt.content;
	return iterations_take(&inside, &derivation->iterations, failure);
}

enum refusal
scheme_parse(struct scheme *scheme, const struct ber_item *algorithm,
	struct failure *failure)
{
	struct ber parameters;
	char oid[BER_OID_TEXT];
	size_t i;

	*scheme = (struct scheme){ 0 };
	if (!algorithm_take(algorithm, oid, &parameters))
		return algorithm_malformed(failure);
	if (strcmp(oid, "1.2.840.113549.1.5.13") == 0)
		return parse_pbes2(scheme, parameters, failure);
	for (i = 0; i < COUNT(old_schemes); i++)
		if (strcmp(old_schemes[i].oid, oid) == 0)
			return parse_old(
				scheme, &old_schemes[i], parameters, failure);
	return algorithm_unknown(failure, oid);
}
