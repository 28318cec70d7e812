/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of a fronted module: what is known of them, and what the
 * standard's functions say of it. */

#include "config.h"

#include "token/fronted-slot.h"

#include "pkcs11/calls.h"

#include <string.h>
#include <time.h>

/* Milliseconds in which readers notice that a card is gone. */
enum { NOTICE_TIME = 1000, NOTICE_PAUSE = 100 };

struct fronted_slots fronted_slots = { .lock = PTHREAD_MUTEX_INITIALIZER };

CK_SLOT_ID
fronted_slot_number(unsigned slot)
{
	return fronted_slots.at[slot].number;
}

struct fronted_slot *
fronted_slot_find(CK_SLOT_ID number)
{
	unsigned i;

	for (i = 0; i < fronted_slots.count; i++)
		if (fronted_slots.at[i].number == number)
			return &fronted_slots.at[i];
	return NULL;
}

unsigned
fronted_slot_place(const struct fronted_slot *slot)
{
	return (unsigned)(slot - fronted_slots.at);
}

/* A vendor may not have noticed, and would take the next login for one too
 * many. */
void
fronted_slot_set_token(struct fronted_slot *slot, bool has_token)
{
	if (slot->has_token == has_token)
		return;
	slot->has_token = has_token;
	slot->is_event_due = fronted_slots.is_known;
	if (has_token)
		return;
	slot->is_told = false;
	if (slot->is_there &&
		fronted_sessions_are_open(fronted_slot_place(slot)))
		fronted_vendor->C_CloseAllSessions(slot->vendor);
	fronted_slot_forget(fronted_slot_place(slot));
	fronted_login_lose(fronted_slot_place(slot));
}

void
fronted_slot_lose(unsigned slot)
{
	pthread_mutex_lock(&fronted_slots.lock);
	fronted_slot_set_token(&fronted_slots.at[slot], false);
	pthread_mutex_unlock(&fronted_slots.lock);
}

/* As the vendor sees it. */
static bool
is_token_there(unsigned slot, bool *can_go)
{
	CK_SLOT_INFO info;

	if (fronted_vendor->C_GetSlotInfo(fronted_slot_vendor(slot), &info) !=
		CKR_OK)
		return false;
	*can_go = info.flags & CKF_REMOVABLE_DEVICE;
	return info.flags & CKF_TOKEN_PRESENT;
}

bool
fronted_slot_token(unsigned slot, CK_TOKEN_INFO *token)
{
	bool is_told;

	pthread_mutex_lock(&fronted_slots.lock);
	is_told = fronted_slots.at[slot].is_told;
	*token = fronted_slots.at[slot].token;
	pthread_mutex_unlock(&fronted_slots.lock);
	return is_told;
}

bool
fronted_slot_can_return(unsigned slot)
{
	bool can_return;

	pthread_mutex_lock(&fronted_slots.lock);
	can_return = fronted_slots.at[slot].info.flags & CKF_REMOVABLE_DEVICE;
	pthread_mutex_unlock(&fronted_slots.lock);
	return can_return;
}

CK_SLOT_ID
fronted_slot_vendor(unsigned slot)
{
	CK_SLOT_ID vendor;

	pthread_mutex_lock(&fronted_slots.lock);
	vendor = fronted_slots.at[slot].vendor;
	pthread_mutex_unlock(&fronted_slots.lock);
	return vendor;
}

bool
fronted_slot_has_token(unsigned slot)
{
	bool can_go;

	return is_token_there(slot, &can_go);
}

bool
fronted_slot_goes(unsigned slot)
{
	const struct timespec pause = { 0, NOTICE_PAUSE * 1000000L };
	bool can_go = true;
	int passed;

	for (passed = 0; can_go && passed <= NOTICE_TIME;
		passed += NOTICE_PAUSE) {
		if (passed)
			nanosleep(&pause, NULL);
		if (!is_token_there(slot, &can_go))
			return true;
	}
	return false;
}

