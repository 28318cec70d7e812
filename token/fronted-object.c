/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: the vendor's handles and ours.
 *
 * A vendor's handle may be a pointer, and mean another object tomorrow; ours
 * are counted, and none means two objects. One that went with its card means
 * the same object again when that is found on it.
 */

#include "config.h"

#include "token/fronted-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Objects whose tokens went, of which is known what they are. */
enum { GONE_MOST = 4096 };

struct object {
	CK_OBJECT_HANDLE number, vendor;
	CK_SESSION_HANDLE maker;
	CK_SESSION_HANDLE finder; /* the last that was opened */
	unsigned slot;            /* FRONTED_NO_SLOT: it is not there */
	unsigned home;            /* where it was, if it can come back there */
	enum consent consent;
	struct fronted_mark mark;
};

/* In the order of our numbers; what was removed stays until there is as much of
 * it as of the rest. The table finds them by the vendor's handle: places plus
 * one, 0 where it is free. */
static struct {
	pthread_mutex_t lock;
	struct object *at;
	size_t count, room, live, gone;
	CK_OBJECT_HANDLE given; /* of all time */
	size_t *table, table_size, table_used;
} objects = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Those that may come back keep their places. */
static void
leave(struct object *object)
{
	object->home = FRONTED_NO_SLOT;
	if (object->mark.is_set && objects.gone < GONE_MOST) {
		object->home = object->slot;
		objects.gone++;
	}
	object->slot = FRONTED_NO_SLOT;
	objects.live--;
}

static void
object_remove(struct object *object)
{
	object->mark.is_set = false;
	leave(object);
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
	const struct object *object = &objects.at[place];
	size_t i = hash(object->slot, object->vendor);

	while (objects.table[i & (objects.table_size - 1)])
		i++;
	objects.table[i & (objects.table_size - 1)] = place + 1;
	objects.table_used++;
}

/* Without those that were removed. */
static void
squeeze(void)
{
	size_t i, kept = 0;

	for (i = 0; i < objects.count; i++)
		if (objects.at[i].slot != FRONTED_NO_SLOT ||
			objects.at[i].home != FRONTED_NO_SLOT)
			objects.at[kept++] = objects.at[i];
	objects.count = kept;
}

/* At most half full, also of what it has in vain. The array is squeezed first
 * where that makes much room. */
static bool
table_grow(void)
{
	const size_t kept = objects.live + objects.gone;
	size_t size = objects.table_size ? objects.table_size : 64, i;
	size_t *table;

	if ((objects.table_used + 1) * 2 <= objects.table_size)
		return true;
	while (size < (objects.live + 1) * 4)
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return false;
	if (kept <= objects.count / 2)
		squeeze();
	free(objects.table);
	objects.table = table;
	objects.table_size = size;
	objects.table_used = 0;
	for (i = 0; i < objects.count; i++)
		if (objects.at[i].slot != FRONTED_NO_SLOT)
			table_put(i);
	return true;
}

static struct object *
object_known(unsigned slot, CK_OBJECT_HANDLE vendor)
{
	size_t i = hash(slot, vendor), place;
	struct object *object;

	if (!objects.table_size)
		return NULL;
	while ((place = objects.table[i++ & (objects.table_size - 1)])) {
		object = &objects.at[place - 1];
		if (object->slot == slot && object->vendor == vendor)
			return object;
	}
	return NULL;
}

/* What went from this slot, and is this. */
static struct object *
object_gone(unsigned slot, const struct fronted_mark *mark)
{
	size_t i;

	if (!mark || !mark->is_set || mark->is_new || !objects.gone)
		return NULL;
	for (i = 0; i < objects.count; i++)
		if (objects.at[i].home == slot &&
			memcmp(objects.at[i].mark.digest, mark->digest,
				sizeof(mark->digest)) == 0)
			return &objects.at[i];
	return NULL;
}

