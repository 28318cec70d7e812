/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's entry points that need no worker, or not at once. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"
#include "pkcs11/empty.h"

#include <string.h>

/* Seconds between two looks for a slot event. */
#define EVENT_SECONDS 1

/* [PKCS11 5.4.1]: the functions for mutexes come together or not at all. */
static CK_RV
check_arguments(const CK_C_INITIALIZE_ARGS *arguments)
{
	int functions = (arguments->CreateMutex != NULL) +
		(arguments->DestroyMutex != NULL) +
		(arguments->LockMutex != NULL) +
		(arguments->UnlockMutex != NULL);

	if (arguments->pReserved || (functions != 0 && functions != 4))
		return CKR_ARGUMENTS_BAD;
	/* Ours are the system's; they must be allowed. */
	if (functions && !(arguments->flags & CKF_OS_LOCKING_OK))
		return CKR_CANT_LOCK;
	return CKR_OK;
}

CK_RV
C_Initialize(CK_VOID_PTR arguments)
{
	CK_RV rv = arguments ? check_arguments(arguments) : CKR_OK;

	return rv == CKR_OK ? application_begin() : rv;
}

CK_RV
C_Finalize(CK_VOID_PTR reserved)
{
	return reserved ? CKR_ARGUMENTS_BAD : application_end();
}

static CK_RV
is_initialized(void)
{
	struct application *application = application_enter();

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	application_leave(application);
	return CKR_OK;
}

CK_RV
C_GetInfo(CK_INFO *info)
{
	CK_RV rv = is_initialized();

	if (rv != CKR_OK || !info)
		return rv != CKR_OK ? rv : CKR_ARGUMENTS_BAD;
	*info = (CK_INFO){
		.cryptokiVersion = { CRYPTOKI_VERSION_MAJOR,
			CRYPTOKI_VERSION_MINOR },
		.libraryVersion = { 0, 1 },
	};
	blank_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
	blank_pad(info->libraryDescription, sizeof(info->libraryDescription),
		"Privy Seal");
	return CKR_OK;
}

/* No token was made and no keeper runs: nothing needs to be started to say
 * what there is. */
static bool
is_unstarted(struct application *application)
{
	struct connection *connection;

	if (!application->home.tokens || home_has_tokens(&application->home))
		return false;
	if (channel_take(application, false, &connection) != CKR_OK)
		return true;
	channel_give(application, connection);
	return false;
}

static CK_RV
list_empty_slot(CK_SLOT_ID *slots, CK_ULONG *count)
{
	CK_ULONG room;

	if (!count)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	*count = 1;
	if (slots && room < 1)
		return CKR_BUFFER_TOO_SMALL;
	if (slots)
		slots[0] = EMPTY_SLOT;
	return CKR_OK;
}

CK_RV
C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	struct application *application = application_enter();
	CK_RV rv;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (is_unstarted(application))
		rv = list_empty_slot(slots, count);
	else
		rv = forward_GetSlotList(token_present, slots, count);
	application_leave(application);
	return rv;
}

CK_RV
C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	struct application *application = application_enter();
	CK_RV rv = CKR_OK;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (!info)
		rv = CKR_ARGUMENTS_BAD;
	else if (!is_unstarted(application))
		rv = forward_GetSlotInfo(slot, info);
	else if (slot != EMPTY_SLOT)
		rv = CKR_SLOT_ID_INVALID;
	else
		empty_slot_info(info);
	application_leave(application);
	return rv;
}

CK_RV
C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	struct application *application = application_enter();
	CK_RV rv = CKR_OK;

	if (!application)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (!info)
		rv = CKR_ARGUMENTS_BAD;
	else if (!is_unstarted(application))
		rv = forward_GetTokenInfo(slot, info);
	else if (slot != EMPTY_SLOT)
		rv = CKR_SLOT_ID_INVALID;
	else
		empty_token_info(info);
	application_leave(application);
	return rv;
}

/* Sessions end with their keeper: its slots are the event. */
static CK_RV
look_for_event(struct application *application, CK_SLOT_ID *slot)
{
	bool is_due;
	CK_RV rv;

	rv = forward_WaitForSlotEvent(CKF_DONT_BLOCK, slot);
	pthread_mutex_lock(&application->lock);
	is_due = application->is_event_due;
	application->is_event_due = is_due && rv == CKR_OK;
	pthread_mutex_unlock(&application->lock);
	if (!is_due || rv == CKR_OK)
		return rv == CKR_DEVICE_REMOVED ? CKR_NO_EVENT : rv;
	*slot = EMPTY_SLOT;
	return CKR_OK;
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

/* Left from version 1: no function runs in parallel. [PKCS11 5.16] */
CK_RV
C_GetFunctionStatus(CK_SESSION_HANDLE session)
{
	CK_RV rv = is_initialized();

	return rv == CKR_OK ? CKR_FUNCTION_NOT_PARALLEL : rv;
}

CK_RV
C_CancelFunction(CK_SESSION_HANDLE session)
{
	return C_GetFunctionStatus(session);
}
