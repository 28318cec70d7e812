/* SPDX-License-Identifier: BSD-2-Clause */
/* The soft token's function list, called directly: from an empty folder to a
 * signature, and what other processes and threads do to it. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <string.h>

TEST(a_fresh_folder_shows_one_blank_slot)
{
	CK_SLOT_ID slots[4];
	CK_ULONG count = 4;
	CK_TOKEN_INFO info;

	kit_start();
	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_RV(p11->C_GetTokenInfo(slots[0], &info), CKR_OK);
	EXPECT(!(info.flags & CKF_TOKEN_INITIALIZED));
	EXPECT(info.flags & CKF_LOGIN_REQUIRED);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

TEST(a_created_rsa_key_signs_and_its_signature_verifies)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE private, public, found;
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE signature[256], text[] = "the privy seal";
	CK_ULONG length = sizeof(signature), count;
	CK_ATTRIBUTE by_id[] = { kit_number(CKA_CLASS, &kit_private_class),
		kit_bytes(CKA_ID, "\1\2\3", 3) };

	kit_generate_pair(session, true, &public, &private);
	EXPECT_RV(p11->C_FindObjectsInit(session, by_id, 2), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, &found, 1, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	EXPECT_NUMBER(found, private);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_RV(p11->C_SignInit(session, &mechanism, private), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, &mechanism, public), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, sizeof(text), signature, length),
		CKR_OK);
	text[0] ^= 1;
	EXPECT_RV(p11->C_VerifyInit(session, &mechanism, public), CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, sizeof(text), signature, length),
		CKR_SIGNATURE_INVALID);
}
