/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that do two things at once, each made of two others. */

#include "config.h"

#include "token/soft-calls.h"
#include "token/soft-operation.h"

/* Whether such an operation runs and may go on: CKR_OK. */
static CK_RV
check_running(CK_SESSION_HANDLE handle, enum running_use use)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, use, &session, &running);
	return rv == CKR_OK ? running_leave(session, running, true, rv) : rv;
}

typedef CK_RV (*feed_call)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG);

/*
 * The plain text is fed first, as the cipher may write over it; so whether
 * there is room for the result is asked before.
 */
static CK_RV
feed_and_encrypt(CK_SESSION_HANDLE handle, enum running_use use, feed_call feed,
	CK_BYTE *part, CK_ULONG length, CK_BYTE *encrypted,
	CK_ULONG *encrypted_length)
{
	CK_ULONG needed = 0, room;
	CK_RV rv;

	if ((rv = check_running(handle, use)) != CKR_OK ||
		(rv = check_running(handle, RUNNING_ENCRYPT)) != CKR_OK)
		return rv;
	if (!encrypted_length || !IS_INPUT(part, length))
		return CKR_ARGUMENTS_BAD;
	rv = soft_C_EncryptUpdate(handle, part, length, NULL, &needed);
	if (rv != CKR_OK)
		return rv;
	room = *encrypted_length;
	*encrypted_length = needed;
	if (!encrypted)
		return CKR_OK;
	if (room < needed)
		return CKR_BUFFER_TOO_SMALL;
	*encrypted_length = room;
	if ((rv = feed(handle, part, length)) != CKR_OK)
		return rv;
	return soft_C_EncryptUpdate(
		handle, part, length, encrypted, encrypted_length);
}

static CK_RV
decrypt_and_feed(CK_SESSION_HANDLE handle, enum running_use use, feed_call feed,
	CK_BYTE *encrypted, CK_ULONG encrypted_length, CK_BYTE *part,
	CK_ULONG *length)
{
	CK_RV rv;

	if ((rv = check_running(handle, use)) != CKR_OK)
		return rv;
	rv = soft_C_DecryptUpdate(
		handle, encrypted, encrypted_length, part, length);
	return rv == CKR_OK && part ? feed(handle, part, *length) : rv;
}

CK_RV
soft_C_DigestEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part,
	CK_ULONG length, CK_BYTE *encrypted, CK_ULONG *encrypted_length)
{
	return feed_and_encrypt(handle, RUNNING_DIGEST, soft_C_DigestUpdate,
		part, length, encrypted, encrypted_length);
}

CK_RV
soft_C_SignEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part,
	CK_ULONG length, CK_BYTE *encrypted, CK_ULONG *encrypted_length)
{
	return feed_and_encrypt(handle, RUNNING_SIGN, soft_C_SignUpdate, part,
		length, encrypted, encrypted_length);
}

CK_RV
soft_C_DecryptDigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *part, CK_ULONG *length)
{
	return decrypt_and_feed(handle, RUNNING_DIGEST, soft_C_DigestUpdate,
		encrypted, encrypted_length, part, length);
}

CK_RV
soft_C_DecryptVerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *part, CK_ULONG *length)
{
	return decrypt_and_feed(handle, RUNNING_VERIFY, soft_C_VerifyUpdate,
		encrypted, encrypted_length, part, length);
}
