/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's entry points about slots: those of all keepers together, and
 * what is true while none runs. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"
#include "pkcs11/empty.h"
#include "pkcs11/fronts.h"

#include <stdlib.h>
#include <string.h>

/* Seconds between two looks for a slot event. */
#define EVENT_SECONDS 1

/* Slots that are asked for at first. */
#define SLOTS_USUAL 64

/* And at most, in as many tries: a keeper elsewhere may say anything. */
#define SLOTS_TAKEN 4096
#define SLOTS_TRIES 8

/* Owned; starts empty. */
struct slot_list {
	CK_SLOT_ID *at;
	CK_ULONG count;
};

/* No token was made and no keeper runs: nothing needs to be started to say
 * what there is. What is fronted was seen from a keeper that ran. */
static bool
is_unstarted(struct keeper *keeper)
{
	struct connection *connection;

	if (!keeper || !keeper->may_start || keeper->place ||
		!keeper->home.tokens || home_has_tokens(&keeper->home))
		return false;
	if (channel_take(keeper, false, &connection) != CKR_OK)
		return true;
	channel_give(connection);
	return false;
}

/* The keeper's own numbers. Only a question for the count makes it look for new
 * slots: [PKCS11 5.5.1] so it is asked that way when the application did. */
static CK_RV
ask_slots(struct keeper *keeper, CK_BBOOL token_present, bool looks,
	struct slot_list *list)
{
	CK_ULONG room = SLOTS_USUAL, count = 0;
	int tries = SLOTS_TRIES;
	CK_RV rv = CKR_OK;

	if (looks)
		rv = forward_GetSlotList(keeper, token_present, NULL, &count);
	while (rv == CKR_OK) {
		if (count > SLOTS_TAKEN || !tries--)
			return CKR_DEVICE_ERROR;
		free(list->at);
		room = count > room ? count : room;
		list->at = calloc(room, sizeof(*list->at));
		list->count = room;
		rv = list->at ? forward_GetSlotList(keeper, token_present,
					list->at, &list->count)
			      : CKR_HOST_MEMORY;
		if (rv != CKR_BUFFER_TOO_SMALL)
			break;
		count = list->count;
		rv = CKR_OK;
	}
	return rv;
}

static CK_RV
append(struct slot_list *list, CK_SLOT_ID slot)
{
	CK_SLOT_ID *grown =
		realloc(list->at, (list->count + 1) * sizeof(*grown));

	if (!grown)
		return CKR_HOST_MEMORY;
	list->at = grown;
	list->at[list->count++] = slot;
	return CKR_OK;
}

/* An empty slot is shown where nobody else has slots, or one was wished for. */
static bool
shows_empty_slot(struct keeper *keeper, const struct slot_list *so_far)
{
	uint32_t wishes = keeper_wishes(keeper);

	return wishes & HELLO_SPARE_SLOT ||
		(!so_far->count && !(wishes & HELLO_NO_EMPTY_SLOT)) ||
		keeper_has_shown(keeper, EMPTY_SLOT);
}

/* Among several keepers, a number that would be another's cannot be told. */
static CK_RV
show_slots(struct keeper *keeper, const struct slot_list *own,
	CK_BBOOL token_present, struct slot_list *all)
{
	struct application *application = keeper->application;
	CK_SLOT_ID slot;
	CK_RV rv = CKR_OK;
	CK_ULONG i;

	for (i = 0; i < own->count && rv == CKR_OK; i++) {
		slot = slot_outside(keeper, own->at[i]);
		if (keeper_of_slot(application, slot) != keeper)
			continue;
		keeper_show_slot(keeper, slot);
		if (token_present)
			rv = append(all, slot);
	}
	pthread_mutex_lock(&application->lock);
	for (i = 0; i < keeper->slots_count && !token_present && rv == CKR_OK;
		i++)
		rv = append(all, keeper->slots[i]);
	pthread_mutex_unlock(&application->lock);
	return rv;
}

/* A keeper that cannot say has, without their tokens, the slots that it had. */
static CK_RV
add_keeper(struct keeper *keeper, CK_BBOOL token_present, bool looks,
	struct slot_list *all)
{
	static CK_SLOT_ID empty[] = { EMPTY_SLOT };
	struct slot_list own = { 0 }, none = { 0 };
	CK_RV rv = CKR_OK, shown;

	if (!is_unstarted(keeper))
		rv = ask_slots(keeper, token_present, looks, &own);
	else if (shows_empty_slot(keeper, all))
		none = (struct slot_list){ empty, 1 };
	shown = show_slots(keeper, rv == CKR_OK && own.at ? &own : &none,
		token_present, all);
	free(own.at);
	return rv == CKR_OK ? shown : rv;
}

/* The list of one that answers counts, whatever the others do. */
static CK_RV
list_all(struct application *application, CK_BBOOL token_present, bool looks,
	struct slot_list *all)
{
	CK_RV rv = CKR_TOKEN_NOT_PRESENT, each;
	bool is_answered = false;
	struct keeper *keeper;

	if (looks || !fronts_are_known(application))
		fronts_look(application);
	for (keeper = keepers_first(application); keeper;
		keeper = keepers_next(keeper)) {
		if (!keeper->home.run)
			continue;
		each = add_keeper(keeper, token_present, looks, all);
		if (each == CKR_HOST_MEMORY ||
			each == CKR_CRYPTOKI_NOT_INITIALIZED)
			return each;
		is_answered |= each == CKR_OK;
		rv = each;
	}
	return is_answered ? CKR_OK : rv;
}

