/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that wrap, unwrap and derive keys. */

#include "config.h"

#include "token/soft-calls.h"

#include "pkcs11/log.h"
#include "token/demand.h"
#include "token/make.h"
#include "token/permission.h"

#include <string.h>

#define UNKNOWN CK_UNAVAILABLE_INFORMATION

/* One key at work on another: wrapping, unwrapping, deriving. */
struct tool {
	struct object *object;
	struct key *key;
};

static void
tool_clear(struct tool *tool)
{
	key_free(tool->key);
	object_release(tool->object);
}

static CK_RV
tool_take(struct session *session, const CK_MECHANISM *mechanism, CK_FLAGS use,
	CK_OBJECT_HANDLE number, struct tool *tool)
{
	CK_RV rv;

	rv = object_get(session->token, number, &tool->object);
	if (rv == CKR_OBJECT_HANDLE_INVALID)
		return CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK && !policy_key(tool->object->key_type))
		rv = CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK)
		rv = permission_check(tool->object, mechanism, use);
	if (rv == CKR_OK && object_flag(tool->object, CKA_ALWAYS_AUTHENTICATE))
		rv = session_use_once(session, number, use);
	if (rv == CKR_OK)
		rv = object_key(session->token, tool->object, &tool->key);
	return rv;
}

/* The standard has names of its own for a wrapping key's faults. */
static CK_RV
rename_fault(CK_RV rv, CK_FLAGS use)
{
	static const struct {
		CK_FLAGS use;
		CK_RV from, to;
	} names[] = {
		{ CKF_WRAP, CKR_KEY_HANDLE_INVALID,
			CKR_WRAPPING_KEY_HANDLE_INVALID },
		{ CKF_WRAP, CKR_KEY_TYPE_INCONSISTENT,
			CKR_WRAPPING_KEY_TYPE_INCONSISTENT },
		{ CKF_WRAP, CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE },
		{ CKF_UNWRAP, CKR_KEY_TYPE_INCONSISTENT,
			CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT },
		{ CKF_UNWRAP, CKR_KEY_SIZE_RANGE,
			CKR_UNWRAPPING_KEY_SIZE_RANGE },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].use == use && names[i].from == rv)
			return names[i].to;
	return rv;
}

/* Whether the key may leave in the wrapping of that other one. */
static CK_RV
check_wrappable(const struct object *object, const struct object *wrapping)
{
	const CK_ATTRIBUTE *wanted = attribute_find(wrapping->attributes.at,
		wrapping->attributes.count, CKA_WRAP_TEMPLATE);

	if (!policy_key(object->key_type))
		return CKR_KEY_HANDLE_INVALID;
	if (object->class != CKO_SECRET_KEY && object->class != CKO_PRIVATE_KEY)
		return CKR_KEY_NOT_WRAPPABLE;
	if (!object_flag(object, CKA_EXTRACTABLE))
		return CKR_KEY_UNEXTRACTABLE;
	if (object_flag(object, CKA_WRAP_WITH_TRUSTED) &&
		!object_flag(wrapping, CKA_TRUSTED))
		return CKR_KEY_NOT_WRAPPABLE;
	if (wanted && wanted->ulValueLen &&
		!template_holds(wanted, object->attributes.at,
			object->attributes.count))
		return CKR_KEY_HANDLE_INVALID;
	return CKR_OK;
}

static CK_RV
plain_of(struct session *session, struct object *object, struct secret *plain)
{
	const CK_ATTRIBUTE *value;
	struct key *key = NULL;
	CK_RV rv;

	if (object->class == CKO_SECRET_KEY) {
		value = attribute_find(object->attributes.at,
			object->attributes.count, CKA_VALUE);
		if (!value)
			return CKR_USER_NOT_LOGGED_IN;
		return secret_copy(plain, value->pValue, value->ulValueLen)
			? CKR_OK
			: CKR_HOST_MEMORY;
	}
	if ((rv = object_key(session->token, object, &key)) == CKR_OK)
		rv = key_to_pkcs8(key, plain);
	key_free(key);
	return rv;
}

