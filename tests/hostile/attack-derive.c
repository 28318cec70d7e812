/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks by derivation, by the bare RSA function, and by asking around. */

#include "config.h"

#include "tests/hostile/canary.h"

#include "tests/conformance/keys.h"

static CK_OBJECT_HANDLE
canary_hkdf(CK_SESSION_HANDLE session)
{
	return create(session,
		TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			NUMBER(CKA_KEY_TYPE, CKK_HKDF),
			FLAG(CKA_SENSITIVE, CK_TRUE),
			FLAG(CKA_EXTRACTABLE, CK_FALSE),
			FLAG(CKA_DERIVE, CK_TRUE),
			BYTES(CKA_VALUE, canary_value, CANARY_LENGTH)));
}

static CK_RV
derive(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, CK_ULONG length, const CK_ATTRIBUTE *more,
	CK_OBJECT_HANDLE *key)
{
	return p11->C_DeriveKey(session, mechanism, base,
		TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
			NUMBER(CKA_VALUE_LEN, length), *more),
		key);
}

static CK_HKDF_PARAMS expand = { .bExpand = CK_TRUE,
	.prfHashMechanism = CKM_SHA256,
	.ulSaltType = CKF_HKDF_SALT_NULL };

/* A piece of a key, or a key mixed with what is known, falls to a search. */
CLAIM(no_derivation_is_offered_that_cuts_or_mixes_keys, "Clulow 2003")
{
	static const CK_MECHANISM_TYPE weak[] = { CKM_CONCATENATE_BASE_AND_KEY,
		CKM_CONCATENATE_BASE_AND_DATA, CKM_CONCATENATE_DATA_AND_BASE,
		CKM_XOR_BASE_AND_DATA, CKM_EXTRACT_KEY_FROM_KEY,
		CKM_AES_ECB_ENCRYPT_DATA, CKM_AES_CBC_ENCRYPT_DATA,
		CKM_MD5_KEY_DERIVATION, CKM_SHA1_KEY_DERIVATION,
		CKM_SHA256_KEY_DERIVATION };
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key, base = canary_hkdf(session);
	CK_ATTRIBUTE more = FLAG(CKA_SIGN, CK_TRUE);
	CK_MECHANISM_INFO info;
	size_t i;

	for (i = 0; i < sizeof(weak) / sizeof(*weak); i++) {
		EXPECT_RV(p11->C_GetMechanismInfo(slot, weak[i], &info),
			CKR_MECHANISM_INVALID);
		EXPECT_RV(derive(session, MECHANISM(weak[i]), base, 1, &more,
				  &key),
			CKR_MECHANISM_INVALID);
	}
}

/* One byte of it as a key, whose MAC tells which; then two; and so on. */
CLAIM(no_key_that_stays_is_derived_a_byte_at_a_time, "Clulow 2003")
{
	const struct curve *curve = &curves[CURVE_P256];
	CK_SESSION_HANDLE session = user_session();
	CK_ATTRIBUTE demanded[] = { FLAG(CKA_SENSITIVE, CK_TRUE),
		FLAG(CKA_EXTRACTABLE, CK_FALSE) };
	CK_ATTRIBUTE more = FLAG(CKA_SIGN, CK_TRUE);
	CK_ECDH1_DERIVE_PARAMS with = { .kdf = CKD_NULL };
	CK_OBJECT_HANDLE key, secret = canary_hkdf(session), agreed;
	CK_ULONG length;
	size_t point;

	with.pPublicData = (CK_BYTE *)(uintptr_t)test_hex(curve->point, &point);
	with.ulPublicDataLen = point;
	agreed = ec_private(session, curve,
		TEMPLATE(BYTES(
			CKA_DERIVE_TEMPLATE, demanded, sizeof(demanded))));
	for (length = 1; length < 16; length++) {
		EXPECT_RV(
			derive(session, MECHANISM_WITH(CKM_HKDF_DERIVE, expand),
				secret, length, &more, &key),
			CKR_TEMPLATE_INCONSISTENT);
		EXPECT_RV(
			derive(session, MECHANISM_WITH(CKM_ECDH1_DERIVE, with),
				agreed, length, &more, &key),
			CKR_TEMPLATE_INCONSISTENT);
	}
	EXPECT_RV(derive(session, MECHANISM_WITH(CKM_HKDF_DERIVE, expand),
			  secret, 16, &more, &key),
		CKR_OK);
	expect_hidden(session, key);
	EXPECT_RV(derive(session, MECHANISM_WITH(CKM_ECDH1_DERIVE, with),
			  agreed, 16, &more, &key),
		CKR_OK);
	expect_hidden(session, key);
}

