/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that are none: not taken, or of no use. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/keys.h"

/* An empty modulus, an even exponent, a factor that is none. */
CLAIM(malformed_rsa_keys_are_refused, "MECH 2.1.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	size_t length;
	const CK_BYTE *modulus = test_hex(RSA_MODULUS, &length);
	CK_BYTE wrong[256];
	CK_ATTRIBUTE good[] = {
		NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_RSA),
		BYTES(CKA_MODULUS, modulus, length),
		BYTES(CKA_PUBLIC_EXPONENT, "\x01\x00\x01", 3),
	};

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, good, 4, &key), CKR_OK);
	good[2].ulValueLen = 0;
	EXPECT_RV(p11->C_CreateObject(session, good, 4, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	good[2].ulValueLen = length;
	good[3] = BYTES(CKA_PUBLIC_EXPONENT, "\x02", 1);
	EXPECT_RV(p11->C_CreateObject(session, good, 4, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	good[3] = BYTES(CKA_PUBLIC_EXPONENT, "\x01", 1);
	EXPECT_RV(p11->C_CreateObject(session, good, 4, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	memcpy(wrong, modulus, sizeof(wrong));
	wrong[255] &= 0xfe;
	good[2] = BYTES(CKA_MODULUS, wrong, sizeof(wrong));
	good[3] = BYTES(CKA_PUBLIC_EXPONENT, "\x01\x00\x01", 3);
	EXPECT_RV(p11->C_CreateObject(session, good, 4, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(rsa_keys_with_wrong_factors_are_refused, "MECH 2.1.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	size_t length, exponent_length, prime_length;
	const CK_BYTE *modulus = test_hex(RSA_MODULUS, &length),
		      *exponent = test_hex(RSA_PRIVATE_EXPONENT,
			      &exponent_length),
		      *prime = test_hex(RSA_PRIME_1, &prime_length);

	need_objects_made(session);
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
			  NUMBER(CKA_KEY_TYPE, CKK_RSA),
			  BYTES(CKA_MODULUS, modulus, length),
			  BYTES(CKA_PUBLIC_EXPONENT, "\x01\x00\x01", 3),
			  BYTES(CKA_PRIVATE_EXPONENT, exponent,
				  exponent_length),
			  BYTES(CKA_PRIME_1, prime, prime_length),
			  BYTES(CKA_PRIME_2, prime, prime_length),
			  BYTES(CKA_EXPONENT_1, prime, prime_length),
			  BYTES(CKA_EXPONENT_2, prime, prime_length),
			  BYTES(CKA_COEFFICIENT, prime, prime_length)), &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(points_off_the_curve_are_refused, "MECH 2.3.3")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	size_t length;
	const CK_BYTE *point = test_hex(curves[CURVE_P256].point, &length);
	CK_BYTE wrong[67] = { 0x04, 65 };
	CK_RV rv;

	need_objects_made(session);
	memcpy(wrong + 2, point, length);
	wrong[66] ^= 1;
	rv = p11->C_CreateObject(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_EC),
		STRING(CKA_EC_PARAMS, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
		BYTES(CKA_EC_POINT, wrong, sizeof(wrong))), &key);
	EXPECT_RV(rv, CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(scalars_out_of_range_are_refused, "MECH 2.3.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_BYTE scalar[32];

	need_objects_made(session);
	memset(scalar, 0xff, sizeof(scalar));
	EXPECT_RV(p11->C_CreateObject(session, TEMPLATE(
			  NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
			  NUMBER(CKA_KEY_TYPE, CKK_EC),
			  STRING(CKA_EC_PARAMS,
				  "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
			  BYTES(CKA_VALUE, scalar, sizeof(scalar))), &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

CLAIM(aes_keys_have_one_of_three_lengths, "MECH 2.8.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	need_objects_made(session);
	rv = p11->C_CreateObject(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_AES),
		STRING(CKA_VALUE, "0123456789abcde")), &key);
	expect_either(rv, CKR_ATTRIBUTE_VALUE_INVALID, CKR_KEY_SIZE_RANGE);
}
