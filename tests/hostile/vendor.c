/* SPDX-License-Identifier: BSD-2-Clause */
/* A vendor's module, hostile or only bad: the module that VENDOR names, but for
 * the misdeeds that the file MISDEED has, a line for each, as "C_Sign hang".
 * What is not in misdeed.c is a lie of one call. */

#include "config.h"

#include "tests/fronted/wrapper.h"
#include "tests/hostile/misdeed.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* More than the application asked for, but no more than stands there: what is
 * tested is that nobody believes it. */
#define MANY (1UL << 61)

static const CK_FUNCTION_LIST *whole;

/* Slots have other numbers after each look: these are added to, or taken away
 * from, those of the vendor behind. */
static CK_SLOT_ID shift;

/* The first two of the vendor behind, whose numbers may be exchanged. */
static CK_SLOT_ID pair[2];

static CK_SLOT_ID
exchange(CK_SLOT_ID slot)
{
	if (!misdeed_is("C_GetSlotList", "exchange"))
		return slot;
	return slot == pair[0] ? pair[1] : slot == pair[1] ? pair[0] : slot;
}

static CK_SLOT_ID
behind(CK_SLOT_ID slot)
{
	return exchange(slot - shift);
}

static CK_RV
vendor_Initialize(CK_VOID_PTR arguments)
{
	const CK_C_INITIALIZE_ARGS *wishes = arguments;
	CK_RV rv = misdeed_do("C_Initialize");
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)getpid());
	misdeed_note("process", number);
	if (rv == CKR_OK && wishes && misdeed_is("C_Initialize", "cant-lock"))
		rv = CKR_CANT_LOCK;
	return rv == CKR_OK ? whole->C_Initialize(arguments) : rv;
}

static CK_RV
vendor_Finalize(CK_VOID_PTR reserved)
{
	CK_RV rv = misdeed_do("C_Finalize");

	return rv == CKR_OK ? whole->C_Finalize(reserved) : rv;
}

static CK_RV
vendor_GetInfo(CK_INFO *info)
{
	CK_RV rv = misdeed_do("C_GetInfo");

	return rv == CKR_OK ? whole->C_GetInfo(info) : rv;
}

static CK_RV
vendor_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	static CK_ULONG grown = 2;
	CK_RV rv = misdeed_do("C_GetSlotList");
	CK_ULONG i;

	if (rv != CKR_OK)
		return rv;
	if (misdeed_is("C_GetSlotList", "many")) {
		*count = MANY;
		return CKR_OK;
	}
	if (misdeed_is("C_GetSlotList", "grow")) {
		*count = grown += 2;
		return slots ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	}
	if (misdeed_is("C_GetSlotList", "none")) {
		*count = 0;
		return CKR_OK;
	}
	if (!slots && misdeed_is("C_GetSlotList", "renumber"))
		shift += 1000;
	rv = whole->C_GetSlotList(token_present, slots, count);
	if (rv == CKR_OK && slots && *count > 1)
		memcpy(pair, slots, sizeof(pair));
	for (i = 0; rv == CKR_OK && slots && i < *count; i++)
		slots[i] += shift;
	if (rv == CKR_OK && misdeed_is("C_GetSlotList", "more"))
		*count += slots ? 1UL << 20 : 0;
	return rv;
}

static CK_RV
vendor_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	CK_RV rv = misdeed_do("C_GetSlotInfo");

	if (rv == CKR_OK)
		rv = whole->C_GetSlotInfo(behind(slot), info);
	if (rv == CKR_OK && misdeed_is("C_GetSlotInfo", "removable"))
		info->flags |= CKF_REMOVABLE_DEVICE;
	return rv;
}

static CK_RV
vendor_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = misdeed_do("C_GetTokenInfo");

	return rv == CKR_OK ? whole->C_GetTokenInfo(behind(slot), info) : rv;
}

