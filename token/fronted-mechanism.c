/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fronted token offers: its own mechanisms, and those that only a hash
 * separates from them. */

#include "config.h"

#include "token/fronted-hash.h"

#include "pkcs11/log.h"
#include "token/fronted-call.h"

#include <stdlib.h>

/*
 * Each is the needed one on what a hash made of the text, which takes no key.
 * PSS out of raw RSA is not here: who offers raw RSA on a card offers PSS too,
 * and the padding would be ours to get right. Decryption is not either: its
 * padding is a secret of the key's.
 */
#define PKCS1(hash, name) \
	{ \
		CKM_##name##_RSA_PKCS, CKM_RSA_PKCS, hash, HASHED_INFO \
	}
#define PSS(hash, name) \
	{ \
		CKM_##name##_RSA_PKCS_PSS, CKM_RSA_PKCS_PSS, hash, \
			HASHED_PLAIN \
	}
#define ECDSA(hash, name) \
	{ \
		CKM_ECDSA_##name, CKM_ECDSA, hash, HASHED_ORDER \
	}

static const struct hashed rows[] = {
	PKCS1(CKM_SHA_1, SHA1),
	PKCS1(CKM_SHA224, SHA224),
	PKCS1(CKM_SHA256, SHA256),
	PKCS1(CKM_SHA384, SHA384),
	PKCS1(CKM_SHA512, SHA512),
	PSS(CKM_SHA_1, SHA1),
	PSS(CKM_SHA224, SHA224),
	PSS(CKM_SHA256, SHA256),
	PSS(CKM_SHA384, SHA384),
	PSS(CKM_SHA512, SHA512),
	ECDSA(CKM_SHA_1, SHA1),
	ECDSA(CKM_SHA224, SHA224),
	ECDSA(CKM_SHA256, SHA256),
	ECDSA(CKM_SHA384, SHA384),
	ECDSA(CKM_SHA512, SHA512),
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

#define USES (CKF_SIGN | CKF_VERIFY)
/* All but what else the needed one is for is as true of the offered one. */
#define OTHER_USES \
	(CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN_RECOVER | \
		CKF_VERIFY_RECOVER | CKF_GENERATE | CKF_GENERATE_KEY_PAIR | \
		CKF_WRAP | CKF_UNWRAP | CKF_DERIVE)

const struct hashed *
hashed_find(CK_MECHANISM_TYPE offered)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].offered == offered)
			return &rows[i];
	return NULL;
}

static bool
has(const CK_MECHANISM_TYPE *types, CK_ULONG count, CK_MECHANISM_TYPE type)
{
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if (types[i] == type)
			return true;
	return false;
}

static bool
serves(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE needed)
{
	CK_MECHANISM_INFO info;

	return next->C_GetMechanismInfo(slot, needed, &info) == CKR_OK &&
		info.flags & USES;
}

/* The rows of one needed mechanism stand together, so that it is asked for
 * once. */
static void
add_rows(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE asked = CK_UNAVAILABLE_INFORMATION;
	CK_ULONG own = *count;
	bool is_served = false;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (rows[i].needed != asked) {
			asked = rows[i].needed;
			is_served = has(types, own, asked) &&
				serves(next, slot, asked);
		}
		if (is_served && !has(types, own, rows[i].offered))
			types[(*count)++] = rows[i].offered;
	}
}

static CK_RV
gather(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE **types, CK_ULONG *count)
{
	int tries = FRONTED_TRIES;
	CK_RV rv;

	do {
		free(*types);
		*types = NULL;
		rv = next->C_GetMechanismList(slot, NULL, count);
		if (rv != CKR_OK)
			return rv;
		*types = calloc(*count + ROWS, sizeof(**types));
		if (!*types)
			return CKR_HOST_MEMORY;
		rv = next->C_GetMechanismList(slot, *types, count);
	} while (rv == CKR_BUFFER_TOO_SMALL && --tries);
	if (rv == CKR_BUFFER_TOO_SMALL)
		rv = refuse(
			CKR_DEVICE_ERROR, "the mechanisms become ever more");
	if (rv == CKR_OK)
		add_rows(next, slot, *types, count);
	return rv;
}

CK_RV
hashed_mechanism_list(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	CK_MECHANISM_TYPE *all = NULL;
	CK_ULONG room, found = 0, i;
	CK_RV rv;

	if (!count)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	rv = gather(next, slot, &all, &found);
	if (rv == CKR_OK) {
		*count = found;
		if (types && room < found)
			rv = CKR_BUFFER_TOO_SMALL;
	}
	for (i = 0; rv == CKR_OK && types && i < found; i++)
		types[i] = all[i];
	free(all);
	return rv;
}

CK_RV
hashed_mechanism_info(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	const struct hashed *row = hashed_find(type);
	CK_RV rv = next->C_GetMechanismInfo(slot, type, info);

	if (rv != CKR_MECHANISM_INVALID || !row)
		return rv;
	rv = next->C_GetMechanismInfo(slot, row->needed, info);
	if (rv == CKR_OK && !(info->flags & USES))
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK)
		info->flags &= ~(CK_FLAGS)OTHER_USES;
	return rv;
}