static void
object_return(struct object *object, CK_OBJECT_HANDLE vendor)
{
	object->finder = 0;
	object->slot = object->home;
	object->home = FRONTED_NO_SLOT;
	object->vendor = vendor;
	object->consent = CONSENT_UNKNOWN;
	table_put((size_t)(object - objects.at));
	objects.gone--;
	objects.live++;
}

static CK_RV
object_new(unsigned slot, CK_OBJECT_HANDLE vendor, CK_SESSION_HANDLE maker,
	const struct fronted_mark *mark, CK_OBJECT_HANDLE *object)
{
	void *at = objects.at;

	if (!fronted_grow(
		    &at, objects.count, &objects.room, sizeof(struct object)))
		return CKR_HOST_MEMORY;
	objects.at = at;
	*object = fronted_settings.first_object + objects.given++;
	objects.at[objects.count] = (struct object){ .number = *object,
		.vendor = vendor,
		.maker = maker,
		.slot = slot,
		.home = FRONTED_NO_SLOT };
	if (mark)
		objects.at[objects.count].mark = *mark;
	table_put(objects.count++);
	objects.live++;
	return CKR_OK;
}

/* The vendor's handle may mean another object than it did. */
static bool
is_same(const struct object *object, const struct fronted_mark *mark)
{
	return !mark || !mark->is_set || !object->mark.is_set ||
		memcmp(object->mark.digest, mark->digest,
			sizeof(mark->digest)) == 0;
}

static CK_RV
object_add(unsigned slot, CK_OBJECT_HANDLE vendor, CK_SESSION_HANDLE maker,
	const struct fronted_mark *mark, CK_OBJECT_HANDLE *object)
{
	struct object *known = object_known(slot, vendor);

	if (known && !is_same(known, mark)) {
		leave(known);
		known = NULL;
	}
	if (known) {
		if (mark && mark->is_set)
			known->mark = *mark;
		*object = known->number;
		return CKR_OK;
	}
	if (objects.live >= fronted_settings.objects_max)
		return CKR_DEVICE_MEMORY;
	if (!table_grow())
		return CKR_HOST_MEMORY;
	known = object_gone(slot, mark);
	if (!known)
		return object_new(slot, vendor, maker, mark, object);
	object_return(known, vendor);
	*object = known->number;
	return CKR_OK;
}

CK_RV
fronted_object_add(unsigned slot, CK_OBJECT_HANDLE vendor,
	CK_SESSION_HANDLE maker, const struct fronted_mark *mark,
	CK_OBJECT_HANDLE *object)
{
	CK_RV rv;

	pthread_mutex_lock(&objects.lock);
	rv = object_add(slot, vendor, maker, mark, object);
	pthread_mutex_unlock(&objects.lock);
	return rv;
}

CK_RV
fronted_object_add_found(unsigned slot, CK_OBJECT_HANDLE vendor,
	CK_SESSION_HANDLE session, const struct fronted_mark *mark,
	CK_OBJECT_HANDLE *object)
{
	struct object *known;
	CK_RV rv;

	pthread_mutex_lock(&objects.lock);
	rv = object_add(slot, vendor, 0, mark, object);
	known = rv == CKR_OK ? object_known(slot, vendor) : NULL;
	if (known && known->finder < session)
		known->finder = session;
	pthread_mutex_unlock(&objects.lock);
	return rv;
}

void
fronted_object_return(
	unsigned slot, CK_OBJECT_HANDLE vendor, const struct fronted_mark *mark)
{
	struct object *gone;

	pthread_mutex_lock(&objects.lock);
	if (!object_known(slot, vendor) &&
		objects.live < fronted_settings.objects_max && table_grow()) {
		gone = object_gone(slot, mark);
		if (gone)
			object_return(gone, vendor);
	}
	pthread_mutex_unlock(&objects.lock);
}

bool
fronted_object_known(
	unsigned slot, CK_OBJECT_HANDLE vendor, CK_SESSION_HANDLE session)
{
	const struct object *known;
	bool is_known;

	pthread_mutex_lock(&objects.lock);
	known = object_known(slot, vendor);
	is_known = known && session <= known->finder;
	pthread_mutex_unlock(&objects.lock);
	return is_known;
}

