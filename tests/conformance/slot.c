/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots, tokens, mechanisms and how a token is initialised. */

#include "config.h"

#include "tests/conformance/kit.h"

static CK_UTF8CHAR new_label[] = "New label                       ";

CLAIM(slot_list_asks_for_room, "BASE 5.5.1")
{
	CK_SLOT_ID slots[16];
	CK_ULONG count = 0, length;

	initialize();
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	EXPECT(count >= 1 && count < 16);
	length = 0;
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, slots, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, count);
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, slots, &length), CKR_OK);
	EXPECT_NUMBER(length, count);
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, NULL, NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(slot_info_tells_of_the_token, "BASE 5.5.2")
{
	CK_SLOT_INFO info;

	fresh_token();
	EXPECT_RV(p11->C_GetSlotInfo(slot, &info), CKR_OK);
	EXPECT(info.flags & CKF_TOKEN_PRESENT);
	EXPECT(info.slotDescription[63] >= ' ');
	EXPECT_RV(p11->C_GetSlotInfo(slot, NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(unknown_slots_are_refused, "BASE 5.1.3")
{
	CK_SLOT_INFO slot_info;
	CK_TOKEN_INFO token;
	CK_MECHANISM_INFO mechanism;
	CK_SESSION_HANDLE session;
	CK_ULONG count = 0;
	CK_SLOT_ID none = 0x7ffffff0;

	fresh_token();
	EXPECT_RV(p11->C_GetSlotInfo(none, &slot_info), CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_GetTokenInfo(none, &token), CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_GetMechanismList(none, NULL, &count),
		CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_GetMechanismInfo(none, CKM_RSA_PKCS, &mechanism),
		CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_InitToken(none, TEXT_OF(SO_PIN), new_label),
		CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_OpenSession(none, CKF_SERIAL_SESSION, NULL, NULL,
			  &session), CKR_SLOT_ID_INVALID);
	EXPECT_RV(p11->C_CloseAllSessions(none), CKR_SLOT_ID_INVALID);
}

CLAIM(token_info_tells_the_truth, "BASE 3.2")
{
	CK_TOKEN_INFO token;

	fresh_token();
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(memcmp(token.label, "Conformance ", 12) == 0);
	EXPECT(token.label[31] == ' ');
	EXPECT(token.flags & CKF_TOKEN_INITIALIZED);
	EXPECT(token.flags & CKF_USER_PIN_INITIALIZED);
	EXPECT(token.flags & CKF_LOGIN_REQUIRED);
	EXPECT(token.flags & CKF_RNG);
	EXPECT(!(token.flags & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_COUNT_LOW |
		CKF_USER_PIN_FINAL_TRY)));
	EXPECT(token.ulMinPinLen <= strlen(USER_PIN));
	EXPECT(token.ulMaxPinLen >= strlen(USER_PIN));
	EXPECT_RV(p11->C_GetTokenInfo(slot, NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(session_counts_are_counted, "BASE 3.2")
{
	CK_TOKEN_INFO token;

	fresh_token();
	open_session(CKF_RW_SESSION);
	open_session(0);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	if (token.ulSessionCount != CK_UNAVAILABLE_INFORMATION)
		EXPECT_NUMBER(token.ulSessionCount, 2);
	if (token.ulRwSessionCount != CK_UNAVAILABLE_INFORMATION)
		EXPECT_NUMBER(token.ulRwSessionCount, 1);
}

CLAIM(mechanism_list_asks_for_room, "BASE 5.5.5")
{
	CK_MECHANISM_TYPE types[512];
	CK_ULONG count = 0, length = 1;

	fresh_token();
	EXPECT_RV(p11->C_GetMechanismList(slot, NULL, &count), CKR_OK);
	EXPECT(count > 10 && count < 512);
	EXPECT_RV(p11->C_GetMechanismList(slot, types, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(length, count);
	EXPECT_RV(p11->C_GetMechanismList(slot, types, &length), CKR_OK);
	EXPECT_RV(p11->C_GetMechanismList(slot, NULL, NULL),
		CKR_ARGUMENTS_BAD);
}

CLAIM(every_mechanism_says_what_it_is_for, "BASE 5.5.6")
{
	CK_MECHANISM_TYPE types[512];
	CK_MECHANISM_INFO info;
	CK_ULONG count = 512, i;
	CK_FLAGS uses = CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN |
		CKF_SIGN_RECOVER | CKF_VERIFY | CKF_VERIFY_RECOVER |
		CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP | CKF_UNWRAP |
		CKF_DERIVE;

	fresh_token();
	EXPECT_RV(p11->C_GetMechanismList(slot, types, &count), CKR_OK);
	for (i = 0; i < count; i++) {
		EXPECT_RV(p11->C_GetMechanismInfo(slot, types[i], &info),
			CKR_OK);
		EXPECT(info.ulMinKeySize <= info.ulMaxKeySize);
		if (!(info.flags & uses))
			test_fail(__FILE__, __LINE__,
				"mechanism 0x%lx has no use", types[i]);
	}
}

CLAIM(unknown_mechanism_has_no_info, "BASE 5.5.6")
{
	CK_MECHANISM_INFO info;

	fresh_token();
	EXPECT_RV(p11->C_GetMechanismInfo(slot, CKM_FORTEZZA_TIMESTAMP, &info),
		CKR_MECHANISM_INVALID);
}

CLAIM(slot_event_is_none_without_blocking, "BASE 5.5.4")
{
	CK_SLOT_ID where;

	initialize();
	expect_either(p11->C_WaitForSlotEvent(CKF_DONT_BLOCK, &where, NULL),
		CKR_NO_EVENT, CKR_FUNCTION_NOT_SUPPORTED);
}

CLAIM(init_token_needs_the_old_so_pin, "BASE 5.5.7")
{
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE session = user_session();

	data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_RV(p11->C_CloseAllSessions(slot), CKR_OK);
	EXPECT_RV(p11->C_InitToken(slot, TEXT_OF(WRONG_PIN), new_label),
		CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(memcmp(token.label, "Conformance ", 12) == 0);
	session = open_session(0);
	EXPECT_NUMBER(find(session,
			      TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA)), NULL), 1);
}

CLAIM(init_token_destroys_objects_and_the_user_pin, "BASE 5.5.7")
{
	CK_TOKEN_INFO token;
	CK_SESSION_HANDLE session = user_session();

	data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_RV(p11->C_CloseAllSessions(slot), CKR_OK);
	EXPECT_RV(p11->C_InitToken(slot, TEXT_OF(SO_PIN), new_label), CKR_OK);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(memcmp(token.label, new_label, 32) == 0);
	EXPECT(!(token.flags & CKF_USER_PIN_INITIALIZED));
	session = open_session(CKF_RW_SESSION);
	EXPECT_NUMBER(find(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA)),
			      NULL), 0);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)),
		CKR_USER_PIN_NOT_INITIALIZED);
}

CLAIM(init_token_is_refused_while_sessions_are_open, "BASE 5.5.7")
{
	public_session();
	EXPECT_RV(p11->C_InitToken(slot, TEXT_OF(SO_PIN), new_label),
		CKR_SESSION_EXISTS);
}

CLAIM(init_pin_needs_the_so, "BASE 5.5.8")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_InitPIN(session, TEXT_OF(NEW_PIN)),
		CKR_USER_NOT_LOGGED_IN);
	login_user(session);
	EXPECT_RV(p11->C_InitPIN(session, TEXT_OF(NEW_PIN)),
		CKR_USER_NOT_LOGGED_IN);
}

