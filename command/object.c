/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects on a token: found and read. */

#include "config.h"

#include "command/object.h"

#include "command/say.h"

#include <stdlib.h>
#include <string.h>

/* How many handles one call brings. */
enum { BATCH = 512 };

static bool
add_batch(struct handle_list *list, const CK_OBJECT_HANDLE *batch, size_t count)
{
	CK_OBJECT_HANDLE *grown =
		reallocarray(list->at, list->count + count, sizeof(*list->at));

	if (!grown)
		return false;
	memcpy(grown + list->count, batch, count * sizeof(*batch));
	list->at = grown;
	list->count += count;
	return true;
}

CK_RV
handles_find(const struct token *token, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct handle_list *list)
{
	CK_ATTRIBUTE copy[4];
	CK_OBJECT_HANDLE batch[BATCH];
	CK_ULONG found;
	CK_RV rv;

	*list = (struct handle_list){ 0 };
	if (count > sizeof(copy) / sizeof(copy[0]))
		return CKR_ARGUMENTS_BAD;
	memcpy(copy, template, count * sizeof(*template));
	rv = token->calls->C_FindObjectsInit(token->session, copy, count);
	if (rv != CKR_OK)
		return rv;
	do {
		rv = token->calls->C_FindObjects(
			token->session, batch, BATCH, &found);
		if (rv == CKR_OK && found && !add_batch(list, batch, found))
			rv = CKR_HOST_MEMORY;
	} while (rv == CKR_OK && found);
	token->calls->C_FindObjectsFinal(token->session);
	if (rv != CKR_OK)
		handles_clear(list);
	return rv;
}

CK_RV
handles_of_class(const struct token *token, CK_OBJECT_CLASS object_class,
	struct handle_list *list)
{
	CK_BBOOL stored = CK_TRUE;
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &object_class, sizeof(object_class) },
		{ CKA_TOKEN, &stored, sizeof(stored) },
	};

	return handles_find(token, template, 2, list);
}

void
handles_clear(struct handle_list *list)
{
	free(list->at);
	*list = (struct handle_list){ 0 };
}

CK_RV
object_read(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value)
{
	/* Nearly everything fits here, and then one call is enough. */
	unsigned char room[4096];
	CK_ATTRIBUTE attribute = { type, room, sizeof(room) };
	CK_RV rv;

	rv = token->calls->C_GetAttributeValue(
		token->session, object, &attribute, 1);
	if (rv == CKR_OK && attribute.ulValueLen <= sizeof(room))
		return bytes_copy(value, room, attribute.ulValueLen)
			? CKR_OK
			: CKR_HOST_MEMORY;
	if (rv != CKR_BUFFER_TOO_SMALL)
		return rv == CKR_OK ? CKR_GENERAL_ERROR : rv;
	attribute.pValue = NULL;
	rv = token->calls->C_GetAttributeValue(
		token->session, object, &attribute, 1);
	if (rv != CKR_OK)
		return rv;
	if (!bytes_init(value, attribute.ulValueLen))
		return CKR_HOST_MEMORY;
	attribute.pValue = value->at;
	rv = token->calls->C_GetAttributeValue(
		token->session, object, &attribute, 1);
	if (rv == CKR_OK && attribute.ulValueLen <= value->length)
		value->length = attribute.ulValueLen;
	else
		bytes_clear(value);
	return rv;
}

char *
object_read_text(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	struct bytes value = { 0 };
	char *text = NULL;

	if (object_read(token, object, type, &value) == CKR_OK)
		text = strndup((const char *)value.at, value.length);
	bytes_clear(&value);
	if (text)
		tame(text, false);
	return text;
}

bool
object_claims(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL claim = CK_FALSE;
	CK_ATTRIBUTE attribute = { type, &claim, sizeof(claim) };

	return token->calls->C_GetAttributeValue(
		       token->session, object, &attribute, 1) == CKR_OK &&
		claim == CK_TRUE;
}

CK_ULONG
object_read_number(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG number = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE attribute = { type, &number, sizeof(number) };

	if (token->calls->C_GetAttributeValue(
		    token->session, object, &attribute, 1) != CKR_OK)
		return CK_UNAVAILABLE_INFORMATION;
	return number;
}
