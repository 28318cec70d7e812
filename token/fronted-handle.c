/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of the vendor's and ours.
 *
 * A vendor's handle may be a pointer, and mean another object tomorrow; ours
 * are counted, and none is given out twice.
 */

#include "config.h"

#include "token/fronted-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NO_SLOT (~0u)

struct session {
	CK_SESSION_HANDLE number, vendor;
	unsigned slot; /* NO_SLOT: it was closed */
	CK_FLAGS flags;
	enum consent consent;
	void *labels[FRONTED_LABELS]; /* that the vendor may look at */
};

struct object {
	CK_OBJECT_HANDLE number, vendor;
	CK_SESSION_HANDLE maker;
	unsigned slot;
	enum consent consent;
};

/* Both arrays are in the order of our numbers; what was removed stays in them
 * until there is as much of it as of the rest. The table finds objects by the
 * vendor's handle: places plus one, 0 where it is free. */
static struct {
	pthread_mutex_t lock;
	struct session *sessions;
	size_t sessions_count, sessions_room, sessions_open;
	CK_SESSION_HANDLE sessions_given; /* of all time */
	struct object *objects;
	size_t objects_count, objects_room, objects_live;
	CK_OBJECT_HANDLE objects_given;
	size_t *table, table_size;
} handles = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool
grow(void **at, size_t count, size_t *room, size_t size)
{
	size_t wanted = *room ? *room * 2 : 64;
	void *grown;

	if (count < *room)
		return true;
	grown = reallocarray(*at, wanted, size);
	if (!grown)
		return false;
	*at = grown;
	*room = wanted;
	return true;
}

static void
object_remove(struct object *object)
{
	if (object->slot == NO_SLOT)
		return;
	object->slot = NO_SLOT;
	handles.objects_live--;
}

static void
objects_remove_of(CK_SESSION_HANDLE maker)
{
	size_t i;

	for (i = 0; i < handles.objects_count; i++)
		if (handles.objects[i].maker == maker)
			object_remove(&handles.objects[i]);
}

static void
session_remove(struct session *session)
{
	unsigned i;

	objects_remove_of(session->number);
	session->slot = NO_SLOT;
	for (i = 0; i < FRONTED_LABELS; i++) {
		free(session->labels[i]);
		session->labels[i] = NULL;
	}
	handles.sessions_open--;
}

/* A handle that the vendor gives again is not what it was. */
static void
session_remove_same(unsigned slot, CK_SESSION_HANDLE vendor)
{
	size_t i;

	for (i = 0; i < handles.sessions_count; i++)
		if (handles.sessions[i].slot == slot &&
			handles.sessions[i].vendor == vendor)
			session_remove(&handles.sessions[i]);
}

/* Without those that were closed. */
static void
sessions_squeeze(void)
{
	size_t i, kept = 0;

	for (i = 0; i < handles.sessions_count; i++)
		if (handles.sessions[i].slot != NO_SLOT)
			handles.sessions[kept++] = handles.sessions[i];
	handles.sessions_count = kept;
}

static CK_RV
session_add(unsigned slot, CK_SESSION_HANDLE vendor, CK_FLAGS flags,
	CK_SESSION_HANDLE *session)
{
	void *sessions = handles.sessions;

	if (handles.sessions_open >= fronted_settings.sessions_max)
		return CKR_SESSION_COUNT;
	if (handles.sessions_count == handles.sessions_room &&
		handles.sessions_open <= handles.sessions_count / 2)
		sessions_squeeze();
	if (!grow(&sessions, handles.sessions_count, &handles.sessions_room,
		    sizeof(struct session)))
		return CKR_HOST_MEMORY;
	handles.sessions = sessions;
	session_remove_same(slot, vendor);
	*session = fronted_settings.first_session + handles.sessions_given++;
	handles.sessions[handles.sessions_count++] = (struct session){ *session,
		vendor, slot, flags, CONSENT_NONE, { NULL } };
	handles.sessions_open++;
	return CKR_OK;
}

CK_RV
fronted_session_add(unsigned slot, CK_SESSION_HANDLE vendor, CK_FLAGS flags,
	CK_SESSION_HANDLE *session)
{
	CK_RV rv;

	pthread_mutex_lock(&handles.lock);
	rv = session_add(slot, vendor, flags, session);
	pthread_mutex_unlock(&handles.lock);
	return rv;
}

static int
compare_session(const void *number, const void *session)
{
	const CK_SESSION_HANDLE wanted = *(const CK_SESSION_HANDLE *)number;
	const CK_SESSION_HANDLE is = ((const struct session *)session)->number;

	return (wanted > is) - (wanted < is);
}

static struct session *
session_at(CK_SESSION_HANDLE number)
{
	struct session *session = handles.sessions_count
		? bsearch(&number, handles.sessions, handles.sessions_count,
			  sizeof(*session), compare_session)
		: NULL;

	return session && session->slot != NO_SLOT ? session : NULL;
}

