/* SPDX-License-Identifier: BSD-2-Clause */
/* What attributes promise: secrecy that cannot be undone, origin that cannot be
 * forged, use that cannot be widened. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/keys.h"

static CK_OBJECT_HANDLE
generate_aes(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE key;

	need(CKM_AES_KEY_GEN, CKF_GENERATE);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  template, count, &key), CKR_OK);
	return key;
}

static CK_RV
read_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
	CK_ATTRIBUTE_TYPE type)
{
	CK_BYTE room[1024];
	CK_ATTRIBUTE value = { type, room, sizeof(room) };

	return p11->C_GetAttributeValue(session, key, &value, 1);
}

CLAIM(sensitive_stays_sensitive, "BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, TEMPLATE(
		FLAG(CKA_SENSITIVE, CK_TRUE)));

	EXPECT_RV(read_value(session, key, CKA_VALUE),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_RV(p11->C_SetAttributeValue(session, key, TEMPLATE(
			  FLAG(CKA_SENSITIVE, CK_FALSE))),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(read_value(session, key, CKA_VALUE),
		CKR_ATTRIBUTE_SENSITIVE);
}

CLAIM(unextractable_stays_unextractable, "BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, TEMPLATE(
		FLAG(CKA_EXTRACTABLE, CK_FALSE)));

	EXPECT_RV(read_value(session, key, CKA_VALUE),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_RV(p11->C_SetAttributeValue(session, key, TEMPLATE(
			  FLAG(CKA_EXTRACTABLE, CK_TRUE))),
		CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(secrecy_can_be_raised, "BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);

	EXPECT_RV(read_value(session, key, CKA_VALUE), CKR_OK);
	EXPECT_RV(p11->C_SetAttributeValue(session, key, TEMPLATE(
			  FLAG(CKA_SENSITIVE, CK_TRUE),
			  FLAG(CKA_EXTRACTABLE, CK_FALSE))), CKR_OK);
	EXPECT_RV(read_value(session, key, CKA_VALUE),
		CKR_ATTRIBUTE_SENSITIVE);
}

/* NSS softoken gives the copy EXTRACTABLE. */
CLAIM(copies_cannot_loosen_secrecy, "BASE 5.7.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE copy, key = aes_key(session, TEMPLATE(
		FLAG(CKA_SENSITIVE, CK_TRUE),
		FLAG(CKA_EXTRACTABLE, CK_FALSE)));
	CK_RV rv;

	rv = p11->C_CopyObject(session, key,
		TEMPLATE(FLAG(CKA_SENSITIVE, CK_FALSE)), &copy);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	rv = p11->C_CopyObject(session, key,
		TEMPLATE(FLAG(CKA_EXTRACTABLE, CK_TRUE)), &copy);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(p11->C_CopyObject(session, key, NULL, 0, &copy), CKR_OK);
	EXPECT_NUMBER(flag_of(session, copy, CKA_SENSITIVE), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, copy, CKA_EXTRACTABLE), CK_FALSE);
}

/* SoftHSM2 gives a readable key. */
CLAIM(contradictory_templates_are_refused, "BASE 4.1.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			  NUMBER(CKA_KEY_TYPE, CKK_AES),
			  STRING(CKA_VALUE, "0123456789abcdef"),
			  FLAG(CKA_SENSITIVE, CK_TRUE),
			  FLAG(CKA_SENSITIVE, CK_FALSE)), &key),
		CKR_TEMPLATE_INCONSISTENT);
	need(CKM_AES_KEY_GEN, CKF_GENERATE);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  TEMPLATE(NUMBER(CKA_VALUE_LEN, 16),
				  FLAG(CKA_SENSITIVE, CK_TRUE),
				  FLAG(CKA_SENSITIVE, CK_FALSE)), &key),
		CKR_TEMPLATE_INCONSISTENT);
}

CLAIM(imported_keys_are_not_local, "BASE 4.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);

	need_objects_made(session);
	EXPECT_NUMBER(flag_of(session, key, CKA_LOCAL), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, key, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, key, CKA_NEVER_EXTRACTABLE), CK_FALSE);
	EXPECT_NUMBER(number_of(session, key, CKA_KEY_GEN_MECHANISM),
		CK_UNAVAILABLE_INFORMATION);
}

