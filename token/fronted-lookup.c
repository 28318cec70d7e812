/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor's token has, by searches of ours. */

#include "config.h"

#include "token/fronted-supplement.h"

static const CK_FUNCTION_LIST_3_0 *vendor;

void
lookup_in(const CK_FUNCTION_LIST_3_0 *list)
{
	vendor = list;
}

CK_ULONG
lookup_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *found, CK_ULONG most)
{
	CK_ULONG total = 0, more;

	if (vendor->C_FindObjectsInit(session, template, count) != CKR_OK)
		return 0;
	do {
		more = 0;
		if (vendor->C_FindObjects(session, found + total, most - total,
			    &more) != CKR_OK)
			more = 0;
		total += more;
	} while (more && total < most);
	vendor->C_FindObjectsFinal(session);
	return total;
}

CK_ULONG
lookup_class(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	CK_OBJECT_HANDLE *found, CK_ULONG most)
{
	CK_ATTRIBUTE template = { CKA_CLASS, &class, sizeof(class) };

	return lookup_find(session, &template, 1, found, most);
}

bool
lookup_has(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	const struct bytes *id)
{
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, id->at, id->length } };
	CK_OBJECT_HANDLE found;

	return lookup_find(session, template, 2, &found, 1) == 1;
}

void
lookup_read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };

	if (vendor->C_GetAttributeValue(session, object, &attribute, 1) !=
			CKR_OK ||
		attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION ||
		!bytes_init(value, attribute.ulValueLen))
		return;
	attribute.pValue = value->at;
	if (vendor->C_GetAttributeValue(session, object, &attribute, 1) !=
			CKR_OK ||
		attribute.ulValueLen > value->length)
		bytes_clear(value);
	else
		value->length = attribute.ulValueLen;
}