static CK_RV
give_list(const struct slot_list *all, CK_SLOT_ID *slots, CK_ULONG *count)
{
	CK_ULONG room = *count;

	*count = all->count;
	if (slots && room < all->count)
		return CKR_BUFFER_TOO_SMALL;
	if (slots && all->count)
		memcpy(slots, all->at, all->count * sizeof(*slots));
	return CKR_OK;
}

CK_RV
C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	struct application *application = application_enter();
	struct slot_list all = { 0 };
	CK_RV rv = CKR_ARGUMENTS_BAD;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (count)
		rv = list_all(application, token_present, !slots, &all);
	if (rv == CKR_OK)
		rv = give_list(&all, slots, count);
	free(all.at);
	application_leave(application);
	return rv;
}

/* A slot that was there before its keeper was lost, or its token went. */
static bool
is_bereft(struct keeper *keeper, CK_SLOT_ID slot, CK_RV rv)
{
	return (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_SLOT_ID_INVALID) &&
		keeper && keeper_has_shown(keeper, slot);
}

CK_RV
C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	struct application *application = application_enter();
	struct keeper *keeper;
	CK_RV rv = CKR_OK;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	keeper = keeper_of_slot(application, slot);
	if (!info)
		rv = CKR_ARGUMENTS_BAD;
	else if (!is_unstarted(keeper))
		rv = forward_GetSlotInfo(slot, info);
	else if (slot != slot_outside(keeper, EMPTY_SLOT))
		rv = CKR_SLOT_ID_INVALID;
	else
		empty_slot_info(info);
	if (is_bereft(keeper, slot, rv)) {
		empty_slot_info(info);
		info->flags &= ~CKF_TOKEN_PRESENT;
		rv = CKR_OK;
	}
	application_leave(application);
	return rv;
}

CK_RV
C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	struct application *application = application_enter();
	struct keeper *keeper;
	CK_RV rv = CKR_OK;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	keeper = keeper_of_slot(application, slot);
	if (!info)
		rv = CKR_ARGUMENTS_BAD;
	else if (!is_unstarted(keeper))
		rv = forward_GetTokenInfo(slot, info);
	else if (slot != slot_outside(keeper, EMPTY_SLOT))
		rv = CKR_SLOT_ID_INVALID;
	else
		empty_token_info(info);
	if (is_bereft(keeper, slot, rv))
		rv = CKR_TOKEN_NOT_PRESENT;
	application_leave(application);
	return rv;
}

/* Of a keeper that was lost: any of its slots is the event. */
static CK_SLOT_ID
lost_slot(struct keeper *keeper)
{
	CK_SLOT_ID slot = slot_outside(keeper, EMPTY_SLOT);

	pthread_mutex_lock(&keeper->application->lock);
	if (keeper->place && keeper->slots_count)
		slot = keeper->slots[0];
	pthread_mutex_unlock(&keeper->application->lock);
	return slot;
}

/* Sessions end with their keeper: its slots are the event. */
static CK_RV
look_at_keeper(struct keeper *keeper, CK_SLOT_ID *slot)
{
	pthread_mutex_t *lock = &keeper->application->lock;
	bool is_due;
	CK_RV rv;

	rv = forward_WaitForSlotEvent(keeper, CKF_DONT_BLOCK, slot);
	pthread_mutex_lock(lock);
	is_due = keeper->is_event_due;
	keeper->is_event_due = is_due && rv == CKR_OK;
	pthread_mutex_unlock(lock);
	if (!is_due || rv == CKR_OK)
		return rv == CKR_DEVICE_REMOVED ? CKR_NO_EVENT : rv;
	*slot = lost_slot(keeper);
	return CKR_OK;
}

/* One that cannot be asked has no event, as long as another can. */
static CK_RV
look_for_event(struct application *application, CK_SLOT_ID *slot)
{
	CK_RV rv = CKR_NO_EVENT, each, error = CKR_OK;
	bool is_asked = false;
	struct keeper *keeper;

	for (keeper = keepers_first(application); rv == CKR_NO_EVENT && keeper;
		keeper = keepers_next(keeper)) {
		if (!keeper->home.run)
			continue;
		each = look_at_keeper(keeper, slot);
		is_asked |= each == CKR_OK || each == CKR_NO_EVENT;
		if (each == CKR_OK || each == CKR_CRYPTOKI_NOT_INITIALIZED)
			rv = each;
		else if (each != CKR_NO_EVENT)
			error = each;
	}
	return rv == CKR_NO_EVENT && !is_asked && error != CKR_OK ? error : rv;
}

CK_RV
C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, CK_VOID_PTR reserved)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = !slot || reserved ? CKR_ARGUMENTS_BAD
			       : look_for_event(application, slot);
	while (rv == CKR_NO_EVENT && !(flags & CKF_DONT_BLOCK))
		rv = application_pause(application, EVENT_SECONDS)
			? look_for_event(application, slot)
			: CKR_CRYPTOKI_NOT_INITIALIZED;
	application_leave(application);
	return rv;
}