CLAIM(generated_keys_tell_their_origin, "BASE 4.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = generate_aes(session, TEMPLATE(
		NUMBER(CKA_VALUE_LEN, 16), FLAG(CKA_SENSITIVE, CK_TRUE),
		FLAG(CKA_EXTRACTABLE, CK_FALSE)));

	EXPECT_NUMBER(flag_of(session, key, CKA_LOCAL), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, key, CKA_ALWAYS_SENSITIVE), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, key, CKA_NEVER_EXTRACTABLE), CK_TRUE);
	EXPECT_NUMBER(number_of(session, key, CKA_KEY_GEN_MECHANISM),
		CKM_AES_KEY_GEN);
}

CLAIM(always_sensitive_remembers, "BASE 4.10")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = generate_aes(session, TEMPLATE(
		NUMBER(CKA_VALUE_LEN, 16), FLAG(CKA_SENSITIVE, CK_FALSE),
		FLAG(CKA_EXTRACTABLE, CK_TRUE)));

	EXPECT_RV(p11->C_SetAttributeValue(session, key, TEMPLATE(
			  FLAG(CKA_SENSITIVE, CK_TRUE),
			  FLAG(CKA_EXTRACTABLE, CK_FALSE))), CKR_OK);
	EXPECT_NUMBER(flag_of(session, key, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, key, CKA_NEVER_EXTRACTABLE), CK_FALSE);
}

/* A copy was not generated here; the history goes along. */
CLAIM(copies_keep_their_origin, "BASE 5.7.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE copy, key = generate_aes(session, TEMPLATE(
		NUMBER(CKA_VALUE_LEN, 16), FLAG(CKA_SENSITIVE, CK_FALSE),
		FLAG(CKA_EXTRACTABLE, CK_TRUE)));

	EXPECT_RV(p11->C_CopyObject(session, key, TEMPLATE(
			  FLAG(CKA_SENSITIVE, CK_TRUE)), &copy), CKR_OK);
	EXPECT_NUMBER(flag_of(session, copy, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, copy, CKA_NEVER_EXTRACTABLE), CK_FALSE);
}

CLAIM(searches_do_not_confirm_secret_values, "BASE 5.7.7")
{
	CK_SESSION_HANDLE session = user_session();
	size_t length;
	const CK_BYTE *prime = test_hex(RSA_PRIME_1, &length);

	rsa_private(session, PLAIN);
	aes_key(session, TEMPLATE(FLAG(CKA_SENSITIVE, CK_TRUE),
		STRING(CKA_VALUE, "0123456789abcdef")));
	EXPECT_NUMBER(find(session, TEMPLATE(
			      BYTES(CKA_PRIME_1, prime, length)), NULL), 0);
	EXPECT_NUMBER(find(session, TEMPLATE(
			      STRING(CKA_VALUE, "0123456789abcdef")), NULL),
		0);
}

CLAIM(private_keys_do_not_show_their_parts, "BASE 4.9")
{
	static const CK_ATTRIBUTE_TYPE parts[] = { CKA_PRIVATE_EXPONENT,
		CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2,
		CKA_COEFFICIENT };
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		EXPECT_RV(read_value(session, key, parts[i]),
			CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_RV(read_value(session, key, CKA_MODULUS), CKR_OK);
	EXPECT_RV(read_value(session, key, CKA_PUBLIC_EXPONENT), CKR_OK);
}

CLAIM(ec_scalars_are_not_shown, "BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = ec_private(session, &curves[CURVE_P256],
		TEMPLATE(FLAG(CKA_DERIVE, CK_FALSE)));

	EXPECT_RV(read_value(session, key, CKA_VALUE),
		CKR_ATTRIBUTE_SENSITIVE);
	EXPECT_RV(read_value(session, key, CKA_EC_PARAMS), CKR_OK);
}

