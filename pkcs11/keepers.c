/* SPDX-License-Identifier: BSD-2-Clause */
/* The keepers that an application talks to, and whose each number is. */

#include "config.h"

#include "pkcs11/keepers.h"

#include "pkcs11/application.h"

#include <stdlib.h>

/* Slots of one keeper that are remembered; nobody has so many. */
#define SLOTS_MOST 1024

/* How each is found, and whether an application may start it. */
static const struct {
	bool (*find)(struct home *home);
	bool may_start;
} rows[KEEPERS] = {
	[KEEPER_USER] = { home_find, true },
	[KEEPER_MACHINE] = { home_find_machine, false },
};

/* The safest place is seen first. */
static const enum keeper_kind order[KEEPERS] = { KEEPER_MACHINE, KEEPER_USER };

struct keeper *
keeper_at(struct application *application, size_t place)
{
	return place < KEEPERS ? &application->keepers[order[place]] : NULL;
}

void
keepers_find(struct application *application)
{
	struct keeper *keeper;
	size_t i;

	for (i = 0; i < KEEPERS; i++) {
		keeper = &application->keepers[i];
		*keeper = (struct keeper){
			.application = application,
			.kind = (enum keeper_kind)i,
			.may_start = rows[i].may_start,
			.first_session = 1,
			.first_object = SESSION_OBJECT_FIRST,
		};
		/* Without a home there is none, and calls say so. */
		if (!rows[i].find(&keeper->home))
			home_clear(&keeper->home);
	}
}

void
keepers_clear(struct application *application)
{
	size_t i;

	for (i = 0; i < KEEPERS; i++) {
		home_clear(&application->keepers[i].home);
		free(application->keepers[i].slots);
		application->keepers[i] = (struct keeper){ 0 };
	}
}

/* What no other has is the user keeper's, which knows all its numbers. */
static struct keeper *
keeper_of(struct application *application, CK_ULONG kind)
{
	if (kind >= KEEPERS || !application->keepers[kind].home.run)
		kind = KEEPER_USER;
	return application->keepers[kind].home.run ? &application->keepers[kind]
						   : NULL;
}

struct keeper *
keeper_of_slot(struct application *application, CK_SLOT_ID slot)
{
	return keeper_of(application, slot >> SLOT_BITS);
}

struct keeper *
keeper_of_session(struct application *application, CK_SESSION_HANDLE session)
{
	return keeper_of(application, session >> SESSION_BITS);
}

CK_SLOT_ID
slot_outside(const struct keeper *keeper, CK_SLOT_ID slot)
{
	return slot + ((CK_SLOT_ID)keeper->kind << SLOT_BITS);
}

CK_SLOT_ID
slot_inside(const struct keeper *keeper, CK_SLOT_ID slot)
{
	return slot - ((CK_SLOT_ID)keeper->kind << SLOT_BITS);
}

CK_SESSION_HANDLE
session_outside(const struct keeper *keeper, CK_SESSION_HANDLE session)
{
	return session + ((CK_SESSION_HANDLE)keeper->kind << SESSION_BITS);
}

CK_SESSION_HANDLE
session_inside(const struct keeper *keeper, CK_SESSION_HANDLE session)
{
	return session - ((CK_SESSION_HANDLE)keeper->kind << SESSION_BITS);
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

/* An empty slot is where a first token would be made: not of use beside another
 * keeper's tokens, nor where a safer keeper has one. */
static bool
is_beside_others(struct application *application, const struct keeper *keeper)
{
	const struct keeper *machine = &application->keepers[KEEPER_MACHINE];
	const struct keeper *user = &application->keepers[KEEPER_USER];
	bool is_there;

	if (keeper == machine)
		return user->home.run && home_has_tokens(&user->home);
	pthread_mutex_lock(&application->lock);
	is_there = machine->worker != 0;
	pthread_mutex_unlock(&application->lock);
	return is_there;
}

uint32_t
keeper_wishes(struct keeper *keeper)
{
	struct application *application = keeper->application;

	if (application->wants_spare)
		return HELLO_SPARE_SLOT;
	return is_beside_others(application, keeper) ? HELLO_NO_EMPTY_SLOT : 0;
}