/* [PKCS11 5.2]: a length when there is no buffer, or too small a one. */
static CK_RV
give(const struct bytes *bytes, CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG room = *out_length;

	*out_length = bytes->length;
	if (!out)
		return CKR_OK;
	if (room < bytes->length)
		return CKR_BUFFER_TOO_SMALL;
	memcpy(out, bytes->at, bytes->length);
	return CKR_OK;
}

static CK_RV
wrap_key(struct session *session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE number,
	struct bytes *wrapped)
{
	struct tool tool = { NULL, NULL };
	struct object *object = NULL;
	struct secret plain = { 0 };
	CK_RV rv;

	rv = rename_fault(
		tool_take(session, mechanism, CKF_WRAP, wrapping, &tool),
		CKF_WRAP);
	if (rv != CKR_OK)
		goto out;
	rv = object_get(session->token, number, &object);
	if (rv == CKR_OBJECT_HANDLE_INVALID)
		rv = CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK)
		rv = check_wrappable(object, tool.object);
	if (rv == CKR_OK)
		rv = plain_of(session, object, &plain);
	if (rv == CKR_OK)
		rv = rename_fault(
			key_wrap(mechanism, tool.key, &plain, wrapped),
			CKF_WRAP);
out:
	secret_clear(&plain);
	object_release(object);
	tool_clear(&tool);
	return rv;
}

CK_RV
soft_C_WrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE *wrapped,
	CK_ULONG *length)
{
	struct bytes bytes = { 0 };
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = mechanism && length
		? wrap_key(session, mechanism, wrapping, key, &bytes)
		: CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = give(&bytes, wrapped, length);
	bytes_clear(&bytes);
	session_leave(session);
	return rv;
}

/* A secret key's parts are its value. */
static bool
parts_of_value(struct secret *value, struct key_parts *parts)
{
	parts->at[0].type = CKA_VALUE;
	parts->at[0].value = *value;
	parts->count = 1;
	*value = (struct secret){ 0 };
	return true;
}

/* What was unwrapped, as the parts of the class that the template names. */
static CK_RV
parts_of_plain(
	struct secret *plain, struct making *making, struct key_parts *parts)
{
	CK_KEY_TYPE found = UNKNOWN;
	size_t i;
	CK_RV rv;

	if (making->class == CKO_SECRET_KEY) {
		parts_of_value(plain, parts);
		return CKR_OK;
	}
	if ((rv = key_from_pkcs8(plain, parts)) != CKR_OK)
		return rv;
	for (i = 0; i < parts->count; i++)
		if (parts->at[i].type == CKA_KEY_TYPE &&
			parts->at[i].value.length == sizeof(found))
			memcpy(&found, parts->at[i].value.at, sizeof(found));
	if (making->key_type != found)
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"the wrapped key is of another type");
	return CKR_OK;
}

static CK_RV
recognize(const struct demand *demand, struct making *making)
{
	unsigned key;

	making->class = attribute_number(
		demand->at, demand->count, CKA_CLASS, making->class);
	making->key_type = attribute_number(
		demand->at, demand->count, CKA_KEY_TYPE, making->key_type);
	if (making->class == UNKNOWN || making->key_type == UNKNOWN)
		return refuse(CKR_TEMPLATE_INCOMPLETE,
			"the template lacks class or key type");
	key = policy_key(making->key_type);
	if ((making->class != CKO_SECRET_KEY &&
		    making->class != CKO_PRIVATE_KEY) ||
		!key ||
		(key == OF_SYMMETRIC) != (making->class == CKO_SECRET_KEY))
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"no such key: class 0x%lx, type 0x%lx", making->class,
			making->key_type);
	return CKR_OK;
}

