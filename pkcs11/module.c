/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's entry points that need no worker, or not at once. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/empty.h"

#include <string.h>

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
