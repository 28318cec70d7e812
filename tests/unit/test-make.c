/* SPDX-License-Identifier: BSD-2-Clause */
/* Making objects: RSA keys that are too short to sign. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <string.h>

/* Made for this, of 1024 bits. */
#define MODULUS \
	"bc2c0cd343f9aea5de6fbbcd0b588bef5b7000d6eaa1d7158783e2125495a0ff" \
	"7c0f943cdcfa22443449f471633079dfbe7eff82f29469d15e853e62bc79bb0b" \
	"f1fd8284d9a2813f7236f8e3be31cecf31e7d03073b4c24b52cd9ac4cee32580" \
	"b54d8a53b01ac88c98697325015a9c432fe782a26a14969156738390566c3b6d"
#define PRIVATE_EXPONENT \
	"ab4feb49379c8bed048a72cea522b31b7202913118a1c8e017e4f09fc1940be4" \
	"2cfd3df6ff3356990385c4dea9f00b34b1088bf49a8695a4004a8c5675c2d98e" \
	"e11e9309f88c7f0e87ae76adc6a76f81660429e9c303f13500d988dce1ddf163" \
	"cc3603204366b9e9e2047430c0853f51b678826be9481c9b7a371547e35daafd"

static CK_ATTRIBUTE
number_of(CK_ATTRIBUTE_TYPE type, const char *digits)
{
	size_t length;
	const unsigned char *at = test_hex(digits, &length);

	return kit_bytes(type, at, length);
}

/* With as many further attributes. */
static CK_RV
create_pair_half(CK_SESSION_HANDLE session, const CK_ULONG *class,
	const CK_ATTRIBUTE *more, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CK_ATTRIBUTE template[10] = { kit_number(CKA_CLASS, class),
		kit_number(CKA_KEY_TYPE, &kit_rsa),
		number_of(CKA_MODULUS, MODULUS),
		number_of(CKA_PUBLIC_EXPONENT, "010001"),
		number_of(CKA_PRIVATE_EXPONENT, PRIVATE_EXPONENT) };
	CK_ULONG length = *class == CKO_PRIVATE_KEY ? 5 : 4;

	if (count)
		memcpy(template + length, more, count * sizeof(*more));
	return p11->C_CreateObject(session, template, length + count, key);
}

static CK_RV
decrypt_with(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private)
{
	CK_BYTE data[] = "from 2009", encrypted[128], plain[128];
	CK_ULONG length = sizeof(encrypted), plain_length = sizeof(plain);
	CK_RV rv;

	EXPECT_RV(p11->C_EncryptInit(session, mechanism, public), CKR_OK);
	EXPECT_RV(
		p11->C_Encrypt(session, data, sizeof(data), encrypted, &length),
		CKR_OK);
	if ((rv = p11->C_DecryptInit(session, mechanism, private)) != CKR_OK)
		return rv;
	EXPECT_RV(p11->C_Decrypt(
			  session, encrypted, length, plain, &plain_length),
		CKR_OK);
	EXPECT_NUMBER(plain_length, sizeof(data));
	EXPECT(memcmp(plain, data, sizeof(data)) == 0);
	return CKR_OK;
}