/* Private keys are secret unless their template says otherwise. */
CLAIM(private_keys_are_private_and_sensitive_by_default, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE open, secret;

	need(CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR);
	EXPECT_RV(p11->C_GenerateKeyPair(session,
			  MECHANISM(CKM_EC_KEY_PAIR_GEN),
			  TEMPLATE(STRING(CKA_EC_PARAMS,
				  "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07")),
			  TEMPLATE(FLAG(CKA_SIGN, CK_TRUE)), &open, &secret),
		CKR_OK);
	EXPECT_NUMBER(flag_of(session, secret, CKA_PRIVATE), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, secret, CKA_SENSITIVE), CK_TRUE);
	EXPECT_NUMBER(flag_of(session, secret, CKA_EXTRACTABLE), CK_FALSE);
	EXPECT_NUMBER(flag_of(session, open, CKA_PRIVATE), CK_FALSE);
}

CLAIM(unextractable_keys_are_not_wrapped, "BASE 5.18.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping = aes_key(session, PLAIN),
			 key = aes_key(session, TEMPLATE(
				 FLAG(CKA_EXTRACTABLE, CK_FALSE)));
	CK_BYTE wrapped[256];
	CK_ULONG length = sizeof(wrapped);

	need(CKM_AES_KEY_WRAP, CKF_WRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
			  wrapping, key, wrapped, &length),
		CKR_KEY_UNEXTRACTABLE);
}

CLAIM(wrap_with_trusted_needs_a_trusted_key, "BASE 5.18.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping = aes_key(session, PLAIN),
			 key = aes_key(session, TEMPLATE(
				 FLAG(CKA_WRAP_WITH_TRUSTED, CK_TRUE)));
	CK_BYTE wrapped[256];
	CK_ULONG length = sizeof(wrapped);

	need(CKM_AES_KEY_WRAP, CKF_WRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
			  wrapping, key, wrapped, &length),
		CKR_KEY_NOT_WRAPPABLE);
	EXPECT_RV(p11->C_SetAttributeValue(session, key, TEMPLATE(
			  FLAG(CKA_WRAP_WITH_TRUSTED, CK_FALSE))),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_SetAttributeValue(session, wrapping, TEMPLATE(
			  FLAG(CKA_TRUSTED, CK_TRUE))),
		CKR_ATTRIBUTE_READ_ONLY);
}

CLAIM(allowed_mechanisms_are_the_only_ones, "BASE 4.7")
{
	CK_SESSION_HANDLE session = user_session();
	CK_MECHANISM_TYPE allowed[] = { CKM_SHA256_RSA_PKCS };
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		BYTES(CKA_ALLOWED_MECHANISMS, allowed, sizeof(allowed))));
	CK_BYTE signature[1024];

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS), key),
		CKR_MECHANISM_INVALID);
	sign(session, MECHANISM(CKM_SHA256_RSA_PKCS), key, "x", 1, signature);
}

/* SoftHSM2 digests it, so that guesses can be checked. */
CLAIM(sensitive_keys_are_not_digested, "BASE 5.12.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = aes_key(session, TEMPLATE(
		FLAG(CKA_SENSITIVE, CK_TRUE),
		FLAG(CKA_EXTRACTABLE, CK_FALSE)));

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestKey(session, key), CKR_KEY_INDIGESTIBLE);
}

CLAIM(private_keys_are_not_digested, "BASE 5.12.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, PLAIN);
	CK_RV rv;

	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	rv = p11->C_DigestKey(session, key);
	need_function(rv);
	EXPECT_RV(rv, CKR_KEY_INDIGESTIBLE);
}

CLAIM(decrypt_only_keys_do_not_sign, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		FLAG(CKA_SIGN, CK_FALSE)));
	CK_MECHANISM_TYPE types[] = { CKM_RSA_PKCS, CKM_SHA256_RSA_PKCS,
		CKM_RSA_X_509, CKM_SHA512_RSA_PKCS };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		EXPECT_RV(p11->C_SignInit(session, MECHANISM(types[i]), key),
			CKR_KEY_FUNCTION_NOT_PERMITTED);
}

CLAIM(sign_only_keys_do_not_decrypt, "BASE 5.10.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE made, key = rsa_private(session, TEMPLATE(
		FLAG(CKA_DECRYPT, CK_FALSE), FLAG(CKA_UNWRAP, CK_FALSE)));
	CK_BYTE wrapped[256] = { 1 };

	EXPECT_RV(p11->C_DecryptInit(session, MECHANISM(CKM_RSA_PKCS), key),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS), key,
			  wrapped, sizeof(wrapped), TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES)), &made),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* A raw decryption is a signature of whoever chooses its input. */
