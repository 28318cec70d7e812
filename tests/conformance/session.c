/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions, their states, and who is logged in. */

#include "config.h"

#include "tests/conformance/kit.h"

static CK_STATE
state_of(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.slotID, slot);
	return info.state;
}

CLAIM(open_session_needs_the_serial_flag, "BASE 5.6.1")
{
	CK_SESSION_HANDLE session;

	fresh_token();
	EXPECT_RV(p11->C_OpenSession(slot, CKF_RW_SESSION, NULL, NULL,
			  &session), CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	EXPECT_RV(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
			  NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(session_states_follow_the_login, "GUIDE 2.6")
{
	CK_SESSION_HANDLE reader, writer;

	fresh_token();
	reader = open_session(0);
	writer = open_session(CKF_RW_SESSION);
	EXPECT_NUMBER(state_of(reader), CKS_RO_PUBLIC_SESSION);
	EXPECT_NUMBER(state_of(writer), CKS_RW_PUBLIC_SESSION);
	login_user(reader);
	EXPECT_NUMBER(state_of(reader), CKS_RO_USER_FUNCTIONS);
	EXPECT_NUMBER(state_of(writer), CKS_RW_USER_FUNCTIONS);
	EXPECT_NUMBER(state_of(open_session(0)), CKS_RO_USER_FUNCTIONS);
	EXPECT_RV(p11->C_Logout(writer), CKR_OK);
	EXPECT_NUMBER(state_of(reader), CKS_RO_PUBLIC_SESSION);
}

CLAIM(closed_sessions_are_invalid, "BASE 5.6.2")
{
	CK_SESSION_HANDLE session = public_session();
	CK_SESSION_INFO info;

	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	EXPECT_RV(p11->C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetSessionInfo(0, &info),
		CKR_SESSION_HANDLE_INVALID);
}

CLAIM(closing_the_last_session_logs_out, "BASE 5.6.2")
{
	CK_SESSION_HANDLE session = user_session();

	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	EXPECT_NUMBER(state_of(open_session(0)), CKS_RO_PUBLIC_SESSION);
}

CLAIM(closing_one_of_two_sessions_keeps_the_login, "BASE 5.6.2")
{
	CK_SESSION_HANDLE session = user_session(), other = open_session(0);

	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	EXPECT_NUMBER(state_of(other), CKS_RO_USER_FUNCTIONS);
}

CLAIM(close_all_sessions_logs_out, "BASE 5.6.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_SESSION_INFO info;

	open_session(0);
	EXPECT_RV(p11->C_CloseAllSessions(slot), CKR_OK);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info),
		CKR_SESSION_HANDLE_INVALID);
	EXPECT_NUMBER(state_of(open_session(0)), CKS_RO_PUBLIC_SESSION);
}

CLAIM(session_objects_die_with_their_session, "BASE 5.6.2")
{
	CK_SESSION_HANDLE session = user_session(),
			  other = open_session(CKF_RW_SESSION);

	data_object(session, PLAIN);
	EXPECT_NUMBER(find(other, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		1);
	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	EXPECT_NUMBER(find(other, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		0);
}

CLAIM(session_info_refuses_null, "BASE 5.6.4")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_GetSessionInfo(session, NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(wrong_pin_is_incorrect, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(WRONG_PIN)),
		CKR_PIN_INCORRECT);
	EXPECT_NUMBER(state_of(session), CKS_RW_PUBLIC_SESSION);
	login_user(session);
}

CLAIM(second_login_is_refused, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = user_session();

	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)),
		CKR_USER_ALREADY_LOGGED_IN);
}

CLAIM(another_user_is_refused_while_one_is_logged_in, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = user_session();

	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)),
		CKR_USER_ANOTHER_ALREADY_LOGGED_IN);
}

CLAIM(unknown_user_types_are_refused, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_Login(session, 17, TEXT_OF(USER_PIN)),
		CKR_USER_TYPE_INVALID);
}

CLAIM(login_without_a_pin_needs_a_protected_path, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_Login(session, CKU_USER, NULL, 8),
		CKR_ARGUMENTS_BAD);
}

CLAIM(logout_without_login_is_refused, "BASE 5.6.10")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_Logout(session), CKR_USER_NOT_LOGGED_IN);
}

CLAIM(so_cannot_log_in_beside_read_only_sessions, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = public_session();

	need_officer(session);
	open_session(0);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)),
		CKR_SESSION_READ_ONLY_EXISTS);
}