TEST(a_short_rsa_key_decrypts_and_does_not_sign)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM pkcs1 = { CKM_RSA_PKCS, NULL, 0 },
		     hashed = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_RSA_PKCS_OAEP_PARAMS parameter = { CKM_SHA256, CKG_MGF1_SHA256,
		CKZ_DATA_SPECIFIED, NULL, 0 };
	CK_MECHANISM oaep = { CKM_RSA_PKCS_OAEP, &parameter,
		sizeof(parameter) };
	CK_ATTRIBUTE lasts = kit_flag(CKA_TOKEN, true);
	CK_OBJECT_HANDLE public, private;

	EXPECT_RV(create_pair_half(
			  session, &kit_private_class, &lasts, 1, &private),
		CKR_OK);
	EXPECT_RV(
		create_pair_half(session, &kit_public_class, NULL, 0, &public),
		CKR_OK);
	EXPECT(!kit_flag_of(session, private, CKA_SIGN));
	EXPECT(!kit_flag_of(session, private, CKA_SIGN_RECOVER));
	EXPECT(kit_flag_of(session, private, CKA_DECRYPT));
	EXPECT(kit_flag_of(session, private, CKA_UNWRAP));
	EXPECT_RV(decrypt_with(session, &pkcs1, public, private), CKR_OK);
	EXPECT_RV(decrypt_with(session, &oaep, public, private), CKR_OK);
	EXPECT_RV(p11->C_SignInit(session, &pkcs1, private),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	EXPECT_RV(p11->C_SignInit(session, &hashed, private),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* The hash leaves OAEP no room in so short a key. */
TEST(a_short_rsa_key_is_told_what_it_is_too_short_for)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_RSA_PKCS_OAEP_PARAMS parameter = { CKM_SHA512, CKG_MGF1_SHA512,
		CKZ_DATA_SPECIFIED, NULL, 0 };
	CK_MECHANISM oaep = { CKM_RSA_PKCS_OAEP, &parameter,
		sizeof(parameter) };
	CK_OBJECT_HANDLE public, private;

	EXPECT_RV(create_pair_half(
			  session, &kit_private_class, NULL, 0, &private),
		CKR_OK);
	EXPECT_RV(
		create_pair_half(session, &kit_public_class, NULL, 0, &public),
		CKR_OK);
	EXPECT_RV(p11->C_DecryptInit(session, &oaep, private),
		CKR_KEY_SIZE_RANGE);
	EXPECT_RV(
		p11->C_EncryptInit(session, &oaep, public), CKR_KEY_SIZE_RANGE);
}

TEST(a_short_rsa_key_that_is_to_sign_is_refused)
{
	CK_SESSION_HANDLE session = kit_user_session();
	static const CK_ATTRIBUTE_TYPE uses[] = { CKA_SIGN, CKA_SIGN_RECOVER };
	CK_ATTRIBUTE template[] = { kit_flag(CKA_DECRYPT, true),
		kit_flag(CKA_TOKEN, true), { 0, NULL, 0 } };
	CK_OBJECT_HANDLE key, copy;
	size_t i;

	for (i = 0; i < 2; i++) {
		template[2] = kit_flag(uses[i], true);
		EXPECT_RV(create_pair_half(session, &kit_private_class,
				  template, 3, &key),
			CKR_TEMPLATE_INCONSISTENT);
		EXPECT_RV(create_pair_half(session, &kit_private_class,
				  template + 1, 2, &key),
			CKR_TEMPLATE_INCONSISTENT);
	}
	EXPECT_RV(create_pair_half(
			  session, &kit_private_class, template, 2, &key),
		CKR_OK);
	for (i = 0; i < 2; i++) {
		template[2] = kit_flag(uses[i], true);
		EXPECT_RV(
			p11->C_SetAttributeValue(session, key, template + 2, 1),
			CKR_ATTRIBUTE_READ_ONLY);
		EXPECT_RV(
			p11->C_CopyObject(session, key, template + 2, 1, &copy),
			CKR_ATTRIBUTE_READ_ONLY);
	}
}

/* One that opens old mail, by the bare function, could sign as well. */
TEST(a_short_rsa_key_is_not_used_bare)
{
	static const CK_ULONG bare = CKM_RSA_X_509;
	CK_SESSION_HANDLE session = kit_user_session();
	CK_MECHANISM mechanism = { CKM_RSA_X_509, NULL, 0 };
	CK_ATTRIBUTE allowed =
		kit_bytes(CKA_ALLOWED_MECHANISMS, &bare, sizeof(bare));
	CK_OBJECT_HANDLE key;

	EXPECT_RV(create_pair_half(
			  session, &kit_private_class, &allowed, 1, &key),
		CKR_OK);
	EXPECT_RV(p11->C_DecryptInit(session, &mechanism, key),
		CKR_MECHANISM_INVALID);
}

TEST(a_short_rsa_key_is_within_what_its_mechanisms_claim)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_SESSION_INFO where;
	CK_MECHANISM_INFO info;

	EXPECT_RV(p11->C_GetSessionInfo(session, &where), CKR_OK);
	EXPECT_RV(p11->C_GetMechanismInfo(where.slotID, CKM_RSA_PKCS, &info),
		CKR_OK);
	EXPECT_NUMBER(info.ulMinKeySize, 512);
	EXPECT_RV(
		p11->C_GetMechanismInfo(where.slotID, CKM_RSA_PKCS_OAEP, &info),
		CKR_OK);
	EXPECT_NUMBER(info.ulMinKeySize, 512);
	EXPECT_RV(p11->C_GetMechanismInfo(
			  where.slotID, CKM_SHA256_RSA_PKCS, &info),
		CKR_OK);
	EXPECT_NUMBER(info.ulMinKeySize, 2048);
	EXPECT_RV(p11->C_GetMechanismInfo(
			  where.slotID, CKM_RSA_PKCS_KEY_PAIR_GEN, &info),
		CKR_OK);
	EXPECT_NUMBER(info.ulMinKeySize, 2048);
}
