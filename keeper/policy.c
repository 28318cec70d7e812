/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration lets an application do with a token's keys. */

#include "config.h"

#include "keeper/policy.h"

#include "keeper/allowance.h"
#include "keeper/audit-layer.h"
#include "keeper/layer.h"
#include "pkcs11/log.h"

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;

/* The rules are about the keys that the token keeps; what an application made
 * for a session is its own. */
static bool
is_ruled(const struct keyname *key)
{
	return key->is_of_token &&
		(key->class == CKO_PRIVATE_KEY || key->class == CKO_SECRET_KEY);
}

/* The key that a call is about; what refuses to show it, or CKR_OK. A login of
 * another thread may bring it the next moment: the token must not be asked to
 * use it then, as what nobody has a rule for. */
static CK_RV
see(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_RV unseen,
	struct keyname *key)
{
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE attribute = { CKA_CLASS, &class, sizeof(class) };
	CK_RV rv;

	keyname_get(inner, session, handle, key);
	if (is_ruled(key) && idle_check(key->slot)) {
		keyname_forget();
		keyname_get(inner, session, handle, key);
	}
	/* Without a session there is none: the token says so. */
	if (key->handle == CK_INVALID_HANDLE ||
		key->class != CK_UNAVAILABLE_INFORMATION)
		return CKR_OK;
	rv = inner->C_GetAttributeValue(session, handle, &attribute, 1);
	return rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID ? unseen : rv;
}

static CK_RV
check(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_RV unseen,
	const CK_MECHANISM *mechanism, unsigned use, bool is_many)
{
	struct idle_rule rule;
	struct keyname key;
	CK_RV rv;

	if (!mechanism)
		return CKR_OK;
	rv = see(session, handle, unseen, &key);
	if (rv != CKR_OK || !is_ruled(&key))
		return rv;
	rv = allowance_check(&key, mechanism->mechanism, use, is_many);
	if (rv == CKR_OK) {
		rule = allowance_idle(&key);
		idle_use(key.slot, session, &rule);
	}
	return rv;
}

#define BEGIN(name, use, is_many) \
	static CK_RV policy_##name(CK_SESSION_HANDLE session, \
		CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) \
	{ \
		CK_RV rv = check(session, key, CKR_KEY_HANDLE_INVALID, \
			mechanism, use, is_many); \
\
		return rv == CKR_OK ? inner->name(session, mechanism, key) \
				    : rv; \
	}

/* clang-format off */
#define OPERATIONS(BEGIN) \
	BEGIN(C_EncryptInit, MAY_ENCRYPT, false) \
	BEGIN(C_DecryptInit, MAY_DECRYPT, false) \
	BEGIN(C_SignInit, MAY_SIGN, false) \
	BEGIN(C_SignRecoverInit, MAY_SIGN, false) \
	BEGIN(C_VerifyInit, MAY_VERIFY, false) \
	BEGIN(C_VerifyRecoverInit, MAY_VERIFY, false) \
	BEGIN(C_MessageEncryptInit, MAY_ENCRYPT, true) \
	BEGIN(C_MessageDecryptInit, MAY_DECRYPT, true) \
	BEGIN(C_MessageSignInit, MAY_SIGN, true) \
	BEGIN(C_MessageVerifyInit, MAY_VERIFY, true)

OPERATIONS(BEGIN)
/* clang-format on */

static CK_RV
policy_C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE *wrapped,
	CK_ULONG *length)
{
	struct keyname leaving;
	CK_RV rv = see(session, key, CKR_KEY_HANDLE_INVALID, &leaving);

	if (rv != CKR_OK)
		return rv;
	/* Who opens the wrapping has a copy without rules. */
	if (is_ruled(&leaving) && allowance_is_narrow(&leaving))
		return audit_decision(&leaving, NULL, "not to be wrapped",
			refuse(CKR_KEY_NOT_WRAPPABLE,
				"a wrapped copy of %s would not be under its "
				"rules",
				leaving.label));
	/* Asked for the length, it wraps nothing yet. */
	rv = check(session, wrapping, CKR_WRAPPING_KEY_HANDLE_INVALID,
		wrapped ? mechanism : NULL, MAY_WRAP, false);
	return rv == CKR_OK ? inner->C_WrapKey(session, mechanism, wrapping,
				      key, wrapped, length)
			    : rv;
}

static CK_RV
policy_C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE unwrapping, CK_BYTE *wrapped, CK_ULONG length,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CK_RV rv = check(session, unwrapping, CKR_KEY_HANDLE_INVALID, mechanism,
		MAY_UNWRAP, false);

	return rv == CKR_OK ? inner->C_UnwrapKey(session, mechanism, unwrapping,
				      wrapped, length, template, count, key)
			    : rv;
}

