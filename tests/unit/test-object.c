/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects: what the conformance suite cannot reach, or is our own promise. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <pthread.h>
#include <string.h>

#define CKA_NSS_EMAIL 0xce534352UL
#define CKA_NSS_DB 0xd5a0db00UL

static const CK_ULONG x_509 = CKC_X_509;

/* The serial number as DER, as clients store it; its label tells them apart. */
static CK_OBJECT_HANDLE
create_certificate(
	CK_SESSION_HANDLE session, unsigned char number, const char *label)
{
	unsigned char serial[] = { 2, 2, 1, number };
	CK_ATTRIBUTE template[] = { kit_number(
					    CKA_CLASS, &kit_certificate_class),
		kit_number(CKA_CERTIFICATE_TYPE, &x_509),
		kit_flag(CKA_TOKEN, true), kit_text(CKA_LABEL, label),
		kit_text(CKA_SUBJECT, "subject"),
		kit_text(CKA_ISSUER, "issuer"),
		kit_bytes(CKA_SERIAL_NUMBER, serial, sizeof(serial)),
		kit_text(CKA_VALUE, "certificate") };
	CK_OBJECT_HANDLE object;

	EXPECT_RV(p11->C_CreateObject(session, template, 8, &object), CKR_OK);
	return object;
}

TEST(a_serial_number_is_found_with_and_without_its_der)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE wanted, found = 0;
	CK_ATTRIBUTE der[] = { kit_text(CKA_ISSUER, "issuer"),
		kit_bytes(CKA_SERIAL_NUMBER, "\2\2\1\7", 4) };
	CK_ATTRIBUTE raw[] = { kit_bytes(CKA_SERIAL_NUMBER, "\1\7", 2),
		kit_text(CKA_ISSUER, "issuer"),
		/* Not a column: real attributes are compared. */
		kit_flag(CKA_PRIVATE, false) };

	create_certificate(session, 6, "six");
	wanted = create_certificate(session, 7, "seven");
	EXPECT_NUMBER(kit_count(session, der, 2, &found), 1);
	EXPECT_NUMBER(found, wanted);
	EXPECT_NUMBER(kit_count(session, raw, 2, &found), 1);
	EXPECT_NUMBER(found, wanted);
	EXPECT_NUMBER(kit_count(session, raw, 3, &found), 1);
	EXPECT_NUMBER(found, wanted);
}

/* NSS adds them when it writes to any token. */
TEST(what_nss_adds_for_itself_is_taken_and_not_kept)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_ATTRIBUTE template[] = { kit_number(
					    CKA_CLASS, &kit_certificate_class),
		kit_number(CKA_CERTIFICATE_TYPE, &x_509),
		kit_text(CKA_SUBJECT, "subject"), kit_text(CKA_VALUE, "value"),
		kit_text(CKA_NSS_EMAIL, "alice@example.org") };
	CK_ATTRIBUTE email = { CKA_NSS_EMAIL, NULL, 0 };
	CK_OBJECT_HANDLE object;

	EXPECT_RV(p11->C_CreateObject(session, template, 5, &object), CKR_OK);
	EXPECT(p11->C_GetAttributeValue(session, object, &email, 1) != CKR_OK);
	EXPECT_NUMBER(email.ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(kit_count(session, &template[4], 1, NULL), 0);
}

