/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: of the token's store, of sessions, and the token's profiles. */

#include "config.h"

#include "token/object.h"

#include "pkcs11/log.h"
#include "token/columns.h"

#include <stdlib.h>
#include <string.h>

/* Of all tokens; under the state lock. */
static struct table session_objects;
static CK_OBJECT_HANDLE next_session_object;
/* Unless the configuration says otherwise. */
enum { SESSION_OBJECTS_MOST = 65536 };

/* As many objects of a store as are kept once they were read. */
enum { KEPT_MAX = 4096 };

/* [PKCS11 profiles 3.0]. A certificate is never private here, so that the
 * last one holds. */
static const CK_PROFILE_ID profiles[] = { CKP_BASELINE_PROVIDER,
	CKP_EXTENDED_PROVIDER, CKP_AUTHENTICATION_TOKEN,
	CKP_PUBLIC_CERTIFICATES_TOKEN };
enum {
	PROFILES = sizeof(profiles) / sizeof(*profiles),
	FIRST_PROFILE = FIRST_SESSION_OBJECT - 16
};

/* Takes over the parts, also when it fails. */
static CK_RV
object_new(CK_OBJECT_HANDLE handle, struct bytes *open, struct secret *sealed,
	struct object **result)
{
	struct object *object = calloc(1, sizeof(*object));
	const struct attributes *set;
	CK_RV rv;