static CK_RV
vendor_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	static CK_ULONG grown = 2;
	CK_RV rv = misdeed_do("C_GetMechanismList");

	if (rv != CKR_OK)
		return rv;
	if (misdeed_is("C_GetMechanismList", "many")) {
		*count = MANY;
		return CKR_OK;
	}
	if (misdeed_is("C_GetMechanismList", "grow")) {
		*count = grown += 2;
		return types ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	}
	rv = whole->C_GetMechanismList(behind(slot), types, count);
	if (rv == CKR_OK && misdeed_is("C_GetMechanismList", "more"))
		*count += types ? 1UL << 20 : 0;
	return rv;
}

static CK_RV
vendor_GetMechanismInfo(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	return whole->C_GetMechanismInfo(behind(slot), type, info);
}

static CK_RV
vendor_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY callback, CK_SESSION_HANDLE *session)
{
	CK_RV rv = misdeed_do("C_OpenSession");

	return rv == CKR_OK ? whole->C_OpenSession(behind(slot), flags,
				      application, callback, session)
			    : rv;
}

static CK_RV
vendor_CloseAllSessions(CK_SLOT_ID slot)
{
	return whole->C_CloseAllSessions(behind(slot));
}

static CK_RV
vendor_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	CK_RV rv = whole->C_GetSessionInfo(session, info);

	if (rv == CKR_OK)
		info->slotID = exchange(info->slotID) + shift;
	return rv;
}

static CK_RV
vendor_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	CK_RV rv = misdeed_do("C_Login");

	return rv == CKR_OK ? whole->C_Login(session, user, pin, length) : rv;
}

static CK_RV
vendor_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects,
	CK_ULONG most, CK_ULONG *count)
{
	CK_RV rv = misdeed_do("C_FindObjects");

	if (rv == CKR_OK)
		rv = whole->C_FindObjects(session, objects, most, count);
	if (rv == CKR_OK && misdeed_is("C_FindObjects", "more"))
		*count = most + (1UL << 20);
	return rv;
}

static CK_RV
vendor_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = misdeed_do("C_GetAttributeValue");
	CK_ULONG i;

	if (rv == CKR_OK)
		rv = whole->C_GetAttributeValue(
			session, object, template, count);
	for (i = 0; i < count && misdeed_is("C_GetAttributeValue", "more"); i++)
		template[i].ulValueLen = 1UL << 30;
	for (i = 0; i < count && misdeed_is("C_GetAttributeValue", "many"); i++)
		template[i].ulValueLen = MANY;
	return rv;
}

static CK_RV
vendor_Sign(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *length)
{
	CK_RV rv;

	if (out)
		misdeed_note("begin", "C_Sign");
	rv = misdeed_do("C_Sign");
	if (rv == CKR_OK)
		rv = whole->C_Sign(session, in, in_length, out, length);
	if (rv == CKR_OK && out && misdeed_is("C_Sign", "more"))
		*length += 1UL << 20;
	if (rv == CKR_OK && misdeed_is("C_Sign", "many"))
		*length = MANY;
	if (out)
		misdeed_note("end", "C_Sign");
	return rv;
}

static CK_RV
vendor_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_ATTRIBUTE *public_template, CK_ULONG public_count,
	CK_ATTRIBUTE *private_template, CK_ULONG private_count,
	CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	CK_RV rv = misdeed_do("C_GenerateKeyPair");

	return rv == CKR_OK
		? whole->C_GenerateKeyPair(session, mechanism, public_template,
			  public_count, private_template, private_count,
			  public_key, private_key)
		: rv;
}

static CK_RV
vendor_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, CK_VOID_PTR reserved)
{
	CK_RV rv = misdeed_do("C_WaitForSlotEvent");

	return rv == CKR_OK ? CKR_NO_EVENT : rv;
}

