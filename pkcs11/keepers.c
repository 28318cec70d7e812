/* SPDX-License-Identifier: BSD-2-Clause */
/* The keepers that an application talks to, and whose each number is. */

#include "config.h"

#include "pkcs11/keepers.h"

#include "pkcs11/application.h"
#include "pkcs11/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Slots of one keeper that are remembered; nobody has so many. */
#define SLOTS_MOST 1024

/* How each is found, and whether an application may start it. The safest place
 * is seen first. */
static const struct {
	enum keeper_kind kind;
	bool (*find)(struct home *home);
	bool may_start;
} rows[] = {
	{ KEEPER_MACHINE, home_find_machine, false },
	{ KEEPER_USER, home_find, true },
};

struct keeper *
keepers_first(struct application *application)
{
	return __atomic_load_n(&application->keepers, __ATOMIC_ACQUIRE);
}

struct keeper *
keepers_next(struct keeper *keeper)
{
	return __atomic_load_n(&keeper->next, __ATOMIC_ACQUIRE);
}

static CK_RV
keeper_new(struct application *application, enum keeper_kind kind,
	struct keeper **result)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return CKR_HOST_MEMORY;
	if (getrandom(keeper->secret, sizeof(keeper->secret), 0) !=
		sizeof(keeper->secret)) {
		free(keeper);
		return CKR_GENERAL_ERROR;
	}
	keeper->application = application;
	keeper->kind = kind;
	keeper->first_session = 1;
	keeper->first_object = SESSION_OBJECT_FIRST;
	*result = keeper;
	return CKR_OK;
}

static void
keeper_free(struct keeper *keeper)
{
	wipe(keeper->secret, sizeof(keeper->secret));
	free(keeper->slots);
	free(keeper);
}

/* Whole before others see it, who look without the lock. */
static void
append(struct application *application, struct keeper *keeper)
{
	struct keeper **end = &application->keepers;

	while (*end)
		end = &(*end)->next;
	__atomic_store_n(end, keeper, __ATOMIC_RELEASE);
}

CK_RV
keepers_find(struct application *application)
{
	struct keeper *keeper = NULL;
	CK_RV rv;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rv = keeper_new(application, rows[i].kind, &keeper);
		if (rv != CKR_OK)
			return rv;
		keeper->may_start = rows[i].may_start;
		/* Without a home there is none, and calls say so. */
		if (!rows[i].find(&keeper->home))
			home_clear(&keeper->home);
		append(application, keeper);
	}
	return CKR_OK;
}

static bool
is_front(const struct keeper *keeper)
{
	return keeper->kind >= KEEPER_USER_FRONT;
}

/* Who keeps tokens of its own has a home of its own. */
static bool
has_home(const struct keeper *keeper)
{
	return keeper->front == 0;
}

static struct keeper *
find(struct application *application, enum keeper_kind kind, uint32_t place)
{
	struct keeper *keeper = keepers_first(application);

	while (keeper && (keeper->kind != kind || keeper->place != place))
		keeper = keepers_next(keeper);
	return keeper;
}

static enum keeper_kind
front_kind(const struct keeper *keeper)
{
	return keeper->kind == KEEPER_USER || keeper->is_remote
		? KEEPER_USER_FRONT
		: KEEPER_MACHINE_FRONT;
}

/* With the lock held. */
static struct keeper *
add_front(struct keeper *keeper, uint32_t front)
{
	struct application *application = keeper->application;
	enum keeper_kind kind = front_kind(keeper);
	uint32_t place = keeper->place + front;
	struct keeper *added = find(application, kind, place);

	if (added || keeper_new(application, kind, &added) != CKR_OK)
		return added;
	added->place = place;
	added->front = front;
	added->is_remote = keeper->is_remote;
	added->may_start = keeper->may_start;
	added->home = keeper->home; /* borrowed */
	append(application, added);
	return added;
}

struct keeper *
keeper_add_front(struct keeper *keeper, uint32_t front)
{
	pthread_mutex_t *lock = &keeper->application->lock;
	uint32_t most =
		keeper->is_remote ? REMOTE_FRONT_MOST : LOCAL_FRONT_MOST;
	struct keeper *added = NULL;

	pthread_mutex_lock(lock);
	if (front <= most)
		added = add_front(keeper, front);
	pthread_mutex_unlock(lock);
	return added;
}

/* With the lock held. */
static struct keeper *
add_remote(struct application *application, uint32_t number, const char *run)
{
	uint32_t place = REMOTE_PLACES + (number - 1) * (REMOTE_FRONT_MOST + 1);
	struct keeper *added = find(application, KEEPER_USER_FRONT, place);

	if (added ||
		keeper_new(application, KEEPER_USER_FRONT, &added) != CKR_OK)
		return added;
	added->home.run = strdup(run);
	if (!added->home.run) {
		keeper_free(added);
		return NULL;
	}
	added->place = place;
	added->is_remote = true;
	append(application, added);
	return added;
}

struct keeper *
keeper_add_remote(
	struct application *application, uint32_t number, const char *run)
{
	struct keeper *added = NULL;

	pthread_mutex_lock(&application->lock);
	if (number > 0 && number <= REMOTES_MOST)
		added = add_remote(application, number, run);
	pthread_mutex_unlock(&application->lock);
	return added;
}

