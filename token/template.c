/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application asks of an object, held against the policy. */

#include "config.h"

#include "token/template.h"

#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 1 << 20 };

static CK_RV
refuse_attribute(CK_RV rv, CK_ATTRIBUTE_TYPE type)
{
	return refuse(rv, "template: %s (0x%lx)", attribute_name(type), type);
}

CK_RV
template_check(const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const CK_ATTRIBUTE *one, *first;

	if ((!template && count) || count > TEMPLATE_COUNT_MAX)
		return refuse(CKR_ARGUMENTS_BAD, "template: no such list");
	for (one = template; one < template + count; one++) {
		if ((!one->pValue && one->ulValueLen) ||
			one->ulValueLen > VALUE_MAX)
			return refuse_attribute(
				CKR_ATTRIBUTE_VALUE_INVALID, one->type);
		first = attribute_find(template, count, one->type);
		if (!attribute_equal(one, first))
			return refuse_attribute(
				CKR_TEMPLATE_INCONSISTENT, one->type);
	}
	return CKR_OK;
}

static int
digits(const CK_BYTE *at, int count)
{
	int number = 0;

	for (; count > 0; at++, count--)
		number = number * 10 + *at - '0';
	return number;
}

/* A day of the calendar, or none. What it means for the key is for who reads
 * it: "Cryptoki does not attach any special meaning" [PKCS11 4.8], so an end
 * before the start, or one that is past, forbids nothing. */
static bool
is_date(const CK_BYTE *at, CK_ULONG length)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int year, month, day;
	CK_ULONG i;

	if (length != sizeof(CK_DATE))
		return length == 0;
	for (i = 0; i < length; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	year = digits(at, 4);
	month = digits(at + 4, 2);
	day = digits(at + 6, 2);
	return month >= 1 && month <= 12 && day >= 1 &&
		day <= days[month - 1] &&
		(month != 2 || day < 29 ||
			(year % 4 == 0 && (year % 100 || year % 400 == 0)));
}

static bool
is_nested_template(const CK_ATTRIBUTE *value)
{
	const CK_ATTRIBUTE *list = value->pValue;
	CK_ULONG i, count = value->ulValueLen / sizeof(*list);

	if (value->ulValueLen % sizeof(*list) ||
		template_check(list, count) != CKR_OK)
		return false;
	for (i = 0; i < count; i++)
		if (policy_kind(list[i].type) == KIND_TEMPLATE)
			return false;
	return true;
}

static bool
is_well_formed(const CK_ATTRIBUTE *value, enum attribute_kind kind)
{
	switch (kind) {
	case KIND_FLAG:
		return value->ulValueLen == sizeof(CK_BBOOL) &&
			*(const CK_BBOOL *)value->pValue <= CK_TRUE;
	case KIND_NUMBER:
		return value->ulValueLen == sizeof(CK_ULONG);
	case KIND_DATE:
		return is_date(value->pValue, value->ulValueLen);
	case KIND_NUMBERS:
		return value->ulValueLen % sizeof(CK_ULONG) == 0;
	case KIND_TEMPLATE:
		return is_nested_template(value);
	default:
		return true;
	}
}

static bool
is_true(const CK_ATTRIBUTE *flag)
{
	return *(const CK_BBOOL *)flag->pValue != CK_FALSE;
}

static CK_RV
put(struct draft *draft, const CK_ATTRIBUTE *given, enum attribute_kind kind)
{
	struct bytes flat = { 0 };
	bool done;

	if (kind != KIND_TEMPLATE) {
		done = draft_put(
			draft, given->type, given->pValue, given->ulValueLen);
	} else {
		done = attribute_flatten(given->pValue,
			       given->ulValueLen / sizeof(CK_ATTRIBUTE),
			       &flat) &&
			draft_put_flat(draft, given->type, &flat);
		bytes_clear(&flat);
	}
	return done ? CKR_OK : refuse(CKR_HOST_MEMORY, "template: no memory");
}

/* One attribute that the template gives for a new object. */
static CK_RV
take(const struct making *making, const CK_ATTRIBUTE *given,
	struct draft *draft)
{
	const struct policy *policy =
		policy_find(given->type, making->class, making->key_type);

	if (!policy)
		return refuse_attribute(
			CKR_ATTRIBUTE_TYPE_INVALID, given->type);
	if (!is_well_formed(given, policy->kind))
		return refuse_attribute(
			CKR_ATTRIBUTE_VALUE_INVALID, given->type);
	switch (policy_giving(policy, making->origin)) {
	case NEVER:
		return refuse_attribute(CKR_ATTRIBUTE_READ_ONLY, given->type);
	case BY_SO:
		if (is_true(given) && !making->by_so)
			return refuse_attribute(
				CKR_ATTRIBUTE_READ_ONLY, given->type);
		break;
	case SAME:
	case OURS:
	case DROPPED:
		return CKR_OK;
	default:
		break;
	}
	return put(draft, given, policy->kind);
}

