/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: the vendor's handles and ours, which are counted, and none of which
 * is given out twice.
 */

#include "config.h"

#include "token/fronted-call.h"

#include <pthread.h>
#include <stdlib.h>

struct session {
	CK_SESSION_HANDLE number, vendor;
	unsigned slot; /* FRONTED_NO_SLOT: it was closed */
	CK_FLAGS flags;
	enum consent consent;
	void *labels[FRONTED_LABELS]; /* that the vendor may look at */
};

/* In the order of our numbers; what was removed stays until there is as much of
 * it as of the rest. */
static struct {
	pthread_mutex_t lock;
	struct session *sessions;
	size_t sessions_count, sessions_room, sessions_open;
	CK_SESSION_HANDLE sessions_given; /* of all time */
} handles = { .lock = PTHREAD_MUTEX_INITIALIZER };

bool
fronted_grow(void **at, size_t count, size_t *room, size_t size)
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
session_remove(struct session *session)
{
	unsigned i;

	fronted_objects_remove(session->number);
	session->slot = FRONTED_NO_SLOT;
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
		if (handles.sessions[i].slot != FRONTED_NO_SLOT)
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
	if (!fronted_grow(&sessions, handles.sessions_count,
		    &handles.sessions_room, sizeof(struct session)))
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

	return session && session->slot != FRONTED_NO_SLOT ? session : NULL;
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

bool
fronted_consent_is_pending(unsigned slot)
{
	bool is_pending = false;
	size_t i;

	pthread_mutex_lock(&handles.lock);
	for (i = 0; i < handles.sessions_count && !is_pending; i++)
		is_pending = handles.sessions[i].slot == slot &&
			handles.sessions[i].consent >= CONSENT_WANTED;
	pthread_mutex_unlock(&handles.lock);
	return is_pending;
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
		fronted_objects_remove(session);
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

void
fronted_slot_forget(unsigned slot)
{
	fronted_sessions_remove(slot);
	fronted_objects_leave(slot);
	fronted_mark_search_again(slot);
}