static CK_RV
give(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_ULONG room = *count, found = 0;
	unsigned i;

	for (i = 0; i < fronted_slots.count; i++) {
		if (token_present && !fronted_slots.at[i].has_token)
			continue;
		if (list && found < room)
			list[found] = fronted_slots.at[i].number;
		found++;
	}
	*count = found;
	return list && found > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

/* A card at work holds up nobody who only looks round: what is asked of slots
 * meanwhile is answered with what is known. */
static bool
begin_look(struct fronted_call *call, uint32_t number)
{
	bool is_known;

	if (fronted_begin_at_once(call, number))
		return true;
	pthread_mutex_lock(&fronted_slots.lock);
	is_known = fronted_slots.is_known;
	pthread_mutex_unlock(&fronted_slots.lock);
	if (is_known)
		return false;
	fronted_begin(call, number);
	return true;
}

static CK_RV
list_known(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_RV rv;

	pthread_mutex_lock(&fronted_slots.lock);
	rv = give(token_present, list, count);
	pthread_mutex_unlock(&fronted_slots.lock);
	return rv;
}

CK_RV
fronted_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	struct fronted_call call;

	if (!count)
		return CKR_ARGUMENTS_BAD;
	if (!begin_look(&call, CALL_C_GetSlotList))
		return list_known(token_present, list, count);
	pthread_mutex_lock(&fronted_slots.lock);
	/* [PKCS11 5.5.1] Who asks for the count asks for what is new. */
	if (call.rv == CKR_OK && (!list || !fronted_slots.is_known))
		call.rv = fronted_look();
	if (call.rv == CKR_OK)
		call.rv = give(token_present, list, count);
	pthread_mutex_unlock(&fronted_slots.lock);
	return fronted_end(&call);
}

/* The vendor's number of the slot. A client that stored ours may come before
 * anybody has looked. */
static CK_RV
find_vendor(CK_SLOT_ID number, CK_SLOT_ID *vendor, unsigned *place)
{
	const struct fronted_slot *slot;
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&fronted_slots.lock);
	if (!fronted_slots.is_known)
		rv = fronted_look();
	slot = fronted_slot_find(number);
	if (rv == CKR_OK && !slot)
		rv = CKR_SLOT_ID_INVALID;
	else if (rv == CKR_OK && !slot->is_there)
		rv = CKR_TOKEN_NOT_PRESENT;
	if (rv == CKR_OK) {
		*vendor = slot->vendor;
		*place = fronted_slot_place(slot);
	}
	pthread_mutex_unlock(&fronted_slots.lock);
	return rv;
}

void
fronted_slot(struct fronted_call *call, CK_SLOT_ID number, CK_SLOT_ID *vendor)
{
	if (call->rv == CKR_OK)
		call->rv = find_vendor(number, vendor, &call->slot);
}

/* A slot that the vendor no longer has is an empty one. What is fronted can
 * always go: clients go on only where they were told so. */
static void
give_info(const struct fronted_slot *slot, CK_SLOT_INFO *info)
{
	*info = slot->info;
	info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
	info->flags |= CKF_REMOVABLE_DEVICE;
	if (slot->has_token)
		info->flags |= CKF_TOKEN_PRESENT;
}

static CK_RV
known_info(CK_SLOT_ID number, CK_SLOT_INFO *info)
{
	const struct fronted_slot *slot;

	pthread_mutex_lock(&fronted_slots.lock);
	slot = fronted_slot_find(number);
	if (slot)
		give_info(slot, info);
	pthread_mutex_unlock(&fronted_slots.lock);
	return slot ? CKR_OK : CKR_SLOT_ID_INVALID;
}

CK_RV
fronted_GetSlotInfo(CK_SLOT_ID number, CK_SLOT_INFO *info)
{
	struct fronted_slot *slot;
	struct fronted_call call;
	CK_SLOT_INFO now;
	CK_SLOT_ID vendor = 0;

	if (!begin_look(&call, CALL_C_GetSlotInfo))
		return known_info(number, info);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv = fronted_vendor->C_GetSlotInfo(vendor, &now);
	pthread_mutex_lock(&fronted_slots.lock);
	slot = fronted_slot_find(number);
	if (slot && call.rv == CKR_OK) {
		slot->info = now;
		fronted_slot_set_token(slot, now.flags & CKF_TOKEN_PRESENT);
	} else if (slot) {
		slot->is_there = false;
		fronted_slot_set_token(slot, false);
		call.rv = CKR_OK;
	}
	if (slot)
		give_info(slot, info);
	pthread_mutex_unlock(&fronted_slots.lock);
	return fronted_end(&call);
}