/* The same derivation again would give the same key, readable. */
CLAIM(what_a_secret_key_derives_stays_as_that_does, "Clulow 2003")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key, base = canary_hkdf(session);
	CK_ATTRIBUTE loose[] = { FLAG(CKA_SENSITIVE, CK_FALSE),
		FLAG(CKA_EXTRACTABLE, CK_TRUE) };
	CK_ATTRIBUTE nothing = FLAG(CKA_SIGN, CK_TRUE);
	size_t i;

	for (i = 0; i < 2; i++)
		EXPECT_RV(
			derive(session, MECHANISM_WITH(CKM_HKDF_DERIVE, expand),
				base, 32, &loose[i], &key),
			CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(derive(session, MECHANISM_WITH(CKM_HKDF_DERIVE, expand), base,
			  32, &nothing, &key),
		CKR_OK);
	expect_hidden(session, key);
}

/* A point off the curve, or of small order, tells the scalar modulo little. */
CLAIM(an_attackers_point_is_refused, "Biehl, Meyer, Mueller 2000")
{
	static const char *const low[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b8"
		"00",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11"
		"57",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
	};
	const struct curve *curve = &curves[CURVE_P256];
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key,
		ec = ec_private(session, curve, PLAIN),
		x = ec_private(session, &curves[CURVE_X25519], PLAIN);
	CK_ECDH1_DERIVE_PARAMS with = { .kdf = CKD_NULL };
	CK_ATTRIBUTE more = FLAG(CKA_SIGN, CK_TRUE);
	CK_BYTE point[65];
	size_t i, length;

	memcpy(point, test_hex(curve->point, &length), sizeof(point));
	with.pPublicData = point;
	with.ulPublicDataLen = sizeof(point);
	for (i = 1; i < sizeof(point); i++) {
		point[i] ^= 1;
		EXPECT_RV(
			derive(session, MECHANISM_WITH(CKM_ECDH1_DERIVE, with),
				ec, 32, &more, &key),
			CKR_MECHANISM_PARAM_INVALID);
		point[i] ^= 1;
	}
	for (i = 0; i < sizeof(low) / sizeof(*low); i++) {
		with.pPublicData =
			(CK_BYTE *)(uintptr_t)test_hex(low[i], &length);
		with.ulPublicDataLen = length;
		EXPECT_RV(
			derive(session, MECHANISM_WITH(CKM_ECDH1_DERIVE, with),
				x, 32, &more, &key),
			CKR_MECHANISM_PARAM_INVALID);
	}
}

/* Decrypting what looks like padding is signing it. */
CLAIM(the_bare_rsa_function_turns_no_use_into_another, "Clulow 2003")
{
	static const CK_ULONG bare = CKM_RSA_X_509;
	CK_SESSION_HANDLE session = user_session();
	CK_ATTRIBUTE allowed =
		BYTES(CKA_ALLOWED_MECHANISMS, &bare, sizeof(bare));
	CK_OBJECT_HANDLE decrypts = rsa_private(
		session, TEMPLATE(FLAG(CKA_SIGN, CK_FALSE), allowed));
	CK_OBJECT_HANDLE signs = rsa_private(session,
		TEMPLATE(FLAG(CKA_DECRYPT, CK_FALSE),
			FLAG(CKA_UNWRAP, CK_FALSE), allowed));
	CK_OBJECT_HANDLE both = rsa_private(session, PLAIN);

	EXPECT(p11->C_DecryptInit(
		       session, MECHANISM(CKM_RSA_X_509), decrypts) != CKR_OK);
	EXPECT(p11->C_SignInit(session, MECHANISM(CKM_RSA_X_509), decrypts) !=
		CKR_OK);
	EXPECT(p11->C_SignInit(session, MECHANISM(CKM_RSA_X_509), signs) !=
		CKR_OK);
	EXPECT(p11->C_DecryptInit(session, MECHANISM(CKM_RSA_X_509), signs) !=
		CKR_OK);
	EXPECT(p11->C_DecryptInit(session, MECHANISM(CKM_RSA_X_509), both) !=
		CKR_OK);
	EXPECT(p11->C_SignInit(session, MECHANISM(CKM_RSA_X_509), both) !=
		CKR_OK);
}

