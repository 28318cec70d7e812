/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the objects that a template describes. */

#include "config.h"

#include "token/search.h"

#include "pkcs11/log.h"
#include "token/columns.h"

#include <stdlib.h>

struct list {
	CK_OBJECT_HANDLE *at;
	size_t count, room;
};

static CK_RV
add(struct list *list, CK_OBJECT_HANDLE handle)
{
	size_t room = list->room ? list->room * 2 : 16;
	CK_OBJECT_HANDLE *grown;

	if (list->count == list->room) {
		grown = realloc(list->at, room * sizeof(*grown));
		if (!grown)
			return refuse(CKR_HOST_MEMORY, "no memory: search");
		list->at = grown;
		list->room = room;
	}
	list->at[list->count++] = handle;
	return CKR_OK;
}

/* Adds the object if it is (still) there and has the template's attributes. */
static CK_RV
compare(struct token *token, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG count, struct list *list)
{
	struct object *object;
	bool match;
	CK_RV rv;

	rv = object_get(token, handle, &object);
	if (rv == CKR_OBJECT_HANDLE_INVALID)
		return CKR_OK;
	if (rv != CKR_OK)
		return rv;
	match = object_matches(object, template, count);
	object_release(object);
	return match ? add(list, handle) : CKR_OK;
}

static CK_RV
search_store(struct token *token, const CK_ATTRIBUTE *template, CK_ULONG count,
	struct list *list)
{
	struct columns columns;
	object_id *ids = NULL;
	size_t i, found = 0;
	bool is_all;
	CK_RV rv;

	is_all = columns_of_template(&columns, template, count);
	rv = store_find(token->store, columns.at, &ids, &found);
	for (i = 0; i < found && rv == CKR_OK; i++)
		rv = is_all ? add(list, ids[i])
			    : compare(token, ids[i], template, count, list);
	free(ids);
	return rv;
}

static CK_RV
search_session_objects(struct token *token, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct list *list)
{
	CK_OBJECT_HANDLE *handles = NULL;
	size_t i, found = 0;
	CK_RV rv;

	rv = session_objects_list(token, &handles, &found);
	for (i = 0; i < found && rv == CKR_OK; i++)
		rv = compare(token, handles[i], template, count, list);
	free(handles);
	return rv;
}

CK_RV
search(struct token *token, const CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE **handles, size_t *found)
{
	struct list list = { 0 };
	CK_OBJECT_HANDLE profile;
	size_t i;
	CK_RV rv;

	rv = search_store(token, template, count, &list);
	for (i = 0; rv == CKR_OK && (profile = profile_at(i)); i++)
		rv = compare(token, profile, template, count, &list);
	if (rv == CKR_OK)
		rv = search_session_objects(token, template, count, &list);
	if (rv != CKR_OK) {
		free(list.at);
		return rv;
	}
	*handles = list.at;
	*found = list.count;
	return CKR_OK;
}
