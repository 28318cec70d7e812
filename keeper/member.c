/* SPDX-License-Identifier: BSD-2-Clause */
/* What a member of a group may do with its token: use it.
 *
 * A session that is read-only changes nothing of the token, and the token sees
 * to that; so most of it is to give out no other.
 */

#include "config.h"

#include "keeper/member.h"

#include "keeper/keyname.h"
#include "keeper/layer.h"
#include "pkcs11/log.h"

#include <stdbool.h>

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;

static CK_RV
refuse_change(const char *what)
{
	return refuse(CKR_TOKEN_WRITE_PROTECTED,
		"%s is for the administrator of this group", what);
}

static CK_RV
member_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = inner->C_GetTokenInfo(slot, info);

	if (rv == CKR_OK)
		info->flags |= CKF_WRITE_PROTECTED;
	return rv;
}

static CK_RV
member_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
	CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	if (flags & CKF_RW_SESSION)
		return refuse_change("to change the token");
	return inner->C_OpenSession(slot, flags, application, notify, session);
}

static CK_RV
member_C_InitToken(
	CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
	return refuse_change("to make the token anew");
}

static CK_RV
member_C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length)
{
	return refuse_change("to set the PIN");
}

static CK_RV
member_C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old,
	CK_ULONG old_length, CK_UTF8CHAR *new, CK_ULONG new_length)
{
	return refuse_change("to change the PIN");
}

/* Nor to be guessed at: its tries are the administrator's. */
static CK_RV
member_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	if (user == CKU_SO)
		return refuse_change("to use the recovery code");
	return inner->C_Login(session, user, pin, length);
}

static CK_RV
member_C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user,
	CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *name,
	CK_ULONG name_length)
{
	if (user == CKU_SO)
		return refuse_change("to use the recovery code");
	return inner->C_LoginUser(
		session, user, pin, length, name, name_length);
}

/* What refuses a call that would take the key out. One that is not to be seen
 * may be a key the next moment, after a login of another thread. */
static CK_RV
keep(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle, CK_RV unseen,
	CK_RV refusal)
{
	struct keyname key;

	keyname_get(inner, session, handle, &key);
	/* Without a session there is none: the token says so. */
	if (key.handle == CK_INVALID_HANDLE)
		return CKR_OK;
	if (key.class == CK_UNAVAILABLE_INFORMATION)
		return unseen;
	if (!key.is_of_token ||
		(key.class != CKO_PRIVATE_KEY && key.class != CKO_SECRET_KEY))
		return CKR_OK;
	return refuse(refusal, "a group's key is not given to members");
}

static CK_RV
member_C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE *wrapped,
	CK_ULONG *length)
{
	CK_RV rv = keep(
		session, key, CKR_KEY_HANDLE_INVALID, CKR_KEY_UNEXTRACTABLE);

	return rv == CKR_OK ? inner->C_WrapKey(session, mechanism, wrapping,
				      key, wrapped, length)
			    : rv;
}

static CK_RV
member_C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE original,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *copy)
{
	CK_RV rv = keep(session, original, CKR_OBJECT_HANDLE_INVALID,
		CKR_ACTION_PROHIBITED);

	return rv == CKR_OK
		? inner->C_CopyObject(session, original, template, count, copy)
		: rv;
}

static bool
is_key_part(CK_ATTRIBUTE_TYPE type)
{
	static const CK_ATTRIBUTE_TYPE parts[] = { CKA_VALUE,
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1,
		CKA_EXPONENT_2, CKA_COEFFICIENT };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i] == type)
			return true;
	return false;
}

static CK_RV
read_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *attribute)
{
	CK_RV rv = is_key_part(attribute->type)
		? keep(session, object, CKR_OBJECT_HANDLE_INVALID,
			  CKR_ATTRIBUTE_SENSITIVE)
		: CKR_OK;

	if (rv == CKR_OK)
		return inner->C_GetAttributeValue(
			session, object, attribute, 1);
	attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	return rv;
}

/* The others are told though one is not. [PKCS11 5.7.5] */
static CK_RV
member_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = CKR_OK, one;
	bool is_asked_for = false;
	CK_ULONG i;

	for (i = 0; template && i < count; i++)
		is_asked_for |= is_key_part(template[i].type);
	if (!is_asked_for)
		return inner->C_GetAttributeValue(
			session, object, template, count);
	for (i = 0; i < count; i++) {
		one = read_one(session, object, &template[i]);
		rv = rv == CKR_OK ? one : rv;
	}
	return rv;
}

/* What comes from a private key is the purpose; of a secret key more may come
 * out than a use of it. */
static CK_RV
member_C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *key)
{
	struct keyname name;
	CK_RV rv = CKR_OK;

	keyname_get(inner, session, base, &name);
	if (name.class != CKO_PRIVATE_KEY)
		rv = keep(session, base, CKR_KEY_HANDLE_INVALID,
			CKR_KEY_FUNCTION_NOT_PERMITTED);
	return rv == CKR_OK ? inner->C_DeriveKey(session, mechanism, base,
				      template, count, key)
			    : rv;
}

static CK_RV
member_C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_RV rv = keep(
		session, key, CKR_KEY_HANDLE_INVALID, CKR_KEY_INDIGESTIBLE);

	return rv == CKR_OK ? inner->C_DigestKey(session, key) : rv;
}

const CK_FUNCTION_LIST_3_0 *
member_wrap(const CK_FUNCTION_LIST_3_0 *next)
{
	inner = next;
	layer_copy(&list, next);
	LAYER_ENTRY(&list, member, C_GetTokenInfo);
	LAYER_ENTRY(&list, member, C_OpenSession);
	LAYER_ENTRY(&list, member, C_InitToken);
	LAYER_ENTRY(&list, member, C_InitPIN);
	LAYER_ENTRY(&list, member, C_SetPIN);
	LAYER_ENTRY(&list, member, C_Login);
	LAYER_ENTRY(&list, member, C_LoginUser);
	LAYER_ENTRY(&list, member, C_WrapKey);
	LAYER_ENTRY(&list, member, C_CopyObject);
	LAYER_ENTRY(&list, member, C_GetAttributeValue);
	LAYER_ENTRY(&list, member, C_DeriveKey);
	LAYER_ENTRY(&list, member, C_DigestKey);
	return &list;
}
