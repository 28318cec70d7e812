/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches that find supplements after the vendor's objects. */

#include "config.h"

#include "token/fronted-supplement.h"

#include "token/fronted-call.h"
#include "token/fronted-chain.h"
#include "token/fronted-profile.h"
#include "token/fronted-public.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Who knows what tokens lack. */
static const struct {
	CK_OBJECT_CLASS class; /* of its objects */
	/* Offers those that the session's token lacks. Several threads may be
	 * in there. */
	void (*look)(struct inquiry *inquiry);
} suppliers[] = {
	{ CKO_PROFILE, profile_look },
	{ CKO_PUBLIC_KEY, public_look },
	{ CKO_CERTIFICATE, chain_look },
};

/* What a session's search gives when the vendor has given all. */
struct findings {
	struct findings *next;
	CK_SESSION_HANDLE session;
	unsigned slot;
	CK_OBJECT_HANDLE *found;
	CK_ULONG count, room, given;
};

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;

/* Those of searches under way, at most one of a session. */
static struct findings *searches;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
findings_free(struct findings *findings)
{
	if (findings)
		free(findings->found);
	free(findings);
}

/* With the lock. */
static struct findings *
findings_of(CK_SESSION_HANDLE session)
{
	struct findings *findings;

	for (findings = searches; findings; findings = findings->next)
		if (findings->session == session)
			break;
	return findings;
}

/* With the lock; also what sessions have left behind that were closed. */
static void
end_search(CK_SESSION_HANDLE session)
{
	struct findings **link = &searches, *findings;
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	while ((findings = *link)) {
		if (findings->session != session &&
			fronted_session_find(
				findings->session, &slot, &vendor)) {
			link = &findings->next;
			continue;
		}
		*link = findings->next;
		findings_free(findings);
	}
}

/* Takes the findings in place of what the session's last search left. */
static void
begin_search(CK_SESSION_HANDLE session, struct findings *findings)
{
	pthread_mutex_lock(&lock);
	end_search(session);
	if (findings && findings->count) {
		findings->next = searches;
		searches = findings;
	} else {
		findings_free(findings);
	}
	pthread_mutex_unlock(&lock);
}

/* Whether an object of a class, of the token and for all to see, could be
 * meant. */
static bool
is_meant(CK_OBJECT_CLASS class, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	const struct {
		CK_ATTRIBUTE_TYPE type;
		const void *value;
		CK_ULONG length;
	} rows[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &no, sizeof(no) },
	};
	size_t row;
	CK_ULONG i;

	for (i = 0; i < count; i++)
		for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
			if (template[i].type == rows[row].type &&
				(template[i].ulValueLen != rows[row].length ||
					!template[i].pValue ||
					memcmp(template[i].pValue,
						rows[row].value,
						rows[row].length) != 0))
				return false;
	return true;
}

bool
inquiry_wants(
	const struct inquiry *inquiry, const struct supplement *supplement)
{
	return supplement_matches(
		supplement, inquiry->template, inquiry->count);
}

static bool
make_room(struct findings *findings)
{
	CK_ULONG room = findings->room ? findings->room * 2 : 16;
	CK_OBJECT_HANDLE *found;

	if (findings->count < findings->room)
		return true;
	found = reallocarray(findings->found, room, sizeof(*found));
	if (!found)
		return false;
	findings->found = found;
	findings->room = room;
	return true;
}

/* Without memory it is one object less. */
void
inquiry_offer(struct inquiry *inquiry, struct supplement *supplement)
{
	struct findings *findings = inquiry->findings;
	struct fronted_mark mark;
	CK_OBJECT_HANDLE handle;

	if (!inquiry_wants(inquiry, supplement) || !make_room(findings))
		return;
	handle = supplement_handle(supplement);
	fronted_mark_make_supplement(&mark, findings->slot, handle);
	if (fronted_object_add(findings->slot, handle, 0, &mark,
		    &findings->found[findings->count]) == CKR_OK)
		findings->count++;
}

/* Before the application's own search: a session has one at a time. */
static struct findings *
look(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	struct inquiry inquiry = { session, template, count, findings };
	CK_SESSION_HANDLE vendor;
	size_t i;

	if (!findings ||
		!fronted_session_find(session, &findings->slot, &vendor)) {
		free(findings);
		return NULL;
	}
	findings->session = session;
	for (i = 0; i < sizeof(suppliers) / sizeof(suppliers[0]); i++)
		if (is_meant(suppliers[i].class, template, count))
			suppliers[i].look(&inquiry);
	return findings;
}

static CK_RV
supply_C_FindObjectsInit(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct findings *findings = look(session, template, count);
	CK_RV rv = inner->C_FindObjectsInit(session, template, count);

	if (rv == CKR_OK)
		begin_search(session, findings);
	else
		findings_free(findings);
	return rv;
}

static CK_RV
supply_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	CK_RV rv = inner->C_FindObjects(session, objects, most, count);
	struct findings *findings;

	if (rv != CKR_OK || *count == most)
		return rv;
	pthread_mutex_lock(&lock);
	findings = findings_of(session);
	while (findings && *count < most && findings->given < findings->count)
		objects[(*count)++] = findings->found[findings->given++];
	pthread_mutex_unlock(&lock);
	return rv;
}

static CK_RV
supply_C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	begin_search(session, NULL);
	return inner->C_FindObjectsFinal(session);
}

/* NULL: the object is the vendor's, or none. */
static const struct supplement *
find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_OBJECT_HANDLE handle = 0;
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	if (!fronted_session_find(session, &slot, &vendor) ||
		(!fronted_object_find(slot, object, &handle) &&
			!fronted_supplement_returns(slot, object, &handle)))
		return NULL;
	return supplement_of(handle);
}

static CK_RV
supply_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	const struct supplement *supplement = find(session, object);

	return supplement
		? supplement_show(supplement, template, count)
		: inner->C_GetAttributeValue(session, object, template, count);
}

static CK_RV
supply_C_GetObjectSize(
	CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
	if (!find(session, object))
		return inner->C_GetObjectSize(session, object, size);
	*size = CK_UNAVAILABLE_INFORMATION;
	return CKR_OK;
}

const CK_FUNCTION_LIST_3_0 *
supply_wrap(const CK_FUNCTION_LIST_3_0 *next)
{
	inner = next;
	lookup_in(next);
	list = *next;
	list.C_FindObjectsInit = supply_C_FindObjectsInit;
	list.C_FindObjects = supply_C_FindObjects;
	list.C_FindObjectsFinal = supply_C_FindObjectsFinal;
	list.C_GetAttributeValue = supply_C_GetAttributeValue;
	list.C_GetObjectSize = supply_C_GetObjectSize;
	return &list;
}
