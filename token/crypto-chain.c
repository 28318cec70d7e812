/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates as links of chains: who issued whom. */

#include "config.h"

#include "token/crypto-chain.h"

#include "token/crypto.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct chain_link {
	X509 *certificate;
};

struct chain_link *
chain_link_new(const void *der, size_t length)
{
	const unsigned char *at = der;
	struct chain_link *link = calloc(1, sizeof(*link));

	if (link && length <= LONG_MAX)
		link->certificate = X509_new_ex(crypto_library(), NULL);
	/* Freed by d2i_X509 where it fails. */
	if (!link || !link->certificate ||
		!d2i_X509(&link->certificate, &at, (long)length)) {
		free(link);
		link = NULL;
	} else {
		/* From here on nothing in it changes: threads read it. */
		X509_check_purpose(link->certificate, -1, 0);
	}
	ERR_clear_error();
	return link;
}

void
chain_link_free(struct chain_link *link)
{
	if (link)
		X509_free(link->certificate);
	free(link);
}

bool
chain_link_issued(
	const struct chain_link *issuer, const struct chain_link *issued)
{
	bool is_issuer = X509_check_issued(issuer->certificate,
				 issued->certificate) == X509_V_OK;

	ERR_clear_error();
	return is_issuer;
}

bool
chain_link_is_authority(const struct chain_link *link)
{
	bool is_one = X509_check_ca(link->certificate) > 0;

	ERR_clear_error();
	return is_one;
}

bool
chain_link_equal(const struct chain_link *one, const struct chain_link *other)
{
	return X509_cmp(one->certificate, other->certificate) == 0;
}

/* Keeps what a function of the library has written. */
static bool
take(struct bytes *bytes, unsigned char *text, int length)
{
	bool done = length >= 0 && bytes_copy(bytes, text, (size_t)length);

	OPENSSL_free(text);
	return done;
}

/* Not every authority has a common name. */
static bool
read_name(struct bytes *name, const X509_NAME *subject)
{
	static const int kinds[] = { NID_commonName, NID_organizationalUnitName,
		NID_organizationName };
	unsigned char *text = NULL;
	int place = -1, length;
	size_t i;

	for (i = 0; place < 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		place = X509_NAME_get_index_by_NID(subject, kinds[i], -1);
	if (place < 0)
		return true;
	length = ASN1_STRING_to_UTF8(&text,
		X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place)));
	return length < 0 || take(name, text, length);
}

bool
chain_parts_read(struct chain_parts *parts, const struct chain_link *link)
{
	X509 *certificate = link->certificate;
	const X509_NAME *subject = X509_get_subject_name(certificate);
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(certificate);
	unsigned char *value = NULL, *own = NULL, *issuer = NULL,
		      *serial = NULL;
	int value_length = i2d_X509(certificate, &value),
	    own_length = i2d_X509_NAME(subject, &own),
	    issuer_length =
		    i2d_X509_NAME(X509_get_issuer_name(certificate), &issuer),
	    serial_length = i2d_ASN1_INTEGER(
		    X509_get0_serialNumber(certificate), &serial);
	bool done;

	*parts = (struct chain_parts){ 0 };
	/* All are taken, whichever fails. */
	done = take(&parts->value, value, value_length);
	done = take(&parts->subject, own, own_length) && done;
	done = take(&parts->issuer, issuer, issuer_length) && done;
	done = take(&parts->serial, serial, serial_length) && done;
	done = read_name(&parts->name, subject) && done;
	if (id)
		done = bytes_copy(&parts->key_id, ASN1_STRING_get0_data(id),
			       (size_t)ASN1_STRING_length(id)) &&
			done;
	if (!done)
		chain_parts_clear(parts);
	ERR_clear_error();
	return done;
}

void
chain_parts_clear(struct chain_parts *parts)
{
	bytes_clear(&parts->value);
	bytes_clear(&parts->subject);
	bytes_clear(&parts->issuer);
	bytes_clear(&parts->serial);
	bytes_clear(&parts->key_id);
	bytes_clear(&parts->name);
}

/* False: the text has no block any more. */
static bool
next_block(BIO *text, bool *is_certificate, unsigned char **der, long *length)
{
	char *name = NULL, *header = NULL;
	size_t before = BIO_ctrl_pending(text);
	bool is_read = PEM_read_bio(text, &name, &header, der, length) == 1;

	*is_certificate = is_read &&
		(strcmp(name, PEM_STRING_X509) == 0 ||
			strcmp(name, PEM_STRING_X509_OLD) == 0);
	OPENSSL_free(name);
	OPENSSL_free(header);
	if (is_read)
		return true;
	*der = NULL;
	return ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE &&
		BIO_ctrl_pending(text) < before;
}

size_t
chain_text_each(const void *text, size_t length,
	bool (*take_one)(void *context, const void *der, size_t length),
	void *context)
{
	BIO *blocks =
		length <= INT_MAX ? BIO_new_mem_buf(text, (int)length) : NULL;
	unsigned char *der = NULL;
	bool is_certificate;
	long der_length;
	size_t bad = 0;

	while (blocks &&
		next_block(blocks, &is_certificate, &der, &der_length)) {
		if (!der ||
			(is_certificate &&
				!take_one(context, der, (size_t)der_length)))
			bad++;
		OPENSSL_free(der);
		der = NULL;
		ERR_clear_error();
	}
	BIO_free(blocks);
	ERR_clear_error();
	return bad;
}
