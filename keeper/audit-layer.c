/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the audit log of what is done with a token: logins and PINs here. */

#include "config.h"

#include "keeper/audit-layer.h"

#include "keeper/audit-tell.h"
#include "keeper/layer.h"
#include "pkcs11/log.h"

#include <stdio.h>

const CK_FUNCTION_LIST_3_0 *audit_inner;
bool audit_has_data;

static audit_sink tell;
static CK_FUNCTION_LIST_3_0 list;

bool
audit_is_event(CK_RV rv)
{
	switch (rv) {
	case CKR_ARGUMENTS_BAD:
	case CKR_BUFFER_TOO_SMALL:
	case CKR_CRYPTOKI_NOT_INITIALIZED:
	case CKR_DEVICE_REMOVED:
	case CKR_FUNCTION_NOT_SUPPORTED:
	case CKR_OPERATION_ACTIVE:
	case CKR_OPERATION_NOT_INITIALIZED:
	case CKR_SESSION_CLOSED:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_USER_ALREADY_LOGGED_IN:
		return false;
	default:
		return true;
	}
}

bool
audit_is_watched(const struct keyname *key)
{
	/* One that cannot be seen, before a login or after it, may be any. */
	return key->class == CK_UNAVAILABLE_INFORMATION ||
		key->class == CKO_PRIVATE_KEY ||
		(key->class == CKO_SECRET_KEY && key->is_of_token);
}

CK_RV
audit_tell(struct audit_record *record, CK_RV rv)
{
	record->rv = rv;
	if (tell(record) || rv != CKR_OK)
		return rv;
	return refuse(CKR_DEVICE_ERROR, "the audit log cannot be told");
}

CK_RV
audit_tell_key(enum audit_event event, const struct keyname *key,
	const CK_MECHANISM *mechanism, const char *detail, CK_RV rv)
{
	struct audit_record record = { .event = event, .key = *key };

	if (mechanism) {
		record.has_mechanism = true;
		record.mechanism = mechanism->mechanism;
	}
	snprintf(record.detail, sizeof(record.detail), "%s", detail);
	return audit_tell(&record, rv);
}

CK_RV
audit_decision(const struct keyname *key, const CK_MECHANISM_TYPE *mechanism,
	const char *detail, CK_RV rv)
{
	const CK_MECHANISM with = { mechanism ? *mechanism : 0, NULL, 0 };

	if (!tell)
		return rv;
	return audit_tell_key(
		AUDIT_POLICY, key, mechanism ? &with : NULL, detail, rv);
}

static CK_RV
tell_session(enum audit_event event, CK_SESSION_HANDLE session,
	const char *detail, CK_RV rv)
{
	struct keyname token;

	if (!audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, CK_INVALID_HANDLE, &token);
	return audit_tell_key(event, &token, NULL, detail, rv);
}

static const char *
user_name(CK_USER_TYPE user)
{
	return user == CKU_USER                ? "user"
		: user == CKU_SO               ? "recovery"
		: user == CKU_CONTEXT_SPECIFIC ? "context"
					       : "unknown";
}

static CK_RV
audit_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	return tell_session(AUDIT_LOGIN, session, user_name(user),
		audit_inner->C_Login(session, user, pin, length));
}

static CK_RV
audit_C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user,
	CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *name,
	CK_ULONG name_length)
{
	return tell_session(AUDIT_LOGIN, session, user_name(user),
		audit_inner->C_LoginUser(
			session, user, pin, length, name, name_length));
}

static CK_RV
audit_C_Logout(CK_SESSION_HANDLE session)
{
	CK_RV rv = audit_inner->C_Logout(session);

	return rv == CKR_OK ? tell_session(AUDIT_LOGOUT, session, "", rv) : rv;
}

static CK_RV
audit_C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length)
{
	return tell_session(AUDIT_PIN, session, "set by recovery",
		audit_inner->C_InitPIN(session, pin, length));
}

/* Without a login it is the user's. [PKCS11 5.7.8] */
static CK_RV
audit_C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin,
	CK_ULONG old_length, CK_UTF8CHAR *new_pin, CK_ULONG new_length)
{
	CK_SESSION_INFO info = { 0 };
	bool of_officer =
		audit_inner->C_GetSessionInfo(session, &info) == CKR_OK &&
		info.state == CKS_RW_SO_FUNCTIONS;

	return tell_session(AUDIT_PIN, session,
		of_officer ? "recovery changed" : "user changed",
		audit_inner->C_SetPIN(
			session, old_pin, old_length, new_pin, new_length));
}

static CK_RV
audit_C_InitToken(
	CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
	CK_RV rv = audit_inner->C_InitToken(slot, pin, length, label);
	struct keyname token;

	if (!audit_is_event(rv))
		return rv;
	keyname_forget();
	keyname_get_slot(audit_inner, slot, &token);
	return audit_tell_key(AUDIT_INIT_TOKEN, &token, NULL, "", rv);
}

const CK_FUNCTION_LIST_3_0 *
audit_wrap(const CK_FUNCTION_LIST_3_0 *next, audit_sink sink, bool with_data)
{
	audit_inner = next;
	audit_has_data = with_data;
	tell = sink;
	layer_copy(&list, next);
	LAYER_ENTRY(&list, audit, C_Login);
	LAYER_ENTRY(&list, audit, C_LoginUser);
	LAYER_ENTRY(&list, audit, C_Logout);
	LAYER_ENTRY(&list, audit, C_InitPIN);
	LAYER_ENTRY(&list, audit, C_SetPIN);
	LAYER_ENTRY(&list, audit, C_InitToken);
	audit_put_uses(&list);
	audit_put_objects(&list);
	return &list;
}