/* Whether the template gives the key any use: then the others are not. */
static bool
names_a_use(const CK_ATTRIBUTE *template, CK_ULONG count)
{
	static const CK_ATTRIBUTE_TYPE uses[] = { CKA_ENCRYPT, CKA_DECRYPT,
		CKA_SIGN, CKA_SIGN_RECOVER, CKA_VERIFY, CKA_VERIFY_RECOVER,
		CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };
	size_t i;

	for (i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		if (attribute_flag(template, count, uses[i], false))
			return true;
	return false;
}

struct situation {
	bool is_token;
	bool uses_are_unsaid;
};

static bool
preset(struct draft *draft, const struct policy *policy,
	const struct situation *now)
{
	CK_ATTRIBUTE_TYPE type = policy->type;

	switch (policy->preset) {
	case EMPTY:
		return draft_put(draft, type, NULL, 0);
	case ZERO:
		return draft_put_number(draft, type, 0);
	case NO:
		return draft_put_flag(draft, type, false);
	case YES:
		return draft_put_flag(draft, type, true);
	case IF_TOKEN:
		return draft_put_flag(draft, type, now->is_token);
	case IF_SESSION:
		return draft_put_flag(draft, type, !now->is_token);
	case IF_UNSAID:
		return draft_put_flag(draft, type, now->uses_are_unsaid);
	case IF_SESSION_OR_UNSAID:
		return draft_put_flag(
			draft, type, now->uses_are_unsaid || !now->is_token);
	default:
		return true;
	}
}

/* What the template leaves open. */
static CK_RV
complete(const struct making *making, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct draft *draft)
{
	struct situation now = {
		.is_token = attribute_flag(template, count, CKA_TOKEN, false),
		.uses_are_unsaid = !names_a_use(template, count),
	};
	const struct policy *row;
	size_t i;

	for (i = 0; (row = policy_at(i)); i++) {
		if (policy_find(row->type, making->class, making->key_type) !=
				row ||
			attribute_find(draft->at, draft->count, row->type))
			continue;
		if (policy_giving(row, making->origin) == MUST &&
			!attribute_find(template, count, row->type))
			return refuse_attribute(
				CKR_TEMPLATE_INCOMPLETE, row->type);
		if (!preset(draft, row, &now))
			return refuse(CKR_HOST_MEMORY, "template: no memory");
	}
	return CKR_OK;
}

CK_RV
template_draft(const struct making *making, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct draft *draft)
{
	CK_ULONG i;
	CK_RV rv;

	if ((rv = template_check(template, count)) != CKR_OK)
		return rv;
	for (i = 0; i < count; i++)
		if ((rv = take(making, &template[i], draft)) != CKR_OK)
			return rv;
	return complete(making, template, count, draft);
}

CK_RV
template_agrees(const struct making *making, const CK_ATTRIBUTE *template,
	CK_ULONG count, const struct draft *draft)
{
	const CK_ATTRIBUTE *given, *made;
	const struct policy *policy;
	enum giving giving;

	for (given = template; given < template + count; given++) {
		policy = policy_find(
			given->type, making->class, making->key_type);
		giving = policy ? policy_giving(policy, making->origin) : MAY;
		if (giving != SAME && giving != OURS)
			continue;
		made = attribute_find(draft->at, draft->count, given->type);
		if (made && attribute_equal(given, made))
			continue;
		return refuse_attribute(giving == SAME
				? CKR_TEMPLATE_INCONSISTENT
				: CKR_ATTRIBUTE_READ_ONLY,
			given->type);
	}
	return CKR_OK;
}

static bool
change_is_allowed(enum change change, const CK_ATTRIBUTE *given, bool by_so)
{
	switch (change) {
	case FREE:
		return true;
	case TO_TRUE:
		return is_true(given);
	case TO_FALSE:
		return !is_true(given);
	case FREE_BY_SO:
		return by_so;
	default:
		return false;
	}
}

CK_RV
template_change(const CK_ATTRIBUTE *present, CK_ULONG present_count,
	bool is_copy, bool by_so, const CK_ATTRIBUTE *template, CK_ULONG count,
	struct draft *draft)
{
	CK_OBJECT_CLASS class = attribute_number(
		present, present_count, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	CK_KEY_TYPE key_type = attribute_number(present, present_count,
		CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const CK_ATTRIBUTE *given, *now;
	const struct policy *policy;
	CK_RV rv;

	if ((rv = template_check(template, count)) != CKR_OK)
		return rv;
	for (now = present; now < present + present_count; now++)
		if (!draft_put(draft, now->type, now->pValue, now->ulValueLen))
			return refuse(CKR_HOST_MEMORY, "template: no memory");
	for (given = template; given < template + count; given++) {
		policy = policy_find(given->type, class, key_type);
		if (!policy)
			return refuse_attribute(
				CKR_ATTRIBUTE_TYPE_INVALID, given->type);
		if (!is_well_formed(given, policy->kind))
			return refuse_attribute(
				CKR_ATTRIBUTE_VALUE_INVALID, given->type);
		now = attribute_find(present, present_count, given->type);
		/* What changes nothing is no change. */
		if (now && policy->shown == SHOWN &&
			attribute_equal(given, now))
			continue;
		if (!change_is_allowed(is_copy ? policy->copy : policy->change,
			    given, by_so))
			return refuse_attribute(
				CKR_ATTRIBUTE_READ_ONLY, given->type);
		if ((rv = put(draft, given, policy->kind)) != CKR_OK)
			return rv;
	}
	return CKR_OK;
}

bool
template_holds(const CK_ATTRIBUTE *flat, const CK_ATTRIBUTE *object,
	CK_ULONG object_count)
{
	const CK_ATTRIBUTE *has;
	CK_ATTRIBUTE *list;
	CK_ULONG i, count;
	bool holds = true;

	if (!attribute_unflatten(flat->pValue, flat->ulValueLen, &list, &count))
		return false;
	for (i = 0; i < count && holds; i++) {
		has = attribute_find(object, object_count, list[i].type);
		holds = has && attribute_equal(has, &list[i]);
	}
	free(list);
	return holds;
}
