/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes objects: created, generated, unwrapped, derived and copied ones. */

#ifndef MAKE_H
#define MAKE_H

#include "token/session.h"
#include "token/template.h"

/* C_CreateObject: all of it is in the template. */
CK_RV make_created(struct session *session, const CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *handle);

/*
 * A key whose material the token made or found: the template says what it is
 * for, parts what it is. making has origin, class, key type, mechanism and what
 * comes from a base key; who is logged in is looked up here.
 */
CK_RV make_key(struct session *session, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count,
	const struct key_parts *parts, CK_OBJECT_HANDLE *handle);
/* Everything of make_key but the key: what can be refused before work is
 * spent on making one. */
CK_RV make_key_check(struct session *session, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count);

/* C_CopyObject and C_SetAttributeValue. */
CK_RV make_copy(struct session *session, const struct object *object,
	const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *handle);
CK_RV make_change(struct session *session, struct object *object,
	const CK_ATTRIBUTE *template, CK_ULONG count);

/* Whether the session may make, change or remove such an object.
 * CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN. */
CK_RV make_is_allowed(struct session *session, bool is_token, bool is_private);

#endif
