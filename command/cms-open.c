/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens an encrypted mail: the token gives the mail's key, the rest is here. */

#include "config.h"

#include "command/cms-recipient.h"

#include "command/cms-crypto.h"
#include "command/object.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

/* Longest secret of a transport, that an RSA key may hold. */
enum { TRANSPORT_LONGEST = 2048 };

#define RSA "1.2.840.113549.1.1."
#define NIST_WRAP "2.16.840.1.101.3.4.1."

struct agreement {
	const char *oid;
	/* NULL-ended hash, by OpenSSL's name. */
	const char *digest;
	bool is_hkdf;
};

/* clang-format off */
/* Standard and cofactor Diffie-Hellman are the same on these curves. */
static const struct agreement agreements[] = {
	{ "1.3.133.16.840.63.0.2", "SHA1", false },
	{ "1.3.132.1.11.0", "SHA224", false },
	{ "1.3.132.1.11.1", "SHA256", false },
	{ "1.3.132.1.11.2", "SHA384", false },
	{ "1.3.132.1.11.3", "SHA512", false },
	{ "1.3.133.16.840.63.0.3", "SHA1", false },
	{ "1.3.132.1.14.0", "SHA224", false },
	{ "1.3.132.1.14.1", "SHA256", false },
	{ "1.3.132.1.14.2", "SHA384", false },
	{ "1.3.132.1.14.3", "SHA512", false },
	/* RFC 8418 */
	{ "1.2.840.113549.1.9.16.3.19", "SHA256", true },
	{ "1.2.840.113549.1.9.16.3.20", "SHA384", true },
	{ "1.2.840.113549.1.9.16.3.21", "SHA512", true },
};

struct wrapping {
	const char *oid;
	/* By OpenSSL's name. */
	const char *cipher;
	size_t length;
};

static const struct wrapping wrappings[] = {
	{ NIST_WRAP "5", "AES-128-WRAP", 16 },
	{ NIST_WRAP "25", "AES-192-WRAP", 24 },
	{ NIST_WRAP "45", "AES-256-WRAP", 32 },
	{ "1.2.840.113549.1.9.16.3.6", "DES3-WRAP", 24 },
};
/* clang-format on */

/* Takes AlgorithmIdentifier of a hash from [tag]; the default is SHA-1. */
static bool
take_hash(struct ber *from, unsigned tag, const struct hash **hash)
{
	struct ber inside, algorithm;
	char oid[BER_OID_TEXT];

	*hash = hash_named("sha1");
	if (ber_peek(from) != (BER_CONTEXT_CONSTRUCTED | tag))
		return true;
	if (!ber_enter(from, BER_CONTEXT_CONSTRUCTED | tag, &inside) ||
		!ber_enter(&inside, BER_SEQUENCE, &algorithm) ||
		!ber_take_oid(&algorithm, oid))
		return false;
	/* Of the mask: its parameters name the hash. */
	if (strcmp(oid, RSA "8") == 0) {
		if (!ber_enter(&algorithm, BER_SEQUENCE, &inside) ||
			!ber_take_oid(&inside, oid))
			return false;
	}
	*hash = hash_find_by_oid(oid);
	return *hash != NULL;
}

/* RSAES-OAEP-params. [RFC8017 A.2.1] */
static bool
read_oaep(struct ber parameters, CK_RSA_PKCS_OAEP_PARAMS *oaep)
{
	const struct hash *hash = hash_named("sha1"), *mask = hash;
	struct ber inside, label, oid_part;
	struct ber_item item;
	char oid[BER_OID_TEXT];

	*oaep = (CK_RSA_PKCS_OAEP_PARAMS){ .source = CKZ_DATA_SPECIFIED };
	if (ber_enter(&parameters, BER_SEQUENCE, &inside)) {
		if (!take_hash(&inside, 0, &hash) ||
			!take_hash(&inside, 1, &mask))
			return false;
		if (ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 2, &label)) {
			if (!ber_enter(&label, BER_SEQUENCE, &oid_part) ||
				!ber_take_oid(&oid_part, oid) ||
				!ber_take(&oid_part, BER_OCTET_STRING, &item))
				return false;
			oaep->pSourceData = (void *)(uintptr_t)item.content.at;
			oaep->ulSourceDataLen = item.content.length;
		}
	}
	oaep->hashAlg = hash->mechanism;
	oaep->mgf = mask->mgf;
	return true;
}

