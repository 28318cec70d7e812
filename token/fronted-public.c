/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches that find public keys of certificates beside the vendor's objects.
 */

#include "config.h"

#include "token/fronted-public.h"

#include "token/fronted-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Certificates of a token; none has as many. */
enum { CERTIFICATES_MOST = 256 };

/* What a search of the session gives when the vendor has given all. */
struct search {
	struct search *next;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE found[CERTIFICATES_MOST];
	CK_ULONG count, given;
};

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;
static struct search *searches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Out of the list, with those of sessions that were closed. */
static struct search *
detach(CK_SESSION_HANDLE session)
{
	struct search **link = &searches, *search, *found = NULL;
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	pthread_mutex_lock(&lock);
	while ((search = *link)) {
		if (search->session != session &&
			fronted_session_find(search->session, &slot, &vendor)) {
			link = &search->next;
			continue;
		}
		*link = search->next;
		if (search->session == session)
			found = search;
		else
			free(search);
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static void
attach(struct search *search)
{
	pthread_mutex_lock(&lock);
	search->next = searches;
	searches = search;
	pthread_mutex_unlock(&lock);
}

/* Whether a public key of the token that all may see could be meant. */
static bool
is_meant(const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	const struct {
		CK_ATTRIBUTE_TYPE type;
		const void *value;
		CK_ULONG length;
	} rows[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &no, 1 },
	};
	size_t row;
	CK_ULONG i;

	for (i = 0; i < count; i++)
		for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			if (template[i].type == rows[row].type &&
				(template[i].ulValueLen != rows[row].length ||
					memcmp(template[i].pValue,
						rows[row].value,
						rows[row].length) != 0))
				return false;
	return true;
}

static CK_ULONG
vendor_finds(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	const struct bytes *id, CK_OBJECT_HANDLE *found, CK_ULONG most)
{
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, id ? id->at : NULL, id ? id->length : 0 } };
	CK_ULONG count = 0, more;

	if (inner->C_FindObjectsInit(session, template, id ? 2 : 1) != CKR_OK)
		return 0;
	do {
		more = 0;
		if (inner->C_FindObjects(session, found + count, most - count,
			    &more) != CKR_OK)
			more = 0;
		count += more;
	} while (more && count < most);
	inner->C_FindObjectsFinal(session);
	return count;
}

static bool
has(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const struct bytes *id)
{
	CK_OBJECT_HANDLE found;

	return vendor_finds(session, class, id, &found, 1) == 1;
}

static void
read_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };

	if (inner->C_GetAttributeValue(session, object, &attribute, 1) !=
			CKR_OK ||
		attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION ||
		!bytes_init(value, attribute.ulValueLen))
		return;
	attribute.pValue = value->at;
	if (inner->C_GetAttributeValue(session, object, &attribute, 1) !=
			CKR_OK ||
		attribute.ulValueLen > value->length)
		bytes_clear(value);
	else
		value->length = attribute.ulValueLen;
}

/* To read a card's certificate takes long: only where the key is missing. */
static const struct public_key *
make(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE certificate)
{
	struct public_source source = { .certificate = certificate };
	const struct public_key *key = NULL;

	read_attribute(session, certificate, CKA_ID, &source.id);
	if (source.id.length && !has(session, CKO_PUBLIC_KEY, &source.id)) {
		read_attribute(session, certificate, CKA_VALUE, &source.value);
		read_attribute(session, certificate, CKA_LABEL, &source.label);
		read_attribute(
			session, certificate, CKA_SUBJECT, &source.subject);
	}
	/* What cannot be read now may be read later. */
	if (source.value.length)
		key = public_key_make(&source);
	bytes_clear(&source.value);
	bytes_clear(&source.id);
	bytes_clear(&source.label);
	bytes_clear(&source.subject);
	return key;
}

static bool
is_missing(CK_SESSION_HANDLE session, const struct public_key *key)
{
	const struct bytes *id = public_key_id(key);

	return !has(session, CKO_PUBLIC_KEY, id) &&
		(!public_key_is_authority(key) ||
			has(session, CKO_PRIVATE_KEY, id));
}

/* Adds the one of the certificate, if it is missing. */
static void
consider(struct search *search, CK_OBJECT_HANDLE certificate,
	const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const struct public_key *key = public_key_known(certificate);
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	if (!key)
		key = make(search->session, certificate);
	if (!key || !public_key_is_one(key) ||
		!public_key_matches(key, template, count) ||
		!is_missing(search->session, key))
		return;
	if (fronted_session_find(search->session, &slot, &vendor) &&
		fronted_object_add(slot, public_key_handle(key), 0,
			&search->found[search->count]) == CKR_OK)
		search->count++;
}

/* Before the client's own search: a session has one at a time. */
static struct search *
look(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE certificates[CERTIFICATES_MOST];
	struct search *search;
	CK_ULONG found, i;

	if (!is_meant(template, count))
		return NULL;
	found = vendor_finds(session, CKO_CERTIFICATE, NULL, certificates,
		CERTIFICATES_MOST);
	search = found ? calloc(1, sizeof(*search)) : NULL;
	if (!search)
		return NULL;
	search->session = session;
	for (i = 0; i < found; i++)
		consider(search, certificates[i], template, count);
	return search;
}

static CK_RV
public_C_FindObjectsInit(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct search *search = look(session, template, count);
	CK_RV rv = inner->C_FindObjectsInit(session, template, count);

	if (rv != CKR_OK) {
		free(search);
		return rv;
	}
	free(detach(session));
	if (search && search->count)
		attach(search);
	else
		free(search);
	return rv;
}

static CK_RV
public_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	CK_RV rv = inner->C_FindObjects(session, objects, most, count);
	struct search *search;

	if (rv != CKR_OK || *count == most)
		return rv;
	search = detach(session);
	if (!search)
		return rv;
	while (*count < most && search->given < search->count)
		objects[(*count)++] = search->found[search->given++];
	attach(search);
	return rv;
}

static CK_RV
public_C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	free(detach(session));
	return inner->C_FindObjectsFinal(session);
}

/* NULL: the object is the vendor's, or none. */
static const struct public_key *
find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_HANDLE made = 0;
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	if (!fronted_session_find(session, &slot, &vendor) ||
		!fronted_object_find(slot, object, &made))
		return NULL;
	return public_key_of(made);
}

static CK_RV
public_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	const struct public_key *key = find(session, object);

	return key
		? public_key_show(key, template, count)
		: inner->C_GetAttributeValue(session, object, template, count);
}

static CK_RV
public_C_GetObjectSize(
	CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
	if (!find(session, object))
		return inner->C_GetObjectSize(session, object, size);
	*size = CK_UNAVAILABLE_INFORMATION;
	return CKR_OK;
}

const CK_FUNCTION_LIST_3_0 *
public_wrap(const CK_FUNCTION_LIST_3_0 *next)
{
	inner = next;
	list = *next;
	list.C_FindObjectsInit = public_C_FindObjectsInit;
	list.C_FindObjects = public_C_FindObjects;
	list.C_FindObjectsFinal = public_C_FindObjectsFinal;
	list.C_GetAttributeValue = public_C_GetAttributeValue;
	list.C_GetObjectSize = public_C_GetObjectSize;
	return &list;
}
