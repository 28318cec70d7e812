/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor claims, held to what can be: no count and no length passes from
 * here that the caller has no room for, and no function is a hole. */

#include "config.h"

#include "token/fronted-call.h"

#include "pkcs11/log.h"
#include "pkcs11/request.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Slots or mechanisms that one is believed to have. */
enum { LISTED_MOST = 4096 };

/* Bytes of one value, as the wire has it. */
enum { VALUES_MOST = VALUE_CAP * sizeof(CK_ULONG) };

static const CK_FUNCTION_LIST_3_0 *vendor;

/* Lists of 2.0 end before C_WaitForSlotEvent, and all of 2 where those of 3.0
 * go on. */
size_t
fronted_list_size(const CK_FUNCTION_LIST_3_0 *list)
{
	if (list->version.major > 2)
		return sizeof(CK_FUNCTION_LIST_3_0);
	return list->version.major == 2 && list->version.minor > 0
		? sizeof(CK_FUNCTION_LIST)
		: offsetof(CK_FUNCTION_LIST, C_WaitForSlotEvent);
}

/* Where there is no place for them, the vendor was only asked how many. */
static CK_RV
hold_count(CK_RV rv, const CK_ULONG *places, CK_ULONG room, CK_ULONG *count)
{
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
		return rv;
	if (*count <= LISTED_MOST &&
		(rv != CKR_OK || !places || *count <= room))
		return rv;
	*count = 0;
	return refuse(CKR_DEVICE_ERROR, "the module claims what cannot be");
}

static CK_RV
hold_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	const CK_ULONG room = *count;
	CK_RV rv = vendor->C_GetSlotList(token_present, slots, count);

	return hold_count(rv, slots, room, count);
}

static CK_RV
hold_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	const CK_ULONG room = count ? *count : 0;
	CK_RV rv = vendor->C_GetMechanismList(slot, types, count);

	return count ? hold_count(rv, types, room, count) : rv;
}

static CK_RV
hold_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	CK_RV rv = vendor->C_FindObjects(session, objects, most, count);

	if (rv != CKR_OK || !count || *count <= most)
		return rv;
	*count = 0;
	return refuse(CKR_DEVICE_ERROR, "the module claims what cannot be");
}

/* A value of more bytes than it was given room for is none, and one that is not
 * there is no success. With an error, some vendors leave the length that they
 * need. */
static CK_RV
hold_values(
	CK_RV rv, CK_ATTRIBUTE *template, CK_ULONG count, const CK_ULONG *rooms)
{
	CK_ULONG i, most;

	for (i = 0; i < count; i++) {
		most = template[i].pValue ? rooms[i] : VALUES_MOST;
		if (template[i].ulValueLen <= most)
			continue;
		if (template[i].ulValueLen == CK_UNAVAILABLE_INFORMATION) {
			if (rv == CKR_OK)
				rv = CKR_ATTRIBUTE_TYPE_INVALID;
			continue;
		}
		template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
		if (rv == CKR_OK)
			rv = refuse(CKR_ATTRIBUTE_TYPE_INVALID,
				"the module claims what cannot be");
	}
	return rv;
}

static CK_RV
hold_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_ULONG few[8], i, *rooms = few;
	CK_RV rv;

	if (!template)
		return vendor->C_GetAttributeValue(
			session, object, template, count);
	if (count > sizeof(few) / sizeof(few[0]))
		rooms = calloc(count, sizeof(*rooms));
	if (!rooms)
		return CKR_HOST_MEMORY;
	for (i = 0; i < count; i++)
		rooms[i] = template[i].ulValueLen;
	rv = vendor->C_GetAttributeValue(session, object, template, count);
	rv = hold_values(rv, template, count, rooms);
	if (rooms != few)
		free(rooms);
	return rv;
}

void
fronted_given(struct fronted_call *call, const CK_BYTE *at, CK_ULONG *length,
	CK_ULONG room)
{
	const bool is_result = call->rv == CKR_OK && at;

	if (!length || (call->rv != CKR_OK && call->rv != CKR_BUFFER_TOO_SMALL))
		return;
	if (*length <= (is_result ? room : ROOM_CAP))
		return;
	*length = 0;
	call->rv = refuse(CKR_DEVICE_ERROR, "the module claims what cannot be");
}

/* What the vendor lacks is one of ours that says so. */
static void
fill(CK_FUNCTION_LIST_3_0 *list)
{
	const size_t size = fronted_list_size(vendor);
	size_t at = offsetof(CK_FUNCTION_LIST_3_0, C_Initialize);
	void (*function)(void);

	*list = fronted_missing;
	for (; at < size; at += sizeof(function)) {
		memcpy(&function, (const char *)vendor + at, sizeof(function));
		if (function)
			memcpy((char *)list + at, &function, sizeof(function));
	}
	list->version = vendor->version;
}

#define HOLD(name) \
	do { \
		if (vendor->C_##name) \
			list.C_##name = hold_##name; \
	} while (0)

const CK_FUNCTION_LIST_3_0 *
fronted_hold(const CK_FUNCTION_LIST_3_0 *list_of_vendor)
{
	static CK_FUNCTION_LIST_3_0 list;

	vendor = list_of_vendor;
	fill(&list);
	HOLD(GetSlotList);
	HOLD(GetMechanismList);
	HOLD(FindObjects);
	HOLD(GetAttributeValue);
	return &list;
}

CK_RV
fronted_vendor_slots(CK_SLOT_ID **at, CK_ULONG *count)
{
	CK_SLOT_ID *list = NULL;
	int tries = FRONTED_TRIES;
	CK_RV rv;

	do {
		free(list);
		list = NULL;
		/* Only so does the vendor look for new ones. */
		rv = fronted_vendor->C_GetSlotList(CK_FALSE, NULL, count);
		if (rv != CKR_OK)
			break;
		list = calloc(*count + 1, sizeof(*list));
		rv = list ? fronted_vendor->C_GetSlotList(CK_FALSE, list, count)
			  : CKR_HOST_MEMORY;
	} while (rv == CKR_BUFFER_TOO_SMALL && --tries);
	if (rv == CKR_BUFFER_TOO_SMALL)
		rv = refuse(CKR_DEVICE_ERROR, "the slots become ever more");
	if (rv != CKR_OK)
		free(list);
	else
		*at = list;
	return rv;
}
