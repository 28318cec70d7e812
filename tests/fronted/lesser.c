/* SPDX-License-Identifier: BSD-2-Clause */
/* The module that LESSER names, less every mechanism that hashes; it signs no
 * digest by ECDSA that is longer than the key, and has a code of its own. */

#include "config.h"

#include "tests/fronted/wrapper.h"

#include <stdbool.h>

static CK_FUNCTION_LIST list;
static const CK_FUNCTION_LIST *whole;

static bool
is_hidden(CK_MECHANISM_TYPE type)
{
	static const CK_MECHANISM_TYPE hidden[] = { CKM_SHA1_RSA_PKCS,
		CKM_SHA224_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA384_RSA_PKCS,
		CKM_SHA512_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS,
		CKM_SHA224_RSA_PKCS_PSS, CKM_SHA256_RSA_PKCS_PSS,
		CKM_SHA384_RSA_PKCS_PSS, CKM_SHA512_RSA_PKCS_PSS };
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (hidden[i] == type)
			return true;
	return false;
}

static CK_RV
lesser_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE all[512];
	CK_ULONG room = *count, found = 512, shown = 0, i;
	CK_RV rv = whole->C_GetMechanismList(slot, all, &found);

	for (i = 0; rv == CKR_OK && i < found; i++) {
		if (is_hidden(all[i]))
			continue;
		if (types && shown < room)
			types[shown] = all[i];
		shown++;
	}
	*count = shown;
	return rv == CKR_OK && types && shown > room ? CKR_BUFFER_TOO_SMALL
						     : rv;
}

static CK_RV
lesser_GetMechanismInfo(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	return is_hidden(type) ? CKR_MECHANISM_INVALID
			       : whole->C_GetMechanismInfo(slot, type, info);
}

static bool is_ecdsa;

static CK_RV
lesser_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	is_ecdsa = mechanism && mechanism->mechanism == CKM_ECDSA;
	return mechanism && is_hidden(mechanism->mechanism)
		? CKR_MECHANISM_INVALID
		: whole->C_SignInit(session, mechanism, key);
}

static CK_RV
lesser_Sign(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *length)
{
	CK_ULONG whole_length = 0;

	if (is_ecdsa &&
		whole->C_Sign(session, in, in_length, NULL, &whole_length) ==
			CKR_OK &&
		in_length > whole_length / 2)
		return CKR_DATA_LEN_RANGE;
	return whole->C_Sign(session, in, in_length, out, length);
}

static CK_RV
lesser_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	return mechanism && is_hidden(mechanism->mechanism)
		? CKR_MECHANISM_INVALID
		: whole->C_VerifyInit(session, mechanism, key);
}

/* As some vendors do: a code of the operating system, or of a card. */
static CK_RV
lesser_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE *seed, CK_ULONG length)
{
	return 0x6a88;
}

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **result)
{
	CK_RV rv = wrapper_load("LESSER", &whole);

	if (rv != CKR_OK)
		return rv;
	list = *whole;
	list.C_GetMechanismList = lesser_GetMechanismList;
	list.C_GetMechanismInfo = lesser_GetMechanismInfo;
	list.C_SignInit = lesser_SignInit;
	list.C_Sign = lesser_Sign;
	list.C_VerifyInit = lesser_VerifyInit;
	list.C_SeedRandom = lesser_SeedRandom;
	*result = &list;
	return CKR_OK;
}
