/* SPDX-License-Identifier: BSD-2-Clause */
/* How passphrases become keys, as their identifiers say. */

#include "config.h"

#include "import/pbe-derivation.h"

#include "import/pbe-gnupg.h"
#include "import/pbe.h"
#include "pkcs11/text.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
static const struct digest {
	const char *oid, *hmac_oid, *name;
} digests[] = {
	{ "1.3.14.3.2.26",           "1.2.840.113549.2.7",          "SHA1" },
	{ "2.16.840.1.101.3.4.2.1",  "1.2.840.113549.2.9",          "SHA256" },
	{ "2.16.840.1.101.3.4.2.2",  "1.2.840.113549.2.10",         "SHA384" },
	{ "2.16.840.1.101.3.4.2.3",  "1.2.840.113549.2.11",         "SHA512" },
	{ "2.16.840.1.101.3.4.2.4",  "1.2.840.113549.2.8",          "SHA224" },
	{ "2.16.840.1.101.3.4.2.5",  "1.2.840.113549.2.12",         "SHA512-224" },
	{ "2.16.840.1.101.3.4.2.6",  "1.2.840.113549.2.13",         "SHA512-256" },
	{ "2.16.840.1.101.3.4.2.7",  "2.16.840.1.101.3.4.2.13",     "SHA3-224" },
	{ "2.16.840.1.101.3.4.2.8",  "2.16.840.1.101.3.4.2.14",     "SHA3-256" },
	{ "2.16.840.1.101.3.4.2.9",  "2.16.840.1.101.3.4.2.15",     "SHA3-384" },
	{ "2.16.840.1.101.3.4.2.10", "2.16.840.1.101.3.4.2.16",     "SHA3-512" },
	{ "1.2.840.113549.2.5",      "1.2.840.113549.2.6",          "MD5" },
	{ "1.3.36.3.2.1",            "1.3.6.1.5.5.8.1.4",           "RIPEMD160" },
	{ "1.2.156.10197.1.401",     "1.2.156.10197.1.401.3.1",     "SM3" },
};
/* clang-format on */

enum refusal
algorithm_malformed(struct failure *failure)
{
	return fail(failure, REFUSAL_DAMAGED, "%s",
		_("the description of the protection is malformed"));
}

enum refusal
algorithm_unknown(struct failure *failure, const char *oid)
{
	return fail(failure, REFUSAL_ALGORITHM_UNKNOWN, "%s", oid);
}

bool
algorithm_take(const struct ber_item *algorithm, char oid[BER_OID_TEXT],
	struct ber *parameters)
{
	*parameters = algorithm->content;
	return algorithm->tag == BER_SEQUENCE && ber_take_oid(parameters, oid);
}

enum refusal
digest_parse(const char **digest, const struct ber_item *algorithm,
	struct failure *failure)
{
	struct ber parameters;
	char oid[BER_OID_TEXT];
	size_t i;

	if (!algorithm_take(algorithm, oid, &parameters))
		return algorithm_malformed(failure);
	for (i = 0; i < COUNT(digests); i++)
		if (strcmp(digests[i].oid, oid) == 0 ||
			strcmp(digests[i].hmac_oid, oid) == 0) {
			*digest = digests[i].name;
			return REFUSAL_NONE;
		}
	return algorithm_unknown(failure, oid);
}

enum refusal
iterations_take(struct ber *from, uint64_t *iterations, struct failure *failure)
{
	struct ber look = *from, magnitude;

	if (!ber_take_unsigned(&look, &magnitude) || magnitude.length == 0)
		return algorithm_malformed(failure);
	if (!ber_take_number(from, iterations) || *iterations > WORK_LIMIT)
		return fail(failure, REFUSAL_WORK_ABSURD, "%s",
			_("an absurd number of iterations"));
	return REFUSAL_NONE;
}

/* PBKDF2-params [RFC8018 A.2]; the PRF is HMAC with SHA-1 unless told. */
static enum refusal
parse_pbkdf2(struct derivation *derivation, struct ber parameters,
	struct failure *failure)
{
	struct ber inside;
	struct ber_item salt, prf;
	enum refusal refusal;