static CK_RV
open_transport(const struct recipient *recipient, const struct token *token,
	const struct held_key *key, struct secret *content_key)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep;
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG length = TRANSPORT_LONGEST;
	CK_RV rv;

	if (strcmp(recipient->algorithm, RSA "7") == 0) {
		if (!read_oaep(recipient->parameters, &oaep))
			return CKR_MECHANISM_PARAM_INVALID;
		mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_OAEP, &oaep,
			sizeof(oaep) };
	} else if (strcmp(recipient->algorithm, RSA "1") != 0) {
		return CKR_MECHANISM_INVALID;
	}
	if (!secret_init(content_key, TRANSPORT_LONGEST))
		return CKR_HOST_MEMORY;
	rv = token->calls->C_DecryptInit(
		token->session, &mechanism, key->private);
	if (rv == CKR_OK &&
		object_claims(token, key->private, CKA_ALWAYS_AUTHENTICATE))
		rv = token_confirm(token);
	if (rv == CKR_OK)
		rv = token->calls->C_Decrypt(token->session,
			(CK_BYTE *)(uintptr_t)recipient->sealed.at,
			recipient->sealed.length, content_key->at, &length);
	if (rv == CKR_OK)
		secret_shorten(content_key, length);
	return rv;
}

/* A key that wants the PIN at each use says so by a refusal: of derivations
 * there is nothing to begin that the PIN could follow. */
static CK_RV
derive(const struct token *token, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *secret)
{
	CK_RV rv = token->calls->C_DeriveKey(
		token->session, mechanism, key, template, count, secret);

	if (rv != CKR_USER_NOT_LOGGED_IN ||
		!object_claims(token, key, CKA_ALWAYS_AUTHENTICATE))
		return rv;
	rv = token_confirm(token);
	if (rv == CKR_OK)
		rv = token->calls->C_DeriveKey(token->session, mechanism, key,
			template, count, secret);
	return rv;
}

/* The point that sender and recipient have in common: readable, because the
 * mail's key is derived from it here. */
static CK_RV
derive_shared(const struct recipient *recipient, const struct token *token,
	const struct held_key *key, struct bytes *shared)
{
	CK_ECDH1_DERIVE_PARAMS parameters = { CKD_NULL, 0, NULL,
		recipient->point.length,
		(CK_BYTE *)(uintptr_t)recipient->point.at };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &parameters,
		sizeof(parameters) };
	CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_ULONG length = (key->bits + 7) / 8;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &object_class, sizeof(object_class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &no, sizeof(no) },
		{ CKA_SENSITIVE, &no, sizeof(no) },
		{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
	};
	CK_OBJECT_HANDLE secret;
	CK_RV rv;

	rv = derive(token, &mechanism, key->private, template,
		sizeof(template) / sizeof(template[0]), &secret);
	if (rv != CKR_OK)
		return rv;
	rv = object_read(token, secret, CKA_VALUE, shared);
	token->calls->C_DestroyObject(token->session, secret);
	return rv;
}

/* ECC-CMS-SharedInfo. [RFC5753 7.2] */
static bool
write_shared_info(const struct recipient *recipient,
	const struct ber_item *wrapping, size_t length, struct der *der)
{
	unsigned char bits[4] = { 0, 0, (unsigned char)(length * 8 >> 8),
		(unsigned char)(length * 8) };
	size_t mark;

	der_put_whole(der, wrapping->whole.at, wrapping->whole.length);
	if (recipient->material.length) {
		mark = der_mark(der);
		der_put(der, BER_OCTET_STRING, recipient->material.at,
			recipient->material.length);
		der_wrap(der, mark, BER_CONTEXT_CONSTRUCTED | 0);
	}
	mark = der_mark(der);
	der_put(der, BER_OCTET_STRING, bits, sizeof(bits));
	der_wrap(der, mark, BER_CONTEXT_CONSTRUCTED | 2);
	der_wrap(der, 0, BER_SEQUENCE);
	return !der->has_failed;
}

/* NULL: we do not know it. */
static const struct wrapping *
wrapping_find(const struct ber_item *algorithm)
{
	struct ber inside = algorithm->content;
	char oid[BER_OID_TEXT];
	size_t i;

	if (!ber_take_oid(&inside, oid))
		return NULL;
	for (i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++)
		if (strcmp(wrappings[i].oid, oid) == 0)
			return &wrappings[i];
	return NULL;
}

/* HKDF's salt is what the sender added [RFC8418 2.2], but some senders leave it
 * out; the wrapping tells which was right. */
