/* SPDX-License-Identifier: BSD-2-Clause */
/* What a person must know of an X.509 certificate. No OpenSSL needed. */

#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/public-key.h"
#include "pkcs11/bytes.h"

/* The bits of KeyUsage. [RFC5280 4.2.1.3] */
enum {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_NON_REPUDIATION = 1 << 1,
	USAGE_KEY_ENCIPHERMENT = 1 << 2,
	USAGE_DATA_ENCIPHERMENT = 1 << 3,
	USAGE_KEY_AGREEMENT = 1 << 4,
	USAGE_CERTIFICATE_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
	USAGE_ENCIPHER_ONLY = 1 << 7,
	USAGE_DECIPHER_ONLY = 1 << 8
};

#define FINGERPRINT_LENGTH 32

/* Owned; starts empty ({ 0 }). Texts are UTF-8 without control characters. */
struct certificate {
	struct bytes der;
	struct bytes subject, issuer; /* Name, DER: CKA_SUBJECT, CKA_ISSUER */
	struct bytes serial;          /* INTEGER, DER: CKA_SERIAL_NUMBER */
	struct bytes key_id, authority_id; /* of the extensions, or empty */
	struct public_key key;
	char *subject_text, *issuer_text; /* "CN=Alice, O=Example, C=GR" */
	char *common_name; /* CN, else O, else an address, else the whole */
	char *issuer_name; /* the same of the issuer */
	char **addresses;  /* e-mail; as written, each once */
	size_t addresses_count;
	int64_t not_before, not_after; /* seconds since 1970 UTC */
	bool has_usage;                /* else every use is allowed */
	unsigned int usage;
	bool has_extended_usage; /* else every purpose is allowed */
	bool names_email_protection, names_any_purpose;
	bool is_authority; /* basicConstraints says CA */
	unsigned char fingerprint[FINGERPRINT_LENGTH]; /* SHA-256 of der */
	char *label; /* the name beside it where it came from, or NULL */
};

/* Reads a certificate; bytes after it are ignored. False (and empty) when it
 * is none. */
bool certificate_parse(
	struct certificate *certificate, const void *der, size_t length);
void certificate_clear(struct certificate *certificate);

/* What mail programs may do with it: purpose and KeyUsage both allow it. */
bool certificate_is_for_email(const struct certificate *certificate);
bool certificate_can_sign(const struct certificate *certificate);
bool certificate_can_encrypt(const struct certificate *certificate);
/* At that time, in seconds since 1970. */
bool certificate_is_valid_at(
	const struct certificate *certificate, int64_t when);
/* The address is one of its own, in any case of letters. */
bool certificate_has_address(
	const struct certificate *certificate, const char *address);
bool certificate_equal(
	const struct certificate *one, const struct certificate *other);

/* Names match, and the issuer's key made the signature. */
bool certificate_issued(
	const struct certificate *issuer, const struct certificate *issued);
bool certificate_is_self_signed(const struct certificate *certificate);

#define CHAIN_LENGTH 16

/* From a certificate (first) towards its root. Borrows all. */
struct chain {
	const struct certificate *certificates[CHAIN_LENGTH];
	size_t count;
	bool has_root; /* the last is self-signed */
	/* So it is, or a root that this system trusts issued the last. */
	bool is_complete;
};

/* Builds it from a pool of certificates (array of pointers). */
void chain_build(struct chain *chain, const struct certificate *certificate,
	const struct certificate *const *pool, size_t count);

/* Room for "2027-03-01", and for a fingerprint as "AB:CD:...". */
#define DATE_TEXT 16
#define FINGERPRINT_TEXT (FINGERPRINT_LENGTH * 3)
void certificate_date_text(int64_t when, char text[DATE_TEXT]);
void certificate_fingerprint_text(
	const struct certificate *certificate, char text[FINGERPRINT_TEXT]);

#endif
