/* SPDX-License-Identifier: BSD-2-Clause */
/* AES, for texts and for keys, checked by another implementation. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/other.h"

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };

static const char aes_value[] =
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

static void
aes_agrees(CK_MECHANISM *mechanism, const char *mode, const void *iv,
	size_t iv_length, const void *associated, size_t associated_length)
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_BYTE plain[64], sealed[512], expected[512], back[512];
	size_t key_length, length;
	const CK_BYTE *value = test_hex(aes_value, &key_length);

	need(mechanism->mechanism, CKF_ENCRYPT | CKF_DECRYPT);
	key = aes_key(session, PLAIN);
	memset(plain, 0x6d, sizeof(plain));
	length = other_aes_encrypt(mode, value, key_length, iv, iv_length,
		associated, associated_length, plain, sizeof(plain), expected);
	EXPECT_BYTES(sealed,
		encrypt(session, mechanism, key, plain, sizeof(plain), sealed),
		expected, length);
	EXPECT_BYTES(back,
		decrypt(session, mechanism, key, sealed, length, back), plain,
		sizeof(plain));
}

CLAIM(aes_ecb_agrees_with_others, "MECH 2.8.4")
{
	aes_agrees(MECHANISM(CKM_AES_ECB), "ecb", NULL, 0, NULL, 0);
}

CLAIM(aes_cbc_agrees_with_others, "MECH 2.8.5")
{
	CK_BYTE iv[16] = { 9, 8, 7 };

	aes_agrees(MECHANISM_WITH(CKM_AES_CBC, iv), "cbc", iv, sizeof(iv),
		NULL, 0);
}

CLAIM(aes_ctr_agrees_with_others, "MECH 2.9")
{
	CK_AES_CTR_PARAMS parameters = { 128, { 1, 2, 3 } };

	aes_agrees(MECHANISM_WITH(CKM_AES_CTR, parameters), "ctr",
		parameters.cb, 16, NULL, 0);
}

CLAIM(aes_gcm_agrees_with_others, "MECH 2.12")
{
	CK_BYTE iv[12] = { 9, 8, 7 };
	CK_GCM_PARAMS parameters = { iv, 12, 96, text, TEXT, 128 };

	aes_agrees(MECHANISM_WITH(CKM_AES_GCM, parameters), "gcm", iv,
		sizeof(iv), text, TEXT);
}

CLAIM(aes_gcm_refuses_altered_text, "MECH 2.12")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE iv[12] = { 9, 8, 7 }, sealed[512], plain[512];
	CK_GCM_PARAMS parameters = { iv, 12, 96, NULL, 0, 128 };
	CK_MECHANISM *mechanism = MECHANISM_WITH(CKM_AES_GCM, parameters);
	CK_OBJECT_HANDLE key = aes_key(session, PLAIN);
	CK_ULONG length = sizeof(plain), sealed_length;
	CK_RV rv;

	need(CKM_AES_GCM, CKF_ENCRYPT | CKF_DECRYPT);
	sealed_length = encrypt(session, mechanism, key, text, TEXT, sealed);
	sealed[3] ^= 1;
	EXPECT_RV(p11->C_DecryptInit(session, mechanism, key), CKR_OK);
	rv = p11->C_Decrypt(session, sealed, sealed_length, plain, &length);
	expect_either(rv, CKR_ENCRYPTED_DATA_INVALID, CKR_AEAD_DECRYPT_FAILED);
}

/* The other's mode, and the bytes that it adds before. */
static void
wrap_agrees(CK_MECHANISM_TYPE type, const char *mode, const char *padding)
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping, key, back;
	CK_BYTE wrapped[64], expected[64], content[64] = "0123456789abcdef",
		*value;
	CK_ULONG length = sizeof(wrapped);
	size_t key_length, expected_length, value_length;
	const CK_BYTE *wrapping_value = test_hex(aes_value, &key_length);

	need(type, CKF_WRAP | CKF_UNWRAP);
	wrapping = aes_key(session, PLAIN);
	key = aes_key(session, TEMPLATE(BYTES(CKA_VALUE, content, 16)));
	strcpy((char *)content + 16, padding);
	expected_length = other_aes_encrypt(mode, wrapping_value, key_length,
		NULL, 0, NULL, 0, content, 16 + strlen(padding), expected);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(type), wrapping, key,
			  wrapped, &length), CKR_OK);
	EXPECT_BYTES(wrapped, length, expected, expected_length);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(type), wrapping, wrapped,
			  length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  FLAG(CKA_SENSITIVE, CK_FALSE),
				  FLAG(CKA_EXTRACTABLE, CK_TRUE)), &back),
		CKR_OK);
	value = value_of(session, back, CKA_VALUE, &value_length);
	EXPECT_BYTES(value, value_length, content, 16);
	EXPECT_NUMBER(flag_of(session, back, CKA_LOCAL), CK_FALSE);
	wrapped[5] ^= 1;
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(type), wrapping, wrapped,
			  length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES)), &back),
		CKR_WRAPPED_KEY_INVALID);
}

