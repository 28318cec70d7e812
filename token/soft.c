/* SPDX-License-Identifier: BSD-2-Clause */
/* The function list of the soft token, its beginning and its end. */

#include "config.h"

#include "token/soft.h"

#include "token/crypto.h"
#include "pkcs11/log.h"
#include "token/session.h"
#include "token/slot.h"
#include "token/soft-calls.h"

#include <string.h>

#define SOFT_ENTRY(name, arguments) .name = soft_##name,

static const CK_FUNCTION_LIST list_2_40 = { .version = { 2, 40 },
	CK_FUNCTIONS_2_40(SOFT_ENTRY) };
static const CK_FUNCTION_LIST_3_0 list_3_0 = { .version = { 3, 0 },
	CK_FUNCTIONS_2_40(SOFT_ENTRY) CK_FUNCTIONS_3_0(SOFT_ENTRY) };

/* The standard's structures have no const; nobody writes to these. */
static CK_UTF8CHAR interface_name[] = "PKCS 11";
static CK_INTERFACE interfaces[] = {
	{ interface_name, (void *)(uintptr_t)&list_3_0, 0 },
	{ interface_name, (void *)(uintptr_t)&list_2_40, 0 },
};
enum { INTERFACES = sizeof(interfaces) / sizeof(*interfaces) };

const CK_FUNCTION_LIST_3_0 *
soft_functions(void)
{
	return &list_3_0;
}

void
soft_pad(CK_UTF8CHAR *field, size_t room, const char *text)
{
	size_t length = strnlen(text, room);

	memset(field, ' ', room);
	memcpy(field, text, length);
}

static void
forget_all(void)
{
	state_forget();
	slots_forget();
	sessions_forget();
	session_objects_forget();
}

static void
watch_forks(void)
{
	/* The child finds no table half changed. */
	pthread_atfork(state_lock, state_unlock, forget_all);
}

static CK_RV
check_arguments(const CK_C_INITIALIZE_ARGS *how)
{
	int given;

	if (!how)
		return CKR_OK;
	if (how->pReserved)
		return CKR_ARGUMENTS_BAD;
	given = !!how->CreateMutex + !!how->DestroyMutex + !!how->LockMutex +
		!!how->UnlockMutex;
	if (given != 0 && given != 4)
		return CKR_ARGUMENTS_BAD;
	/* Only the system's own locks are used. */
	return given && !(how->flags & CKF_OS_LOCKING_OK) ? CKR_CANT_LOCK
							  : CKR_OK;
}

CK_RV
soft_C_Initialize(CK_VOID_PTR arguments)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	CK_SLOT_ID changed;
	CK_RV rv;

	if ((rv = check_arguments(arguments)) != CKR_OK)
		return rv;
	pthread_once(&once, watch_forks);
	if (!crypto_starts())
		return CKR_HOST_MEMORY;
	if ((rv = state_start()) != CKR_OK)
		return rv;
	if ((rv = slots_scan()) != CKR_OK) {
		state_end();
		return rv;
	}
	/* What is there from the start is no event. */
	while (slots_take_event(&changed))
		;
	return CKR_OK;
}

CK_RV
soft_C_Finalize(CK_VOID_PTR reserved)
{
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (reserved)
		return CKR_ARGUMENTS_BAD;
	if ((rv = state_end()) != CKR_OK)
		return rv;
	sessions_clear();
	session_objects_clear();
	slots_clear();
	return CKR_OK;
}

CK_RV
soft_C_GetInfo(CK_INFO *info)
{
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!info)
		return CKR_ARGUMENTS_BAD;
	*info = (CK_INFO){ .cryptokiVersion = { 3, 0 },
		.libraryVersion = { 0, 1 } };
	soft_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
	soft_pad(info->libraryDescription, sizeof(info->libraryDescription),
		"Privy Seal soft token");
	return CKR_OK;
}

CK_RV
soft_C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	if (!list)
		return CKR_ARGUMENTS_BAD;
	*list = (CK_FUNCTION_LIST *)(uintptr_t)&list_2_40;
	return CKR_OK;
}

CK_RV
soft_C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
	CK_ULONG room;

	if (!count)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	*count = INTERFACES;
	if (!list)
		return CKR_OK;
	if (room < INTERFACES)
		return CKR_BUFFER_TOO_SMALL;
	memcpy(list, interfaces, sizeof(interfaces));
	return CKR_OK;
}

/* Without a name or version, the first. [PKCS11 5.4.6] */
CK_RV
soft_C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version,
	CK_INTERFACE **interface, CK_FLAGS flags)
{
	const CK_VERSION *has;
	size_t i;

	if (!interface)
		return CKR_ARGUMENTS_BAD;
	for (i = 0; i < INTERFACES; i++) {
		has = interfaces[i].pFunctionList;
		if (name &&
			strcmp((const char *)name,
				(const char *)interface_name) != 0)
			continue;
		if (version &&
			(version->major != has->major ||
				version->minor != has->minor))
			continue;
		if ((interfaces[i].flags & flags) != flags)
			continue;
		*interface = &interfaces[i];
		return CKR_OK;
	}
	return CKR_FUNCTION_FAILED;
}
