/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels of OAEP, which have to outlive the call that brings them: OpenSC looks
 * at one only when it decrypts. */

#include "config.h"

#include "token/fronted-call.h"

#include <stdlib.h>
#include <string.h>

static bool
has_label(const CK_MECHANISM *mechanism)
{
	const CK_RSA_PKCS_OAEP_PARAMS *given;

	if (!mechanism || mechanism->mechanism != CKM_RSA_PKCS_OAEP ||
		!mechanism->pParameter ||
		mechanism->ulParameterLen != sizeof(*given))
		return false;
	given = mechanism->pParameter;
	return given->pSourceData && given->ulSourceDataLen;
}

static CK_RV
begin_with_label(CK_C_DecryptInit function, unsigned place,
	CK_SESSION_HANDLE session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	CK_RSA_PKCS_OAEP_PARAMS own;
	CK_MECHANISM copy = { mechanism->mechanism, &own, sizeof(own) };
	void *label;
	CK_RV rv;

	memcpy(&own, mechanism->pParameter, sizeof(own));
	label = malloc(own.ulSourceDataLen);
	if (!label)
		return CKR_HOST_MEMORY;
	memcpy(label, own.pSourceData, own.ulSourceDataLen);
	own.pSourceData = label;
	rv = function(session, &copy, key);
	if (rv == CKR_OK)
		label = fronted_session_keep(session, place, label);
	free(label);
	return rv;
}

CK_RV
fronted_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	if (has_label(mechanism))
		return begin_with_label(fronted_calls.C_EncryptInit, 0, session,
			mechanism, key);
	return fronted_calls.C_EncryptInit(session, mechanism, key);
}

CK_RV
fronted_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key)
{
	if (has_label(mechanism))
		return begin_with_label(fronted_calls.C_DecryptInit, 1, session,
			mechanism, key);
	return fronted_calls.C_DecryptInit(session, mechanism, key);
}
