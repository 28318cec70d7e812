/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a key may do what it is asked. */

#include "config.h"

#include "token/permission.h"

#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <string.h>

/* Which attribute of the key permits a use. */
static const struct {
	CK_FLAGS use;
	CK_ATTRIBUTE_TYPE attribute;
} permissions[] = {
	{ CKF_ENCRYPT, CKA_ENCRYPT },
	{ CKF_DECRYPT, CKA_DECRYPT },
	{ CKF_SIGN, CKA_SIGN },
	{ CKF_SIGN_RECOVER, CKA_SIGN_RECOVER },
	{ CKF_VERIFY, CKA_VERIFY },
	{ CKF_VERIFY_RECOVER, CKA_VERIFY_RECOVER },
	{ CKF_WRAP, CKA_WRAP },
	{ CKF_UNWRAP, CKA_UNWRAP },
	{ CKF_DERIVE, CKA_DERIVE },
};

enum { PARAMETER_MAX = 1 << 20 };

CK_RV
permission_mechanism(const CK_MECHANISM *mechanism, CK_FLAGS use)
{
	const struct mechanism *row = mechanism_find(mechanism->mechanism);

	if (!row || !(row->uses & use))
		return refuse(CKR_MECHANISM_INVALID, "%s is not for this use",
			mechanism_name(mechanism->mechanism));
	if ((!mechanism->pParameter && mechanism->ulParameterLen) ||
		mechanism->ulParameterLen > PARAMETER_MAX)
		return refuse(CKR_MECHANISM_PARAM_INVALID,
			"%s: the parameter is not there",
			mechanism_name(row->type));
	return CKR_OK;
}

static bool
use_is_permitted(const struct object *object, CK_FLAGS use)
{
	size_t i;

	for (i = 0; i < sizeof(permissions) / sizeof(*permissions); i++)
		if (permissions[i].use == use)
			return object_flag(object, permissions[i].attribute);
	return false;
}

/* Whether CKA_ALLOWED_MECHANISMS names it; an empty list is none. */
static bool
list_names(const struct object *object, CK_MECHANISM_TYPE type, bool if_empty)
{
	const CK_ATTRIBUTE *list = attribute_find(object->attributes.at,
		object->attributes.count, CKA_ALLOWED_MECHANISMS);
	CK_MECHANISM_TYPE one;
	CK_ULONG i;

	if (!list || !list->ulValueLen)
		return if_empty;
	for (i = 0; i + sizeof(one) <= list->ulValueLen; i += sizeof(one)) {
		memcpy(&one, (const CK_BYTE *)list->pValue + i, sizeof(one));
		if (one == type)
			return true;
	}
	return false;
}

/*
 * The bare RSA function makes no difference between decrypting and signing, so
 * it is only for private keys that may do both, and are meant to.
 */
static bool
may_be_used_bare(const struct object *object)
{
	return object->class != CKO_PRIVATE_KEY ||
		(object_flag(object, CKA_SIGN) &&
			object_flag(object, CKA_DECRYPT) &&
			list_names(object, CKM_RSA_X_509, false));
}

CK_RV
permission_check(const struct object *object, const CK_MECHANISM *mechanism,
	CK_FLAGS use)
{
	const struct mechanism *row;
	CK_RV rv;

	if ((rv = permission_mechanism(mechanism, use)) != CKR_OK)
		return rv;
	row = mechanism_find(mechanism->mechanism);
	if (!object)
		return CKR_OK;
	if (object->key_type != row->key_type &&
		object->key_type != row->other_key_type)
		return refuse(CKR_KEY_TYPE_INCONSISTENT, "%s: %s key",
			mechanism_name(row->type),
			key_type_name(object->key_type));
	if (!use_is_permitted(object, use))
		return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED,
			"%s: object %lu is not for this use",
			mechanism_name(row->type), object->handle);
	if (!list_names(object, row->type, true) ||
		(row->type == CKM_RSA_X_509 && !may_be_used_bare(object)))
		return refuse(CKR_MECHANISM_INVALID,
			"%s is not among the key's mechanisms",
			mechanism_name(row->type));
	return CKR_OK;
}