/* Bleichenbacher's question, asked by unwrapping: good padding or bad? */
CLAIM(unwrapping_by_rsa_tells_nothing_of_the_padding, "Bardou 2012")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE made, private = rsa_private(session, PLAIN);
	CK_BYTE wrapped[256];
	int i;

	memset(wrapped, 0x17, sizeof(wrapped));
	for (i = 0; i < 64; i++) {
		wrapped[255] = (CK_BYTE)i;
		EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_RSA_PKCS),
				  private, wrapped, sizeof(wrapped),
				  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
					  NUMBER(CKA_KEY_TYPE, CKK_AES)),
				  &made),
			CKR_OK);
		EXPECT_RV(p11->C_DestroyObject(session, made), CKR_OK);
	}
}

CLAIM(searches_and_sizes_confirm_no_guess, "Tookan 2010")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE canary = canary_aes(session, PLAIN), other;
	CK_ULONG size, other_size;
	CK_BYTE other_value[CANARY_LENGTH] = { 0 };

	rsa_private(session, PLAIN);
	EXPECT_NUMBER(
		find(session,
			TEMPLATE(BYTES(CKA_VALUE, canary_value, CANARY_LENGTH)),
			NULL),
		0);
	EXPECT_NUMBER(find(session,
			      TEMPLATE(NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
				      BYTES(CKA_PRIVATE_EXPONENT, "\x08", 1)),
			      NULL),
		0);
	other = aes_key(session,
		TEMPLATE(BYTES(CKA_VALUE, other_value, CANARY_LENGTH),
			FLAG(CKA_SENSITIVE, CK_TRUE),
			FLAG(CKA_EXTRACTABLE, CK_FALSE)));
	EXPECT_RV(p11->C_GetObjectSize(session, canary, &size), CKR_OK);
	EXPECT_RV(p11->C_GetObjectSize(session, other, &other_size), CKR_OK);
	EXPECT_NUMBER(size, other_size);
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(CKM_SHA256)), CKR_OK);
	EXPECT_RV(p11->C_DigestKey(session, canary), CKR_KEY_INDIGESTIBLE);
}

/* What all of this must leave possible: how NSS opens a mail's content key. */
CLAIM(a_mails_content_key_is_still_unwrapped_and_readable, "NSS")
{
	const struct curve *curve = &curves[CURVE_P256];
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE agreed, content, back,
		own = ec_private(session, curve, PLAIN);
	CK_ECDH1_DERIVE_PARAMS with = { .kdf = CKD_SHA256_KDF };
	CK_ATTRIBUTE aes[] = { NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_AES), NUMBER(CKA_VALUE_LEN, 32),
		FLAG(CKA_WRAP, CK_TRUE) };
	CK_BYTE wrapped[64], *value;
	CK_ULONG length = sizeof(wrapped);
	size_t size;

	with.pPublicData = (CK_BYTE *)(uintptr_t)test_hex(curve->point, &size);
	with.ulPublicDataLen = size;
	EXPECT_RV(p11->C_DeriveKey(session,
			  MECHANISM_WITH(CKM_ECDH1_DERIVE, with), own, aes, 4,
			  &agreed),
		CKR_OK);
	content = known_aes(session);
	EXPECT_RV(p11->C_WrapKey(session, MECHANISM(CKM_AES_KEY_WRAP), agreed,
			  content, wrapped, &length),
		CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP), agreed,
			  wrapped, length, aes, 2, &back),
		CKR_OK);
	value = value_of(session, back, CKA_VALUE, &size);
	EXPECT_BYTES(value, size, known_value, 32);
}