	derivation->kind = DERIVATION_PBKDF2;
	derivation->digest = "SHA1";
	if (!ber_enter(&parameters, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_OCTET_STRING, &salt))
		return algorithm_malformed(failure);
	derivation->salt = salt.content;
	refusal = iterations_take(&inside, &derivation->iterations, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	(void)ber_take_number(&inside, &derivation->key_length);
	if (!ber_take(&inside, BER_SEQUENCE, &prf))
		return REFUSAL_NONE;
	return digest_parse(&derivation->digest, &prf, failure);
}

/* scrypt-params [RFC7914 7] */
static enum refusal
parse_scrypt(struct derivation *derivation, struct ber parameters,
	struct failure *failure)
{
	struct ber inside;
	struct ber_item salt;
	uint64_t n, r, p;

	derivation->kind = DERIVATION_SCRYPT;
	if (!ber_enter(&parameters, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_OCTET_STRING, &salt) ||
		!ber_take_number(&inside, &n) ||
		!ber_take_number(&inside, &r) || !ber_take_number(&inside, &p))
		return algorithm_malformed(failure);
	(void)ber_take_number(&inside, &derivation->key_length);
	derivation->salt = salt.content;
	derivation->iterations = n;
	derivation->block_size = r;
	derivation->parallel = p;
	if (n < 2 || n & (n - 1) || r == 0 || p == 0)
		return algorithm_malformed(failure);
	/* One by one first: the product must not overflow. */
	if (n > SCRYPT_MEMORY_LIMIT || r > 1024 || p > 1024 ||
		128 * r * (n + p) > SCRYPT_MEMORY_LIMIT ||
		n * r * p > WORK_LIMIT)
		return fail(failure, REFUSAL_WORK_ABSURD, "scrypt");
	return REFUSAL_NONE;
}

enum refusal
derivation_parse(struct derivation *derivation,
	const struct ber_item *algorithm, struct failure *failure)
{
	struct ber parameters;
	char oid[BER_OID_TEXT];

	*derivation = (struct derivation){ 0 };
	if (!algorithm_take(algorithm, oid, &parameters))
		return algorithm_malformed(failure);
	if (strcmp(oid, "1.2.840.113549.1.5.12") == 0)
		return parse_pbkdf2(derivation, parameters, failure);
	if (strcmp(oid, "1.3.6.1.4.1.11591.4.11") == 0)
		return parse_scrypt(derivation, parameters, failure);
	return algorithm_unknown(failure, oid);
}

bool
derivation_is_pkcs12(const struct derivation *derivation)
{
	return derivation->kind == DERIVATION_PKCS12 ||
		derivation->kind == DERIVATION_PKCS12_GNUPG;
}

bool
derivation_run(const struct derivation *derivation, enum crypto_purpose purpose,
	struct ber passphrase, struct secret *result)
{
	switch (derivation->kind) {
	case DERIVATION_PKCS12:
		return crypto_derive_pkcs12(derivation->digest, purpose,
			passphrase, derivation->salt, derivation->iterations,
			result);
	case DERIVATION_PKCS12_GNUPG:
		return gnupg_derive_pkcs12(derivation->digest, purpose,
			passphrase, derivation->salt, derivation->iterations,
			result);
	case DERIVATION_PBKDF1:
		return crypto_derive_pbkdf1(derivation->digest, passphrase,
			derivation->salt, derivation->iterations, result);
	case DERIVATION_PBKDF2:
		return crypto_derive_pbkdf2(derivation->digest, passphrase,
			derivation->salt, derivation->iterations, result);
	case DERIVATION_SCRYPT:
		return crypto_derive_scrypt(passphrase, derivation->salt,
			derivation->iterations, derivation->block_size,
			derivation->parallel, SCRYPT_MEMORY_LIMIT + 1, result);
	}
	return false;
}
