/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: made, copied, read, changed, destroyed. */

#include "config.h"

#include "tests/conformance/kit.h"

CLAIM(created_data_object_reads_back, "BASE 5.7.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session, PLAIN);
	CK_BYTE *value;
	size_t length;

	EXPECT_NUMBER(number_of(session, object, CKA_CLASS), CKO_DATA);
	EXPECT_NUMBER(flag_of(session, object, CKA_TOKEN), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, object, CKA_PRIVATE), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, object, CKA_MODIFIABLE), CK_TRUE);
	value = value_of(session, object, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, "value", 5);
}

CLAIM(copyable_and_destroyable_are_true_by_default, "BASE 4.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session, PLAIN);

	EXPECT_NUMBER(flag_of(session, object, CKA_COPYABLE), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, object, CKA_DESTROYABLE), CK_TRUE);
}

CLAIM(objects_have_unique_ids, "BASE 4.4.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE one, other;
	CK_BYTE *id, *other_id;
	size_t length, other_length;

	need_3_0();
	one = data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	other = data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	id = value_of(session, one, CKA_UNIQUE_ID, &length);
	other_id = value_of(session, other, CKA_UNIQUE_ID, &other_length);
	EXPECT(length > 0);
	EXPECT(length != other_length || memcmp(id, other_id, length) != 0);
	EXPECT_RV(p11->C_SetAttributeValue(session, one, TEMPLATE(
			  STRING(CKA_UNIQUE_ID, "mine"))),
		CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(create_needs_a_class, "BASE 4.1.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = 77;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  STRING(CKA_LABEL, "no class")), &object),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_RV(p11->C_CreateObject(session, NULL, 1, &object),
		CKR_ARGUMENTS_BAD);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA)), NULL),
		CKR_ARGUMENTS_BAD);
}

CLAIM(create_refuses_attributes_of_other_classes, "BASE 4.1.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA),
			  FLAG(CKA_SIGN, CK_TRUE)), &object),
		CKR_ATTRIBUTE_TYPE_INVALID);
}

CLAIM(create_refuses_values_that_are_none, "BASE 4.1.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_BBOOL long_flag[2] = { CK_TRUE, CK_TRUE };

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA),
			  BYTES(CKA_TOKEN, long_flag, 2)), &object),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(create_refuses_read_only_attributes, "BASE 4.1.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			  NUMBER(CKA_KEY_TYPE, CKK_AES),
			  STRING(CKA_VALUE, "0123456789abcdef"),
			  FLAG(CKA_LOCAL, CK_TRUE)), &object),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			  NUMBER(CKA_KEY_TYPE, CKK_AES),
			  STRING(CKA_VALUE, "0123456789abcdef"),
			  FLAG(CKA_ALWAYS_SENSITIVE, CK_TRUE)), &object),
		CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(certificates_are_stored_and_read, "BASE 4.6.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = create(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_CERTIFICATE),
		NUMBER(CKA_CERTIFICATE_TYPE, CKC_X_509),
		FLAG(CKA_TOKEN, CK_TRUE), FLAG(CKA_PRIVATE, CK_FALSE),
		STRING(CKA_SUBJECT, "0subject"), STRING(CKA_ISSUER, "0issuer"),
		STRING(CKA_SERIAL_NUMBER, "\002\001\005"),
		STRING(CKA_ID, "id"), STRING(CKA_VALUE, "0certificate")));
	CK_BYTE *value;
	size_t length;

	value = value_of(session, object, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, "0certificate", 12);
	EXPECT_NUMBER(flag_of(session, object, CKA_TRUSTED), CK_FALSE);
	EXPECT_NUMBER(number_of(session, object, CKA_CERTIFICATE_TYPE),
		CKC_X_509);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_ISSUER, "0issuer"),
			      STRING(CKA_SERIAL_NUMBER, "\002\001\005")),
			      NULL), 1);
}

CLAIM(certificates_need_a_subject_and_value, "BASE 4.6.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_CERTIFICATE),
			  NUMBER(CKA_CERTIFICATE_TYPE, CKC_X_509)), &object),
		CKR_TEMPLATE_INCOMPLETE);
}

/* Only the SO may. NSS softoken lets anyone. */
CLAIM(users_cannot_make_certificates_trusted, "BASE 4.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_RV rv;

	need_objects_made(session);
	rv = p11->C_CreateObject(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_CERTIFICATE),
		NUMBER(CKA_CERTIFICATE_TYPE, CKC_X_509),
		FLAG(CKA_TRUSTED, CK_TRUE), STRING(CKA_SUBJECT, "0subject"),
		STRING(CKA_VALUE, "0certificate")), &object);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_USER_NOT_LOGGED_IN);
}

CLAIM(token_objects_outlive_the_library, "BASE 4.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_BYTE *value;
	size_t length;

	data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	initialize_again();
	session = open_session(0);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")),
			      &object), 1);
	value = value_of(session, object, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, "value", 5);
}

