/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application may learn of an object: its attributes, and matches. */

#include "config.h"

#include "token/object.h"

#include "token/attribute-policy.h"
#include "token/columns.h"

#include <stdlib.h>
#include <string.h>

static const struct policy *
policy_of(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	return policy_find(type, object->class, object->key_type);
}

static const CK_ATTRIBUTE *
value_of(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	return attribute_find(
		object->attributes.at, object->attributes.count, type);
}

bool
object_shows(const struct object *object, CK_ATTRIBUTE_TYPE type)
{
	const struct policy *policy = policy_of(object, type);

	if (!policy)
		return false;
	return policy->shown == SHOWN ||
		(!object_flag(object, CKA_SENSITIVE) &&
			object_flag(object, CKA_EXTRACTABLE) &&
			/* Nor what only a trusted key may take out. */
			!object_flag(object, CKA_WRAP_WITH_TRUSTED) &&
			value_of(object, type));
}

static bool
serials_match(const CK_ATTRIBUTE *one, const CK_ATTRIBUTE *other)
{
	struct store_value a = serial_number(one), b = serial_number(other);

	return a.length == b.length &&
		(a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* A list of attributes as an application gives it, and as it is kept. */
static bool
templates_match(const CK_ATTRIBUTE *wanted, const CK_ATTRIBUTE *has)
{
	CK_ULONG count = wanted->ulValueLen / sizeof(CK_ATTRIBUTE);
	struct bytes flat;
	bool match;

	if (wanted->ulValueLen % sizeof(CK_ATTRIBUTE) ||
		!attribute_flatten(wanted->pValue, count, &flat))
		return false;
	match = bytes_equal(&flat, has->pValue, has->ulValueLen);
	bytes_clear(&flat);
	return match;
}

bool
object_matches(const struct object *object, const CK_ATTRIBUTE *template,
	CK_ULONG count)
{
	const CK_ATTRIBUTE *wanted, *has;
	bool match = true;

	for (wanted = template; match && wanted < template + count; wanted++) {
		has = value_of(object, wanted->type);
		if (!has || !object_shows(object, wanted->type))
			match = false;
		else if (policy_kind(wanted->type) == KIND_TEMPLATE)
			match = templates_match(wanted, has);
		else if (wanted->type == CKA_SERIAL_NUMBER)
			match = serials_match(wanted, has);
		else
			match = attribute_equal(wanted, has);
	}
	return match;
}

/* Writes a value, or its length, as [PKCS11 5.7.5] says. */
static CK_RV
show(CK_ATTRIBUTE *to, const void *value, CK_ULONG length)
{
	if (!to->pValue) {
		to->ulValueLen = length;
		return CKR_OK;
	}
	if (to->ulValueLen < length) {
		to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (length)
		memcpy(to->pValue, value, length);
	to->ulValueLen = length;
	return CKR_OK;
}

static CK_RV
show_template(CK_ATTRIBUTE *to, const CK_ATTRIBUTE *flat)
{
	CK_ATTRIBUTE *list, *room = to->pValue;
	CK_ULONG i, count, length;
	CK_RV rv = CKR_OK, one;

	if (!attribute_unflatten(flat->pValue, flat->ulValueLen, &list, &count))
		return CKR_HOST_MEMORY;
	length = count * sizeof(*list);
	if (!room) {
		to->ulValueLen = length;
	} else if (to->ulValueLen < length) {
		to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		rv = CKR_BUFFER_TOO_SMALL;
	} else {
		for (i = 0; i < count; i++) {
			room[i].type = list[i].type;
			one = show(
				&room[i], list[i].pValue, list[i].ulValueLen);
			rv = one == CKR_OK ? rv : one;
		}
		to->ulValueLen = length;
	}
	free(list);
	return rv;
}

static CK_RV
show_one(const struct object *object, CK_ATTRIBUTE *to)
{
	const struct policy *policy = policy_of(object, to->type);
	const CK_ATTRIBUTE *value = value_of(object, to->type);
	CK_RV rv = CKR_OK;

	if (!policy)
		rv = CKR_ATTRIBUTE_TYPE_INVALID;
	else if (!object_shows(object, to->type))
		rv = CKR_ATTRIBUTE_SENSITIVE;
	else if (!value)
		rv = CKR_ATTRIBUTE_TYPE_INVALID;
	if (rv != CKR_OK) {
		to->ulValueLen = CK_UNAVAILABLE_INFORMATION;
		return rv;
	}
	if (policy->kind == KIND_TEMPLATE)
		return show_template(to, value);
	return show(to, value->pValue, value->ulValueLen);
}

CK_RV
object_show(const struct object *object, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = CKR_OK, one;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		one = show_one(object, &template[i]);
		/* Any of several errors may be told: the gravest. */
		if (rv == CKR_OK || one == CKR_ATTRIBUTE_SENSITIVE ||
			(one == CKR_ATTRIBUTE_TYPE_INVALID &&
				rv == CKR_BUFFER_TOO_SMALL))
			rv = one == CKR_OK ? rv : one;
	}
	return rv;
}