TEST(profiles_are_seen_before_login_and_cannot_be_touched)
{
	static const CK_ULONG class = CKO_PROFILE,
			      public = CKP_PUBLIC_CERTIFICATES_TOKEN;
	CK_ATTRIBUTE template[] = { kit_number(CKA_CLASS, &class),
		kit_number(CKA_PROFILE_ID, &public) };
	CK_ATTRIBUTE label = kit_text(CKA_LABEL, "mine");
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE profile, copy;

	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(kit_count(session, template, 1, NULL), 4);
	EXPECT_NUMBER(kit_count(session, template, 2, &profile), 1);
	kit_login(session);
	EXPECT_RV(
		p11->C_DestroyObject(session, profile), CKR_ACTION_PROHIBITED);
	EXPECT_RV(p11->C_SetAttributeValue(session, profile, &label, 1),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(p11->C_CopyObject(session, profile, NULL, 0, &copy),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(p11->C_CreateObject(session, template, 2, &copy),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

/* That is what the profile of public certificates promises. */
TEST(certificates_are_never_private)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE object = create_certificate(session, 1, "one"), copy;
	CK_ATTRIBUTE private = kit_flag(CKA_PRIVATE, true);

	EXPECT_RV(p11->C_CopyObject(session, object, &private, 1, &copy),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(a_change_that_is_refused_changes_nothing)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE object = kit_create_data(session, true, true, "old");
	CK_ATTRIBUTE changes[] = { kit_text(CKA_LABEL, "new"),
		kit_flag(CKA_TOKEN, false) };
	CK_ATTRIBUTE old = kit_text(CKA_LABEL, "old");

	EXPECT_RV(p11->C_SetAttributeValue(session, object, changes, 2),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_NUMBER(kit_count(session, &old, 1, NULL), 1);
	EXPECT_RV(
		p11->C_SetAttributeValue(session, object, changes, 1), CKR_OK);
	EXPECT_NUMBER(kit_count(session, &old, 1, NULL), 0);
	EXPECT_NUMBER(kit_count(session, changes, 1, NULL), 1);
}

/* Two threads change two attributes of one object again and again: a change
 * made from what the object was before would undo the other's. */
static CK_SESSION_HANDLE racing_session;
static CK_OBJECT_HANDLE racing_object;

static void *
set_label_often(void *unused)
{
	CK_ATTRIBUTE label = kit_text(CKA_LABEL, "a new label");
	int i;

	for (i = 0; i < 100; i++)
		EXPECT_RV(p11->C_SetAttributeValue(
				  racing_session, racing_object, &label, 1),
			CKR_OK);
	return NULL;
}

static void *
set_application_often(void *unused)
{
	char application[] = "application 00";
	CK_ATTRIBUTE given = kit_text(CKA_APPLICATION, application);
	int i;

	for (i = 0; i < 100; i++) {
		application[12] = (char)('0' + i / 10);
		application[13] = (char)('0' + i % 10);
		EXPECT_RV(p11->C_SetAttributeValue(
				  racing_session, racing_object, &given, 1),
			CKR_OK);
		/* What was just set is there, whatever the other does. */
		EXPECT_NUMBER(kit_count(racing_session, &given, 1, NULL), 1);
	}
	return NULL;
}

static void
race(bool is_token)
{
	pthread_t threads[2];

	racing_object = kit_create_data(racing_session, is_token, true, "old");
	EXPECT(pthread_create(&threads[0], NULL, set_label_often, NULL) == 0);
	EXPECT(pthread_create(&threads[1], NULL, set_application_often, NULL) ==
		0);
	EXPECT(pthread_join(threads[0], NULL) == 0);
	EXPECT(pthread_join(threads[1], NULL) == 0);
	EXPECT_RV(p11->C_DestroyObject(racing_session, racing_object), CKR_OK);
}

TEST(no_change_is_lost_under_another)
{
	racing_session = kit_user_session();
	race(true);
	race(false);
}

/* An AES key whose template names no uses. */
static CK_OBJECT_HANDLE
generate_aes(CK_SESSION_HANDLE session, bool is_token)
{
	static const CK_ULONG length = 32;
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_flag(CKA_TOKEN, is_token),
		kit_number(CKA_VALUE_LEN, &length) };
	CK_OBJECT_HANDLE key;

	EXPECT_RV(p11->C_GenerateKey(session, &mechanism, template, 2, &key),
		CKR_OK);
	return key;
}

TEST(session_keys_are_readable_and_token_keys_are_not)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE fleeting = generate_aes(session, false),
			 lasting = generate_aes(session, true);
	CK_BYTE value[32];
	CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };

	EXPECT_RV(
		p11->C_GetAttributeValue(session, fleeting, &read, 1), CKR_OK);
	EXPECT(kit_flag_of(session, fleeting, CKA_UNWRAP));
	read.ulValueLen = sizeof(value);
	EXPECT_RV(p11->C_GetAttributeValue(session, lasting, &read, 1),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT(kit_flag_of(session, lasting, CKA_SENSITIVE));
	EXPECT(!kit_flag_of(session, lasting, CKA_EXTRACTABLE));
	EXPECT(kit_flag_of(session, lasting, CKA_PRIVATE));
	EXPECT(kit_flag_of(session, lasting, CKA_DECRYPT));
	EXPECT(!kit_flag_of(session, lasting, CKA_WRAP));
}

TEST(a_token_key_may_not_both_wrap_and_decrypt)
{
	static const CK_ULONG length = 16;
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM mechanism = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_VALUE_LEN, &length),
		kit_flag(CKA_WRAP, true), kit_flag(CKA_DECRYPT, true),
		kit_flag(CKA_TOKEN, true) };
	CK_OBJECT_HANDLE key, copy;

	EXPECT_RV(p11->C_GenerateKey(session, &mechanism, template, 4, &key),
		CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_GenerateKey(session, &mechanism, template, 3, &key),
		CKR_OK);
	EXPECT_RV(p11->C_CopyObject(session, key, &template[3], 1, &copy),
		CKR_TEMPLATE_INCONSISTENT);
}

/* What unwraps a key decides what becomes of it. [PKCS11 4.9, 4.10] */
TEST(a_wrapping_key_imposes_its_templates)
{
	static const CK_ULONG length = 32;
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 },
		     wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ATTRIBUTE demanded[] = { kit_flag(CKA_EXTRACTABLE, false),
		kit_text(CKA_LABEL, "theirs") };
	CK_ATTRIBUTE wanted[] = { kit_flag(CKA_ENCRYPT, true) };
	CK_ATTRIBUTE template[] = { kit_number(CKA_VALUE_LEN, &length),
		kit_bytes(CKA_UNWRAP_TEMPLATE, demanded, sizeof(demanded)),
		kit_bytes(CKA_WRAP_TEMPLATE, wanted, sizeof(wanted)) };
	CK_ATTRIBUTE unwrapped[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes),
		kit_flag(CKA_EXTRACTABLE, true) };
	CK_ATTRIBUTE no_encryption = kit_flag(CKA_ENCRYPT, false);
	CK_OBJECT_HANDLE wrapping, key, copy;
	CK_BYTE wrapped[64];
	CK_ULONG size = sizeof(wrapped);

	EXPECT_RV(
		p11->C_GenerateKey(session, &generate, template, 3, &wrapping),
		CKR_OK);
	key = generate_aes(session, false);
	EXPECT_RV(p11->C_CopyObject(session, key, &no_encryption, 1, &copy),
		CKR_OK);
	EXPECT_RV(
		p11->C_WrapKey(session, &wrap, wrapping, copy, wrapped, &size),
		CKR_KEY_HANDLE_INVALID);
	size = sizeof(wrapped);
	EXPECT_RV(p11->C_WrapKey(session, &wrap, wrapping, key, wrapped, &size),
		CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, &wrap, wrapping, wrapped, size,
			  unwrapped, 3, &copy),
		CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_UnwrapKey(session, &wrap, wrapping, wrapped, size,
			  unwrapped, 2, &copy),
		CKR_OK);
	EXPECT(!kit_flag_of(session, copy, CKA_EXTRACTABLE));
	EXPECT_NUMBER(kit_count(session, &demanded[1], 1, NULL), 1);
}