bool
fronted_session_find(
	CK_SESSION_HANDLE session, unsigned *slot, CK_SESSION_HANDLE *vendor)
{
	const struct session *found;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found) {
		*slot = found->slot;
		*vendor = found->vendor;
	}
	pthread_mutex_unlock(&handles.lock);
	return found;
}

void
fronted_session_set(CK_SESSION_HANDLE session, enum consent consent)
{
	struct session *found;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found)
		found->consent = consent;
	pthread_mutex_unlock(&handles.lock);
}

CK_FLAGS
fronted_session_flags(CK_SESSION_HANDLE session)
{
	const struct session *found;
	CK_FLAGS flags = 0;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found)
		flags = found->flags;
	pthread_mutex_unlock(&handles.lock);
	return flags;
}

enum consent
fronted_session_consent(CK_SESSION_HANDLE session)
{
	enum consent consent = CONSENT_NONE;
	const struct session *found;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found)
		consent = found->consent;
	pthread_mutex_unlock(&handles.lock);
	return consent;
}

/* In this order: when an application's last session ends, it is logged out. */
void
fronted_session_renew(
	unsigned slot, CK_SESSION_HANDLE session, CK_SESSION_HANDLE *vendor)
{
	CK_SESSION_HANDLE made, before = *vendor;
	struct session *found;
	CK_SESSION_INFO info;

	if (fronted_vendor->C_GetSessionInfo(before, &info) != CKR_OK ||
		fronted_vendor->C_OpenSession(info.slotID,
			info.flags | CKF_SERIAL_SESSION, NULL, NULL,
			&made) != CKR_OK)
		return;
	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found) {
		objects_remove_of(session);
		found->vendor = *vendor = made;
	}
	pthread_mutex_unlock(&handles.lock);
	fronted_vendor->C_CloseSession(found ? before : made);
}

void *
fronted_session_keep(CK_SESSION_HANDLE session, unsigned place, void *label)
{
	struct session *found;
	void *before = label;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found) {
		before = found->labels[place];
		found->labels[place] = label;
	}
	pthread_mutex_unlock(&handles.lock);
	return before;
}

CK_SESSION_HANDLE
fronted_session_newest(void)
{
	CK_SESSION_HANDLE newest;

	pthread_mutex_lock(&handles.lock);
	newest = fronted_settings.first_session + handles.sessions_given - 1;
	pthread_mutex_unlock(&handles.lock);
	return newest;
}

void
fronted_session_remove(CK_SESSION_HANDLE session)
{
	struct session *found;

	pthread_mutex_lock(&handles.lock);
	found = session_at(session);
	if (found)
		session_remove(found);
	pthread_mutex_unlock(&handles.lock);
}

void
fronted_sessions_remove(unsigned slot)
{
	size_t i;

	pthread_mutex_lock(&handles.lock);
	for (i = 0; i < handles.sessions_count; i++)
		if (handles.sessions[i].slot == slot)
			session_remove(&handles.sessions[i]);
	pthread_mutex_unlock(&handles.lock);
}

/* The next session of the slot, from that place on, which is none any more. */
static bool
session_take(unsigned slot, size_t *place, CK_SESSION_HANDLE *vendor)
{
	bool found = false;

	pthread_mutex_lock(&handles.lock);
	for (; *place < handles.sessions_count && !found; (*place)++)
		if (handles.sessions[*place].slot == slot) {
			*vendor = handles.sessions[*place].vendor;
			session_remove(&handles.sessions[*place]);
			found = true;
		}
	pthread_mutex_unlock(&handles.lock);
	return found;
}

void
fronted_sessions_close(unsigned slot)
{
	CK_SESSION_HANDLE vendor;
	size_t place = 0;

	while (session_take(slot, &place, &vendor))
		fronted_vendor->C_CloseSession(vendor);
}

bool
fronted_sessions_are_open(unsigned slot)
{
	bool found = false;
	size_t i;

	pthread_mutex_lock(&handles.lock);
	for (i = 0; i < handles.sessions_count && !found; i++)
		found = handles.sessions[i].slot == slot;
	pthread_mutex_unlock(&handles.lock);
	return found;
}

static size_t
hash(unsigned slot, CK_OBJECT_HANDLE vendor)
{
	uint64_t mixed = ((uint64_t)vendor + slot) * 0x9e3779b97f4a7c15ULL;

	return (size_t)(mixed >> 20);
}

static void
table_put(size_t place)
{
	const struct object *object = &handles.objects[place];
	size_t i = hash(object->slot, object->vendor);

	while (handles.table[i & (handles.table_size - 1)])
		i++;
	handles.table[i & (handles.table_size - 1)] = place + 1;
}

