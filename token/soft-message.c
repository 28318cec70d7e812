/* SPDX-License-Identifier: BSD-2-Clause */
/* The message calls of version 3.0: the token has no mechanism for them. */

#include "config.h"

#include "token/session.h"
#include "token/soft-calls.h"

/* Still, an application learns first that its session is none. */
static CK_RV
unsupported(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	session_leave(session);
	return CKR_FUNCTION_NOT_SUPPORTED;
}

CK_RV
soft_C_MessageEncryptInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return unsupported(handle);
}

CK_RV
soft_C_EncryptMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *associated,
	CK_ULONG associated_length, CK_BYTE *plain, CK_ULONG plain_length,
	CK_BYTE *encrypted, CK_ULONG *encrypted_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_EncryptMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *associated,
	CK_ULONG associated_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_EncryptMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *plain, CK_ULONG plain_length,
	CK_BYTE *encrypted, CK_ULONG *encrypted_length, CK_FLAGS flags)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageEncryptFinal(CK_SESSION_HANDLE handle)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageDecryptInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return unsupported(handle);
}

CK_RV
soft_C_DecryptMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *associated,
	CK_ULONG associated_length, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *plain, CK_ULONG *plain_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_DecryptMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *associated,
	CK_ULONG associated_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_DecryptMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *plain, CK_ULONG *plain_length,
	CK_FLAGS flags)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageDecryptFinal(CK_SESSION_HANDLE handle)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageSignInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return unsupported(handle);
}

CK_RV
soft_C_SignMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *signature_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_SignMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_SignMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *signature_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageSignFinal(CK_SESSION_HANDLE handle)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageVerifyInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return unsupported(handle);
}

CK_RV
soft_C_VerifyMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_VerifyMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_VerifyMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter,
	CK_ULONG parameter_length, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	return unsupported(handle);
}

CK_RV
soft_C_MessageVerifyFinal(CK_SESSION_HANDLE handle)
{
	return unsupported(handle);
}
