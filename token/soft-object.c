/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls about objects and searches. */

#include "config.h"

#include "token/soft-calls.h"

#include "token/make.h"
#include "token/search.h"

#include <string.h>

CK_RV
soft_C_CreateObject(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *result)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = result ? make_created(session, template, count, result)
		    : CKR_ARGUMENTS_BAD;
	session_leave(session);
	return rv;
}

/* The session and one of its objects, as most calls need them. */
static CK_RV
enter(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
	struct session **session, struct object **object)
{
	CK_RV rv;

	if ((rv = session_enter(handle, session)) != CKR_OK)
		return rv;
	rv = object_get((*session)->token, number, object);
	if (rv != CKR_OK)
		session_leave(*session);
	return rv;
}

static void
leave(struct session *session, struct object *object)
{
	object_release(object);
	session_leave(session);
}

CK_RV
soft_C_CopyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *result)
{
	struct session *session;
	struct object *object;
	CK_RV rv;

	if ((rv = enter(handle, number, &session, &object)) != CKR_OK)
		return rv;
	rv = result ? make_copy(session, object, template, count, result)
		    : CKR_ARGUMENTS_BAD;
	leave(session, object);
	return rv;
}

/* An object that was altered in the file cannot be read, but has to go. What
 * it was is unknown: it takes the rights for the most that it can be. */
static CK_RV
destroy_altered(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = make_is_allowed(session, true, true);
	if (rv == CKR_OK)
		rv = store_remove(session->token->store, (object_id)number);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_DestroyObject(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number)
{
	struct session *session;
	struct object *object;
	CK_RV rv;

	rv = enter(handle, number, &session, &object);
	if (rv == CKR_DEVICE_ERROR)
		return destroy_altered(handle, number);
	if (rv != CKR_OK)
		return rv;
	rv = make_is_allowed(session, object->is_token, object->is_private);
	if (rv == CKR_OK && !object_flag(object, CKA_DESTROYABLE))
		rv = CKR_ACTION_PROHIBITED;
	if (rv == CKR_OK)
		rv = object_remove(session->token, object);
	leave(session, object);
	return rv;
}

CK_RV
soft_C_GetObjectSize(
	CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number, CK_ULONG *size)
{
	struct session *session;
	struct object *object;
	CK_RV rv;

	if ((rv = enter(handle, number, &session, &object)) != CKR_OK)
		return rv;
	if (size)
		*size = object->attributes.open.length +
			object->attributes.sealed.length;
	leave(session, object);
	return size ? CKR_OK : CKR_ARGUMENTS_BAD;
}

CK_RV
soft_C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct session *session;
	struct object *object;
	CK_RV rv;

	if ((rv = enter(handle, number, &session, &object)) != CKR_OK)
		return rv;
	rv = template && count && count <= TEMPLATE_COUNT_MAX
		? object_show(object, template, count)
		: CKR_ARGUMENTS_BAD;
	leave(session, object);
	return rv;
}

static CK_RV
set_attributes(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct session *session;
	struct object *object;
	CK_RV rv;

	if ((rv = enter(handle, number, &session, &object)) != CKR_OK)
		return rv;
	rv = template && count ? make_change(session, object, template, count)
			       : CKR_ARGUMENTS_BAD;
	leave(session, object);
	return rv;
}

CK_RV
soft_C_SetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE number,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv;

	/* Rejected: another thread or process changed the object meanwhile, so
	 * the change is made again, to what the object is now. */
	do
		rv = set_attributes(handle, number, template, count);
	while (rv == CKR_FUNCTION_REJECTED);
	return rv;
}

/* With the search lock held. */
static CK_RV
start_search(
	struct session *session, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct finding *finding = &session->finding;
	CK_RV rv;

	if (finding->is_active)
		return CKR_OPERATION_ACTIVE;
	if ((rv = template_check(template, count)) != CKR_OK)
		return rv;
	rv = search(session->token, template, count, &finding->handles,
		&finding->count);
	finding->is_active = rv == CKR_OK;
	return rv;
}

CK_RV
soft_C_FindObjectsInit(
	CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	pthread_mutex_lock(&session->search_lock);
	rv = start_search(session, template, count);
	pthread_mutex_unlock(&session->search_lock);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects,
	CK_ULONG room, CK_ULONG *count)
{
	struct session *session;
	struct finding *finding;
	size_t left;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	finding = &session->finding;
	pthread_mutex_lock(&session->search_lock);
	if (!finding->is_active) {
		rv = CKR_OPERATION_NOT_INITIALIZED;
	} else if (!objects || !count || !room) {
		rv = CKR_ARGUMENTS_BAD;
	} else {
		left = finding->count - finding->next;
		*count = left < room ? left : room;
		if (*count)
			memcpy(objects, finding->handles + finding->next,
				*count * sizeof(*objects));
		finding->next += *count;
	}
	pthread_mutex_unlock(&session->search_lock);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	pthread_mutex_lock(&session->search_lock);
	if (session->finding.is_active)
		finding_end(&session->finding);
	else
		rv = CKR_OPERATION_NOT_INITIALIZED;
	pthread_mutex_unlock(&session->search_lock);
	session_leave(session);
	return rv;
}
