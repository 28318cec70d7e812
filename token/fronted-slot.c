/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of a fronted module: numbers that stay, whatever the vendor's do.
 *
 * A reader is known by its name, and a token that is no card by what it says
 * of itself: SoftHSM2 numbers its slots anew when one is added.
 */

#include "config.h"

#include "token/fronted-call.h"

#include "pkcs11/calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Milliseconds in which readers notice that a card is gone. */
enum { NOTICE_TIME = 1000, NOTICE_PAUSE = 100 };

struct fronted_slot {
	CK_SLOT_ID number, vendor;
	CK_SLOT_INFO info; /* as it was last */
	CK_TOKEN_INFO token;
	bool is_there; /* the vendor has it */
	bool has_token, is_event_due;
	bool is_told; /* token is filled */
};

static struct {
	pthread_mutex_t lock;
	struct fronted_slot at[FRONTED_SLOTS_MOST];
	unsigned count;
	bool is_known; /* it was looked at before */
} slots = { .lock = PTHREAD_MUTEX_INITIALIZER };

CK_SLOT_ID
fronted_slot_number(unsigned slot)
{
	return slots.at[slot].number;
}

/* Slots that are looked at before they get their numbers. */
enum { LOOKS = 64 };

/* What the vendor says of one of its slots. */
struct look {
	CK_SLOT_ID vendor;
	CK_SLOT_INFO info;
	CK_TOKEN_INFO token;
	bool has_token, is_told; /* the token's is filled */
};

/* Where a vendor numbers its readers anew, one's number becomes another's. */
static bool
is_same_reader(const struct look *look, const struct fronted_slot *slot)
{
	return slot->vendor == look->vendor &&
		memcmp(slot->info.slotDescription, look->info.slotDescription,
			sizeof(look->info.slotDescription)) == 0;
}

/* What is known of a card stays true until it goes; to ask a card disturbs it,
 * between a PIN for one use and that use even too much. */
static bool
is_known_card(const struct look *look, const struct fronted_slot *slot)
{
	return is_same_reader(look, slot) && slot->is_there &&
		slot->has_token && slot->is_told &&
		look->info.flags & CKF_REMOVABLE_DEVICE;
}

static bool
look_at(struct look *look)
{
	unsigned i;

	if (fronted_vendor->C_GetSlotInfo(look->vendor, &look->info) != CKR_OK)
		return false;
	look->has_token = look->info.flags & CKF_TOKEN_PRESENT;
	for (i = 0; i < slots.count && look->has_token; i++)
		if (is_known_card(look, &slots.at[i])) {
			look->token = slots.at[i].token;
			look->is_told = true;
			return true;
		}
	look->is_told = look->has_token &&
		fronted_vendor->C_GetTokenInfo(look->vendor, &look->token) ==
			CKR_OK;
	return true;
}

static void
name_look(char name[FRONTED_NAME_MOST], const struct look *look)
{
	fronted_name(name, &look->info, look->is_told ? &look->token : NULL);
}

static bool
is_new(const struct look *look)
{
	unsigned i;

	for (i = 0; i < slots.count; i++)
		if (slots.at[i].is_there && slots.at[i].vendor == look->vendor)
			return false;
	return true;
}

/* Names that are new get their numbers together, since each time costs the
 * listener a sync. Only a guess: one that is missing is asked for all the same.
 */
static void
announce(const struct look *looks, size_t count)
{
	char names[LOOKS][FRONTED_NAME_MOST],
		counted[LOOKS][FRONTED_NAME_MOST + 16];
	const char *list[LOOKS];
	size_t used = 0, i, j;
	unsigned same;

	if (!fronted_settings.announce)
		return;
	for (i = 0; i < count; i++) {
		if (!is_new(&looks[i]))
			continue;
		name_look(names[used], &looks[i]);
		for (j = 0, same = 1; j < used; j++)
			same += strcmp(names[j], names[used]) == 0;
		snprintf(counted[used], sizeof(counted[used]), "%s%u",
			names[used], same);
		list[used] = counted[used];
		used++;
	}
	if (used > 1)
		fronted_settings.announce(fronted_settings.context, list, used);
}

/* Of readers with the same name the next has the next number. */
static unsigned long
number_of(const struct look *look, const bool taken[FRONTED_SLOTS_MOST])
{
	char name[FRONTED_NAME_MOST], counted[FRONTED_NAME_MOST + 16];
	unsigned long number;
	unsigned i, place;

	name_look(name, look);
	for (i = 1; i <= FRONTED_SLOTS_MOST; i++) {
		snprintf(counted, sizeof(counted), "%s%u", name, i);
		number = fronted_settings.number(
			fronted_settings.context, counted);
		for (place = 0; place < slots.count; place++)
			if (slots.at[place].number == number && taken[place])
				break;
		if (place == slots.count)
			return number;
	}
	return 0;
}