static CK_RV
unwrap_key(struct session *session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE unwrapping, const CK_BYTE *wrapped, CK_ULONG length,
	const struct template_list *template, CK_OBJECT_HANDLE *result)
{
	struct making making = {
		.origin = ORIGIN_IMPORT, .class = UNKNOWN, .key_type = UNKNOWN
	};
	struct demand demand = { 0 };
	struct key_parts parts = { .count = 0 };
	struct tool tool = { NULL, NULL };
	struct secret plain = { 0 };
	CK_RV rv;

	if ((rv = rename_fault(tool_take(session, mechanism, CKF_UNWRAP,
				       unwrapping, &tool),
		     CKF_UNWRAP)) != CKR_OK ||
		(rv = demand_merge(tool.object, CKF_UNWRAP, template,
			 &demand)) != CKR_OK ||
		(rv = recognize(&demand, &making)) != CKR_OK ||
		(rv = make_key_check(session, &making, demand.at,
			 demand.count)) != CKR_OK ||
		(rv = key_unwrap(mechanism, tool.key, wrapped, length,
			 making.class == CKO_SECRET_KEY ? making.key_type
							: UNKNOWN,
			 attribute_number(
				 demand.at, demand.count, CKA_VALUE_LEN, 0),
			 &plain)) != CKR_OK ||
		(rv = parts_of_plain(&plain, &making, &parts)) != CKR_OK)
		goto out;
	rv = make_key(
		session, &making, demand.at, demand.count, &parts, result);
out:
	key_parts_clear(&parts);
	secret_clear(&plain);
	demand_clear(&demand);
	tool_clear(&tool);
	return rename_fault(rv, CKF_UNWRAP);
}

CK_RV
soft_C_UnwrapKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE unwrapping, CK_BYTE *wrapped, CK_ULONG length,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = mechanism && key && wrapped && length <= INPUT_MAX
		? unwrap_key(session, mechanism, unwrapping, wrapped, length,
			  &(struct template_list){ template, count }, key)
		: CKR_ARGUMENTS_BAD;
	session_leave(session);
	return rv;
}

static CK_RV
derive_key(struct session *session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, const struct template_list *template,
	CK_OBJECT_HANDLE *result)
{
	struct making making = { .origin = ORIGIN_IMPORT,
		.class = CKO_SECRET_KEY,
		.key_type = CKK_GENERIC_SECRET,
		.is_derived = true };
	struct demand demand = { 0 };
	struct key_parts parts = { .count = 0 };
	struct tool tool = { NULL, NULL };
	struct secret value = { 0 };
	CK_RV rv;

	if ((rv = tool_take(session, mechanism, CKF_DERIVE, base, &tool)) !=
			CKR_OK ||
		(rv = demand_merge(tool.object, CKF_DERIVE, template,
			 &demand)) != CKR_OK ||
		(rv = recognize(&demand, &making)) != CKR_OK)
		goto out;
	making.was_always_sensitive =
		object_flag(tool.object, CKA_ALWAYS_SENSITIVE);
	making.was_never_extractable =
		object_flag(tool.object, CKA_NEVER_EXTRACTABLE);
	if ((rv = make_key_check(session, &making, demand.at, demand.count)) !=
			CKR_OK ||
		(rv = key_derive(mechanism, tool.key, demand.at, demand.count,
			 &value)) != CKR_OK)
		goto out;
	parts_of_value(&value, &parts);
	rv = make_key(
		session, &making, demand.at, demand.count, &parts, result);
out:
	key_parts_clear(&parts);
	secret_clear(&value);
	demand_clear(&demand);
	tool_clear(&tool);
	return rv;
}

CK_RV
soft_C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *key)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = mechanism && key
		? derive_key(session, mechanism, base,
			  &(struct template_list){ template, count }, key)
		: CKR_ARGUMENTS_BAD;
	session_leave(session);
	return rv;
}