CLAIM(init_pin_by_the_so_keeps_the_keys, "BASE 5.5.8")
{
	CK_SESSION_HANDLE session = user_session();

	rsa_private(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	need_officer(session);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_RV(p11->C_InitPIN(session, TEXT_OF(NEW_PIN)), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)),
		CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(NEW_PIN)),
		CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(
			      NUMBER(CKA_CLASS, CKO_PRIVATE_KEY)), NULL), 1);
}

CLAIM(set_pin_changes_the_user_pin, "BASE 5.5.9")
{
	CK_SESSION_HANDLE session = user_session();

	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(WRONG_PIN),
			  TEXT_OF(NEW_PIN)), CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN),
			  TEXT_OF(NEW_PIN)), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)),
		CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(NEW_PIN)),
		CKR_OK);
}

CLAIM(set_pin_works_in_a_public_session, "BASE 5.5.9")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN),
			  TEXT_OF(NEW_PIN)), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(NEW_PIN)),
		CKR_OK);
}

CLAIM(set_pin_by_the_so_changes_the_so_pin, "BASE 5.5.9")
{
	CK_SESSION_HANDLE session = public_session();

	need_officer(session);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(SO_PIN),
			  TEXT_OF("another so pin 4")), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)),
		CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF("another so pin 4")),
		CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	login_user(session);
}

CLAIM(set_pin_needs_a_read_write_session, "BASE 5.5.9")
{
	CK_SESSION_HANDLE session;

	fresh_token();
	session = open_session(0);
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN),
			  TEXT_OF(NEW_PIN)), CKR_SESSION_READ_ONLY);
}

CLAIM(pins_outside_the_limits_are_refused, "BASE 5.5.9")
{
	static CK_UTF8CHAR long_pin[4096];
	CK_SESSION_HANDLE session = user_session();
	CK_TOKEN_INFO token;

	memset(long_pin, '7', sizeof(long_pin));
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(token.ulMaxPinLen < sizeof(long_pin));
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN), long_pin,
			  token.ulMaxPinLen + 1), CKR_PIN_LEN_RANGE);
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN), long_pin,
			  token.ulMinPinLen - 1), CKR_PIN_LEN_RANGE);
	EXPECT_RV(p11->C_SetPIN(session, TEXT_OF(USER_PIN), long_pin,
			  token.ulMaxPinLen), CKR_OK);
}

/* NSS softoken takes the PIN followed by a NUL byte. */
CLAIM(pin_is_compared_with_its_length, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_Login(session, CKU_USER,
			  (CK_UTF8CHAR *)(uintptr_t)USER_PIN,
			  strlen(USER_PIN) + 1), CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_Login(session, CKU_USER,
			  (CK_UTF8CHAR *)(uintptr_t)USER_PIN,
			  strlen(USER_PIN) - 1), CKR_PIN_INCORRECT);
}

/* How many tries there are is the token's; that they end is not. */
CLAIM(wrong_pins_lock_the_token, "OURS")
{
	CK_SESSION_HANDLE session = public_session();
	size_t length = strlen(WRONG_PIN);
	char guess[16];
	CK_TOKEN_INFO token;
	CK_RV rv = CKR_OK;
	int i;

	strcpy(guess, WRONG_PIN);
	for (i = 0; i < 100 && rv != CKR_PIN_LOCKED; i++) {
		guess[length - 2] = '0' + i / 10;
		guess[length - 1] = '0' + i % 10;
		rv = p11->C_Login(session, CKU_USER, TEXT_OF(guess));
		expect_either(rv, CKR_PIN_INCORRECT, CKR_PIN_LOCKED);
	}
	EXPECT_RV(rv, CKR_PIN_LOCKED);
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)),
		CKR_PIN_LOCKED);
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(token.flags & CKF_USER_PIN_LOCKED);
}