/* Without those that were removed. */
static void
objects_squeeze(void)
{
	size_t i, kept = 0;

	for (i = 0; i < handles.objects_count; i++)
		if (handles.objects[i].slot != NO_SLOT)
			handles.objects[kept++] = handles.objects[i];
	handles.objects_count = kept;
}

/* At most half full of what the array has, which is squeezed first where that
 * makes much room. */
static bool
table_grow(void)
{
	size_t size = handles.table_size ? handles.table_size : 64, i;
	size_t count = handles.objects_count, *table;

	if ((count + 1) * 2 <= handles.table_size)
		return true;
	if (handles.objects_live <= count / 2)
		count = handles.objects_live;
	while (size < (count + 1) * 2)
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return false;
	if (count == handles.objects_live)
		objects_squeeze();
	free(handles.table);
	handles.table = table;
	handles.table_size = size;
	for (i = 0; i < handles.objects_count; i++)
		if (handles.objects[i].slot != NO_SLOT)
			table_put(i);
	return true;
}

static struct object *
object_known(unsigned slot, CK_OBJECT_HANDLE vendor)
{
	size_t i = hash(slot, vendor), place;
	struct object *object;

	if (!handles.table_size)
		return NULL;
	while ((place = handles.table[i++ & (handles.table_size - 1)])) {
		object = &handles.objects[place - 1];
		if (object->slot == slot && object->vendor == vendor)
			return object;
	}
	return NULL;
}

static CK_RV
object_add(unsigned slot, CK_OBJECT_HANDLE vendor, CK_SESSION_HANDLE maker,
	CK_OBJECT_HANDLE *object)
{
	const struct object *known = object_known(slot, vendor);
	void *objects = handles.objects;

	if (known) {
		*object = known->number;
		return CKR_OK;
	}
	if (handles.objects_live >= fronted_settings.objects_max)
		return CKR_DEVICE_MEMORY;
	if (!table_grow() ||
		!grow(&objects, handles.objects_count, &handles.objects_room,
			sizeof(struct object)))
		return CKR_HOST_MEMORY;
	handles.objects = objects;
	*object = fronted_settings.first_object + handles.objects_given++;
	handles.objects[handles.objects_count] = (struct object){ *object,
		vendor, maker, slot, CONSENT_UNKNOWN };
	table_put(handles.objects_count++);
	handles.objects_live++;
	return CKR_OK;
}

CK_RV
fronted_object_add(unsigned slot, CK_OBJECT_HANDLE vendor,
	CK_SESSION_HANDLE maker, CK_OBJECT_HANDLE *object)
{
	CK_RV rv;

	pthread_mutex_lock(&handles.lock);
	rv = object_add(slot, vendor, maker, object);
	pthread_mutex_unlock(&handles.lock);
	return rv;
}

static int
compare_object(const void *number, const void *object)
{
	const CK_OBJECT_HANDLE wanted = *(const CK_OBJECT_HANDLE *)number;
	const CK_OBJECT_HANDLE is = ((const struct object *)object)->number;

	return (wanted > is) - (wanted < is);
}

static struct object *
object_at(unsigned slot, CK_OBJECT_HANDLE number)
{
	struct object *object = handles.objects_count
		? bsearch(&number, handles.objects, handles.objects_count,
			  sizeof(*object), compare_object)
		: NULL;

	return object && object->slot == slot ? object : NULL;
}

bool
fronted_object_find(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *vendor)
{
	const struct object *found;

	pthread_mutex_lock(&handles.lock);
	found = object_at(slot, object);
	if (found)
		*vendor = found->vendor;
	pthread_mutex_unlock(&handles.lock);
	return found;
}

enum consent
fronted_object_consent(unsigned slot, CK_OBJECT_HANDLE object)
{
	enum consent consent = CONSENT_UNKNOWN;
	const struct object *found;

	pthread_mutex_lock(&handles.lock);
	found = object_at(slot, object);
	if (found)
		consent = found->consent;
	pthread_mutex_unlock(&handles.lock);
	return consent;
}

void
fronted_object_set(unsigned slot, CK_OBJECT_HANDLE object, enum consent consent)
{
	struct object *found;

	pthread_mutex_lock(&handles.lock);
	found = object_at(slot, object);
	if (found)
		found->consent = consent;
	pthread_mutex_unlock(&handles.lock);
}

void
fronted_object_remove(unsigned slot, CK_OBJECT_HANDLE object)
{
	struct object *found;

	pthread_mutex_lock(&handles.lock);
	found = object_at(slot, object);
	if (found)
		object_remove(found);
	pthread_mutex_unlock(&handles.lock);
}

void
fronted_slot_forget(unsigned slot)
{
	size_t i;

	fronted_sessions_remove(slot);
	pthread_mutex_lock(&handles.lock);
	for (i = 0; i < handles.objects_count; i++)
		if (handles.objects[i].slot == slot)
			object_remove(&handles.objects[i]);
	pthread_mutex_unlock(&handles.lock);
}