static int
compare_object(const void *number, const void *object)
{
	const CK_OBJECT_HANDLE wanted = *(const CK_OBJECT_HANDLE *)number;
	const CK_OBJECT_HANDLE is = ((const struct object *)object)->number;

	return (wanted > is) - (wanted < is);
}

/* There, or gone. */
static struct object *
object_numbered(CK_OBJECT_HANDLE number)
{
	return objects.count ? bsearch(&number, objects.at, objects.count,
				       sizeof(struct object), compare_object)
			     : NULL;
}

static struct object *
object_at(unsigned slot, CK_OBJECT_HANDLE number)
{
	struct object *object = object_numbered(number);

	return object && object->slot == slot ? object : NULL;
}

bool
fronted_object_find(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *vendor)
{
	const struct object *found;

	pthread_mutex_lock(&objects.lock);
	found = object_at(slot, object);
	if (found)
		*vendor = found->vendor;
	pthread_mutex_unlock(&objects.lock);
	return found;
}

bool
fronted_object_was(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *vendor)
{
	const struct object *found;
	bool was;

	pthread_mutex_lock(&objects.lock);
	found = object_numbered(object);
	was = found && found->slot == FRONTED_NO_SLOT && found->home == slot;
	if (was)
		*vendor = found->vendor;
	pthread_mutex_unlock(&objects.lock);
	return was;
}

enum consent
fronted_object_consent(unsigned slot, CK_OBJECT_HANDLE object)
{
	enum consent consent = CONSENT_UNKNOWN;
	const struct object *found;

	pthread_mutex_lock(&objects.lock);
	found = object_at(slot, object);
	if (found)
		consent = found->consent;
	pthread_mutex_unlock(&objects.lock);
	return consent;
}

void
fronted_object_set(unsigned slot, CK_OBJECT_HANDLE object, enum consent consent)
{
	struct object *found;

	pthread_mutex_lock(&objects.lock);
	found = object_at(slot, object);
	if (found)
		found->consent = consent;
	pthread_mutex_unlock(&objects.lock);
}

void
fronted_object_unmark(unsigned slot, CK_OBJECT_HANDLE object)
{
	struct object *found;

	pthread_mutex_lock(&objects.lock);
	found = object_at(slot, object);
	if (found) {
		found->mark.is_set = false;
		found->finder = 0;
	}
	pthread_mutex_unlock(&objects.lock);
}

void
fronted_object_remove(unsigned slot, CK_OBJECT_HANDLE object)
{
	struct object *found;

	pthread_mutex_lock(&objects.lock);
	found = object_at(slot, object);
	if (found)
		object_remove(found);
	pthread_mutex_unlock(&objects.lock);
}

void
fronted_objects_remove(CK_SESSION_HANDLE maker)
{
	size_t i;

	pthread_mutex_lock(&objects.lock);
	for (i = 0; i < objects.count; i++)
		if (objects.at[i].maker == maker &&
			objects.at[i].slot != FRONTED_NO_SLOT)
			object_remove(&objects.at[i]);
	pthread_mutex_unlock(&objects.lock);
}

/* What went before and has not come back is forgotten where there is too much
 * of it. */
static void
forget_gone(unsigned slot)
{
	size_t i;

	for (i = 0; i < objects.count && objects.gone > GONE_MOST / 2; i++)
		if (objects.at[i].home == slot) {
			objects.at[i].home = FRONTED_NO_SLOT;
			objects.gone--;
		}
}

void
fronted_objects_leave(unsigned slot)
{
	size_t i;

	pthread_mutex_lock(&objects.lock);
	forget_gone(slot);
	for (i = 0; i < objects.count; i++)
		if (objects.at[i].slot == slot && !objects.at[i].maker)
			leave(&objects.at[i]);
	pthread_mutex_unlock(&objects.lock);
}
