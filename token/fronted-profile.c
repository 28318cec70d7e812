/* SPDX-License-Identifier: BSD-2-Clause */
/* The profile that a token has, though its vendor does not say so. */

#include "config.h"

#include "token/fronted-profile.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Below all that the fronted token gives out. */
#define PROFILE_OBJECT 0x3fffffffUL

/* Certificates that are looked at: one that is not private is enough. */
enum { LOOKED_AT = 16 };

static const CK_FUNCTION_LIST_3_0 *next;
static CK_FUNCTION_LIST_3_0 list;

/* The sessions whose search has the object still to give. */
static struct {
	pthread_mutex_t lock;
	CK_SESSION_HANDLE *at;
	size_t count, room;
} searches = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool
search_is_open(CK_SESSION_HANDLE session, bool closes)
{
	bool found = false;
	size_t i;

	pthread_mutex_lock(&searches.lock);
	for (i = 0; i < searches.count && !found; i++)
		found = searches.at[i] == session;
	if (found && closes)
		searches.at[i - 1] = searches.at[--searches.count];
	pthread_mutex_unlock(&searches.lock);
	return found;
}

static void
search_open(CK_SESSION_HANDLE session)
{
	CK_SESSION_HANDLE *grown;
	size_t room;

	pthread_mutex_lock(&searches.lock);
	room = searches.room ? searches.room * 2 : 16;
	grown = searches.at;
	if (searches.count == searches.room) {
		grown = reallocarray(searches.at, room, sizeof(*grown));
		if (grown) {
			searches.at = grown;
			searches.room = room;
		}
	}
	/* Without memory it is one object less. */
	if (grown)
		searches.at[searches.count++] = session;
	pthread_mutex_unlock(&searches.lock);
}

static const CK_OBJECT_CLASS profile_class = CKO_PROFILE;
static const CK_ULONG profile_id = CKP_PUBLIC_CERTIFICATES_TOKEN;
static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* All that it is. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	const void *value;
	CK_ULONG length;
} attributes[] = {
	{ CKA_CLASS, &profile_class, sizeof(profile_class) },
	{ CKA_TOKEN, &yes, sizeof(yes) },
	{ CKA_PRIVATE, &no, sizeof(no) },
	{ CKA_MODIFIABLE, &no, sizeof(no) },
	{ CKA_PROFILE_ID, &profile_id, sizeof(profile_id) },
};
enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

static bool
has_attribute(const CK_ATTRIBUTE *wanted)
{
	size_t i;

	for (i = 0; i < ATTRIBUTES; i++)
		if (attributes[i].type == wanted->type)
			return wanted->pValue &&
				wanted->ulValueLen == attributes[i].length &&
				memcmp(wanted->pValue, attributes[i].value,
					attributes[i].length) == 0;
	return false;
}

static bool
is_meant(const CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if (!has_attribute(&template[i]))
			return false;
	return true;
}

static CK_ULONG
find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE objects[LOOKED_AT])
{
	CK_ULONG found = 0;

	if (next->C_FindObjectsInit(session, template, count) != CKR_OK)
		return 0;
	if (next->C_FindObjects(session, objects, LOOKED_AT, &found) != CKR_OK)
		found = 0;
	next->C_FindObjectsFinal(session);
	return found;
}

static bool
has_profile(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = profile_class;
	CK_ULONG id = profile_id;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_PROFILE_ID, &id, sizeof(id) } };
	CK_OBJECT_HANDLE objects[LOOKED_AT];

	return find(session, template, 2, objects) > 0;
}

static bool
shows_certificates(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_BBOOL is_token = CK_TRUE, is_private;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &is_token, sizeof(is_token) } };
	CK_ATTRIBUTE attribute = { CKA_PRIVATE, &is_private,
		sizeof(is_private) };
	CK_OBJECT_HANDLE objects[LOOKED_AT];
	CK_ULONG count = find(session, template, 2, objects), i;

	for (i = 0; i < count; i++) {
		attribute.ulValueLen = sizeof(is_private);
		if (next->C_GetAttributeValue(
			    session, objects[i], &attribute, 1) == CKR_OK &&
			!is_private)
			return true;
	}
	return false;
}

static CK_RV
profile_C_FindObjectsInit(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	bool gives = is_meant(template, count) && !has_profile(session) &&
		shows_certificates(session);
	CK_RV rv = next->C_FindObjectsInit(session, template, count);

	if (rv == CKR_OK && gives)
		search_open(session);
	return rv;
}

static CK_RV
profile_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	CK_ULONG more = 0;
	CK_RV rv = CKR_OK;

	if (most == 0 || !search_is_open(session, true))
		return next->C_FindObjects(session, objects, most, count);
	if (most > 1)
		rv = next->C_FindObjects(session, objects + 1, most - 1, &more);
	if (rv != CKR_OK)
		return rv;
	objects[0] = PROFILE_OBJECT;
	*count = more + 1;
	return CKR_OK;
}

static CK_RV
profile_C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	search_is_open(session, true);
	return next->C_FindObjectsFinal(session);
}

static CK_RV
profile_C_CloseSession(CK_SESSION_HANDLE session)
{
	search_is_open(session, true);
	return next->C_CloseSession(session);
}

/* [PKCS11 5.7.5] */
static CK_RV
give(CK_ATTRIBUTE *wanted)
{
	size_t i = 0;

	while (i < ATTRIBUTES && attributes[i].type != wanted->type)
		i++;
	if (i == ATTRIBUTES) {
		wanted->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (wanted->pValue && wanted->ulValueLen < attributes[i].length) {
		wanted->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (wanted->pValue)
		memcpy(wanted->pValue, attributes[i].value,
			attributes[i].length);
	wanted->ulValueLen = attributes[i].length;
	return CKR_OK;
}

static CK_RV
profile_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_SESSION_INFO info;
	CK_RV rv, each;
	CK_ULONG i;

	if (object != PROFILE_OBJECT)
		return next->C_GetAttributeValue(
			session, object, template, count);
	rv = next->C_GetSessionInfo(session, &info);
	for (i = 0; i < count && (rv == CKR_OK || i > 0); i++) {
		each = give(&template[i]);
		rv = rv == CKR_OK ? each : rv;
	}
	return rv;
}

const CK_FUNCTION_LIST_3_0 *
fronted_profile_wrap(const CK_FUNCTION_LIST_3_0 *wrapped)
{
	next = wrapped;
	list = *wrapped;
	list.C_FindObjectsInit = profile_C_FindObjectsInit;
	list.C_FindObjects = profile_C_FindObjects;
	list.C_FindObjectsFinal = profile_C_FindObjectsFinal;
	list.C_CloseSession = profile_C_CloseSession;
	list.C_GetAttributeValue = profile_C_GetAttributeValue;
	return &list;
}