/* A card may have been put in the place of another while nobody looked. */
static void
note_token(unsigned place, const CK_TOKEN_INFO *token)
{
	struct fronted_slot *slot = &fronted_slots.at[place];

	pthread_mutex_lock(&fronted_slots.lock);
	if (slot->is_told &&
		(memcmp(slot->token.serialNumber, token->serialNumber,
			 sizeof(token->serialNumber)) != 0 ||
			memcmp(slot->token.label, token->label,
				sizeof(token->label)) != 0))
		fronted_slot_set_token(slot, false);
	fronted_slot_set_token(slot, true);
	slot->token = *token;
	slot->is_told = true;
	pthread_mutex_unlock(&fronted_slots.lock);
}

bool
fronted_slot_identify(unsigned slot, CK_TOKEN_INFO *token)
{
	if (fronted_slot_token(slot, token))
		return true;
	if (fronted_vendor->C_GetTokenInfo(fronted_slot_vendor(slot), token) !=
		CKR_OK)
		return false;
	note_token(slot, token);
	return true;
}

void
fronted_slot_doubt(unsigned slot)
{
	pthread_mutex_lock(&fronted_slots.lock);
	fronted_slots.at[slot].is_told = false;
	pthread_mutex_unlock(&fronted_slots.lock);
}

/* False: the vendor has to be asked. */
static bool
is_known_token(CK_SLOT_ID number, CK_TOKEN_INFO *info, CK_RV *rv)
{
	const struct fronted_slot *slot;
	bool is_known;

	pthread_mutex_lock(&fronted_slots.lock);
	slot = fronted_slot_find(number);
	is_known = slot && fronted_slots.is_known &&
		(!slot->has_token || slot->is_told);
	*rv = is_known && slot->has_token ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
	if (*rv == CKR_OK)
		*info = slot->token;
	pthread_mutex_unlock(&fronted_slots.lock);
	if (*rv == CKR_OK)
		fronted_login_flags(fronted_slot_place(slot), info);
	return is_known;
}

CK_RV
fronted_GetTokenInfo(CK_SLOT_ID number, CK_TOKEN_INFO *info)
{
	struct fronted_call call;
	CK_SLOT_ID vendor = 0;
	CK_RV rv;

	if (!fronted_begin_at_once(&call, CALL_C_GetTokenInfo)) {
		if (is_known_token(number, info, &rv))
			return rv;
		fronted_begin(&call, CALL_C_GetTokenInfo);
	}
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv = fronted_vendor->C_GetTokenInfo(vendor, info);
	if (call.rv == CKR_OK) {
		note_token(call.slot, info);
		fronted_login_flags(call.slot, info);
	}
	return fronted_end(&call);
}

static CK_RV
take_event(CK_SLOT_ID *number)
{
	unsigned i;

	for (i = 0; i < fronted_slots.count; i++)
		if (fronted_slots.at[i].is_event_due) {
			fronted_slots.at[i].is_event_due = false;
			*number = fronted_slots.at[i].number;
			return CKR_OK;
		}
	return CKR_NO_EVENT;
}

static CK_RV
take_known_event(CK_SLOT_ID *number)
{
	CK_RV rv;

	pthread_mutex_lock(&fronted_slots.lock);
	rv = take_event(number);
	pthread_mutex_unlock(&fronted_slots.lock);
	return rv;
}

/* The wire never waits here. Few vendors have events, and those that do lose
 * some: to look is sure. */
CK_RV
fronted_WaitForSlotEvent(
	CK_FLAGS flags, CK_SLOT_ID *number, CK_VOID_PTR reserved)
{
	struct fronted_call call;

	if (!begin_look(&call, CALL_C_WaitForSlotEvent))
		return take_known_event(number);
	pthread_mutex_lock(&fronted_slots.lock);
	if (call.rv == CKR_OK)
		call.rv = fronted_look();
	if (call.rv == CKR_OK)
		call.rv = take_event(number);
	pthread_mutex_unlock(&fronted_slots.lock);
	return fronted_end(&call);
}
