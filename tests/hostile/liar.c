/* SPDX-License-Identifier: BSD-2-Clause */
/* A module whose file's name says what it claims. It serves a keeper elsewhere,
 * which may say what it likes. */

#include "config.h"

#include "pkcs11/cryptoki.h"
#include "pkcs11/keepers.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Where the first session of a local keeper ends up when what is added to a
 * remote keeper's runs over. */
#define RUNS_OVER \
	(1UL - \
		((KEEPER_USER_FRONT + (CK_ULONG)REMOTE_PLACES * 4) \
			<< SESSION_BITS))

/* The same of a slot. */
#define SLOT_RUNS_OVER \
	(1UL - ((CK_SLOT_ID)KEEPER_USER_FRONT << SLOT_BITS) - \
		((CK_SLOT_ID)REMOTE_PLACES << FRONT_BITS))

static const struct {
	const char *name;
	CK_RV rv;          /* of C_GetSlotList */
	CK_ULONG count;    /* of slots */
	CK_RV when_listed; /* where there is room for them */
} claims[] = {
	{ "memory.so", CKR_HOST_MEMORY, 0, CKR_OK },
	{ "beginning.so", CKR_CRYPTOKI_NOT_INITIALIZED, 0, CKR_OK },
	{ "many.so", CKR_OK, 1UL << 61, CKR_OK },
	{ "small.so", CKR_OK, 1, CKR_BUFFER_TOO_SMALL },
	{ "session.so", CKR_OK, 1, CKR_OK },
	{ "hundred.so", CKR_OK, 100, CKR_OK },
	{ "mechanisms.so", CKR_OK, 1, CKR_OK },
	{ "event.so", CKR_OK, 1, CKR_OK },
};

static size_t
claim(void)
{
	static const char anchor;
	const char *name = NULL;
	Dl_info self;
	size_t i;

	if (dladdr(&anchor, &self))
		name = strrchr(self.dli_fname, '/');
	for (i = 0; i < sizeof(claims) / sizeof(*claims); i++)
		if (name && strcmp(name + 1, claims[i].name) == 0)
			return i;
	return 0;
}

static CK_RV
lie_Initialize(CK_VOID_PTR arguments)
{
	return CKR_OK;
}

static CK_RV
lie_GetInfo(CK_INFO *info)
{
	*info = (CK_INFO){ .flags = 0 };
	return CKR_OK;
}

static CK_RV
lie_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	size_t i = claim();
	CK_ULONG room = *count;

	if (claims[i].rv != CKR_OK)
		return claims[i].rv;
	*count = claims[i].count;
	if (!slots)
		return CKR_OK;
	if (claims[i].when_listed != CKR_OK || room < 1)
		return CKR_BUFFER_TOO_SMALL;
	/* Those that nobody has room for are not there. */
	if (*count > 1000)
		*count = 1;
	if (room < *count)
		return CKR_BUFFER_TOO_SMALL;
	for (i = 0; i < *count; i++)
		slots[i] = i + 1;
	return CKR_OK;
}

static CK_RV
lie_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	*info = (CK_SLOT_INFO){ .flags = CKF_TOKEN_PRESENT };
	snprintf((char *)info->slotDescription, sizeof(info->slotDescription),
		"reader %lu", slot);
	return CKR_OK;
}

static CK_RV
lie_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	*info = (CK_TOKEN_INFO){ .flags = CKF_TOKEN_INITIALIZED };
	snprintf((char *)info->serialNumber, sizeof(info->serialNumber), "%lu",
		slot);
	return CKR_OK;
}

/* As bytes they are none: the number runs over. */
static CK_RV
lie_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	*count = 1UL << 61;
	return types ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static CK_RV
lie_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY callback, CK_SESSION_HANDLE *session)
{
	*session = RUNS_OVER;
	return CKR_OK;
}

static CK_RV
lie_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, CK_VOID_PTR reserved)
{
	if (strcmp(claims[claim()].name, "event.so") != 0)
		return CKR_NO_EVENT;
	*slot = SLOT_RUNS_OVER;
	return CKR_OK;
}

static CK_FUNCTION_LIST list = {
	.version = { 2, 40 },
	.C_Initialize = lie_Initialize,
	.C_Finalize = lie_Initialize,
	.C_GetInfo = lie_GetInfo,
	.C_GetSlotList = lie_GetSlotList,
	.C_GetSlotInfo = lie_GetSlotInfo,
	.C_GetTokenInfo = lie_GetTokenInfo,
	.C_GetMechanismList = lie_GetMechanismList,
	.C_OpenSession = lie_OpenSession,
	.C_WaitForSlotEvent = lie_WaitForSlotEvent,
};

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **result)
{
	*result = &list;
	return CKR_OK;
}