/* A private key leaves and comes back as PKCS #8, when it may. */
TEST(a_private_key_travels_wrapped)
{
	static const CK_ULONG length = 32, bits = 2048;
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM make_aes = { CKM_AES_KEY_GEN, NULL, 0 },
		     make_rsa = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 },
		     wrap = { CKM_AES_KEY_WRAP_KWP, NULL, 0 },
		     hash = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE of_aes[] = { kit_number(CKA_VALUE_LEN, &length) },
		     of_public[] = { kit_number(CKA_MODULUS_BITS, &bits) },
		     of_private[] = { kit_flag(CKA_EXTRACTABLE, true) };
	CK_ATTRIBUTE unwrapped[] = { kit_number(CKA_CLASS, &kit_private_class),
		kit_number(CKA_KEY_TYPE, &kit_rsa), kit_flag(CKA_TOKEN, true) };
	CK_ATTRIBUTE wrong_type[] = { unwrapped[0],
		kit_number(CKA_KEY_TYPE, &kit_ec) };
	CK_OBJECT_HANDLE wrapping, public, private, back;
	CK_BYTE wrapped[4096], signature[256], text[] = "text";
	CK_ULONG size = sizeof(wrapped), signed_size = sizeof(signature);

	EXPECT_RV(p11->C_GenerateKey(session, &make_aes, of_aes, 1, &wrapping),
		CKR_OK);
	EXPECT_RV(p11->C_GenerateKeyPair(session, &make_rsa, of_public, 1,
			  of_private, 1, &public, &private),
		CKR_OK);
	EXPECT_RV(p11->C_WrapKey(
			  session, &wrap, wrapping, private, wrapped, &size),
		CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, &wrap, wrapping, wrapped, size,
			  wrong_type, 2, &back),
		CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_UnwrapKey(session, &wrap, wrapping, wrapped, size,
			  unwrapped, 3, &back),
		CKR_OK);
	EXPECT(kit_flag_of(session, back, CKA_SENSITIVE));
	EXPECT(!kit_flag_of(session, back, CKA_EXTRACTABLE));
	EXPECT(!kit_flag_of(session, back, CKA_ALWAYS_SENSITIVE));
	EXPECT(!kit_flag_of(session, back, CKA_LOCAL));
	EXPECT_RV(p11->C_SignInit(session, &hash, back), CKR_OK);
	EXPECT_RV(p11->C_Sign(
			  session, text, sizeof(text), signature, &signed_size),
		CKR_OK);
	EXPECT_RV(p11->C_VerifyInit(session, &hash, public), CKR_OK);
	EXPECT_RV(p11->C_Verify(
			  session, text, sizeof(text), signature, signed_size),
		CKR_OK);
	EXPECT_RV(
		p11->C_WrapKey(session, &wrap, wrapping, back, wrapped, &size),
		CKR_KEY_UNEXTRACTABLE);
}

