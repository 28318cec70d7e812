/* SPDX-License-Identifier: BSD-2-Clause */
/* A look at the slots of a vendor's module, which get their numbers by it.
 *
 * A reader is known by its name, and a token that is no card by what it says
 * of itself: SoftHSM2 numbers its slots anew when one is added.
 */

#include "config.h"

#include "token/fronted-slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	for (i = 0; i < fronted_slots.count && look->has_token; i++)
		if (is_known_card(look, &fronted_slots.at[i])) {
			look->token = fronted_slots.at[i].token;
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

	for (i = 0; i < fronted_slots.count; i++)
		if (fronted_slots.at[i].is_there &&
			fronted_slots.at[i].vendor == look->vendor)
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
		for (place = 0; place < fronted_slots.count; place++)
			if (fronted_slots.at[place].number == number &&
				taken[place])
				break;
		if (place == fronted_slots.count)
			return number;
	}
	return 0;
}

static struct fronted_slot *
slot_with(unsigned long number)
{
	struct fronted_slot *slot = fronted_slot_find(number);

	if (slot)
		return slot;
	if (!number || number > FRONTED_SLOT_MOST ||
		fronted_slots.count == FRONTED_SLOTS_MOST)
		return NULL;
	slot = &fronted_slots.at[fronted_slots.count++];
	*slot = (struct fronted_slot){ .number = number };
	return slot;
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
	taken[fronted_slot_place(slot)] = true;
	slot->vendor = look->vendor;
	slot->is_there = true;
	slot->info = look->info;
	fronted_slot_set_token(slot, look->has_token);
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

CK_RV
fronted_look(void)
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
	for (place = 0; place < fronted_slots.count; place++) {
		fronted_slots.at[place].is_there = taken[place];
		if (!taken[place])
			fronted_slot_set_token(&fronted_slots.at[place], false);
	}
	fronted_slots.is_known = true;
	return CKR_OK;
}
