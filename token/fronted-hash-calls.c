/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of a fronted token whose hashing is done here.
 *
 * The vendor has the needed mechanism under way from the C_SignInit on, so that
 * a context login finds what it is for, and gets the hashed text at the end.
 * The pending layer lets no two calls of a session meet.
 */

#include "config.h"

#include "token/fronted-hash.h"

#include "pkcs11/log.h"

#include <stdlib.h>

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;

/* [FIPS 186-5 6.4] The leftmost bits of a longer digest count; some vendors
 * refuse to cut it. */
static CK_ULONG
order_length(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE params[64];
	CK_ATTRIBUTE attribute = { CKA_EC_PARAMS, params, sizeof(params) };
	const struct curve *curve = NULL;

	if (inner->C_GetAttributeValue(session, key, &attribute, 1) == CKR_OK)
		curve = curve_find(CKK_EC, params, attribute.ulValueLen);
	return curve ? curve->length : HASH_LENGTH_MAX;
}

static bool
parameter_is_right(const struct hashed *row, const CK_MECHANISM *mechanism)
{
	const CK_RSA_PKCS_PSS_PARAMS *pss = mechanism->pParameter;

	if (row->input != HASHED_PLAIN)
		return mechanism->ulParameterLen == 0;
	return pss && mechanism->ulParameterLen == sizeof(*pss) &&
		pss->hashAlg == row->hash;
}

typedef CK_RV (*begin_function)(
	CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);

static CK_RV
begin_hashed(CK_SESSION_HANDLE session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_FLAGS use, begin_function next)
{
	const struct hashed *row = hashed_find(mechanism->mechanism);
	struct hashed_operation *operation;
	CK_MECHANISM needed = *mechanism;
	CK_RV rv;

	if (!row)
		return CKR_MECHANISM_INVALID;
	if (!parameter_is_right(row, mechanism))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "of a hash");
	operation = calloc(1, sizeof(*operation));
	if (!operation)
		return CKR_HOST_MEMORY;
	*operation = (struct hashed_operation){ .session = session,
		.use = use,
		.row = row,
		.digest_most = row->input == HASHED_ORDER
			? order_length(session, key)
			: HASH_LENGTH_MAX };
	needed.mechanism = row->needed;
	rv = next(session, &needed, key);
	if (rv != CKR_OK) {
		free(operation);
		return rv;
	}
	hashed_begin(operation);
	return CKR_OK;
}

/* What the vendor can do by itself is the vendor's. */
static CK_RV
begin(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
	CK_FLAGS use, begin_function next)
{
	CK_RV rv = next(session, mechanism, key);

	if (rv == CKR_OK)
		hashed_forget(session, use);
	if (rv != CKR_MECHANISM_INVALID || !mechanism)
		return rv;
	return begin_hashed(session, mechanism, key, use, next);
}

static CK_RV
hashed_C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	return begin(session, mechanism, key, CKF_SIGN, inner->C_SignInit);
}

static CK_RV
hashed_C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	return begin(session, mechanism, key, CKF_VERIFY, inner->C_VerifyInit);
}

/* All of it at once, or what remains. A digest that is not needed yet may be
 * any. */
static CK_RV
make_input(struct hashed_operation *operation, bool is_asked, bool is_whole,
	const CK_BYTE *in, CK_ULONG length)
{
	CK_RV rv = CKR_OK;

	if (is_whole && operation->hashing)
		return refuse(CKR_OPERATION_ACTIVE, "it came in parts");
	if (is_asked) {
		if (!operation->input_length)
			hashed_set_input(operation, NULL);
		return CKR_OK;
	}
	if (is_whole)
		rv = hashed_add(operation, in, length);
	return rv == CKR_OK ? hashed_finish(operation) : rv;
}

/* What was hashed stays for who asks again with more room, unless that brings
 * the text again. */
static CK_RV
sign(struct hashed_operation *operation, bool is_whole, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	bool was_made = operation->input_length;
	CK_RV rv = make_input(operation, !out, is_whole, in, in_length);

	if (rv == CKR_OK)
		rv = inner->C_Sign(operation->session, operation->input,
			operation->input_length, out, out_length);
	if (is_whole)
		hashed_reset(operation);
	else if (!out && !was_made)
		operation->input_length = 0;
	return hashed_end(operation, !out, rv);
}

static CK_RV
hashed_C_Sign(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_SIGN, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_Sign(session, in, in_length, out, out_length);
	return sign(operation, true, in, in_length, out, out_length);
}