/* As NSS opens mail that was encrypted to an EC key (RFC 5753): what it derives
 * says only that it wraps, and is to unwrap the content key all the same. */
TEST(what_ecdh_derives_unwraps_the_content_key)
{
	static const CK_ULONG size = 32;
	static const CK_MECHANISM_TYPE wraps[] = { CKM_AES_KEY_WRAP,
		CKM_NSS_AES_KEY_WRAP };
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE public, private, derived, content, back;
	CK_BYTE point[80], wrapped[64], value[32], again[32];
	CK_ATTRIBUTE its_point = { CKA_EC_POINT, point, sizeof(point) };
	CK_ATTRIBUTE readable = { CKA_VALUE, value, sizeof(value) };
	CK_ATTRIBUTE read_again = { CKA_VALUE, again, sizeof(again) };
	CK_ATTRIBUTE of_derived[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes), kit_flag(CKA_WRAP, true),
		kit_number(CKA_VALUE_LEN, &size) };
	CK_ATTRIBUTE of_content[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes),
		kit_flag(CKA_DECRYPT, true) };
	CK_ECDH1_DERIVE_PARAMS with = { CKD_SHA384_KDF, 6,
		(CK_BYTE[]){ "shared" }, 0, NULL };
	CK_MECHANISM derive = { CKM_ECDH1_DERIVE, &with, sizeof(with) };
	CK_MECHANISM wrap = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_ULONG length;
	size_t i;

	kit_generate_ec_pair(session, true, &public, &private);
	EXPECT_RV(p11->C_GetAttributeValue(session, public, &its_point, 1),
		CKR_OK);
	/* The point itself, without the OCTET STRING around it. */
	with.pPublicData = point + 2;
	with.ulPublicDataLen = its_point.ulValueLen - 2;
	EXPECT_RV(p11->C_DeriveKey(
			  session, &derive, private, of_derived, 4, &derived),
		CKR_OK);
	content = generate_aes(session, false);
	EXPECT_RV(p11->C_GetAttributeValue(session, content, &readable, 1),
		CKR_OK);
	for (i = 0; i < 2; i++) {
		wrap.mechanism = wraps[i];
		length = sizeof(wrapped);
		EXPECT_RV(p11->C_WrapKey(session, &wrap, derived, content,
				  wrapped, &length),
			CKR_OK);
		EXPECT_RV(p11->C_UnwrapKey(session, &wrap, derived, wrapped,
				  length, of_content, 3, &back),
			CKR_OK);
		read_again.ulValueLen = sizeof(again);
		EXPECT_RV(
			p11->C_GetAttributeValue(session, back, &read_again, 1),
			CKR_OK);
		EXPECT_BYTES(again, read_again.ulValueLen, value, 32);
	}
}