void
keepers_clear(struct application *application)
{
	struct keeper *keeper, *next;

	for (keeper = application->keepers; keeper; keeper = next) {
		next = keeper->next;
		if (has_home(keeper))
			home_clear(&keeper->home);
		keeper_free(keeper);
	}
	application->keepers = NULL;
	application->fronts_are_known = false;
}

/* What no other has is the user keeper's, which knows all its numbers. */
static struct keeper *
keeper_of(struct application *application, CK_ULONG kind, CK_ULONG place)
{
	struct keeper *keeper = kind < KEEPERS && place <= FRONT_MOST
		? find(application, (enum keeper_kind)kind, (uint32_t)place)
		: NULL;

	if (!keeper || !keeper->home.run)
		keeper = find(application, KEEPER_USER, 0);
	return keeper && keeper->home.run ? keeper : NULL;
}

/* It stands where a keeper's own slots would be large numbers. */
static CK_ULONG
place_of(CK_ULONG kind, CK_ULONG number)
{
	return kind >= KEEPER_USER_FRONT ? number >> FRONT_BITS & FRONT_MOST
					 : 0;
}

struct keeper *
keeper_of_slot(struct application *application, CK_SLOT_ID slot)
{
	CK_ULONG kind = slot >> SLOT_BITS;

	return keeper_of(application, kind, place_of(kind, slot));
}

/* Where there is room the place stands above the kind, so that no
 * count of sessions comes near it. */
static CK_ULONG
session_base(const struct keeper *keeper)
{
	if (sizeof(CK_SESSION_HANDLE) == 8)
		return ((CK_ULONG)keeper->kind + (CK_ULONG)keeper->place * 4)
			<< SESSION_BITS;
	return ((CK_ULONG)keeper->kind << SESSION_BITS) +
		((CK_ULONG)keeper->place << FRONT_BITS);
}

struct keeper *
keeper_of_session(struct application *application, CK_SESSION_HANDLE session)
{
	CK_ULONG high = session >> SESSION_BITS;

	if (sizeof(CK_SESSION_HANDLE) == 8)
		return keeper_of(application, high & 3, high >> 2);
	return keeper_of(application, high, place_of(high, session));
}

static CK_SLOT_ID
slot_base(const struct keeper *keeper)
{
	return ((CK_SLOT_ID)keeper->kind << SLOT_BITS) +
		((CK_SLOT_ID)keeper->place << FRONT_BITS);
}

CK_SLOT_ID
slot_outside(const struct keeper *keeper, CK_SLOT_ID slot)
{
	return slot + slot_base(keeper);
}

CK_SLOT_ID
slot_inside(const struct keeper *keeper, CK_SLOT_ID slot)
{
	return slot - slot_base(keeper);
}

CK_SESSION_HANDLE
session_outside(const struct keeper *keeper, CK_SESSION_HANDLE session)
{
	return session + session_base(keeper);
}

CK_SESSION_HANDLE
session_inside(const struct keeper *keeper, CK_SESSION_HANDLE session)
{
	return session - session_base(keeper);
}

/* With the lock held. */
static bool
has_shown(const struct keeper *keeper, CK_SLOT_ID slot)
{
	CK_ULONG i;

	for (i = 0; i < keeper->slots_count; i++)
		if (keeper->slots[i] == slot)
			return true;
	return false;
}

bool
keeper_has_shown(struct keeper *keeper, CK_SLOT_ID slot)
{
	pthread_mutex_t *lock = &keeper->application->lock;
	bool shown;

	pthread_mutex_lock(lock);
	shown = has_shown(keeper, slot);
	pthread_mutex_unlock(lock);
	return shown;
}

void
keeper_show_slot(struct keeper *keeper, CK_SLOT_ID slot)
{
	pthread_mutex_t *lock = &keeper->application->lock;
	CK_SLOT_ID *grown;

	pthread_mutex_lock(lock);
	if (!has_shown(keeper, slot) && keeper->slots_count < SLOTS_MOST) {
		grown = realloc(keeper->slots,
			(keeper->slots_count + 1) * sizeof(*grown));
		if (grown) {
			keeper->slots = grown;
			keeper->slots[keeper->slots_count++] = slot;
		}
	}
	pthread_mutex_unlock(lock);
}

/* An empty slot is where a first token would be made: not of use beside tokens
 * that are elsewhere. */
static bool
is_beside_others(struct keeper *keeper)
{
	struct application *application = keeper->application;
	struct keeper *other;
	bool is_there = false;

	for (other = keepers_first(application); other && !is_there;
		other = keepers_next(other)) {
		if (other == keeper || !other->home.run)
			continue;
		if (is_front(other)) {
			is_there = true;
		} else if (other->home.tokens) {
			is_there = home_has_tokens(&other->home);
		} else {
			pthread_mutex_lock(&application->lock);
			is_there = other->worker != 0;
			pthread_mutex_unlock(&application->lock);
		}
	}
	return is_there;
}

uint32_t
keeper_wishes(struct keeper *keeper)
{
	uint32_t wishes = keeper->is_remote ? HELLO_ELSEWHERE : 0;

	if (keeper->application->wants_spare)
		return wishes | HELLO_SPARE_SLOT;
	return wishes | (is_beside_others(keeper) ? HELLO_NO_EMPTY_SLOT : 0);
}
