/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms that a vendor has and that do more harm than good. */

#include "config.h"

#include "token/fronted-call.h"

#include "token/fronted-quirk.h"

#include <stdlib.h>
#include <string.h>

/* NSS unwraps a mail's content key to where the cipher of the mail is. Where
 * that cannot be, it does not go on by C_Decrypt, and the mail stays closed. */
static const CK_MECHANISM_TYPE bulk[] = { CKM_AES_CBC, CKM_AES_CBC_PAD,
	CKM_AES_GCM, CKM_DES3_CBC, CKM_DES3_CBC_PAD };

static bool
is_hidden(CK_MECHANISM_TYPE type)
{
	size_t i;

	for (i = 0; i < sizeof(bulk) / sizeof(bulk[0]); i++)
		if (bulk[i] == type)
			return true;
	return false;
}

static CK_RV
whole_list(CK_SLOT_ID vendor, CK_MECHANISM_TYPE **types, CK_ULONG *count)
{
	CK_RV rv = fronted_vendor->C_GetMechanismList(vendor, NULL, count);

	if (rv != CKR_OK)
		return rv;
	*types = calloc(*count + 1, sizeof(**types));
	if (!*types)
		return CKR_HOST_MEMORY;
	return fronted_vendor->C_GetMechanismList(vendor, *types, count);
}

static CK_RV
give(const CK_MECHANISM_TYPE *all, CK_ULONG all_count, CK_MECHANISM_TYPE *types,
	CK_ULONG *count)
{
	CK_ULONG room = *count, given = 0, i;

	for (i = 0; i < all_count; i++) {
		if (is_hidden(all[i]))
			continue;
		if (types && given < room)
			types[given] = all[i];
		given++;
	}
	*count = given;
	return types && given > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
fronted_mechanisms(CK_SLOT_ID vendor, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE *all = NULL;
	CK_ULONG all_count = 0;
	CK_RV rv;

	if (!fronted_quirk->cannot_unwrap)
		return fronted_vendor->C_GetMechanismList(vendor, types, count);
	rv = whole_list(vendor, &all, &all_count);
	if (rv == CKR_OK)
		rv = give(all, all_count, types, count);
	free(all);
	return rv;
}
