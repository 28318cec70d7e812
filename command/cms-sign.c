/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a detached CMS signature; the token signs its attributes. */

#include "config.h"

#include "command/cms.h"

#include "command/cms-crypto.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <time.h>

#define PKCS7 "1.2.840.113549.1.7."
#define PKCS9 "1.2.840.113549.1.9."
#define NIST_AES "2.16.840.1.101.3.4.1."

/* SEQUENCE { oid, SET { what was put since value } }. */
static void
wrap_attribute(struct der *der, size_t mark, size_t value)
{
	der_wrap(der, value, BER_SET);
	der_wrap(der, mark, BER_SEQUENCE);
}

static void
put_content_type(struct der *der)
{
	size_t mark = der_mark(der), value;

	der_put_oid(der, PKCS9 "3");
	value = der_mark(der);
	der_put_oid(der, PKCS7 "1");
	wrap_attribute(der, mark, value);
}

static void
put_message_digest(struct der *der, const unsigned char *digest, size_t length)
{
	size_t mark = der_mark(der), value;

	der_put_oid(der, PKCS9 "4");
	value = der_mark(der);
	der_put(der, BER_OCTET_STRING, digest, length);
	wrap_attribute(der, mark, value);
}

static void
put_signing_time(struct der *der)
{
	size_t mark = der_mark(der), value;
	time_t now = time(NULL);
	struct tm parts;
	char text[32] = "";

	if (!gmtime_r(&now, &parts)) {
		der->has_failed = true;
		return;
	}
	der_put_oid(der, PKCS9 "5");
	value = der_mark(der);
	strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &parts);
	/* Two digits of the year as long as they are clear. [RFC5652 11.3] */
	if (parts.tm_year < 150) {
		der_put_text(der, BER_UTC_TIME, text + 2);
	} else {
		der_put_text(der, BER_GENERALIZED_TIME, text);
	}
	wrap_attribute(der, mark, value);
}

/* What the other side may encrypt the answer with, best first. */
static void
put_capabilities(struct der *der)
{
	static const char *const ciphers[] = { NIST_AES "46", NIST_AES "6",
		NIST_AES "42", NIST_AES "2" };
	size_t mark = der_mark(der), value, i;

	der_put_oid(der, PKCS9 "15");
	value = der_mark(der);
	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		der_put_algorithm(der, ciphers[i], false);
	der_wrap(der, value, BER_SEQUENCE);
	wrap_attribute(der, mark, value);
}

/* Binds the certificate, so that none with the same key can be put in its
 * place. SHA-256 is the default and is not named. [RFC5035] */
static void
put_signing_certificate(struct der *der, const struct certificate *certificate)
{
	size_t mark = der_mark(der), value, inside;

	der_put_oid(der, PKCS9 "16.2.47");
	value = der_mark(der);
	der_put(der, BER_OCTET_STRING, certificate->fingerprint,
		FINGERPRINT_LENGTH);
	inside = der_mark(der);
	der_put_whole(der, certificate->issuer.at, certificate->issuer.length);
	der_wrap(der, inside, BER_CONTEXT_CONSTRUCTED | 4);
	der_wrap(der, inside, BER_SEQUENCE);
	der_put_whole(der, certificate->serial.at, certificate->serial.length);
	der_wrap(der, inside, BER_SEQUENCE);
	der_wrap(der, value, BER_SEQUENCE);
	der_wrap(der, value, BER_SEQUENCE);
	der_wrap(der, value, BER_SEQUENCE);
	wrap_attribute(der, mark, value);
}

/* The attributes as a SET OF, the form in which they are signed. */
static bool
write_attributes(const struct signer *signer,
	const struct certificate *certificate, const struct bytes *content,
	struct der *der)
{
	unsigned char digest[DIGEST_LONGEST];
	size_t length = cms_digest(
		signer->hash->openssl, content->at, content->length, digest);

	if (length == 0)
		return false;
	put_content_type(der);
	put_signing_time(der);
	put_message_digest(der, digest, length);
	put_capabilities(der);
	put_signing_certificate(der, certificate);
	der_wrap_set_of(der, 0, BER_SET);
	return !der->has_failed;
}

static void
put_signer(const struct signer *signer, const struct certificate *certificate,
	const struct der *attributes, const struct bytes *signature,
	struct der *der)
{
	size_t mark = der_mark(der), name;

	der_put_number(der, 1);
	name = der_mark(der);
	der_put_whole(der, certificate->issuer.at, certificate->issuer.length);
	der_put_whole(der, certificate->serial.at, certificate->serial.length);
	der_wrap(der, name, BER_SEQUENCE);
	der_put_algorithm(der, signer->hash->oid, false);
	name = der_mark(der);
	der_put_whole(der, attributes->bytes.at, attributes->bytes.length);
	/* In place the set has a tag of its own. [RFC5652 5.4] */
	if (!der->has_failed)
		der->bytes.at[name] = BER_CONTEXT_CONSTRUCTED | 0;
	signer_put_algorithm(signer, true, der);
	der_put(der, BER_OCTET_STRING, signature->at, signature->length);
	der_wrap(der, mark, BER_SEQUENCE);
	der_wrap(der, mark, BER_SET);
}

/* The signer's own first, and no root: who trusts it has it. */
static void
put_certificates(const struct choice *choice, struct der *der)
{
	size_t mark = der_mark(der), i;
	struct chain chain;

	inventory_chain(&choice->inventory, &choice->certificate->read, &chain);
	for (i = 0; i < chain.count; i++) {
		if (i && i + 1 == chain.count && chain.has_root)
			break;
		der_put_whole(der, chain.certificates[i]->der.at,
			chain.certificates[i]->der.length);
	}
	der_wrap(der, mark, BER_CONTEXT_CONSTRUCTED | 0);
}

static bool
write_signed_data(const struct choice *choice, const struct signer *signer,
	const struct der *attributes, const struct bytes *signature,
	struct bytes *result)
{
	struct der der = { 0 };
	size_t data, mark;

	der_put_oid(&der, PKCS7 "2");
	data = der_mark(&der);
	der_put_number(&der, 1);
	mark = der_mark(&der);
	der_put_algorithm(&der, signer->hash->oid, false);
	der_wrap(&der, mark, BER_SET);
	mark = der_mark(&der);
	der_put_oid(&der, PKCS7 "1");
	der_wrap(&der, mark, BER_SEQUENCE);
	put_certificates(choice, &der);
	put_signer(signer, &choice->certificate->read, attributes, signature,
		&der);
	der_wrap(&der, data, BER_SEQUENCE);
	der_wrap(&der, data, BER_CONTEXT_CONSTRUCTED | 0);
	der_wrap(&der, 0, BER_SEQUENCE);
	if (der.has_failed) {
		der_clear(&der);
		complain_about(CKR_HOST_MEMORY, _("Cannot sign"));
		return false;
	}
	*result = der.bytes;
	return true;
}

bool
cms_sign(const struct choice *choice, const struct signer *signer,
	const struct bytes *content, struct bytes *signature)
{
	struct der attributes = { 0 };
	struct bytes value = { 0 };
	bool fine;

	fine = write_attributes(
		signer, &choice->certificate->read, content, &attributes);
	if (!fine)
		complain_about(CKR_HOST_MEMORY, _("Cannot sign"));
	fine = fine &&
		signer_apply(signer, attributes.bytes.at,
			attributes.bytes.length, &value) &&
		write_signed_data(
			choice, signer, &attributes, &value, signature);
	bytes_clear(&value);
	der_clear(&attributes);
	return fine;
}