static CK_RV
policy_C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *key)
{
	CK_RV rv = check(session, base, CKR_KEY_HANDLE_INVALID, mechanism,
		MAY_DERIVE, false);

	return rv == CKR_OK ? inner->C_DeriveKey(session, mechanism, base,
				      template, count, key)
			    : rv;
}

/* The slot of a session: 0, which none of ours has, for no session. */
static void
get_slot(CK_SESSION_HANDLE session, struct keyname *slot)
{
	keyname_get(inner, session, CK_INVALID_HANDLE, slot);
}

/* From now on the login can end by itself; else it must not begin. */
static CK_RV
begin_login(CK_SESSION_HANDLE session, const struct keyname *slot)
{
	struct idle_rule rule = allowance_idle(slot);

	allowance_forget(slot->slot);
	if (idle_login(slot->slot, session, &rule))
		return CKR_OK;
	inner->C_Logout(session);
	return CKR_DEVICE_MEMORY;
}

static CK_RV
policy_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	struct keyname slot;
	CK_RV rv;

	get_slot(session, &slot);
	idle_check(slot.slot);
	rv = inner->C_Login(session, user, pin, length);
	if (rv == CKR_OK && user != CKU_CONTEXT_SPECIFIC)
		rv = begin_login(session, &slot);
	return rv;
}

static CK_RV
policy_C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user,
	CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *name,
	CK_ULONG name_length)
{
	struct keyname slot;
	CK_RV rv;

	get_slot(session, &slot);
	idle_check(slot.slot);
	rv = inner->C_LoginUser(session, user, pin, length, name, name_length);
	if (rv == CKR_OK && user != CKU_CONTEXT_SPECIFIC)
		rv = begin_login(session, &slot);
	return rv;
}

static CK_RV
policy_C_Logout(CK_SESSION_HANDLE session)
{
	struct keyname slot;
	CK_RV rv;

	get_slot(session, &slot);
	rv = inner->C_Logout(session);
	if (rv == CKR_OK) {
		idle_logout(slot.slot);
		allowance_forget(slot.slot);
	}
	return rv;
}

/* By this an application learns that it has to log in again. */
static CK_RV
policy_C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	CK_RV rv = inner->C_GetSessionInfo(session, info);

	if (rv == CKR_OK && idle_check(info->slotID))
		rv = inner->C_GetSessionInfo(session, info);
	return rv;
}

/* A copy would be another key, which no rule knows. */
static CK_RV
policy_C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE original,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *copy)
{
	struct keyname key;
	CK_RV rv = see(session, original, CKR_OBJECT_HANDLE_INVALID, &key);

	if (rv != CKR_OK)
		return rv;
	if (is_ruled(&key) && allowance_is_narrow(&key))
		return refuse(CKR_ACTION_PROHIBITED,
			"a copy of %s would not be under its rules", key.label);
	return inner->C_CopyObject(session, original, template, count, copy);
}

static CK_RV
policy_C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct keyname key;
	CK_RV rv = see(session, object, CKR_OBJECT_HANDLE_INVALID, &key);
	CK_ULONG i;

	if (rv != CKR_OK)
		return rv;
	for (i = 0; template && i < count; i++)
		if ((template[i].type == CKA_LABEL ||
			    template[i].type == CKA_ID) &&
			is_ruled(&key) && allowance_is_pinned(&key))
			return refuse(CKR_ACTION_PROHIBITED,
				"the system's configuration knows %s by this "
				"name",
				key.label);
	return inner->C_SetAttributeValue(session, object, template, count);
}

static void
login_ended(CK_SLOT_ID slot, const char *why)
{
	struct keyname name;

	allowance_forget(slot);
	note("the login to slot %lu has ended: %s", slot, why);
	keyname_get_slot(inner, slot, &name);
	/* It has ended, whether or not that can be told. */
	(void)audit_decision(&name, NULL, why, CKR_OK);
}

const CK_FUNCTION_LIST_3_0 *
policy_wrap(const CK_FUNCTION_LIST_3_0 *next,
	const struct configuration *configuration,
	const struct subject *application)
{
	inner = next;
	idle_begin(next, login_ended);
	allowance_begin(next, configuration, application);
	layer_copy(&list, next);
#define PUT(name, use, is_many) LAYER_ENTRY(&list, policy, name);
	OPERATIONS(PUT)
#undef PUT
	LAYER_ENTRY(&list, policy, C_WrapKey);
	LAYER_ENTRY(&list, policy, C_UnwrapKey);
	LAYER_ENTRY(&list, policy, C_DeriveKey);
	LAYER_ENTRY(&list, policy, C_Login);
	LAYER_ENTRY(&list, policy, C_LoginUser);
	LAYER_ENTRY(&list, policy, C_Logout);
	LAYER_ENTRY(&list, policy, C_GetSessionInfo);
	LAYER_ENTRY(&list, policy, C_CopyObject);
	LAYER_ENTRY(&list, policy, C_SetAttributeValue);
	return &list;
}