static void
replace(CK_FUNCTION_LIST *list)
{
	list->C_Initialize = vendor_Initialize;
	list->C_Finalize = vendor_Finalize;
	list->C_GetInfo = vendor_GetInfo;
	list->C_GetSlotList = vendor_GetSlotList;
	list->C_GetSlotInfo = vendor_GetSlotInfo;
	list->C_GetTokenInfo = vendor_GetTokenInfo;
	list->C_GetMechanismList = vendor_GetMechanismList;
	list->C_GetMechanismInfo = vendor_GetMechanismInfo;
	list->C_OpenSession = vendor_OpenSession;
	list->C_CloseAllSessions = vendor_CloseAllSessions;
	list->C_GetSessionInfo = vendor_GetSessionInfo;
	list->C_Login = vendor_Login;
	list->C_FindObjects = vendor_FindObjects;
	list->C_GetAttributeValue = vendor_GetAttributeValue;
	list->C_Sign = vendor_Sign;
	list->C_GenerateKeyPair = vendor_GenerateKeyPair;
	list->C_WaitForSlotEvent = vendor_WaitForSlotEvent;
}

/* All that a signature needs, and nothing else. */
static void
leave_least(CK_FUNCTION_LIST *list)
{
	const CK_FUNCTION_LIST all = *list;

	*list = (CK_FUNCTION_LIST){
		.version = all.version,
		.C_Initialize = all.C_Initialize,
		.C_GetSlotList = all.C_GetSlotList,
		.C_GetSlotInfo = all.C_GetSlotInfo,
		.C_GetTokenInfo = all.C_GetTokenInfo,
		.C_OpenSession = all.C_OpenSession,
		.C_Login = all.C_Login,
		.C_FindObjectsInit = all.C_FindObjectsInit,
		.C_FindObjects = all.C_FindObjects,
		.C_FindObjectsFinal = all.C_FindObjectsFinal,
		.C_SignInit = all.C_SignInit,
		.C_Sign = all.C_Sign,
	};
}

/* Functions that a list may be without, one at a time. */
static const struct {
	const char *deed;
	size_t offset;
} gaps[] = {
#define GAP(name) \
	{ \
		"no-" #name, offsetof(CK_FUNCTION_LIST, name) \
	}
	GAP(C_Initialize),
	GAP(C_Finalize),
	GAP(C_GetInfo),
	GAP(C_GetSlotList),
	GAP(C_GetSlotInfo),
	GAP(C_GetTokenInfo),
	GAP(C_GetMechanismList),
	GAP(C_GetMechanismInfo),
	GAP(C_OpenSession),
	GAP(C_CloseSession),
	GAP(C_CloseAllSessions),
	GAP(C_GetSessionInfo),
	GAP(C_Login),
	GAP(C_GetAttributeValue),
	GAP(C_FindObjectsInit),
	GAP(C_FindObjects),
	GAP(C_FindObjectsFinal),
	GAP(C_SignInit),
	GAP(C_Sign),
	GAP(C_WaitForSlotEvent),
};

static void
leave_out(CK_FUNCTION_LIST *list)
{
	size_t i;

	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++)
		if (misdeed_is("list", gaps[i].deed))
			memset((char *)list + gaps[i].offset, 0,
				sizeof(void *));
}

/* Nothing may be read after its end. */
static CK_FUNCTION_LIST *
at_the_edge(const CK_FUNCTION_LIST *list)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CK_FUNCTION_LIST *moved;

	if (at == MAP_FAILED || mprotect(at + page, page, PROT_NONE) < 0)
		return NULL;
	moved = (CK_FUNCTION_LIST *)(void *)(at + page - sizeof(*list));
	*moved = *list;
	return moved;
}

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **result)
{
	static CK_FUNCTION_LIST list;
	CK_RV rv = misdeed_do("C_GetFunctionList");

	if (rv == CKR_OK)
		rv = wrapper_load("VENDOR", &whole);
	if (rv != CKR_OK || misdeed_is("C_GetFunctionList", "null"))
		return rv;
	list = *whole;
	replace(&list);
	if (misdeed_is("list", "least"))
		leave_least(&list);
	leave_out(&list);
	*result = &list;
	if (misdeed_is("list", "old"))
		list.version = (CK_VERSION){ 2, 11 };
	if (misdeed_is("list", "new"))
		list.version = (CK_VERSION){ 3, 0 };
	if (list.version.major != 2 || list.version.minor < 20)
		*result = at_the_edge(&list);
	return CKR_OK;
}