	if (!object) {
		bytes_clear(open);
		secret_clear(sealed);
		return refuse(CKR_HOST_MEMORY, "no memory for an object");
	}
	rv = attributes_decode(&object->attributes, open, sealed);
	if (rv != CKR_OK) {
		free(object);
		return rv;
	}
	set = &object->attributes;
	object->owners = 1;
	object->handle = handle;
	object->class = attribute_number(
		set->at, set->count, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	object->key_type = attribute_number(
		set->at, set->count, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	object->is_token = object_flag(object, CKA_TOKEN);
	object->is_private = object_flag(object, CKA_PRIVATE);
	*result = object;
	return CKR_OK;
}

/* When nobody sees it any more. */
static void
object_free(struct object *object)
{
	key_free(object->key);
	attributes_clear(&object->attributes);
	free(object);
}

void
object_release(struct object *object)
{
	unsigned left;

	if (!object)
		return;
	state_lock();
	left = --object->owners;
	state_unlock();
	if (!left)
		object_free(object);
}

bool
object_flag(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	return attribute_flag(
		object->attributes.at, object->attributes.count, type, false);
}

void
objects_forget(struct table *objects)
{
	struct object *object;
	size_t cursor = 0;

	while ((object = table_next(objects, &cursor)))
		object_release(object);
	table_clear(objects);
}

static CK_RV
profile_get(CK_OBJECT_HANDLE handle, struct object **result)
{
	static const char *const labels[] = { "Baseline Provider",
		"Extended Provider", "Authentication Token",
		"Public Certificates Token" };
	CK_ULONG i = handle - FIRST_PROFILE;
	struct draft draft = { .count = 0 };
	struct bytes open = { 0 };
	struct secret sealed = { 0 };
	CK_RV rv;

	draft_put_number(&draft, CKA_CLASS, CKO_PROFILE);
	draft_put_number(&draft, CKA_PROFILE_ID, profiles[i]);
	draft_put_flag(&draft, CKA_TOKEN, true);
	draft_put_flag(&draft, CKA_PRIVATE, false);
	draft_put_flag(&draft, CKA_MODIFIABLE, false);
	draft_put_flag(&draft, CKA_COPYABLE, false);
	draft_put_flag(&draft, CKA_DESTROYABLE, false);
	draft_put(&draft, CKA_LABEL, labels[i], strlen(labels[i]));
	draft_put(&draft, CKA_UNIQUE_ID, labels[i], strlen(labels[i]));
	rv = attributes_encode(draft.at, draft.count, &open, &sealed);
	return rv == CKR_OK ? object_new(handle, &open, &sealed, result) : rv;
}

CK_OBJECT_HANDLE
profile_at(size_t index)
{
	return index < PROFILES ? FIRST_PROFILE + index : 0;
}

/* With the lock held: a kept or session object that may be seen now. */
static struct object *
find_known(struct token *token, CK_OBJECT_HANDLE handle)
{
	struct object *object;

	if (handle < FIRST_SESSION_OBJECT)
		object = table_find(&token->objects, handle);
	else
		object = table_find(&session_objects, handle);
	if (!object || (!object->is_token && object->token != token) ||
		(object->is_private && token->login != LOGIN_USER))
		return NULL;
	object->owners++;
	return object;
}

/* Keeps an object for the next time, if what it was read under still holds. */
static void
keep(struct token *token, struct object *object, unsigned long version,
	enum login login)
{
	struct table stale = { 0 };

	state_lock();
	if (token->objects.count >= KEPT_MAX) {
		stale = token->objects;
		token->objects = (struct table){ 0 };
	}
	if (version == atomic_load(&token->version) && login == token->login &&
		!table_find(&token->objects, object->handle) &&
		table_put(&token->objects, object->handle, object))
		object->owners++;
	state_unlock();
	objects_forget(&stale);
}

static CK_RV
read_stored(struct token *token, CK_OBJECT_HANDLE handle, enum login login,
	struct object **result)
{
	struct store_row row = { 0 };
	struct object *object;
	CK_RV rv;

	rv = store_read(token->store, (object_id)handle, &row);
	if (rv != CKR_OK)
		return rv;
	if (row.is_private && login != LOGIN_USER) {
		store_row_clear(&row);
		return CKR_OBJECT_HANDLE_INVALID;
	}
	rv = object_new(handle, &row.open, &row.sealed, &object);
	if (rv == CKR_OK) {
		object->version = row.version;
		*result = object;
	}
	return rv;
}

CK_RV
object_get(struct token *token, CK_OBJECT_HANDLE handle, struct object **result)
{
	struct object *object;
	unsigned long version;
	enum login login;
	CK_RV rv;

	if (handle >= FIRST_PROFILE && handle < FIRST_PROFILE + PROFILES)
		return profile_get(handle, result);
	state_lock();
	object = find_known(token, handle);
	login = token->login;
	version = atomic_load(&token->version);
	state_unlock();
	if (object) {
		*result = object;
		return CKR_OK;
	}
	if (handle == CK_INVALID_HANDLE || handle >= FIRST_PROFILE)
		return CKR_OBJECT_HANDLE_INVALID;
	rv = read_stored(token, handle, login, &object);
	if (rv != CKR_OK)
		return rv;
	keep(token, object, version, login);
	*result = object;
	return CKR_OK;
}

static bool
is_key(CK_OBJECT_CLASS class)
{
	return class == CKO_PUBLIC_KEY || class == CKO_PRIVATE_KEY ||
		class == CKO_SECRET_KEY;
}

CK_RV
object_key(struct token *token, struct object *object, struct key **result)
{
	const struct attributes *set = &object->attributes;
	struct key *made = NULL, *surplus;
	enum login login;
	CK_RV rv;

	if (!is_key(object->class))
		return CKR_KEY_HANDLE_INVALID;
	state_lock();
	*result = object->key ? key_share(object->key) : NULL;
	login = token->login;
	state_unlock();
	if (*result)
		return CKR_OK;
	/* Without the user's login the secret part was not read. */
	if (object->is_token && object->class != CKO_PUBLIC_KEY &&
		login != LOGIN_USER)
		return CKR_USER_NOT_LOGGED_IN;
	rv = key_new(set->at, set->count, true, &made);
	if (rv != CKR_OK)
		return refuse(CKR_DEVICE_ERROR, "object %lu is no usable key",
			object->handle);
	surplus = made;
	state_lock();
	if (!object->key) {
		object->key = made;
		surplus = NULL;
	}
	*result = key_share(object->key);
	state_unlock();
	key_free(surplus);
	return CKR_OK;
}

static size_t
session_objects_most(void)
{
	const unsigned most = state_configuration()->objects_max;

	return most ? most : SESSION_OBJECTS_MOST;
}

static CK_RV
add_to_session(struct token *token, CK_SESSION_HANDLE session,
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
	struct bytes open = { 0 };
	struct secret sealed = { 0 };
	struct object *object;
	bool added;
	CK_RV rv;

	rv = attributes_encode(list, count, &open, &sealed);
	if (rv == CKR_OK)
		rv = object_new(0, &open, &sealed, &object);
	if (rv != CKR_OK)
		return rv;
	object->token = token;
	object->session = session;
	state_lock();
	if (session_objects.count >= session_objects_most()) {
		state_unlock();
		object_release(object);
		return refuse(CKR_DEVICE_MEMORY, "too many session objects");
	}
	if (next_session_object < state_configuration()->first_session_object)
		next_session_object =
			state_configuration()->first_session_object;
	if (next_session_object < FIRST_SESSION_OBJECT)
		next_session_object = FIRST_SESSION_OBJECT;
	object->handle = next_session_object;
	added = table_put(&session_objects, object->handle, object);
	next_session_object += added;
	*handle = added ? object->handle : *handle;
	state_unlock();
	if (!added)
		object_release(object);
	return added ? CKR_OK
		     : refuse(CKR_HOST_MEMORY, "no memory for an object");
}

static CK_RV
store_row(struct token *token, object_id *id, uint64_t version,
	const CK_ATTRIBUTE *list, CK_ULONG count)
{
	struct store_row row = { .id = *id,
		.version = version,
		.is_private = attribute_flag(list, count, CKA_PRIVATE, true) };
	struct columns columns;
	CK_RV rv;

	rv = attributes_encode(list, count, &row.open, &row.sealed);
	if (rv != CKR_OK)
		return rv;
	columns_of_object(&columns, list, count);
	if (*id)
		rv = store_replace(token->store, &row, columns.at);
	else
		rv = store_add(token->store, &row, columns.at, id);
	store_row_clear(&row);
	return rv;
}

CK_RV
object_add(struct token *token, CK_SESSION_HANDLE session,
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
	object_id id = 0;
	CK_RV rv;

	if (!attribute_flag(list, count, CKA_TOKEN, false))
		return add_to_session(token, session, list, count, handle);
	rv = store_row(token, &id, 0, list, count);
	if (rv == CKR_OK)
		*handle = id;
	return rv;
}

/* Nobody finds the object any more; who has it keeps it. The version moves, so
 * that what another thread has just read is not kept. */
static void
drop(struct token *token, const struct object *object)
{
	struct object *taken;

	state_lock();
	atomic_fetch_add(&token->version, 1);
	taken = table_take(
		object->is_token ? &token->objects : &session_objects,
		object->handle);
	state_unlock();
	object_release(taken);
}

CK_RV
object_replace(struct token *token, struct object *object,
	const CK_ATTRIBUTE *list, CK_ULONG count)
{
	object_id id = (object_id)object->handle;
	struct bytes open = { 0 };
	struct secret sealed = { 0 };
	struct object *changed, *former;
	CK_RV rv;

	if (object->is_token) {
		rv = store_row(token, &id, object->version, list, count);
		drop(token, object);
		return rv;
	}
	rv = attributes_encode(list, count, &open, &sealed);
	if (rv == CKR_OK)
		rv = object_new(object->handle, &open, &sealed, &changed);
	if (rv != CKR_OK)
		return rv;
	changed->token = object->token;
	changed->session = object->session;
	state_lock();
	former = table_find(&session_objects, object->handle);
	if (!former)
		rv = CKR_OBJECT_HANDLE_INVALID;
	else if (former != object)
		rv = CKR_FUNCTION_REJECTED;
	else
		table_put(&session_objects, object->handle, changed);
	state_unlock();
	object_release(rv == CKR_OK ? former : changed);
	return rv;
}

CK_RV
object_remove(struct token *token, struct object *object)
{
	CK_RV rv = CKR_OK;

	if (object->is_token)
		rv = store_remove(token->store, (object_id)object->handle);
	if (rv == CKR_OK)
		drop(token, object);
	return rv;
}

/* Takes session objects out of the table for which is_meant says so. */
static void
end_those(bool (*is_meant)(const struct object *, const void *),
	const void *whose)
{
	struct table ended = { 0 };
	struct object *object;
	size_t cursor = 0;

	state_lock();
	while ((object = table_next(&session_objects, &cursor)))
		if (is_meant(object, whose))
			table_put(&ended, object->handle, object);
	cursor = 0;
	while ((object = table_next(&ended, &cursor)))
		table_take(&session_objects, object->handle);
	state_unlock();
	objects_forget(&ended);
}

static bool
is_of_session(const struct object *object, const void *session)
{
	return object->session == *(const CK_SESSION_HANDLE *)session;
}

static bool
is_private_of_token(const struct object *object, const void *token)
{
	return object->token == token && object->is_private;
}

void
session_objects_end(CK_SESSION_HANDLE session)
{
	end_those(is_of_session, &session);
}

void
session_objects_end_private(const struct token *token)
{
	end_those(is_private_of_token, token);
}

CK_RV
session_objects_list(
	const struct token *token, CK_OBJECT_HANDLE **list, size_t *count)
{
	CK_OBJECT_HANDLE *found;
	struct object *object;
	size_t cursor = 0, number = 0;

	state_lock();
	found = malloc((session_objects.count + 1) * sizeof(*found));
	while (found && (object = table_next(&session_objects, &cursor)))
		if (object->token == token &&
			(!object->is_private || token->login == LOGIN_USER))
			found[number++] = object->handle;
	state_unlock();
	if (!found)
		return refuse(CKR_HOST_MEMORY, "no memory for a search");
	*list = found;
	*count = number;
	return CKR_OK;
}

void
session_objects_clear(void)
{
	struct table all;

	state_lock();
	all = session_objects;
	session_objects = (struct table){ 0 };
	state_unlock();
	objects_forget(&all);
}

void
session_objects_forget(void)
{
	session_objects = (struct table){ 0 };
}
