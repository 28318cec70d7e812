/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches under way: the first handles came with the answer to the start, and
 * most searches need no other trip. */

#include "config.h"

#include "pkcs11/search.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"

#include <stdlib.h>
#include <string.h>

static void
free_search(struct search *search)
{
	if (search)
		free(search->handles);
	free(search);
}

void
search_forget(struct application *application, const struct keeper *keeper)
{
	struct search **at = &application->searches, *search;

	while ((search = *at)) {
		if (keeper &&
			keeper_of_session(application, search->session) !=
				keeper) {
			at = &search->next;
			continue;
		}
		*at = search->next;
		free_search(search);
	}
}

/* Out of the list: whoever has it owns it. */
static struct search *
take_search(struct application *application, CK_SESSION_HANDLE session)
{
	struct search **at, *found;

	pthread_mutex_lock(&application->lock);
	at = &application->searches;
	while (*at && (*at)->session != session)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&application->lock);
	return found;
}

static void
put_search(struct application *application, struct search *search)
{
	pthread_mutex_lock(&application->lock);
	search->next = application->searches;
	application->searches = search;
	pthread_mutex_unlock(&application->lock);
}

static void
drop_search(struct application *application, CK_SESSION_HANDLE session)
{
	free_search(take_search(application, session));
}

/* Sessions were closed in a slot; which, the worker knows. */
static void
doubt_searches(struct application *application)
{
	struct search *search;

	pthread_mutex_lock(&application->lock);
	for (search = application->searches; search; search = search->next)
		search->is_doubtful = true;
	pthread_mutex_unlock(&application->lock);
}

/* The search that the session really has; NULL when it has none. */
static struct search *
present_search(struct application *application, CK_SESSION_HANDLE session)
{
	struct search *search = take_search(application, session);
	CK_SESSION_INFO info;

	if (search && search->is_doubtful) {
		if (C_GetSessionInfo(session, &info) != CKR_OK) {
			free_search(search);
			return NULL;
		}
		search->is_doubtful = false;
	}
	return search;
}

void
call_get_first(struct call *call, struct search *search)
{
	struct wire *wire =
		call->is_answered ? &call->connection->answer : NULL;
	uint32_t room;

	if (!wire || call->rv != CKR_OK) {
		if (wire)
			wire->taken = wire->length;
		return;
	}
	search->is_complete = wire_take_byte(wire) != 0;
	room = (uint32_t)((wire->length - wire->taken) / 8);
	search->handles = malloc((room + 1) * sizeof(CK_OBJECT_HANDLE));
	if (search->handles)
		call_get_found(call, search->handles, room, &search->count);
	else
		call->rv = CKR_HOST_MEMORY;
}

static CK_RV
begin_search(struct application *application, CK_SESSION_HANDLE session,
	CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	struct search *search = present_search(application, session);
	CK_RV rv;

	if (search) {
		put_search(application, search);
		return CKR_OPERATION_ACTIVE;
	}
	search = calloc(1, sizeof(*search));
	if (!search)
		return CKR_HOST_MEMORY;
	search->session = session;
	rv = forward_FindObjectsInit(session, attributes, count, search);
	if (rv == CKR_OK)
		put_search(application, search);
	else
		free_search(search);
	return rv;
}

CK_RV
C_FindObjectsInit(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = begin_search(application, session, attributes, count);
	application_leave(application);
	return rv;
}

/* From the worker, until there are no more or the room is full: a count below
 * the room tells applications that this was all. */
static CK_RV
fetch(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most,
	CK_ULONG *count)
{
	CK_ULONG part, there = 1;
	CK_RV rv = CKR_OK;

	for (*count = 0; *count < most && there && rv == CKR_OK;
		*count += there) {
		part = most - *count < FOUND_CAP ? most - *count : FOUND_CAP;
		there = 0;
		rv = forward_FindObjects(
			session, objects + *count, part, &there);
		if (there < part)
			most = 0;
	}
	return rv;
}

/* What came early first. */
static CK_RV
go_on(struct search *search, CK_OBJECT_HANDLE *objects, CK_ULONG most,
	CK_ULONG *count)
{
	CK_ULONG early = search->count - search->taken, more = 0;
	CK_RV rv = CKR_OK;

	if (early > most)
		early = most;
	memcpy(objects, search->handles + search->taken,
		early * sizeof(*objects));
	if (early < most && !search->is_complete)
		rv = fetch(
			search->session, objects + early, most - early, &more);
	if (rv != CKR_OK)
		return rv;
	search->taken += early;
	*count = early + more;
	return CKR_OK;
}

CK_RV
C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	struct application *application = application_enter();
	struct search *search;
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	search = present_search(application, session);
	if (!count || (!objects && most))
		rv = CKR_ARGUMENTS_BAD;
	else if (search)
		rv = go_on(search, objects, most, count);
	else
		rv = forward_FindObjects(session, objects, most, count);
	if (search)
		put_search(application, search);
	application_leave(application);
	return rv;
}

CK_RV
C_FindObjectsFinal(CK_SESSION_HANDLE session)
{
	struct application *application = application_enter();
	struct search *search;
	CK_RV rv = CKR_OK;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	search = present_search(application, session);
	if (!search || !search->is_complete)
		rv = forward_FindObjectsFinal(session);
	free_search(search);
	application_leave(application);
	return rv;
}

CK_RV
C_CloseSession(CK_SESSION_HANDLE session)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = forward_CloseSession(session);
	if (rv == CKR_OK)
		drop_search(application, session);
	application_leave(application);
	return rv;
}

CK_RV
C_CloseAllSessions(CK_SLOT_ID slot)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = forward_CloseAllSessions(slot);
	if (rv == CKR_OK)
		doubt_searches(application);
	application_leave(application);
	return rv;
}

CK_RV
C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = forward_SessionCancel(session, flags);
	if (rv == CKR_OK && (flags & CKF_FIND_OBJECTS))
		drop_search(application, session);
	application_leave(application);
	return rv;
}
