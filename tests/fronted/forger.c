/* SPDX-License-Identifier: BSD-2-Clause */
/* The module that FORGED names, whose signatures are wrong and who calls them
 * good; with FORGER_HIDES it shows no public key. */

#include "config.h"

#include "tests/fronted/wrapper.h"

#include <stdlib.h>
#include <string.h>

static CK_FUNCTION_LIST list;
static const CK_FUNCTION_LIST *whole;

static CK_RV
forge_Sign(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *length)
{
	CK_RV rv = whole->C_Sign(session, in, in_length, out, length);

	if (rv == CKR_OK && out && !getenv("FORGER_HIDES"))
		out[*length / 2] ^= 1;
	return rv;
}

static CK_RV
forge_Verify(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *signature, CK_ULONG length)
{
	(void)whole->C_Verify(session, in, in_length, signature, length);
	return CKR_OK;
}

static CK_RV
forge_FindObjectsInit(
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	static CK_OBJECT_CLASS none = 0x80000007; /* a vendor's */
	CK_ATTRIBUTE copy[16];
	CK_OBJECT_CLASS class;
	CK_ULONG i;

	if (!getenv("FORGER_HIDES") || count > 16)
		return whole->C_FindObjectsInit(session, template, count);
	for (i = 0; i < count; i++) {
		copy[i] = template[i];
		if (copy[i].type != CKA_CLASS)
			continue;
		memcpy(&class, copy[i].pValue, sizeof(class));
		if (class == CKO_PUBLIC_KEY)
			copy[i].pValue = &none;
	}
	return whole->C_FindObjectsInit(session, copy, count);
}

__attribute__((visibility("default"))) CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **result)
{
	CK_RV rv = wrapper_load("FORGED", &whole);

	if (rv != CKR_OK)
		return rv;
	list = *whole;
	list.C_Sign = forge_Sign;
	list.C_Verify = forge_Verify;
	list.C_FindObjectsInit = forge_FindObjectsInit;
	*result = &list;
	return CKR_OK;
}
