/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done in a slot of a fronted module: sessions, and what leads there.
 */

#include "config.h"

#include "token/fronted-call.h"
#include "token/fronted-quirk.h"

#include "pkcs11/calls.h"

CK_RV
fronted_GetMechanismList(
	CK_SLOT_ID number, CK_MECHANISM_TYPE *types, CK_ULONG *count)
{
	struct fronted_call call;
	CK_SLOT_ID vendor = 0;

	fronted_begin(&call, CALL_C_GetMechanismList);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv = fronted_mechanisms(vendor, types, count);
	return fronted_end(&call);
}

CK_RV
fronted_GetMechanismInfo(
	CK_SLOT_ID number, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	struct fronted_call call;
	CK_SLOT_ID vendor = 0;

	fronted_begin(&call, CALL_C_GetMechanismInfo);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv =
			fronted_vendor->C_GetMechanismInfo(vendor, type, info);
	return fronted_end(&call);
}

CK_RV
fronted_InitToken(CK_SLOT_ID number, CK_UTF8CHAR *pin, CK_ULONG pin_length,
	CK_UTF8CHAR *label)
{
	struct fronted_call call;
	CK_SLOT_ID vendor = 0;

	fronted_begin(&call, CALL_C_InitToken);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv = fronted_vendor->C_InitToken(
			vendor, pin, pin_length, label);
	if (call.rv == CKR_OK)
		fronted_slot_forget(call.slot);
	return fronted_end(&call);
}

CK_RV
fronted_OpenSession(CK_SLOT_ID number, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY callback, CK_SESSION_HANDLE *session)
{
	struct fronted_call call;
	CK_SESSION_HANDLE made = 0;
	CK_SLOT_ID vendor = 0;

	fronted_begin(&call, CALL_C_OpenSession);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK)
		call.rv = fronted_vendor->C_OpenSession(
			vendor, flags, NULL, NULL, &made);
	if (call.rv == CKR_OK) {
		call.rv = fronted_session_add(call.slot, made, flags, session);
		if (call.rv != CKR_OK)
			fronted_vendor->C_CloseSession(made);
	}
	return fronted_end(&call);
}

/* With the last one goes the login. [PKCS11 5.6.2] */
void
fronted_session_close(const struct fronted_call *call)
{
	fronted_session_remove(call->session);
	if (!fronted_sessions_are_open(call->slot))
		fronted_login_forget(call->slot);
}

CK_RV
fronted_CloseAllSessions(CK_SLOT_ID number)
{
	struct fronted_call call;
	CK_SLOT_ID vendor = 0;

	fronted_begin(&call, CALL_C_CloseAllSessions);
	fronted_slot(&call, number, &vendor);
	if (call.rv == CKR_OK) {
		/* OpenSC 0.23 closes every other one, and the login stays. */
		fronted_sessions_close(call.slot);
		call.rv = fronted_vendor->C_CloseAllSessions(vendor);
		/* What another thread moved meanwhile. */
		fronted_sessions_remove(call.slot);
		fronted_login_forget(call.slot);
	}
	return fronted_end(&call);
}

CK_RV
fronted_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	struct fronted_call call;

	fronted_begin_session(&call, CALL_C_GetSessionInfo, &session);
	/* No vendor looks. */
	if (call.rv == CKR_OK && !fronted_slot_has_token(call.slot))
		call.rv = CKR_DEVICE_REMOVED;
	if (call.rv == CKR_OK && fronted_quirk->ends_sessions &&
		fronted_login_was_wrong(call.slot)) {
		info->flags = fronted_session_flags(call.session);
		info->state = fronted_login_state(call.slot, info->flags);
		info->ulDeviceError = 0;
	} else if (call.rv == CKR_OK) {
		call.rv = fronted_vendor->C_GetSessionInfo(session, info);
	}
	if (call.rv == CKR_OK)
		info->slotID = fronted_slot_number(call.slot);
	return fronted_end(&call);
}