static struct fronted_slot *
slot_with(unsigned long number)
{
	struct fronted_slot *slot;
	unsigned i;

	for (i = 0; i < slots.count; i++)
		if (slots.at[i].number == number)
			return &slots.at[i];
	if (!number || number > FRONTED_SLOT_MOST ||
		slots.count == FRONTED_SLOTS_MOST)
		return NULL;
	slot = &slots.at[slots.count++];
	*slot = (struct fronted_slot){ .number = number };
	return slot;
}

static unsigned
place_of(const struct fronted_slot *slot)
{
	return (unsigned)(slot - slots.at);
}

/* Whoever lost the token lost its handles; the first look is no event. A vendor
 * may not have noticed, and would take the next login for one too many. */
static void
set_token(struct fronted_slot *slot, bool has_token)
{
	if (slot->has_token == has_token)
		return;
	slot->has_token = has_token;
	slot->is_event_due = slots.is_known;
	if (has_token)
		return;
	slot->is_told = false;
	if (slot->is_there && fronted_sessions_are_open(place_of(slot)))
		fronted_vendor->C_CloseAllSessions(slot->vendor);
	fronted_slot_forget(place_of(slot));
	fronted_login_lose(place_of(slot));
}

void
fronted_slot_lose(unsigned slot)
{
	pthread_mutex_lock(&slots.lock);
	set_token(&slots.at[slot], false);
	pthread_mutex_unlock(&slots.lock);
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

	pthread_mutex_lock(&slots.lock);
	is_told = slots.at[slot].is_told;
	*token = slots.at[slot].token;
	pthread_mutex_unlock(&slots.lock);
	return is_told;
}

bool
fronted_slot_can_return(unsigned slot)
{
	bool can_return;

	pthread_mutex_lock(&slots.lock);
	can_return = slots.at[slot].info.flags & CKF_REMOVABLE_DEVICE;
	pthread_mutex_unlock(&slots.lock);
	return can_return;
}

