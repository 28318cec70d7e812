/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: of the token's store, of sessions, and the token's profiles. */

#ifndef OBJECT_H
#define OBJECT_H

#include "token/attribute.h"
#include "token/key.h"
#include "token/state.h"
#include "token/token.h"

/*
 * An object as it was read or made. Immutable (a change makes another one) and
 * counted. Numbers below FIRST_SESSION_OBJECT are rows of the store; the last
 * few of them, which no store reaches, are the profiles.
 */
struct object {
	unsigned owners; /* under the state lock */
	struct key *key; /* under the state lock; made at its first use */
	CK_OBJECT_HANDLE handle;
	uint64_t version; /* of the row that it was read from */
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE key_type;
	bool is_token, is_private;
	struct attributes attributes;
	/* Of a session object: whose it is. */
	const struct token *token;
	CK_SESSION_HANDLE session;
};

enum { FIRST_SESSION_OBJECT = 1 << 30 };

/*
 * The object of the handle, when it is there and may be seen now; the caller
 * releases *result. CKR_OBJECT_HANDLE_INVALID, CKR_DEVICE_ERROR (altered).
 */
CK_RV object_get(
	struct token *token, CK_OBJECT_HANDLE handle, struct object **result);
void object_release(struct object *object);
bool object_flag(const struct object *object, CK_ATTRIBUTE_TYPE type);

/* The key that the object is, ready for use; the caller frees *result.
 * CKR_KEY_HANDLE_INVALID: it is none. CKR_USER_NOT_LOGGED_IN. */
CK_RV object_key(
	struct token *token, struct object *object, struct key **result);

/* Adds an object with these attributes: to the store, or to the session. */
CK_RV object_add(struct token *token, CK_SESSION_HANDLE session,
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_OBJECT_HANDLE *handle);
/* Gives the object these attributes instead, all or none.
 * CKR_FUNCTION_REJECTED: it was changed since it was read. */
CK_RV object_replace(struct token *token, struct object *object,
	const CK_ATTRIBUTE *list, CK_ULONG count);
CK_RV object_remove(struct token *token, struct object *object);

/* Whether the attribute's value may leave the token. */
bool object_shows(const struct object *object, CK_ATTRIBUTE_TYPE type);
/* Whether the object has all of the template, sensitive values never
 * confirmed. */
bool object_matches(const struct object *object, const CK_ATTRIBUTE *template,
	CK_ULONG count);
/* C_GetAttributeValue. */
CK_RV object_show(
	const struct object *object, CK_ATTRIBUTE *template, CK_ULONG count);

/* The profiles that the token meets, one after another; 0 past the last. */
CK_OBJECT_HANDLE profile_at(size_t index);

/* The session objects of the token that may be seen now; the caller frees
 * *list. */
CK_RV session_objects_list(
	const struct token *token, CK_OBJECT_HANDLE **list, size_t *count);
/* Ends the session's objects; or the token's private ones. */
void session_objects_end(CK_SESSION_HANDLE session);
void session_objects_end_private(const struct token *token);
void session_objects_clear(void);
void session_objects_forget(void);

/* Releases all objects of a table that nobody else sees, and clears it. */
void objects_forget(struct table *objects);

#endif
