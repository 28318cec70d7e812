/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of attributes, as PKCS #11 takes them; and what tokens have of them. */

#include "config.h"

#include "import/template.h"

#include <string.h>

void
template_init(struct template *template)
{
	template->count = 0;
	template->required = TEMPLATE_ROOM;
}

/* PKCS #11 has one type for what it reads and what it writes. */
void
template_put(struct template *template, CK_ATTRIBUTE_TYPE type, const void *at,
	size_t length)
{
	CK_ATTRIBUTE *attribute = &template->attributes[template->count];
	union {
		const void *borrowed;
		void *parameter;
	} value = { at };

	if (template->count == TEMPLATE_ROOM)
		return;
	attribute->type = type;
	attribute->pValue = value.parameter;
	attribute->ulValueLen = length;
	template->count++;
}

void
template_put_ber(
	struct template *template, CK_ATTRIBUTE_TYPE type, struct ber value)
{
	template_put(template, type, value.at, value.length);
}

void
template_put_bytes(struct template *template, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value)
{
	template_put(template, type, value->at, value->length);
}

void
template_put_text(
	struct template *template, CK_ATTRIBUTE_TYPE type, const char *text)
{
	template_put(template, type, text, strlen(text));
}

void
template_put_number(
	struct template *template, CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
	CK_ULONG *kept;

	if (template->count == TEMPLATE_ROOM)
		return;
	kept = &template->numbers[template->count];
	*kept = number;
	template_put(template, type, kept, sizeof(*kept));
}

void
template_put_claim(
	struct template *template, CK_ATTRIBUTE_TYPE type, bool claim)
{
	static const CK_BBOOL claims[] = { CK_FALSE, CK_TRUE };

	template_put(template, type, &claims[claim], sizeof(claims[claim]));
}

void
template_end_required(struct template *template)
{
	template->required = template->count;
}

CK_RV
token_find(const struct token *token, struct template *template,
	CK_OBJECT_HANDLE *handles, CK_ULONG room, CK_ULONG *count)
{
	CK_RV rv, end;

	*count = 0;
	rv = token->functions->C_FindObjectsInit(
		token->session, template->attributes, template->count);
	if (rv != CKR_OK)
		return rv;
	rv = token->functions->C_FindObjects(
		token->session, handles, room, count);
	end = token->functions->C_FindObjectsFinal(token->session);
	return rv != CKR_OK ? rv : end;
}

CK_RV
token_read(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };
	CK_RV rv;

	*value = (struct bytes){ 0 };
	rv = token->functions->C_GetAttributeValue(
		token->session, object, &attribute, 1);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
		attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
		return CKR_OK;
	if (rv != CKR_OK)
		return rv;
	if (!bytes_init(value, attribute.ulValueLen))
		return CKR_HOST_MEMORY;
	attribute.pValue = value->at;
	rv = token->functions->C_GetAttributeValue(
		token->session, object, &attribute, 1);
	if (rv != CKR_OK || attribute.ulValueLen > value->length)
		bytes_clear(value);
	else
		value->length = attribute.ulValueLen;
	return rv;
}

CK_RV
token_create(const struct token *token, struct template *template,
	CK_OBJECT_HANDLE *object)
{
	CK_RV rv = token->functions->C_CreateObject(
		token->session, template->attributes, template->count, object);

	if (template->count > template->required &&
		(rv == CKR_ATTRIBUTE_TYPE_INVALID ||
			rv == CKR_ATTRIBUTE_VALUE_INVALID ||
			rv == CKR_ATTRIBUTE_READ_ONLY ||
			rv == CKR_TEMPLATE_INCONSISTENT))
		rv = token->functions->C_CreateObject(token->session,
			template->attributes, template->required, object);
	return rv;
}
