/* SPDX-License-Identifier: BSD-2-Clause */
/* What layers know of a session's operations, and for how long. */

#include "config.h"

#include "keeper/layer.h"
#include "keeper/pending.h"
#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <string.h>

static CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
static const CK_FUNCTION_LIST_3_0 *layer;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static CK_BYTE text[] = "a text", signature[256];
static CK_ULONG room;

static void
set_up(void)
{
	CK_OBJECT_HANDLE public;

	session = kit_user_session();
	kit_generate_pair(session, true, &public, &key);
	layer = pending_wrap(p11);
	room = sizeof(signature);
}

static bool
is_pending(enum use use)
{
	struct pending pending;

	return pending_find(session, use, &pending);
}

TEST(an_operation_is_known_by_mechanism_and_key_until_it_ends)
{
	struct pending pending;
	CK_TOKEN_INFO info;
	CK_SESSION_INFO where;

	set_up();
	EXPECT(!is_pending(USE_SIGN));
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT(pending_find(session, USE_SIGN, &pending));
	EXPECT(!is_pending(USE_DECRYPT));
	EXPECT_RV(layer->C_GetSessionInfo(session, &where), CKR_OK);
	EXPECT_RV(layer->C_GetTokenInfo(where.slotID, &info), CKR_OK);
	EXPECT_NUMBER(pending.mechanism, CKM_SHA256_RSA_PKCS);
	EXPECT_NUMBER(pending.key.slot, where.slotID);
	EXPECT_NUMBER(pending.key.handle, key);
	EXPECT_NUMBER(pending.key.class, CKO_PRIVATE_KEY);
	EXPECT(pending.key.is_of_token);
	EXPECT_BYTES(pending.key.id, pending.key.id_length, "\1\2\3", 3);
	EXPECT_BYTES(pending.key.serial, strlen(pending.key.serial),
		info.serialNumber, sizeof(info.serialNumber));
	EXPECT_RV(layer->C_Sign(session, text, 6, signature, &room), CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
}

TEST(a_question_for_the_length_does_not_end_it)
{
	set_up();
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 6, NULL, &room), CKR_OK);
	EXPECT(is_pending(USE_SIGN));
	room = 1;
	EXPECT_RV(layer->C_Sign(session, text, 6, signature, &room),
		CKR_BUFFER_TOO_SMALL);
	EXPECT(is_pending(USE_SIGN));
	EXPECT_RV(layer->C_SignUpdate(session, text, 6), CKR_OK);
	EXPECT(is_pending(USE_SIGN));
	room = sizeof(signature);
	EXPECT_RV(layer->C_SignFinal(session, signature, &room), CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
}

TEST(what_was_refused_is_not_under_way)
{
	CK_MECHANISM wrong = { CKM_AES_GCM, NULL, 0 };

	set_up();
	EXPECT(layer->C_SignInit(session, &wrong, key) != CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
	/* A second one is refused, and the first goes on. */
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key),
		CKR_OPERATION_ACTIVE);
	EXPECT(is_pending(USE_SIGN));
	EXPECT_RV(layer->C_Verify(session, text, 6, signature, room),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT(is_pending(USE_SIGN));
}

TEST(a_cancelled_operation_is_over)
{
	set_up();
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_SessionCancel(session, CKF_DECRYPT), CKR_OK);
	EXPECT(is_pending(USE_SIGN));
	EXPECT_RV(layer->C_SessionCancel(session, CKF_SIGN), CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
}

TEST(closed_sessions_have_nothing_under_way)
{
	CK_SESSION_INFO info;

	set_up();
	EXPECT_RV(layer->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_CloseAllSessions(info.slotID), CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
	session = kit_session(info.slotID, CKF_RW_SESSION);
	kit_login(session);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_CloseSession(session), CKR_OK);
	EXPECT(!is_pending(USE_SIGN));
}

TEST(marks_stay_with_their_operation)
{
	struct pending pending;

	set_up();
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	pending_mark(session, USE_SIGN, PENDING_AUDITED);
	EXPECT(pending_find(session, USE_SIGN, &pending));
	EXPECT_NUMBER(pending.marks, PENDING_AUDITED);
	EXPECT_RV(layer->C_Sign(session, text, 6, signature, &room), CKR_OK);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT(pending_find(session, USE_SIGN, &pending));
	EXPECT_NUMBER(pending.marks, 0);
}

TEST(a_key_that_got_another_name_is_known_by_that)
{
	CK_ATTRIBUTE name = kit_text(CKA_LABEL, "another");
	struct pending pending;

	set_up();
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(layer->C_SetAttributeValue(session, key, &name, 1), CKR_OK);
	EXPECT_RV(layer->C_Sign(session, text, 6, signature, &room), CKR_OK);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT(pending_find(session, USE_SIGN, &pending));
	EXPECT_TEXT(pending.key.label, "another");
}

TEST(a_name_that_is_too_long_is_cut)
{
	static char whole[] = "0123456789012345678901234567890123456789"
			      "0123456789012345678901234567890123456789";
	CK_ATTRIBUTE name = kit_text(CKA_LABEL, whole);
	struct pending pending;

	set_up();
	EXPECT_RV(layer->C_SetAttributeValue(session, key, &name, 1), CKR_OK);
	EXPECT_RV(layer->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT(pending_find(session, USE_SIGN, &pending));
	whole[64] = '\0';
	EXPECT_TEXT(pending.key.label, whole);
}

TEST(a_layer_adds_no_call_to_a_token)
{
	CK_FUNCTION_LIST_3_0 poor, copy;

	kit_start();
	poor = *p11;
	poor.C_SignInit = NULL;
	EXPECT(!pending_wrap(&poor)->C_SignInit);
	poor.version = (CK_VERSION){ 2, 40 };
	layer_copy(&copy, &poor);
	EXPECT(copy.C_Sign == p11->C_Sign);
	EXPECT(!copy.C_MessageSignInit);
	EXPECT(!pending_wrap(&poor)->C_MessageSignInit);
}
