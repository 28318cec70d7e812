/* SPDX-License-Identifier: BSD-2-Clause */
/* The objects that a deposit makes, as templates. */

#include "config.h"

#include "import/deposit-template.h"

#include <stdlib.h>
#include <string.h>

static const CK_KEY_TYPE key_types[] = {
	[KEY_RSA] = CKK_RSA,
	[KEY_EC] = CKK_EC,
	[KEY_EDWARDS] = CKK_EC_EDWARDS,
	[KEY_MONTGOMERY] = CKK_EC_MONTGOMERY,
};

/* What an RSA key of the kind id-RSASSA-PSS may be used with. */
static const CK_MECHANISM_TYPE pss_mechanisms[] = { CKM_RSA_PKCS_PSS,
	CKM_SHA1_RSA_PKCS_PSS, CKM_SHA224_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS,
	CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS };

static const struct part_attribute {
	enum key_part part;
	CK_ATTRIBUTE_TYPE type;
} part_attributes[] = {
	{ KEY_PRIVATE_EXPONENT, CKA_PRIVATE_EXPONENT },
	{ KEY_PRIME_1, CKA_PRIME_1 },
	{ KEY_PRIME_2, CKA_PRIME_2 },
	{ KEY_EXPONENT_1, CKA_EXPONENT_1 },
	{ KEY_EXPONENT_2, CKA_EXPONENT_2 },
	{ KEY_COEFFICIENT, CKA_COEFFICIENT },
	{ KEY_SCALAR, CKA_VALUE },
};

/* A use of the private key, and what it means for the public one. */
static const struct use_attribute {
	unsigned int use;
	CK_ATTRIBUTE_TYPE private_type, public_type;
} use_attributes[] = {
	{ IDENTITY_SIGNS, CKA_SIGN, CKA_VERIFY },
	{ IDENTITY_DECRYPTS, CKA_DECRYPT, CKA_ENCRYPT },
	{ IDENTITY_DECRYPTS, CKA_UNWRAP, CKA_WRAP },
	{ IDENTITY_DERIVES, CKA_DERIVE, CKA_DERIVE },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void
badge_clear(struct badge *badge)
{
	bytes_clear(&badge->id);
	free(badge->label);
	*badge = (struct badge){ 0 };
}

struct ber
point_wrap(const struct public_key *key, unsigned char room[POINT_ROOM])
{
	size_t length = key->value.length, header = length < 0x80 ? 2 : 3;

	if (length == 0 || length > 0xff)
		return (struct ber){ 0 };
	room[0] = BER_OCTET_STRING;
	room[1] = header == 2 ? (unsigned char)length : 0x81;
	room[header - 1] = (unsigned char)length;
	memcpy(room + header, key->value.at, length);
	return (struct ber){ room, header + length };
}

static void
begin(struct template *template, CK_OBJECT_CLASS object_class, bool is_on_token,
	bool is_private, const struct badge *badge)
{
	template_init(template);
	template_put_number(template, CKA_CLASS, object_class);
	template_put_claim(template, CKA_TOKEN, is_on_token);
	template_put_claim(template, CKA_PRIVATE, is_private);
	template_put_text(template, CKA_LABEL, badge->label);
	template_put_bytes(template, CKA_ID, &badge->id);
}

static void
put_curve(struct template *template, const struct public_key *key)
{
	if (key->curve)
		template_put(template, CKA_EC_PARAMS, key->curve->oid,
			curve_oid_length(key->curve));
}

static void
put_modulus(struct template *template, const struct public_key *key)
{
	if (key->kind != KEY_RSA)
		return;
	template_put_bytes(template, CKA_MODULUS, &key->value);
	template_put_bytes(template, CKA_PUBLIC_EXPONENT, &key->exponent);
}

/* The last attributes of a key, which some tokens do not know. */
static void
put_extras(struct template *template, const struct identity *identity)
{
	template_end_required(template);
	if (identity->certificates_count)
		template_put_bytes(template, CKA_SUBJECT,
			&identity->certificates[0]->subject);
}

void
template_private_key(struct template *template, const struct identity *identity,
	const struct badge *badge)
{
	const struct key *key = identity->key;
	size_t i;

	begin(template, CKO_PRIVATE_KEY, true, true, badge);
	template_put_number(
		template, CKA_KEY_TYPE, key_types[key->public.kind]);
	template_put_claim(template, CKA_SENSITIVE, true);
	template_put_claim(template, CKA_EXTRACTABLE, false);
	put_curve(template, &key->public);
	put_modulus(template, &key->public);
	for (i = 0; i < COUNT(part_attributes); i++)
		if (key->parts[part_attributes[i].part].length)
			template_put_ber(template, part_attributes[i].type,
				key->parts[part_attributes[i].part]);
	for (i = 0; i < COUNT(use_attributes); i++)
		template_put_claim(template, use_attributes[i].private_type,
			(identity->uses & use_attributes[i].use) != 0);
	put_extras(template, identity);
	if (key->public.is_for_pss_only)
		template_put(template, CKA_ALLOWED_MECHANISMS, pss_mechanisms,
			sizeof(pss_mechanisms));
}

void
template_public_key(struct template *template, const struct identity *identity,
	const struct badge *badge, unsigned char room[POINT_ROOM],
	bool is_on_token)
{
	const struct public_key *key = &identity->key->public;
	size_t i;

	begin(template, CKO_PUBLIC_KEY, is_on_token, false, badge);
	template_put_number(template, CKA_KEY_TYPE, key_types[key->kind]);
	put_curve(template, key);
	put_modulus(template, key);
	if (key->curve)
		template_put_ber(template, CKA_EC_POINT, point_wrap(key, room));
	for (i = 0; i < COUNT(use_attributes); i++)
		template_put_claim(template, use_attributes[i].public_type,
			(identity->uses & use_attributes[i].use) != 0);
	put_extras(template, identity);
}

/* Whose it is, in the standard's words. [PKCS11 4.6.2] */
static CK_CERTIFICATE_CATEGORY
category_of(const struct certificate *certificate, bool has_key)
{
	if (has_key)
		return CK_CERTIFICATE_CATEGORY_TOKEN_USER;
	return certificate->is_authority ? CK_CERTIFICATE_CATEGORY_AUTHORITY
					 : CK_CERTIFICATE_CATEGORY_OTHER_ENTITY;
}

void
template_certificate(struct template *template,
	const struct certificate *certificate, const struct badge *badge,
	bool has_key)
{
	begin(template, CKO_CERTIFICATE, true, false, badge);
	template_put_number(template, CKA_CERTIFICATE_TYPE, CKC_X_509);
	template_put_bytes(template, CKA_SUBJECT, &certificate->subject);
	template_put_bytes(template, CKA_ISSUER, &certificate->issuer);
	template_put_bytes(template, CKA_SERIAL_NUMBER, &certificate->serial);
	template_put_bytes(template, CKA_VALUE, &certificate->der);
	template_end_required(template);
	template_put_number(template, CKA_CERTIFICATE_CATEGORY,
		category_of(certificate, has_key));
}

void
template_find_key(struct template *template, CK_OBJECT_CLASS object_class,
	const struct public_key *key, unsigned char room[POINT_ROOM])
{
	template_init(template);
	template_put_number(template, CKA_CLASS, object_class);
	template_put_number(template, CKA_KEY_TYPE, key_types[key->kind]);
	if (key->kind == KEY_RSA)
		template_put_bytes(template, CKA_MODULUS, &key->value);
	else
		template_put_ber(template, CKA_EC_POINT, point_wrap(key, room));
}