CLAIM(no_read_only_session_while_the_so_is_logged_in, "BASE 5.6.1")
{
	CK_SESSION_HANDLE session = public_session(), reader;

	need_officer(session);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_NUMBER(state_of(session), CKS_RW_SO_FUNCTIONS);
	EXPECT_RV(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
			  &reader), CKR_SESSION_READ_WRITE_SO_EXISTS);
}

CLAIM(so_sees_no_private_objects, "GUIDE 2.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;

	rsa_private(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	need_officer(session);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(
			      NUMBER(CKA_CLASS, CKO_PRIVATE_KEY)), NULL), 0);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA),
			  FLAG(CKA_PRIVATE, CK_TRUE)), &object),
		CKR_USER_NOT_LOGGED_IN);
}

CLAIM(logout_ends_private_session_objects, "BASE 5.6.10")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE secret = data_object(session,
				 TEMPLATE(FLAG(CKA_PRIVATE, CK_TRUE))),
			 open = data_object(session, PLAIN);
	CK_ULONG size;

	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		1);
	EXPECT_RV(p11->C_GetObjectSize(session, secret, &size),
		CKR_OBJECT_HANDLE_INVALID);
	login_user(session);
	EXPECT_RV(p11->C_GetObjectSize(session, secret, &size),
		CKR_OBJECT_HANDLE_INVALID);
	expect_either(p11->C_GetObjectSize(session, open, &size), CKR_OK,
		CKR_INFORMATION_SENSITIVE);
}

/* The handle from before stays with the object or becomes invalid. */
CLAIM(private_token_objects_come_back_after_login, "BASE 5.6.10")
{
	CK_SESSION_HANDLE session = user_session();

	data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE),
		FLAG(CKA_PRIVATE, CK_TRUE)));
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		0);
	login_user(session);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		1);
}

CLAIM(logout_ends_running_operations_with_private_keys, "BASE 5.6.10")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE data[] = "data", signature[512];
	CK_ULONG length = sizeof(signature);
	CK_RV rv;

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	rv = p11->C_Sign(session, data, sizeof(data), signature, &length);
	expect_either(rv, CKR_OPERATION_NOT_INITIALIZED,
		CKR_USER_NOT_LOGGED_IN);
}

CLAIM(session_cancel_ends_the_named_operations, "BASE 5.6.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE data[] = "data", out[512];
	CK_ULONG length = sizeof(out);

	need_3_0();
	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  rsa_private(session, PLAIN)), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_SessionCancel(session, CKF_SIGN), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, data, sizeof(data), out, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	length = sizeof(out);
	EXPECT_RV(p11->C_Digest(session, data, sizeof(data), out, &length),
		CKR_OK);
}

CLAIM(session_cancel_ends_a_search, "BASE 5.6.5")
{
	CK_SESSION_HANDLE session = public_session();

	need_3_0();
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
	EXPECT_RV(p11->C_SessionCancel(session, CKF_FIND_OBJECTS), CKR_OK);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
}

CLAIM(login_user_with_a_name_is_for_named_users, "BASE 5.6.9")
{
	CK_SESSION_HANDLE session = public_session();

	need_3_0();
	EXPECT_RV(p11->C_LoginUser(session, CKU_USER, TEXT_OF(USER_PIN), NULL,
			  0), CKR_OK);
	EXPECT_NUMBER(state_of(session), CKS_RW_USER_FUNCTIONS);
}

CLAIM(operation_state_is_saved_or_not_supported, "BASE 5.6.6")
{
	CK_SESSION_HANDLE session = public_session();
	CK_ULONG length = 0;
	CK_RV rv;

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	rv = p11->C_GetOperationState(session, NULL, &length);
	if (rv != CKR_FUNCTION_NOT_SUPPORTED)
		expect_either(rv, CKR_OK, CKR_STATE_UNSAVEABLE);
}

CLAIM(context_login_without_its_operation_is_refused, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = user_session();

	EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
			  TEXT_OF(USER_PIN)), CKR_OPERATION_NOT_INITIALIZED);
}

CLAIM(a_thousand_sessions_open_and_close, "BASE 5.6.1")
{
	CK_SESSION_HANDLE sessions[1000];
	size_t i;

	fresh_token();
	for (i = 0; i < 1000; i++)
		sessions[i] = open_session(i % 2 ? CKF_RW_SESSION : 0);
	for (i = 0; i < 1000; i++)
		EXPECT_RV(p11->C_CloseSession(sessions[i]), CKR_OK);
}
