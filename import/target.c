/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a deposit goes: a token, spoken to through one session. */

#include "config.h"

#include "import/target.h"

CK_RV
target_find(const struct target *target, struct template *template,
	CK_OBJECT_HANDLE *handles, CK_ULONG room, CK_ULONG *count)
{
	CK_RV rv, end;

	*count = 0;
	rv = target->functions->C_FindObjectsInit(
		target->session, template->attributes, template->count);
	if (rv != CKR_OK)
		return rv;
	rv = target->functions->C_FindObjects(
		target->session, handles, room, count);
	end = target->functions->C_FindObjectsFinal(target->session);
	return rv != CKR_OK ? rv : end;
}

CK_RV
target_read(const struct target *target, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };
	CK_RV rv;

	*value = (struct bytes){ 0 };
	rv = target->functions->C_GetAttributeValue(
		target->session, object, &attribute, 1);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
		attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return CKR_OK;
	if (rv != CKR_OK)
		return rv;
	if (!bytes_init(value, attribute.ulValueLen))
		return CKR_HOST_MEMORY;
	attribute.pValue = value->at;
	rv = target->functions->C_GetAttributeValue(
		target->session, object, &attribute, 1);
	if (rv != CKR_OK || attribute.ulValueLen > value->length)
		bytes_clear(value);
	else
		value->length = attribute.ulValueLen;
	return rv;
}

CK_RV
target_create(const struct target *target, struct template *template,
	CK_OBJECT_HANDLE *object)
{
	CK_RV rv = target->functions->C_CreateObject(
		target->session, template->attributes, template->count, object);

	if (template->count > template->required &&
		(rv == CKR_ATTRIBUTE_TYPE_INVALID ||
			rv == CKR_ATTRIBUTE_VALUE_INVALID ||
			rv == CKR_ATTRIBUTE_READ_ONLY ||
			rv == CKR_TEMPLATE_INCONSISTENT))
		rv = target->functions->C_CreateObject(target->session,
			template->attributes, template->required, object);
	return rv;
}