TEST(a_search_for_a_template_of_nothing_finds_nothing)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_ATTRIBUTE nested = { CKA_LABEL, NULL, 100 };
	CK_ATTRIBUTE wanted =
		kit_bytes(CKA_UNWRAP_TEMPLATE, &nested, sizeof(nested));

	generate_aes(session, false);
	EXPECT_NUMBER(kit_count(session, &wanted, 1, NULL), 0);
}

/* A nested template is shown in two steps, as any value. [PKCS11 5.7.5] */
TEST(a_nested_template_comes_back)
{
	static const CK_ULONG length = 16;
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM generate = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE demanded[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_text(CKA_LABEL, "theirs") };
	CK_ATTRIBUTE template[] = { kit_number(CKA_VALUE_LEN, &length),
		kit_bytes(CKA_UNWRAP_TEMPLATE, demanded, sizeof(demanded)) };
	CK_ATTRIBUTE room[2] = { { 0 } },
		     read = { CKA_UNWRAP_TEMPLATE, NULL, 0 };
	CK_OBJECT_HANDLE key;
	CK_ULONG class = 0;
	char label[6];

	EXPECT_RV(p11->C_GenerateKey(session, &generate, template, 2, &key),
		CKR_OK);
	EXPECT_RV(p11->C_GetAttributeValue(session, key, &read, 1), CKR_OK);
	EXPECT_NUMBER(read.ulValueLen, sizeof(demanded));
	read.pValue = room;
	EXPECT_RV(p11->C_GetAttributeValue(session, key, &read, 1), CKR_OK);
	EXPECT_NUMBER(room[0].type, CKA_CLASS);
	EXPECT_NUMBER(room[0].ulValueLen, sizeof(class));
	EXPECT_NUMBER(room[1].ulValueLen, 6);
	room[0].pValue = &class;
	room[1].pValue = label;
	EXPECT_RV(p11->C_GetAttributeValue(session, key, &read, 1), CKR_OK);
	EXPECT_NUMBER(class, CKO_SECRET_KEY);
	EXPECT_BYTES(label, 6, "theirs", 6);
	/* And is found by what it is. */
	EXPECT_NUMBER(kit_count(session, &template[1], 1, NULL), 1);
}

/* The officer reads no secrets: what he wrote again would lack them. */
TEST(object_key_that_is_not_private_survives_the_officer)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_BYTE value[16] = { 1 }, out[16];
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes), kit_flag(CKA_TOKEN, true),
		kit_flag(CKA_PRIVATE, false), kit_flag(CKA_ENCRYPT, true),
		kit_bytes(CKA_VALUE, value, sizeof(value)) };
	CK_ATTRIBUTE trusted = kit_flag(CKA_TRUSTED, true);
	CK_OBJECT_HANDLE key;
	CK_ULONG length = sizeof(out);

	EXPECT_RV(p11->C_CreateObject(session, template, 6, &key), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_SO, (CK_UTF8CHAR[]){ KIT_SO_PIN },
			  strlen(KIT_SO_PIN)),
		CKR_OK);
	EXPECT_RV(p11->C_SetAttributeValue(session, key, &trusted, 1),
		CKR_USER_NOT_LOGGED_IN);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	kit_login(session);
	EXPECT_RV(p11->C_EncryptInit(session, &ecb, key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, value, sizeof(value), out, &length),
		CKR_OK);
}