CLAIM(aes_key_wrap_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP, "wrap", "");
}

CLAIM(aes_key_wrap_by_the_number_of_nss_agrees, "NSS")
{
	wrap_agrees(CKM_NSS_AES_KEY_WRAP, "wrap", "");
}

CLAIM(aes_key_wrap_kwp_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP_KWP, "wrap-pad", "");
}

/* By PKCS #7: eight bytes of eight. */
CLAIM(aes_key_wrap_pad_agrees_with_others, "MECH 2.14")
{
	wrap_agrees(CKM_AES_KEY_WRAP_PAD, "wrap", "\10\10\10\10\10\10\10\10");
}

CLAIM(aes_key_wrap_pad_by_the_number_of_nss_agrees, "NSS")
{
	wrap_agrees(CKM_NSS_AES_KEY_WRAP_PAD, "wrap",
		"\10\10\10\10\10\10\10\10");
}

CLAIM(private_keys_are_unwrapped_and_sign, "BASE 5.18.4")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE wrapping = aes_key(session, PLAIN), back;
	CK_BYTE wrapped[512], signature[1024];
	CK_ULONG length = sizeof(wrapped);

	need(CKM_AES_KEY_WRAP_KWP, CKF_WRAP | CKF_UNWRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP_KWP),
			  wrapping,
			  ec_private(session, &curves[CURVE_P256], TEMPLATE(
				  FLAG(CKA_EXTRACTABLE, CK_TRUE))), wrapped,
			  &length), CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP_KWP),
			  wrapping, wrapped, length, TEMPLATE(
				  NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_EC),
				  FLAG(CKA_SIGN, CK_TRUE)), &back), CKR_OK);
	EXPECT_NUMBER(flag_of(session, back, CKA_ALWAYS_SENSITIVE), CK_FALSE);
	length = sign(session, MECHANISM(CKM_ECDSA), back, text, 32 - 8,
		signature);
	EXPECT_RV(p11->C_VerifyInit(session, MECHANISM(CKM_ECDSA),
			  ec_public(session, &curves[CURVE_P256], PLAIN)),
		CKR_OK);
	EXPECT_RV(p11->C_Verify(session, text, 24, signature, length), CKR_OK);
}

/* RFC 3394, 4.6. */
CLAIM(aes_key_wrap_gives_the_published_result, "MECH 2.14")
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE wrapped[64];
	CK_ULONG length = sizeof(wrapped);
	size_t wrapping_length, value_length, expected_length;
	const CK_BYTE *wrapping = test_hex("000102030405060708090A0B0C0D0E0F"
					   "101112131415161718191A1B1C1D1E1F",
			      &wrapping_length),
		      *value = test_hex("00112233445566778899AABBCCDDEEFF"
					"000102030405060708090A0B0C0D0E0F",
			      &value_length),
		      *expected = test_hex("28C9F404C4B810F4CBCCB35CFB87F826"
					   "3F5786E2D80ED326CBC7F0E71A99F43B"
					   "FB988B9B7A02DD21",
			      &expected_length);

	need(CKM_AES_KEY_WRAP, CKF_WRAP);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
			  aes_key(session, TEMPLATE(BYTES(CKA_VALUE, wrapping,
				  wrapping_length))),
			  aes_key(session, TEMPLATE(BYTES(CKA_VALUE, value,
				  value_length))), wrapped, &length), CKR_OK);
	EXPECT_BYTES(wrapped, length, expected, expected_length);
}