CLAIM(read_only_sessions_make_no_token_objects, "BASE 5.7.1")
{
	CK_SESSION_HANDLE writer = user_session(), session = open_session(0);
	CK_OBJECT_HANDLE object;

	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA),
			  FLAG(CKA_TOKEN, CK_TRUE)), &object),
		CKR_SESSION_READ_ONLY);
	data_object(session, PLAIN);
	object = data_object(writer, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  STRING(CKA_LABEL, "new"))), CKR_SESSION_READ_ONLY);
	EXPECT_RV(p11->C_DestroyObject(session, object),
		CKR_SESSION_READ_ONLY);
}

CLAIM(private_objects_need_a_login_to_be_made, "BASE 5.7.1")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE object;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_DATA),
			  FLAG(CKA_PRIVATE, CK_TRUE)), &object),
		CKR_USER_NOT_LOGGED_IN);
}

CLAIM(private_objects_are_invisible_before_login, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = rsa_private(session,
		TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE), STRING(CKA_LABEL, "k")));
	CK_ATTRIBUTE label = { CKA_LABEL, NULL, 0 };
	CK_ULONG size;

	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "k")), NULL),
		0);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, &label, 1),
		CKR_OBJECT_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetObjectSize(session, object, &size),
		CKR_OBJECT_HANDLE_INVALID);
	EXPECT_RV(p11->C_DestroyObject(session, object),
		CKR_OBJECT_HANDLE_INVALID);
	expect_either(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS), object),
		CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN);
}

CLAIM(destroyed_objects_are_gone, "BASE 5.7.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session,
		TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));

	EXPECT_RV(p11->C_DestroyObject(session, object), CKR_OK);
	EXPECT_RV(p11->C_DestroyObject(session, object),
		CKR_OBJECT_HANDLE_INVALID);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		0);
	EXPECT_RV(p11->C_DestroyObject(session, 0), CKR_OBJECT_HANDLE_INVALID);
}

CLAIM(indestructible_objects_stay, "BASE 4.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session,
		TEMPLATE(FLAG(CKA_DESTROYABLE, CK_FALSE)));

	EXPECT_RV(p11->C_DestroyObject(session, object),
		CKR_ACTION_PROHIBITED);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		1);
}

CLAIM(unmodifiable_objects_stay_as_they_are, "BASE 4.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session,
		TEMPLATE(FLAG(CKA_MODIFIABLE, CK_FALSE)));

	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  STRING(CKA_LABEL, "new"))), CKR_ACTION_PROHIBITED);
}

CLAIM(uncopyable_objects_are_not_copied, "BASE 4.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE copy, object = data_object(session,
		TEMPLATE(FLAG(CKA_COPYABLE, CK_FALSE)));

	EXPECT_RV(p11->C_CopyObject(session, object, NULL, 0, &copy),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  FLAG(CKA_COPYABLE, CK_TRUE))),
		CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(copies_are_objects_of_their_own, "BASE 5.7.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session, PLAIN), copy;
	CK_BYTE *value;
	size_t length;

	EXPECT_RV(p11->C_CopyObject(session, object, TEMPLATE(
			  STRING(CKA_LABEL, "copy"), FLAG(CKA_TOKEN, CK_TRUE)),
			  &copy), CKR_OK);
	EXPECT_RV(p11->C_DestroyObject(session, object), CKR_OK);
	value = value_of(session, copy, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, "value", 5);
	value = value_of(session, copy, CKA_LABEL, &length);
	EXPECT_BYTES(value, length, "copy", 4);
	EXPECT_NUMBER(flag_of(session, copy, CKA_TOKEN), CK_TRUE);
}

CLAIM(copies_cannot_change_what_they_are, "BASE 5.7.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE copy, object = aes_key(session, PLAIN);
	CK_RV rv;

	rv = p11->C_CopyObject(session, object,
		TEMPLATE(NUMBER(CKA_CLASS, CKO_DATA)), &copy);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	rv = p11->C_CopyObject(session, object,
		TEMPLATE(STRING(CKA_VALUE, "0123456789abcdef")), &copy);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_CopyObject(session, 0, NULL, 0, &copy),
		CKR_OBJECT_HANDLE_INVALID);
}

CLAIM(attributes_too_small_tell_so, "BASE 5.7.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = some_object(session);
	CK_BYTE *expected, *value;
	CK_BYTE label[2];
	size_t length;
	CK_ATTRIBUTE template[] = {
		{ CKA_LABEL, label, sizeof(label) },
		{ CKA_VALUE, NULL, 0 },
	};

	expected = value_of(session, object, CKA_VALUE, &length);
	value = test_memory(length);
	template[1] = BYTES(CKA_VALUE, value, length);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, template, 2),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_BYTES(value, template[1].ulValueLen, expected, length);
}

