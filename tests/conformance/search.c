/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches: what they match, and how they give it. */

#include "config.h"

#include "tests/conformance/kit.h"

CLAIM(searches_match_all_attributes, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();

	data_object(session, TEMPLATE(STRING(CKA_LABEL, "one")));
	data_object(session, TEMPLATE(STRING(CKA_LABEL, "two")));
	data_object(session, TEMPLATE(STRING(CKA_LABEL, "two"),
		STRING(CKA_VALUE, "other"), FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_NUMBER(find(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA)),
			      NULL), 3);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "two")), NULL),
		2);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "two"),
			      FLAG(CKA_TOKEN, CK_TRUE)), NULL), 1);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "two"),
			      STRING(CKA_VALUE, "none")), NULL), 0);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "tw")), NULL),
		0);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_APPLICATION, "suite"),
			      NUMBER(CKA_CLASS, CKO_DATA)), NULL), 3);
}

/* What is there, however it came to be there. */
CLAIM(objects_are_found_by_what_they_show, "BASE 5.7.7")
{
	static const CK_ATTRIBUTE_TYPE shown[] = { CKA_CLASS, CKA_LABEL,
		CKA_VALUE };
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = some_object(session), found;
	CK_ATTRIBUTE template[3];
	size_t i, length;

	for (i = 0; i < 3; i++) {
		template[i] = BYTES(shown[i],
			value_of(session, object, shown[i], &length), 0);
		template[i].ulValueLen = length;
	}
	EXPECT_NUMBER(find(session, template, 3, &found), 1);
	EXPECT_NUMBER(found, object);
	((CK_BYTE *)template[2].pValue)[length - 1] ^= 1;
	EXPECT_NUMBER(find(session, template, 3, NULL), 0);
	EXPECT(find(session, template, 2, NULL) >= 1);
}

CLAIM(searches_for_unknown_things_find_nothing, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();

	some_object(session);
	EXPECT_NUMBER(find(session, TEMPLATE(NUMBER(CKA_CLASS, 0xce534353)),
			      NULL), 0);
	EXPECT_NUMBER(find(session, TEMPLATE(NUMBER(0x80001234, 1)), NULL), 0);
}

CLAIM(searches_for_a_number_of_another_size_find_nothing, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_ULONG found = 0;
	CK_RV rv;

	some_object(session);
	rv = p11->C_FindObjectsInit(
		session, TEMPLATE(BYTES(CKA_CLASS, "x", 1)));
	expect_either(rv, CKR_OK, CKR_ATTRIBUTE_VALUE_INVALID);
	if (rv != CKR_OK)
		return;
	EXPECT_RV(p11->C_FindObjects(session, &object, 1, &found), CKR_OK);
	EXPECT_NUMBER(found, 0);
}

CLAIM(searches_for_empty_values_match_empty_values, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();

	data_object(session, TEMPLATE(BYTES(CKA_LABEL, "", 0)));
	data_object(session, PLAIN);
	EXPECT_NUMBER(find(session, TEMPLATE(BYTES(CKA_LABEL, NULL, 0),
			      NUMBER(CKA_CLASS, CKO_DATA)), NULL), 1);
}

CLAIM(searches_without_value_memory_are_refused, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_ATTRIBUTE template[] = { { CKA_LABEL, NULL, 8 } };
	CK_RV rv = p11->C_FindObjectsInit(session, template, 1);

	expect_either(rv, CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(searches_give_results_in_pieces, "BASE 5.7.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE objects[8];
	CK_ULONG found, i;

	for (i = 0; i < 5; i++)
		some_object(session);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, objects, 2, &found), CKR_OK);
	EXPECT_NUMBER(found, 2);
	EXPECT_RV(p11->C_FindObjects(session, objects + 2, 2, &found), CKR_OK);
	EXPECT_NUMBER(found, 2);
	EXPECT_RV(p11->C_FindObjects(session, objects + 4, 2, &found), CKR_OK);
	EXPECT(found >= 1);
	EXPECT(objects[0] != objects[1] && objects[1] != objects[2] &&
		objects[2] != objects[3] && objects[3] != objects[4]);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
}

CLAIM(searches_stand_still_while_objects_change, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session(),
			  other = open_session(CKF_RW_SESSION);
	CK_OBJECT_HANDLE one = data_object(other, PLAIN), objects[8];
	CK_ULONG found;

	data_object(other, PLAIN);
	EXPECT_RV(p11->C_FindObjectsInit(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA))), CKR_OK);
	data_object(other, PLAIN);
	EXPECT_RV(p11->C_DestroyObject(other, one), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, objects, 8, &found), CKR_OK);
	EXPECT(found == 1 || found == 2);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
}

CLAIM(searches_need_their_beginning_and_end, "BASE 5.7.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_ULONG found;

	EXPECT_RV(p11->C_FindObjects(session, &object, 1, &found),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(p11->C_FindObjectsFinal(session),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0), CKR_OK);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 0),
		CKR_OPERATION_ACTIVE);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
	EXPECT_RV(p11->C_FindObjectsInit(session, NULL, 1),
		CKR_ARGUMENTS_BAD);
}

CLAIM(many_objects_are_all_found, "BASE 5.7.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE objects[512];
	CK_ULONG found, i;

	for (i = 0; i < 300; i++)
		data_object(session, TEMPLATE(
			NUMBER(CKA_OBJECT_ID, i), STRING(CKA_LABEL, "many")));
	EXPECT_RV(p11->C_FindObjectsInit(session, TEMPLATE(
			  STRING(CKA_LABEL, "many"))), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, objects, 512, &found), CKR_OK);
	EXPECT_NUMBER(found, 300);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
}