CK_SLOT_ID
fronted_slot_vendor(unsigned slot)
{
	CK_SLOT_ID vendor;

	pthread_mutex_lock(&slots.lock);
	vendor = slots.at[slot].vendor;
	pthread_mutex_unlock(&slots.lock);
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

static bool
is_wanted(const struct look *look)
{
	return fronted_settings.is_wanted(fronted_settings.context, &look->info,
		look->is_told ? &look->token : NULL);
}

static void
take_look(const struct look *look, bool taken[FRONTED_SLOTS_MOST])
{
	struct fronted_slot *slot;

	slot = slot_with(number_of(look, taken));
	if (!slot)
		return;
	taken[place_of(slot)] = true;
	slot->vendor = look->vendor;
	slot->is_there = true;
	slot->info = look->info;
	set_token(slot, look->has_token);
	slot->is_told = look->is_told;
	slot->token = look->token;
}

/* No more than LOOKS. */
static void
look_at_some(
	const CK_SLOT_ID *list, CK_ULONG count, bool taken[FRONTED_SLOTS_MOST])
{
	struct look looks[LOOKS];
	size_t used = 0, i;

	for (i = 0; i < count; i++) {
		looks[used] = (struct look){ .vendor = list[i] };
		if (look_at(&looks[used]) && is_wanted(&looks[used]))
			used++;
	}
	announce(looks, used);
	for (i = 0; i < used; i++)
		take_look(&looks[i], taken);
}

/* With the lock: asks the vendor for all. */
static CK_RV
look_again(void)
{
	bool taken[FRONTED_SLOTS_MOST] = { false };
	CK_SLOT_ID *list = NULL;
	CK_ULONG count = 0, from;
	unsigned place;
	CK_RV rv = fronted_vendor_slots(&list, &count);

	if (rv != CKR_OK)
		return rv;
	for (from = 0; from < count; from += LOOKS)
		look_at_some(list + from,
			count - from < LOOKS ? count - from : LOOKS, taken);
	free(list);
	for (place = 0; place < slots.count; place++) {
		slots.at[place].is_there = taken[place];
		if (!taken[place])
			set_token(&slots.at[place], false);
	}
	slots.is_known = true;
	return CKR_OK;
}

static CK_RV
give(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_ULONG room = *count, found = 0;
	unsigned i;

	for (i = 0; i < slots.count; i++) {
		if (token_present && !slots.at[i].has_token)
			continue;
		if (list && found < room)
			list[found] = slots.at[i].number;
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
	pthread_mutex_lock(&slots.lock);
	is_known = slots.is_known;
	pthread_mutex_unlock(&slots.lock);
	if (is_known)
		return false;
	fronted_begin(call, number);
	return true;
}

static CK_RV
list_known(CK_BBOOL token_present, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_RV rv;

	pthread_mutex_lock(&slots.lock);
	rv = give(token_present, list, count);
	pthread_mutex_unlock(&slots.lock);
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
	pthread_mutex_lock(&slots.lock);
	/* [PKCS11 5.5.1] Who asks for the count asks for what is new. */
	if (call.rv == CKR_OK && (!list || !slots.is_known))
		call.rv = look_again();
	if (call.rv == CKR_OK)
		call.rv = give(token_present, list, count);
	pthread_mutex_unlock(&slots.lock);
	return fronted_end(&call);
}

static struct fronted_slot *
find(CK_SLOT_ID number)
{
	unsigned i;

	for (i = 0; i < slots.count; i++)
		if (slots.at[i].number == number)
			return &slots.at[i];
	return NULL;
}

/* The vendor's number of the slot. A client that stored ours may come before
 * anybody has looked. */
static CK_RV
slot_find(CK_SLOT_ID number, CK_SLOT_ID *vendor, unsigned *place)
{
	const struct fronted_slot *slot;
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&slots.lock);
	if (!slots.is_known)
		rv = look_again();
	slot = find(number);
	if (rv == CKR_OK && !slot)
		rv = CKR_SLOT_ID_INVALID;
	else if (rv == CKR_OK && !slot->is_there)
		rv = CKR_TOKEN_NOT_PRESENT;
	if (rv == CKR_OK) {
		*vendor = slot->vendor;
		*place = place_of(slot);
	}
	pthread_mutex_unlock(&slots.lock);
	return rv;
}

void
fronted_slot(struct fronted_call *call, CK_SLOT_ID number, CK_SLOT_ID *vendor)
{
	if (call->rv == CKR_OK)
		call->rv = slot_find(number, vendor, &call->slot);
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

	pthread_mutex_lock(&slots.lock);
	slot = find(number);
	if (slot)
		give_info(slot, info);
	pthread_mutex_unlock(&slots.lock);
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
	pthread_mutex_lock(&slots.lock);
	slot = find(number);
	if (slot && call.rv == CKR_OK) {
		slot->info = now;
		set_token(slot, now.flags & CKF_TOKEN_PRESENT);
	} else if (slot) {
		slot->is_there = false;
		set_token(slot, false);
		call.rv = CKR_OK;
	}
	if (slot)
		give_info(slot, info);
	pthread_mutex_unlock(&slots.lock);
	return fronted_end(&call);
}

/* A card may have been put in the place of another while nobody looked. */
static void
note_token(unsigned place, const CK_TOKEN_INFO *token)
{
	struct fronted_slot *slot = &slots.at[place];

	pthread_mutex_lock(&slots.lock);
	if (slot->is_told &&
		(memcmp(slot->token.serialNumber, token->serialNumber,
			 sizeof(token->serialNumber)) != 0 ||
			memcmp(slot->token.label, token->label,
				sizeof(token->label)) != 0))
		set_token(slot, false);
	set_token(slot, true);
	slot->token = *token;
	slot->is_told = true;
	pthread_mutex_unlock(&slots.lock);
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
	pthread_mutex_lock(&slots.lock);
	slots.at[slot].is_told = false;
	pthread_mutex_unlock(&slots.lock);
}

/* False: the vendor has to be asked. */
static bool
is_known_token(CK_SLOT_ID number, CK_TOKEN_INFO *info, CK_RV *rv)
{
	const struct fronted_slot *slot;
	bool is_known;

	pthread_mutex_lock(&slots.lock);
	slot = find(number);
	is_known =
		slot && slots.is_known && (!slot->has_token || slot->is_told);
	*rv = is_known && slot->has_token ? CKR_OK : CKR_TOKEN_NOT_PRESENT;
	if (*rv == CKR_OK)
		*info = slot->token;
	pthread_mutex_unlock(&slots.lock);
	if (*rv == CKR_OK)
		fronted_login_flags(place_of(slot), info);
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

	for (i = 0; i < slots.count; i++)
		if (slots.at[i].is_event_due) {
			slots.at[i].is_event_due = false;
			*number = slots.at[i].number;
			return CKR_OK;
		}
	return CKR_NO_EVENT;
}

static CK_RV
take_known_event(CK_SLOT_ID *number)
{
	CK_RV rv;

	pthread_mutex_lock(&slots.lock);
	rv = take_event(number);
	pthread_mutex_unlock(&slots.lock);
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
	pthread_mutex_lock(&slots.lock);
	if (call.rv == CKR_OK)
		call.rv = look_again();
	if (call.rv == CKR_OK)
		call.rv = take_event(number);
	pthread_mutex_unlock(&slots.lock);
	return fronted_end(&call);
}