static bool
unwrap_by(const struct recipient *recipient, const struct agreement *agreement,
	const struct wrapping *wrapping, const struct secret *shared,
	const struct bytes *information, struct secret *content_key)
{
	const struct ber salts[] = { recipient->material, { NULL, 0 } };
	size_t i, count = agreement->is_hkdf && salts[0].length ? 2 : 1;
	struct secret key = { 0 };
	bool fine = false;

	for (i = 0; i < count && !fine; i++) {
		fine = secret_init(&key, wrapping->length) &&
			cms_derive(agreement->digest, agreement->is_hkdf,
				shared, salts[i], information, &key) &&
			cms_unwrap(wrapping->cipher, &key, recipient->sealed,
				content_key);
		secret_clear(&key);
	}
	return fine;
}

static CK_RV
unwrap(const struct recipient *recipient, const struct agreement *agreement,
	const struct secret *shared, struct secret *content_key)
{
	struct ber from = recipient->parameters;
	const struct wrapping *wrapping = NULL;
	struct ber_item algorithm;
	struct der information = { 0 };
	CK_RV rv = CKR_ENCRYPTED_DATA_INVALID;

	if (ber_take(&from, BER_SEQUENCE, &algorithm))
		wrapping = wrapping_find(&algorithm);
	if (!wrapping)
		return CKR_MECHANISM_PARAM_INVALID;
	if (write_shared_info(
		    recipient, &algorithm, wrapping->length, &information) &&
		unwrap_by(recipient, agreement, wrapping, shared,
			&information.bytes, content_key))
		rv = CKR_OK;
	der_clear(&information);
	return rv;
}

static CK_RV
open_agreement(const struct recipient *recipient, const struct token *token,
	const struct held_key *key, struct secret *content_key)
{
	const struct agreement *agreement = NULL;
	struct secret shared = { 0 };
	struct bytes value = { 0 };
	CK_RV rv;
	size_t i;

	for (i = 0; i < sizeof(agreements) / sizeof(agreements[0]); i++)
		if (strcmp(agreements[i].oid, recipient->algorithm) == 0)
			agreement = &agreements[i];
	if (!agreement)
		return CKR_MECHANISM_INVALID;
	rv = derive_shared(recipient, token, key, &value);
	if (rv == CKR_OK && !secret_copy(&shared, value.at, value.length))
		rv = CKR_HOST_MEMORY;
	if (value.at)
		wipe(value.at, value.length);
	bytes_clear(&value);
	if (rv == CKR_OK)
		rv = unwrap(recipient, agreement, &shared, content_key);
	secret_clear(&shared);
	return rv;
}

CK_RV
recipient_open(const struct recipient *recipient, const struct token *token,
	const struct held_key *key, struct secret *content_key)
{
	if (recipient->is_agreement != (key->type != CKK_RSA))
		return CKR_KEY_TYPE_INCONSISTENT;
	if (recipient->is_agreement)
		return open_agreement(recipient, token, key, content_key);
	return open_transport(recipient, token, key, content_key);
}

/* The nonce is all that a CBC content has; GCM has { nonce, tag length }. */
static bool
read_nonce(const struct envelope *envelope, bool is_gcm, struct ber *nonce)
{
	struct ber from = envelope->parameters;
	struct ber_item item;

	if (is_gcm && !ber_enter(&from, BER_SEQUENCE, &from))
		return false;
	if (!ber_take(&from, BER_OCTET_STRING, &item))
		return false;
	*nonce = item.content;
	return true;
}

static bool
open_content(const struct envelope *envelope, const struct secret *content_key,
	struct secret *content)
{
	const struct content_cipher *cipher =
		content_cipher_find(envelope->cipher);
	struct ber header = { envelope->header.at, envelope->header.length };
	struct ber nonce;

	return cipher && read_nonce(envelope, cipher->is_gcm, &nonce) &&
		cms_open(cipher, content_key, nonce, header, envelope->sealed,
			envelope->tag, content);
}

bool
envelope_open(const struct envelope *envelope, const struct token *token,
	const struct held_key *key, const struct certificate *certificate,
	struct secret *content)
{
	struct secret content_key = { 0 };
	struct recipient recipient;
	bool fine = false;
	CK_RV rv;

	if (!recipient_find(envelope->recipients, certificate, &recipient)) {
		complain(_("The mail is not encrypted to this certificate."));
		return false;
	}
	rv = recipient_open(&recipient, token, key, &content_key);
	if (rv != CKR_OK) {
		complain_about(rv, _("Cannot open the mail"));
	} else {
		fine = open_content(envelope, &content_key, content);
		/* One text for all causes: which one helps an attacker. */
		if (!fine)
			complain(_("Cannot open the mail: it is damaged, or "
				   "was altered."));
	}
	secret_clear(&content_key);
	return fine;
}
