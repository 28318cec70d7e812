/* SPDX-License-Identifier: BSD-2-Clause */
/* What a key demands of the keys that are unwrapped with it or derived from it.
 */

#include "config.h"

#include "token/demand.h"

#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <stdlib.h>
#include <string.h>

enum { INHERITED_MAX = 3 };

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* How a secret key is protected, and what keeps that up. */
static const struct protection {
	CK_ATTRIBUTE_TYPE type;
	CK_BBOOL *when;
} protections[INHERITED_MAX] = {
	{ CKA_SENSITIVE, &yes },
	{ CKA_EXTRACTABLE, &no },
	{ CKA_WRAP_WITH_TRUSTED, &yes },
};

static bool
is_inherited(const struct object *tool, CK_FLAGS use,
	const struct protection *protection)
{
	if (use == CKF_UNWRAP)
		return protection->when == &yes &&
			object_flag(tool, CKA_TRUSTED);
	return tool->class == CKO_SECRET_KEY &&
		object_flag(tool, protection->type) ==
		(*protection->when == CK_TRUE);
}

static CK_ULONG
inherit(const struct object *tool, CK_FLAGS use,
	CK_ATTRIBUTE inherited[INHERITED_MAX])
{
	CK_ULONG i, count = 0;

	for (i = 0; i < INHERITED_MAX; i++)
		if (is_inherited(tool, use, &protections[i]))
			inherited[count++] =
				(CK_ATTRIBUTE){ protections[i].type,
					protections[i].when, sizeof(CK_BBOOL) };
	return count;
}

/* There is room for all of them. */
static CK_RV
add(struct demand *demand, const CK_ATTRIBUTE *demanded, CK_ULONG count)
{
	const CK_ATTRIBUTE *given;

	for (; count > 0; demanded++, count--) {
		given = attribute_find(
			demand->at, demand->count, demanded->type);
		if (!given)
			demand->at[demand->count++] = *demanded;
		else if (!attribute_equal(given, demanded))
			return refuse(CKR_TEMPLATE_INCONSISTENT,
				"the key at work demands another %s",
				attribute_name(demanded->type));
	}
	return CKR_OK;
}

CK_RV
demand_merge(const struct object *tool, CK_FLAGS use,
	const struct template_list *template, struct demand *demand)
{
	const CK_ATTRIBUTE *flat = attribute_find(tool->attributes.at,
		tool->attributes.count,
		use == CKF_UNWRAP ? CKA_UNWRAP_TEMPLATE : CKA_DERIVE_TEMPLATE);
	CK_ATTRIBUTE inherited[INHERITED_MAX];
	CK_ULONG count = 0;
	CK_RV rv;

	if ((rv = template_check(template->at, template->count)) != CKR_OK)
		return rv;
	if (flat &&
		!attribute_unflatten(flat->pValue, flat->ulValueLen,
			&demand->nested, &count))
		return CKR_HOST_MEMORY;
	demand->at = calloc(
		template->count + count + INHERITED_MAX, sizeof(*demand->at));
	if (!demand->at)
		return CKR_HOST_MEMORY;
	demand->count = template->count;
	if (template->count)
		memcpy(demand->at, template->at,
			template->count * sizeof(*demand->at));
	if ((rv = add(demand, demand->nested, count)) != CKR_OK)
		return rv;
	return add(demand, inherited, inherit(tool, use, inherited));
}

void
demand_clear(struct demand *demand)
{
	free(demand->at);
	free(demand->nested);
	*demand = (struct demand){ 0 };
}