CLAIM(raw_rsa_turns_no_decryption_key_into_a_signing_key, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		FLAG(CKA_SIGN, CK_FALSE)));
	CK_RV rv = p11->C_DecryptInit(session, MECHANISM(CKM_RSA_X_509), key);

	expect_either(rv, CKR_KEY_FUNCTION_NOT_PERMITTED,
		CKR_MECHANISM_INVALID);
}

CLAIM(keys_without_derive_do_not_derive, "BASE 5.18.5")
{
	CK_SESSION_HANDLE session = user_session();
	size_t length;
	const CK_BYTE *point = test_hex(curves[CURVE_P256].point, &length);
	CK_ECDH1_DERIVE_PARAMS parameters = { CKD_NULL, 0, NULL, length,
		(CK_BYTE *)(uintptr_t)point };
	CK_OBJECT_HANDLE made, key = ec_private(session, &curves[CURVE_P256],
		TEMPLATE(FLAG(CKA_DERIVE, CK_FALSE)));

	need(CKM_ECDH1_DERIVE, CKF_DERIVE);
	EXPECT_RV(p11->C_DeriveKey(session,
			  MECHANISM_WITH(CKM_ECDH1_DERIVE, parameters), key,
			  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  NUMBER(CKA_VALUE_LEN, 32)), &made),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* SoftHSM2 begins an ECDSA signature with an RSA key. */
CLAIM(keys_of_another_type_are_refused, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE rsa = rsa_private(session, PLAIN),
			 ec = ec_private(session, &curves[CURVE_P256], TEMPLATE(
				 FLAG(CKA_DERIVE, CK_FALSE)));

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_ECDSA), rsa),
		CKR_KEY_TYPE_INCONSISTENT);
	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS), ec),
		CKR_KEY_TYPE_INCONSISTENT);
}

CLAIM(public_keys_do_not_sign, "BASE 5.13.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_RV rv = p11->C_SignInit(session, MECHANISM(CKM_RSA_PKCS),
		rsa_public(session, PLAIN));

	expect_either(rv, CKR_KEY_TYPE_INCONSISTENT,
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

CLAIM(always_authenticate_asks_each_time, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		FLAG(CKA_ALWAYS_AUTHENTICATE, CK_TRUE)));
	CK_BYTE signature[1024], data[] = "data";
	CK_ULONG length = sizeof(signature);
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_RV(p11->C_SignInit(session,
				  MECHANISM(CKM_SHA256_RSA_PKCS), key),
			CKR_OK);
		length = sizeof(signature);
		EXPECT_RV(p11->C_Sign(session, data, 4, signature, &length),
			CKR_USER_NOT_LOGGED_IN);
		EXPECT_RV(p11->C_SignInit(session,
				  MECHANISM(CKM_SHA256_RSA_PKCS), key),
			CKR_OK);
		EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
				  TEXT_OF(USER_PIN)), CKR_OK);
		length = sizeof(signature);
		EXPECT_RV(p11->C_Sign(session, data, 4, signature, &length),
			CKR_OK);
	}
}

CLAIM(context_login_with_a_wrong_pin_signs_nothing, "BASE 5.6.8")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key = rsa_private(session, TEMPLATE(
		FLAG(CKA_ALWAYS_AUTHENTICATE, CK_TRUE)));
	CK_BYTE signature[1024], data[] = "data";
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(p11->C_SignInit(session, MECHANISM(CKM_SHA256_RSA_PKCS),
			  key), CKR_OK);
	EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
			  TEXT_OF(WRONG_PIN)), CKR_PIN_INCORRECT);
	EXPECT_RV(p11->C_Sign(session, data, 4, signature, &length),
		CKR_USER_NOT_LOGGED_IN);
}

/* Nothing initiates these calls but themselves: the first asks for the login,
 * the next is carried out, and only that one. */