static CK_RV
hashed_C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_SIGN, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_SignUpdate(session, in, length);
	return hashed_end(operation, true, hashed_add(operation, in, length));
}

static CK_RV
hashed_C_SignFinal(
	CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_SIGN, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_SignFinal(session, out, out_length);
	return sign(operation, false, NULL, 0, out, out_length);
}

static CK_RV
verify(struct hashed_operation *operation, bool is_whole, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *signature, CK_ULONG length)
{
	CK_RV rv = make_input(operation, false, is_whole, in, in_length);

	if (rv == CKR_OK)
		rv = inner->C_Verify(operation->session, operation->input,
			operation->input_length, signature, length);
	return hashed_end(operation, false, rv);
}

static CK_RV
hashed_C_Verify(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *signature, CK_ULONG length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_VERIFY, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_Verify(
			session, in, in_length, signature, length);
	return verify(operation, true, in, in_length, signature, length);
}

static CK_RV
hashed_C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_VERIFY, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_VerifyUpdate(session, in, length);
	return hashed_end(operation, true, hashed_add(operation, in, length));
}

static CK_RV
hashed_C_VerifyFinal(
	CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG length)
{
	struct hashed_operation *operation;
	CK_RV rv = hashed_take(session, CKF_VERIFY, &operation);

	if (rv != CKR_OK)
		return rv;
	if (!operation)
		return inner->C_VerifyFinal(session, signature, length);
	return verify(operation, false, NULL, 0, signature, length);
}

/* The vendor would take the text itself for the digest. */
static CK_RV
hashed_C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	if (hashed_is_under_way(session, CKF_SIGN))
		return refuse(CKR_FUNCTION_NOT_SUPPORTED,
			"the token does not hash what it signs");
	return inner->C_SignEncryptUpdate(
		session, in, in_length, out, out_length);
}

static CK_RV
hashed_C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	if (hashed_is_under_way(session, CKF_VERIFY))
		return refuse(CKR_FUNCTION_NOT_SUPPORTED,
			"the token does not hash what it verifies");
	return inner->C_DecryptVerifyUpdate(
		session, in, in_length, out, out_length);
}

/* The vendor's state is without what was hashed here. */
static CK_RV
hashed_C_GetOperationState(
	CK_SESSION_HANDLE session, CK_BYTE *state, CK_ULONG *length)
{
	if (hashed_is_under_way(session, CKF_SIGN | CKF_VERIFY))
		return refuse(CKR_STATE_UNSAVEABLE,
			"the token has only a part of it");
	return inner->C_GetOperationState(session, state, length);
}

static CK_RV
hashed_C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE *state,
	CK_ULONG length, CK_OBJECT_HANDLE encryption_key,
	CK_OBJECT_HANDLE authentication_key)
{
	CK_RV rv = inner->C_SetOperationState(
		session, state, length, encryption_key, authentication_key);

	if (rv == CKR_OK)
		hashed_forget(session, CKF_SIGN | CKF_VERIFY);
	return rv;
}

static CK_RV
hashed_C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS uses)
{
	CK_RV rv = inner->C_SessionCancel(session, uses);

	if (rv == CKR_OK)
		hashed_forget(session, uses);
	return rv;
}

static CK_RV
hashed_C_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	return hashed_mechanism_list(inner, slot, types, count);
}

static CK_RV
hashed_C_GetMechanismInfo(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	return hashed_mechanism_info(inner, slot, type, info);
}

/* What the vendor does not have stays missing. */
#define PUT(name) \
	do { \
		if (list.name) \
			list.name = hashed_##name; \
	} while (0)

const CK_FUNCTION_LIST_3_0 *
hashed_wrap(const CK_FUNCTION_LIST_3_0 *next)
{
	inner = next;
	list = *next;
	PUT(C_GetMechanismList);
	PUT(C_GetMechanismInfo);
	PUT(C_GetOperationState);
	PUT(C_SetOperationState);
	PUT(C_SignInit);
	PUT(C_Sign);
	PUT(C_SignUpdate);
	PUT(C_SignFinal);
	PUT(C_VerifyInit);
	PUT(C_Verify);
	PUT(C_VerifyUpdate);
	PUT(C_VerifyFinal);
	PUT(C_SignEncryptUpdate);
	PUT(C_DecryptVerifyUpdate);
	PUT(C_SessionCancel);
	return &list;
}
