/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates of authorities that the chains on a fronted token lack. */

#include "config.h"

#include "token/fronted-chain.h"

#include "pkcs11/log.h"

#include <pthread.h>
#include <stdlib.h>

/* [PKCS11 4.6.2] */
enum { CATEGORY_AUTHORITY = 2 };

/* Certificates of a token that are looked at; none has as many. */
enum { CERTIFICATES_MOST = 256 };

/* Those that there are, as they stand from the beginning on; missing has room
 * for one answer. */
static struct {
	const struct chain_link **links;
	struct supplement **objects;
	size_t count, room;
} pool;

/* What the vendor has, by its handle, which means no other certificate. */
struct holding {
	struct holding *next;
	CK_OBJECT_HANDLE certificate;
	struct chain_link *link; /* NULL: it cannot be read */
};

static struct holding *holdings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct supplement *
make_object(const struct chain_parts *parts)
{
	struct supplement *object = supplement_new(CKO_CERTIFICATE);

	if (object &&
		supplement_add_number(
			object, CKA_CERTIFICATE_TYPE, CKC_X_509) &&
		supplement_add_number(
			object, CKA_CERTIFICATE_CATEGORY, CATEGORY_AUTHORITY) &&
		supplement_add_claim(object, CKA_TRUSTED, CK_FALSE) &&
		supplement_add(object, CKA_LABEL, parts->name.at,
			parts->name.length) &&
		supplement_add(object, CKA_ID, parts->key_id.at,
			parts->key_id.length) &&
		supplement_add_bytes(object, CKA_SUBJECT, &parts->subject) &&
		supplement_add_bytes(object, CKA_ISSUER, &parts->issuer) &&
		supplement_add_bytes(
			object, CKA_SERIAL_NUMBER, &parts->serial) &&
		supplement_add_bytes(object, CKA_VALUE, &parts->value))
		return object;
	supplement_free(object);
	return NULL;
}

static bool
make_room(void)
{
	size_t room = pool.room ? pool.room * 2 : 16;
	const struct chain_link **links;
	struct supplement **objects;

	if (pool.count < pool.room)
		return true;
	links = reallocarray(pool.links, room, sizeof(*links));
	if (!links)
		return false;
	pool.links = links;
	objects = reallocarray(pool.objects, room, sizeof(*objects));
	if (!objects)
		return false;
	pool.objects = objects;
	pool.room = room;
	return true;
}

static bool
is_in_pool(const struct chain_link *link)
{
	size_t i;

	for (i = 0; i < pool.count; i++)
		if (chain_link_equal(pool.links[i], link))
			return true;
	return false;
}

static bool
add(void *context, const void *der, size_t length)
{
	struct chain_link *link = chain_link_new(der, length);
	struct chain_parts parts = { 0 };
	struct supplement *object = NULL;

	if (link && is_in_pool(link)) {
		chain_link_free(link);
		return true;
	}
	if (link && chain_parts_read(&parts, link))
		object = make_object(&parts);
	chain_parts_clear(&parts);
	if (!object || !make_room()) {
		supplement_free(object);
		chain_link_free(link);
		return false;
	}
	pool.links[pool.count] = link;
	pool.objects[pool.count++] = object;
	return true;
}

void
chain_begin(const struct bytes *text)
{
	size_t bad = chain_text_each(text->at, text->length, add, NULL);

	if (bad)
		note("%zu certificates of the chain cannot be read", bad);
}

static bool
known(CK_OBJECT_HANDLE certificate, const struct chain_link **link)
{
	const struct holding *holding;

	pthread_mutex_lock(&lock);
	for (holding = holdings; holding; holding = holding->next)
		if (holding->certificate == certificate)
			break;
	pthread_mutex_unlock(&lock);
	if (holding)
		*link = holding->link;
	return holding;
}

/* To read a card's certificate takes long: once is enough. Two threads may
 * both do it, and then both links stay. */
static const struct chain_link *
read_link(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE certificate)
{
	struct bytes value = { 0 };
	struct holding *holding;

	lookup_read(session, certificate, CKA_VALUE, &value);
	/* What cannot be read now may be read later. */
	holding = value.length ? calloc(1, sizeof(*holding)) : NULL;
	if (holding) {
		holding->certificate = certificate;
		holding->link = chain_link_new(value.at, value.length);
		pthread_mutex_lock(&lock);
		holding->next = holdings;
		holdings = holding;
		pthread_mutex_unlock(&lock);
	}
	bytes_clear(&value);
	return holding ? holding->link : NULL;
}

static size_t
read_token(CK_SESSION_HANDLE session,
	const struct chain_link *present[CERTIFICATES_MOST])
{
	CK_OBJECT_HANDLE certificates[CERTIFICATES_MOST];
	CK_ULONG found = lookup_class(session, CKO_CERTIFICATE, certificates,
			 CERTIFICATES_MOST),
		 i;
	const struct chain_link *link;
	size_t count = 0;

	for (i = 0; i < found; i++) {
		if (!known(certificates[i], &link))
			link = read_link(session, certificates[i]);
		if (link)
			present[count++] = link;
	}
	return count;
}

static bool
could_be_wanted(const struct inquiry *inquiry)
{
	size_t i;

	for (i = 0; i < pool.count; i++)
		if (inquiry_wants(inquiry, pool.objects[i]))
			return true;
	return false;
}

void
chain_look(struct inquiry *inquiry)
{
	const struct chain_link *present[CERTIFICATES_MOST];
	bool *missing;
	size_t count, i;

	if (!could_be_wanted(inquiry))
		return;
	missing = calloc(pool.count, sizeof(*missing));
	if (!missing)
		return;
	count = read_token(inquiry->session, present);
	chain_select(present, count, pool.links, pool.count, missing);
	for (i = 0; i < pool.count; i++)
		if (missing[i])
			inquiry_offer(inquiry, pool.objects[i]);
	free(missing);
}
