/* SPDX-License-Identifier: BSD-2-Clause */
/* A vendor's module that has a card, and on it what it is given. */

#include "config.h"

#include "tests/unit/vendor-kit.h"

#include "tests/test.h"
#include "token/fronted-supplement.h"
#include "token/fronted.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { OBJECTS_MOST = 16, SESSIONS_MOST = 64, CARD = 3 };

unsigned vendor_reads;
CK_FLAGS vendor_slot_flags = CKF_TOKEN_PRESENT;
unsigned vendor_searches, vendor_delay, vendor_refuses;
static struct {
	CK_ATTRIBUTE *attributes;
	CK_ULONG count;
} objects[OBJECTS_MOST];
static size_t objects_count;

/* By the session: the search under way. */
static struct {
	bool is_active;
	CK_ATTRIBUTE template[4];
	CK_ULONG count, at;
} searches[SESSIONS_MOST];
static CK_SESSION_HANDLE sessions;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
vendor_add(CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	EXPECT(objects_count < OBJECTS_MOST);
	objects[objects_count].attributes = attributes;
	objects[objects_count++].count = count;
}

void
vendor_remove(void)
{
	objects_count--;
}

static CK_RV
get_info(CK_INFO *info)
{
	memset(info, 0, sizeof(*info));
	return CKR_OK;
}

static CK_RV
get_slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	*count = 1;
	if (slots)
		slots[0] = CARD;
	return CKR_OK;
}

static CK_RV
get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	memset(info, 0, sizeof(*info));
	info->flags = vendor_slot_flags;
	return CKR_OK;
}

static CK_RV
get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	memset(info, 0, sizeof(*info));
	info->flags = CKF_TOKEN_INITIALIZED;
	return CKR_OK;
}

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY callback, CK_SESSION_HANDLE *session)
{
	if (vendor_refuses && vendor_refuses--)
		return CKR_SESSION_COUNT;
	pthread_mutex_lock(&lock);
	*session = ++sessions;
	pthread_mutex_unlock(&lock);
	return *session < SESSIONS_MOST ? CKR_OK : CKR_SESSION_COUNT;
}

static const CK_ATTRIBUTE *
attribute_of(CK_ULONG object, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG i;

	for (i = 0; i < objects[object].count; i++)
		if (objects[object].attributes[i].type == type)
			return &objects[object].attributes[i];
	return NULL;
}

static CK_RV
find_objects_init(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	if (searches[session].is_active)
		return CKR_OPERATION_ACTIVE;
	if (count > 4)
		return CKR_ARGUMENTS_BAD;
	if (count)
		memcpy(searches[session].template, template,
			count * sizeof(*template));
	searches[session].count = count;
	searches[session].at = 0;
	searches[session].is_active = true;
	pthread_mutex_lock(&lock);
	vendor_searches++;
	pthread_mutex_unlock(&lock);
	return CKR_OK;
}

static bool
is_meant(CK_ULONG object, const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const CK_ATTRIBUTE *own;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		own = attribute_of(object, template[i].type);
		if (!own || own->ulValueLen != template[i].ulValueLen ||
			memcmp(own->pValue, template[i].pValue,
				own->ulValueLen) != 0)
			return false;
	}
	return true;
}

static CK_RV
find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *found, CK_ULONG most,
	CK_ULONG *count)
{
	const struct timespec delay = { 0, vendor_delay * 1000000L };

	if (vendor_delay)
		nanosleep(&delay, NULL);
	*count = 0;
	for (; searches[session].at < objects_count && *count < most;
		searches[session].at++)
		if (is_meant(searches[session].at, searches[session].template,
			    searches[session].count))
			found[(*count)++] = searches[session].at + 1;
	return CKR_OK;
}

static CK_RV
find_objects_final(CK_SESSION_HANDLE session)
{
	searches[session].is_active = false;
	return CKR_OK;
}

static CK_RV
get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	const CK_ATTRIBUTE *own;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		own = attribute_of(object - 1, template[i].type);
		if (!own)
			return CKR_ATTRIBUTE_TYPE_INVALID;
		if (template[i].pValue &&
			template[i].ulValueLen < own->ulValueLen)
			return CKR_BUFFER_TOO_SMALL;
		if (template[i].pValue)
			memcpy(template[i].pValue, own->pValue,
				own->ulValueLen);
		template[i].ulValueLen = own->ulValueLen;
		if (template[i].pValue && template[i].type == CKA_VALUE)
			vendor_reads++;
	}
	return CKR_OK;
}

static unsigned long
number(void *context, const char *name)
{
	return VENDOR_SLOT;
}

static bool
is_wanted(void *context, const CK_SLOT_INFO *slot, const CK_TOKEN_INFO *token)
{
	return true;
}

const CK_FUNCTION_LIST_3_0 *
vendor_front(void)
{
	static const CK_FUNCTION_LIST_3_0 vendor = {
		.version = { 2, 40 },
		.C_GetInfo = get_info,
		.C_GetSlotList = get_slot_list,
		.C_GetSlotInfo = get_slot_info,
		.C_GetTokenInfo = get_token_info,
		.C_OpenSession = open_session,
		.C_FindObjectsInit = find_objects_init,
		.C_FindObjects = find_objects,
		.C_FindObjectsFinal = find_objects_final,
		.C_GetAttributeValue = get_attribute_value,
	};
	static const struct fronted_settings settings = {
		.first_session = 1,
		.first_object = 1,
		.sessions_max = SESSIONS_MOST,
		.objects_max = 1000,
		.number = number,
		.is_wanted = is_wanted,
	};

	return supply_wrap(fronted_wrap(&vendor, &settings));
}

CK_ULONG
vendor_find(const CK_FUNCTION_LIST_3_0 *list, CK_SESSION_HANDLE session,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *found,
	CK_ULONG most)
{
	CK_ULONG total = 0, more;

	EXPECT_RV(list->C_FindObjectsInit(session, template, count), CKR_OK);
	do {
		EXPECT_RV(list->C_FindObjects(
				  session, found + total, most - total, &more),
			CKR_OK);
		total += more;
	} while (more && total < most);
	EXPECT_RV(list->C_FindObjectsFinal(session), CKR_OK);
	return total;
}
