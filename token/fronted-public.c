/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys that a fronted token lacks, from its certificates. */

#include "config.h"

#include "token/fronted-public.h"

#include "token/crypto-certificate.h"

#include <pthread.h>
#include <stdlib.h>

/* Certificates of a token; none has as many. */
enum { CERTIFICATES_MOST = 256 };

/* What a token has of a certificate. */
struct source {
	CK_OBJECT_HANDLE certificate;
	struct bytes value, id, label, subject;
};

/* That of one certificate. */
struct public_key {
	struct public_key *next;
	CK_OBJECT_HANDLE certificate;
	/* It signs others, and only a private key shows that it is the user's.
	 */
	bool is_authority;
	struct bytes id;
	struct supplement *object; /* NULL: of a type that is not known here */
};

static struct public_key *keys;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The token does not have the key, so that it can do nothing with it. */
static bool
add_uses(struct supplement *object)
{
	static const CK_ATTRIBUTE_TYPE claims[] = { CKA_LOCAL, CKA_TRUSTED,
		CKA_VERIFY, CKA_VERIFY_RECOVER, CKA_ENCRYPT, CKA_WRAP,
		CKA_DERIVE };
	size_t i;

	for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (!supplement_add_claim(object, claims[i], CK_FALSE))
			return false;
	return true;
}

static bool
fill(struct supplement *object, const struct source *source,
	const struct certificate_key *part)
{
	return add_uses(object) &&
		supplement_add_number(object, CKA_KEY_TYPE, part->type) &&
		supplement_add_number(object, CKA_KEY_GEN_MECHANISM,
			CK_UNAVAILABLE_INFORMATION) &&
		supplement_add_bytes(object, CKA_ID, &source->id) &&
		supplement_add_bytes(object, CKA_LABEL, &source->label) &&
		supplement_add_bytes(object, CKA_SUBJECT, &source->subject) &&
		supplement_add_bytes(object, CKA_MODULUS, &part->modulus) &&
		(!part->bits ||
			supplement_add_number(
				object, CKA_MODULUS_BITS, part->bits)) &&
		supplement_add_bytes(
			object, CKA_PUBLIC_EXPONENT, &part->exponent) &&
		supplement_add_bytes(object, CKA_EC_PARAMS, &part->params) &&
		supplement_add_bytes(object, CKA_EC_POINT, &part->point) &&
		supplement_add_bytes(object, CKA_PUBLIC_KEY_INFO, &part->info);
}

static void
public_key_free(struct public_key *key)
{
	supplement_free(key->object);
	bytes_clear(&key->id);
	free(key);
}

/* Of a handle that is known there is one already. */
static struct public_key *
known(CK_OBJECT_HANDLE certificate)
{
	struct public_key *key;

	for (key = keys; key; key = key->next)
		if (key->certificate == certificate)
			break;
	return key;
}

/* Whoever was first, when two threads make it. */
static const struct public_key *
publish(struct public_key *made)
{
	struct public_key *key;

	pthread_mutex_lock(&lock);
	key = known(made->certificate);
	if (!key) {
		made->next = keys;
		keys = made;
	}
	pthread_mutex_unlock(&lock);
	if (!key)
		return made;
	public_key_free(made);
	return key;
}

/* One without an object need not be looked at again. */
static const struct public_key *
make_of(const struct source *source)
{
	struct certificate_key part = { 0 };
	struct public_key *key = calloc(1, sizeof(*key));
	bool is_made =
		key && bytes_copy(&key->id, source->id.at, source->id.length);

	if (is_made &&
		certificate_key_read(
			&part, source->value.at, source->value.length)) {
		key->is_authority = part.is_authority;
		key->object = supplement_new(CKO_PUBLIC_KEY);
		is_made = key->object && fill(key->object, source, &part);
	}
	certificate_key_clear(&part);
	if (is_made) {
		key->certificate = source->certificate;
		return publish(key);
	}
	if (key)
		public_key_free(key);
	return NULL;
}

/* To read a card's certificate takes long: only where the key is missing. */
static const struct public_key *
make(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE certificate)
{
	struct source source = { .certificate = certificate };
	const struct public_key *key = NULL;

	lookup_read(session, certificate, CKA_ID, &source.id);
	if (source.id.length &&
		!lookup_has(session, CKO_PUBLIC_KEY, &source.id)) {
		lookup_read(session, certificate, CKA_VALUE, &source.value);
		lookup_read(session, certificate, CKA_LABEL, &source.label);
		lookup_read(session, certificate, CKA_SUBJECT, &source.subject);
	}
	/* What cannot be read now may be read later. */
	if (source.value.length)
		key = make_of(&source);
	bytes_clear(&source.value);
	bytes_clear(&source.id);
	bytes_clear(&source.label);
	bytes_clear(&source.subject);
	return key;
}

static bool
is_missing(CK_SESSION_HANDLE session, const struct public_key *key)
{
	return !lookup_has(session, CKO_PUBLIC_KEY, &key->id) &&
		(!key->is_authority ||
			lookup_has(session, CKO_PRIVATE_KEY, &key->id));
}

static void
consider(struct inquiry *inquiry, CK_OBJECT_HANDLE certificate)
{
	const struct public_key *key;

	pthread_mutex_lock(&lock);
	key = known(certificate);
	pthread_mutex_unlock(&lock);
	if (!key)
		key = make(inquiry->session, certificate);
	if (key && key->object && inquiry_wants(inquiry, key->object) &&
		is_missing(inquiry->session, key))
		inquiry_offer(inquiry, key->object);
}

void
public_look(struct inquiry *inquiry)
{
	CK_OBJECT_HANDLE certificates[CERTIFICATES_MOST];
	CK_ULONG count = lookup_class(inquiry->session, CKO_CERTIFICATE,
			 certificates, CERTIFICATES_MOST),
		 i;

	for (i = 0; i < count; i++)
		consider(inquiry, certificates[i]);
}
