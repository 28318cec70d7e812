/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate request for a key on a token. [RFC2986] */

#include "config.h"

#include "command/certificate-request.h"

#include "command/base64.h"
#include "command/object.h"
#include "command/say.h"
#include "command/signer.h"
#include "import/ber.h"
#include "pkcs11/text.h"

#include <string.h>

#define RSA_ENCRYPTION "1.2.840.113549.1.1.1"
#define EC_PUBLIC_KEY "1.2.840.10045.2.1"
#define COMMON_NAME "2.5.4.3"
#define EMAIL_ADDRESS "1.2.840.113549.1.9.1"
#define EXTENSION_REQUEST "1.2.840.113549.1.9.14"
#define ALTERNATIVE_NAME "2.5.29.17"

/* Bytes of a point; of the other curve 32. */
enum { ED448_LENGTH = 57 };

static CK_RV
put_rsa(const struct token *token, CK_OBJECT_HANDLE public, struct der *info)
{
	struct bytes modulus = { 0 }, exponent = { 0 };
	struct der key = { 0 };
	CK_RV rv;

	if ((rv = object_read(token, public, CKA_MODULUS, &modulus)) ==
			CKR_OK &&
		(rv = object_read(token, public, CKA_PUBLIC_EXPONENT,
			 &exponent)) == CKR_OK) {
		der_put_unsigned(&key, modulus.at, modulus.length);
		der_put_unsigned(&key, exponent.at, exponent.length);
		der_wrap(&key, 0, BER_SEQUENCE);
		der_put_algorithm(info, RSA_ENCRYPTION, true);
		der_put_bits(info, key.bytes.at, key.bytes.length);
	}
	der_clear(&key);
	bytes_clear(&modulus);
	bytes_clear(&exponent);
	return rv;
}

/* CKA_EC_POINT is an OCTET STRING; some tokens leave its header out. */
static struct ber
bare_point(const struct bytes *value)
{
	struct ber from = { value->at, value->length }, whole = from;
	struct ber_item item;

	if (ber_take(&from, BER_OCTET_STRING, &item) && !from.length)
		return item.content;
	return whole;
}

/* The newer curves are algorithms of their own. [RFC8410] */
static const char *
edwards_oid(const struct ber *point)
{
	return point->length == ED448_LENGTH ? "1.3.101.113" : "1.3.101.112";
}

static CK_RV
put_curve(const struct token *token, CK_OBJECT_HANDLE public, bool is_edwards,
	struct der *info)
{
	struct bytes parameters = { 0 }, point = { 0 };
	struct ber bare;
	CK_RV rv;

	if ((rv = object_read(token, public, CKA_EC_PARAMS, &parameters)) ==
			CKR_OK &&
		(rv = object_read(token, public, CKA_EC_POINT, &point)) ==
			CKR_OK) {
		bare = bare_point(&point);
		if (is_edwards) {
			der_put_algorithm(info, edwards_oid(&bare), false);
		} else {
			der_put_oid(info, EC_PUBLIC_KEY);
			der_put_whole(info, parameters.at, parameters.length);
			der_wrap(info, 0, BER_SEQUENCE);
		}
		der_put_bits(info, bare.at, bare.length);
	}
	bytes_clear(&parameters);
	bytes_clear(&point);
	return rv;
}

bool
request_read_key(const struct token *token, CK_OBJECT_HANDLE public,
	struct der *info, struct public_key *key)
{
	CK_KEY_TYPE type = object_read_number(token, public, CKA_KEY_TYPE);
	struct ber from;
	struct ber_item item;
	CK_RV rv;

	if (type == CKK_RSA)
		rv = put_rsa(token, public, info);
	else
		rv = put_curve(token, public, type == CKK_EC_EDWARDS, info);
	der_wrap(info, 0, BER_SEQUENCE);
	if (rv != CKR_OK || info->has_failed)
		return false;
	from = (struct ber){ info->bytes.at, info->bytes.length };
	return ber_take(&from, BER_SEQUENCE, &item) &&
		public_key_parse(key, &item);
}

/* SET { SEQUENCE { oid, text } } */
static void
put_name_part(struct der *der, const char *oid, unsigned tag, const char *text)
{
	size_t mark = der_mark(der);

	if (!text)
		return;
	der_put_oid(der, oid);
	der_put_text(der, tag, text);
	der_wrap(der, mark, BER_SEQUENCE);
	der_wrap(der, mark, BER_SET);
}

/* [0] attributes; with an address, a request for it as alternative name. */
static void
put_attributes(struct der *der, const struct subject *subject)
{
	size_t all = der_mark(der), value, extension, name;

	if (subject->address) {
		der_put_oid(der, EXTENSION_REQUEST);
		value = der_mark(der);
		der_put_oid(der, ALTERNATIVE_NAME);
		extension = der_mark(der);
		name = extension;
		der_put_text(der, BER_CONTEXT | 1, subject->address);
		der_wrap(der, name, BER_SEQUENCE);
		der_wrap(der, extension, BER_OCTET_STRING);
		der_wrap(der, value, BER_SEQUENCE);
		der_wrap(der, value, BER_SEQUENCE);
		der_wrap(der, value, BER_SET);
		der_wrap(der, all, BER_SEQUENCE);
	}
	der_wrap(der, all, BER_CONTEXT_CONSTRUCTED | 0);
}

static void
write_information(
	struct der *der, const struct der *info, const struct subject *subject)
{
	size_t name;

	der_put_number(der, 0);
	name = der_mark(der);
	put_name_part(der, COMMON_NAME, BER_UTF8_STRING, subject->name);
	put_name_part(der, EMAIL_ADDRESS, BER_IA5_STRING, subject->address);
	der_wrap(der, name, BER_SEQUENCE);
	der_put_whole(der, info->bytes.at, info->bytes.length);
	put_attributes(der, subject);
	der_wrap(der, 0, BER_SEQUENCE);
}

bool
request_write(const struct token *token, CK_OBJECT_HANDLE private,
	CK_KEY_TYPE type, const struct der *info, const struct subject *subject,
	struct bytes *text)
{
	struct held_key key = { .private = private, .type = type };
	struct bytes signature = { 0 };
	struct signer signer;
	struct der der = { 0 };
	bool fine;

	write_information(&der, info, subject);
	fine = !der.has_failed &&
		signer_init(&signer, token, &key, NULL, false) &&
		signer_apply(
			&signer, der.bytes.at, der.bytes.length, &signature);
	if (fine) {
		signer_put_algorithm(&signer, false, &der);
		der_put_bits(&der, signature.at, signature.length);
		der_wrap(&der, 0, BER_SEQUENCE);
		fine = !der.has_failed &&
			pem_append(text, "CERTIFICATE REQUEST", der.bytes.at,
				der.bytes.length);
	}
	bytes_clear(&signature);
	der_clear(&der);
	return fine;
}