CLAIM(attributes_without_room_tell_their_length, "BASE 5.7.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = some_object(session);
	CK_ATTRIBUTE template[] = {
		{ CKA_LABEL, NULL, 99 },
		{ CKA_CLASS, NULL, 99 },
	};
	size_t length;

	value_of(session, object, CKA_LABEL, &length);
	EXPECT(length > 2);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, template, 2),
		CKR_OK);
	EXPECT_NUMBER(template[0].ulValueLen, length);
	EXPECT_NUMBER(template[1].ulValueLen, sizeof(CK_ULONG));
}

CLAIM(attributes_that_it_lacks_spoil_only_themselves, "BASE 5.7.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = some_object(session);
	CK_BYTE label[256], modulus[16], *expected;
	CK_ATTRIBUTE template[] = {
		{ CKA_MODULUS, modulus, sizeof(modulus) },
		{ CKA_LABEL, label, sizeof(label) },
	};
	size_t length;

	expected = value_of(session, object, CKA_LABEL, &length);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, template, 2),
		CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_NUMBER(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_BYTES(label, template[1].ulValueLen, expected, length);
}

CLAIM(sensitive_attributes_spoil_only_themselves, "BASE 5.7.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = rsa_private(session,
		TEMPLATE(STRING(CKA_LABEL, "key")));
	CK_BYTE label[256], secret[512], *expected;
	CK_ATTRIBUTE template[] = {
		{ CKA_PRIVATE_EXPONENT, secret, sizeof(secret) },
		{ CKA_LABEL, label, sizeof(label) },
		{ CKA_PRIME_1, NULL, 0 },
	};
	size_t length;

	memset(secret, 0xa5, sizeof(secret));
	expected = value_of(session, object, CKA_LABEL, &length);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, template, 3),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_NUMBER(template[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(template[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_BYTES(label, template[1].ulValueLen, expected, length);
	EXPECT_NUMBER(secret[0], 0xa5);
	EXPECT_NUMBER(secret[256], 0xa5);
}

CLAIM(attributes_of_no_object_are_refused, "BASE 5.7.5")
{
	CK_SESSION_HANDLE session = user_session();
	CK_ATTRIBUTE label = { CKA_LABEL, NULL, 0 };

	EXPECT_RV(p11->C_GetAttributeValue(session, 0x3ffffff, &label, 1),
		CKR_OBJECT_HANDLE_INVALID);
	EXPECT_RV(p11->C_GetAttributeValue(session, some_object(session), NULL,
			  1), CKR_ARGUMENTS_BAD);
}

CLAIM(set_attribute_changes_and_keeps, "BASE 5.7.6")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session,
		TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)));
	CK_BYTE *value;
	size_t length;

	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  STRING(CKA_LABEL, "a longer label"))), CKR_OK);
	value = value_of(session, object, CKA_LABEL, &length);
	EXPECT_BYTES(value, length, "a longer label", 14);
	EXPECT_NUMBER(find(session, TEMPLATE(
			      STRING(CKA_LABEL, "a longer label")), NULL), 1);
	EXPECT_NUMBER(find(session, TEMPLATE(STRING(CKA_LABEL, "note")), NULL),
		0);
}

/* "The Cryptoki library leaves the object unmodified." SoftHSM2 does not. */
CLAIM(refused_changes_change_nothing, "BASE 4.1.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = aes_key(session,
		TEMPLATE(STRING(CKA_LABEL, "old")));
	CK_BYTE *value;
	size_t length;

	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  STRING(CKA_LABEL, "new"),
			  NUMBER(CKA_CLASS, CKO_DATA))),
		CKR_ATTRIBUTE_READ_ONLY);
	value = value_of(session, object, CKA_LABEL, &length);
	EXPECT_BYTES(value, length, "old", 3);
}

CLAIM(set_attribute_refuses_what_the_class_lacks, "BASE 4.1.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = data_object(session, PLAIN);

	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  FLAG(CKA_SIGN, CK_TRUE))),
		CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_RV(p11->C_SetAttributeValue(session, object, TEMPLATE(
			  FLAG(CKA_TOKEN, CK_TRUE))), CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(object_size_is_a_number_or_unavailable, "BASE 5.7.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object = some_object(session);
	CK_ULONG size = 0;

	EXPECT_RV(p11->C_GetObjectSize(session, object, &size), CKR_OK);
	EXPECT(size > 0);
	EXPECT_RV(p11->C_GetObjectSize(session, object, NULL),
		CKR_ARGUMENTS_BAD);
}

/* A search for a known class is the profile's own test. */
CLAIM(profile_objects_say_what_the_token_is, "BASE 4.13")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE object;

	need_3_0();
	EXPECT(find(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_PROFILE)),
		&object) >= 1);
	EXPECT(number_of(session, object, CKA_PROFILE_ID) > 0);
}

CLAIM(large_values_are_kept, "BASE 4.5")
{
	static CK_BYTE large[200000];
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE object;
	CK_BYTE *value;
	size_t length;

	memset(large, 'x', sizeof(large));
	object = data_object(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE),
		BYTES(CKA_VALUE, large, sizeof(large))));
	value = value_of(session, object, CKA_VALUE, &length);
	EXPECT_BYTES(value, length, large, sizeof(large));
}