CLAIM(always_authenticate_keys_derive_and_unwrap_once_a_login, "OURS 4.9")
{
	const struct curve *curve = &curves[CURVE_P256];
	CK_SESSION_HANDLE session = user_session();
	CK_ATTRIBUTE each_time = FLAG(CKA_ALWAYS_AUTHENTICATE, CK_TRUE);
	CK_OBJECT_HANDLE made, ec, rsa = rsa_private(session, &each_time, 1);
	CK_ECDH1_DERIVE_PARAMS with = { .kdf = CKD_NULL };
	CK_MECHANISM derive = { CKM_ECDH1_DERIVE, &with, sizeof(with) };
	CK_ATTRIBUTE aes[] = { NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_AES), NUMBER(CKA_VALUE_LEN, 32) };
	CK_BYTE wrapped[256] = { 1 };
	int i;

	if (!is_ours())
		return;
	with.pPublicData = (CK_BYTE *)(uintptr_t)test_hex(curve->point,
		&(size_t){ 0 });
	with.ulPublicDataLen = 65;
	ec = ec_private(session, curve, &each_time, 1);
	EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
			  TEXT_OF(USER_PIN)), CKR_OPERATION_NOT_INITIALIZED);
	for (i = 0; i < 2; i++) {
		EXPECT_RV(p11->C_DeriveKey(session, &derive, ec, aes, 3, &made),
			CKR_USER_NOT_LOGGED_IN);
		EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
				  TEXT_OF(WRONG_PIN)), CKR_PIN_INCORRECT);
		EXPECT_RV(p11->C_DeriveKey(session, &derive, ec, aes, 3, &made),
			CKR_USER_NOT_LOGGED_IN);
		EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
				  TEXT_OF(USER_PIN)), CKR_OK);
		/* For this use of this key, and for no other. */
		EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS),
				  rsa, wrapped, 256, aes, 3, &made),
			CKR_USER_NOT_LOGGED_IN);
		EXPECT_RV(p11->C_DeriveKey(session, &derive, ec, aes, 3, &made),
			CKR_USER_NOT_LOGGED_IN);
		EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
				  TEXT_OF(USER_PIN)), CKR_OK);
		EXPECT_RV(p11->C_DeriveKey(session, &derive, ec, aes, 3, &made),
			CKR_OK);
	}
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS), rsa,
			  wrapped, 256, aes, 3, &made),
		CKR_USER_NOT_LOGGED_IN);
	EXPECT_RV(p11->C_Login(session, CKU_CONTEXT_SPECIFIC,
			  TEXT_OF(USER_PIN)), CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS), rsa,
			  wrapped, 256, aes, 3, &made),
		CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS), rsa,
			  wrapped, 256, aes, 3, &made),
		CKR_USER_NOT_LOGGED_IN);
}

CLAIM(dates_are_days_of_the_calendar_and_forbid_nothing, "BASE 4.8")
{
	static const char *const wrong[] = { "20240230", "20231301", "20230001",
		"20230100", "19000229", "2023010", "2023-1-1" };
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE signature[1024];
	CK_OBJECT_HANDLE key;
	size_t i;

	for (i = 0; is_ours() && i < sizeof(wrong) / sizeof(*wrong); i++)
		EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  BYTES(CKA_VALUE, "0123456789abcdef", 16),
				  BYTES(CKA_END_DATE, wrong[i],
					  strlen(wrong[i]))), &key),
			CKR_ATTRIBUTE_VALUE_INVALID);
	key = rsa_private(session, TEMPLATE(STRING(CKA_START_DATE, "20000229"),
		STRING(CKA_END_DATE, "19991231")));
	sign(session, MECHANISM(CKM_SHA256_RSA_PKCS), key, "data", 4,
		signature);
}

/* A key that needs the context login may not lose the need by a copy. */
CLAIM(copies_keep_always_authenticate, "BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE copy, key = rsa_private(session, TEMPLATE(
		FLAG(CKA_ALWAYS_AUTHENTICATE, CK_TRUE)));
	CK_RV rv = p11->C_CopyObject(session, key, TEMPLATE(
		FLAG(CKA_ALWAYS_AUTHENTICATE, CK_FALSE)), &copy);

	need_function(rv);
	expect_either(rv, CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT);
}
