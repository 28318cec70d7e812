/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a token can hold a key, asked without the key. */

#include "config.h"

#include "import/deposit-check.h"

#include "import/deposit-template.h"

/* A token that knows one of these knows such keys. */
static const struct sign {
	enum key_kind kind;
	CK_MECHANISM_TYPE mechanism;
} signs[] = {
	{ KEY_RSA, CKM_RSA_PKCS },
	{ KEY_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN },
	{ KEY_EC, CKM_ECDSA },
	{ KEY_EC, CKM_ECDH1_DERIVE },
	{ KEY_EC, CKM_EC_KEY_PAIR_GEN },
	{ KEY_EDWARDS, CKM_EDDSA },
	{ KEY_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN },
	{ KEY_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN },
};

/* What a token says of a key that it does not hold. */
static const CK_RV denials[] = { CKR_KEY_SIZE_RANGE, CKR_CURVE_NOT_SUPPORTED,
	CKR_DOMAIN_PARAMS_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
	CKR_KEY_TYPE_INCONSISTENT, CKR_MECHANISM_INVALID };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool
is_within(const CK_MECHANISM_INFO *info, const struct public_key *key)
{
	/* Old tokens count bytes, or say nothing. */
	if (key->kind != KEY_RSA || info->ulMaxKeySize < 1024)
		return true;
	return key->bits >= info->ulMinKeySize &&
		key->bits <= info->ulMaxKeySize;
}

static CK_RV
check_mechanisms(
	const struct target *target, const struct public_key *key, bool *fits)
{
	CK_SESSION_INFO session;
	CK_MECHANISM_INFO info;
	CK_RV rv;
	size_t i;

	*fits = false;
	rv = target->functions->C_GetSessionInfo(target->session, &session);
	for (i = 0; rv == CKR_OK && i < COUNT(signs); i++)
		if (signs[i].kind == key->kind &&
			target->functions->C_GetMechanismInfo(session.slotID,
				signs[i].mechanism, &info) == CKR_OK &&
			is_within(&info, key))
			*fits = true;
	return rv;
}

/* The public half as an object of the session: the token sees size and curve
 * before it sees anything of the private half. */
static void
try_public_half(const struct target *target, const struct identity *identity,
	bool *fits)
{
	struct badge badge = { .label = identity->label };
	struct template template;
	unsigned char room[POINT_ROOM];
	CK_OBJECT_HANDLE object;
	CK_RV rv;
	size_t i;

	template_public_key(&template, identity, &badge, room, false);
	rv = target_create(target, &template, &object);
	if (rv == CKR_OK)
		(void)target->functions->C_DestroyObject(
			target->session, object);
	for (i = 0; i < COUNT(denials); i++)
		if (rv == denials[i])
			*fits = false;
}

CK_RV
target_check_key(const struct target *target, const struct identity *identity,
	bool *fits)
{
	CK_RV rv = check_mechanisms(target, &identity->key->public, fits);

	if (rv == CKR_OK && *fits)
		try_public_half(target, identity, fits);
	return rv;
}
