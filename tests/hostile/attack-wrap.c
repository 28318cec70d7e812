/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks by wrapping, unwrapping and copying, as they were published:
 * J. Clulow, "On the Security of PKCS #11" (2003); S. Delaune, S. Kremer,
 * G. Steel, "Formal Analysis of PKCS#11" (2008); M. Bortolozzo, M. Centenaro,
 * R. Focardi, G. Steel, "Attacking and Fixing PKCS#11 Security Tokens" (2010:
 * Tookan). */

#include "config.h"

#include "tests/hostile/canary.h"

#include "tests/conformance/keys.h"

/* Every way in which a key could leave in a wrapping. */
static const CK_MECHANISM_TYPE wraps[] = { CKM_AES_KEY_WRAP,
	CKM_AES_KEY_WRAP_PAD, CKM_AES_KEY_WRAP_KWP, CKM_NSS_AES_KEY_WRAP,
	CKM_NSS_AES_KEY_WRAP_PAD, CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD,
	CKM_AES_CTR, CKM_AES_GCM, CKM_RSA_PKCS, CKM_RSA_X_509 };
enum { WRAPS = sizeof(wraps) / sizeof(*wraps) };

static CK_RV
wrap_by(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key, CK_BYTE room[512],
	CK_ULONG *length)
{
	*length = 512;
	return p11->C_WrapKey(
		session, MECHANISM(type), wrapping, key, room, length);
}

static void
expect_stays(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE wrapping,
	CK_OBJECT_HANDLE key)
{
	CK_BYTE room[512];
	CK_ULONG length;
	size_t i;

	for (i = 0; i < WRAPS; i++)
		if (wrap_by(session, wraps[i], wrapping, key, room, &length) ==
			CKR_OK)
			test_fail(
				__FILE__, __LINE__, "left by 0x%lx", wraps[i]);
}

/* The key that wraps also decrypts what it wrapped. */
CLAIM(one_key_that_wraps_and_decrypts_gains_nothing, "Clulow 2003, Tookan 2010")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key, copy, canary = canary_aes(session, PLAIN),
				    guarded = canary_guarded(session);
	CK_ATTRIBUTE both[] = { FLAG(CKA_WRAP, CK_TRUE),
		FLAG(CKA_DECRYPT, CK_TRUE), FLAG(CKA_TOKEN, CK_TRUE),
		NUMBER(CKA_VALUE_LEN, 32) };

	EXPECT_RV(p11->C_GenerateKey(
			  session, MECHANISM(CKM_AES_KEY_GEN), both, 4, &key),
		CKR_TEMPLATE_INCONSISTENT);
	key = known_aes(session);
	EXPECT_RV(p11->C_CopyObject(session, key,
			  TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE)), &copy),
		CKR_TEMPLATE_INCONSISTENT);
	expect_stays(session, key, canary);
	expect_stays(session, key, guarded);
	/* Nor can a use be set later, one after the other. */
	EXPECT_RV(p11->C_CopyObject(session, key,
			  TEMPLATE(FLAG(CKA_WRAP, CK_FALSE)), &copy),
		CKR_OK);
	EXPECT_RV(p11->C_SetAttributeValue(
			  session, copy, TEMPLATE(FLAG(CKA_WRAP, CK_TRUE))),
		CKR_ATTRIBUTE_READ_ONLY);
}

/* One handle wraps, another of the same key decrypts. */
CLAIM(copies_of_a_trusted_key_do_not_split_its_uses, "Delaune 2008")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE trusted, copy;

	make_trusted_key(session);
	login_user(session);
	trusted = find_trusted_key(session);
	EXPECT_RV(p11->C_CopyObject(session, trusted,
			  TEMPLATE(FLAG(CKA_TOKEN, CK_FALSE),
				  FLAG(CKA_DECRYPT, CK_TRUE)),
			  &copy),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_DecryptInit(
			  session, MECHANISM(CKM_AES_KEY_WRAP), trusted),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

CLAIM(a_trusted_key_never_both_wraps_and_decrypts, "Clulow 2003")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE key;
	CK_BBOOL is_token;

	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	for (is_token = 0; is_token < 2; is_token++)
		EXPECT_RV(
			p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
				TEMPLATE(NUMBER(CKA_VALUE_LEN, 32),
					FLAG(CKA_TOKEN, is_token),
					FLAG(CKA_PRIVATE, CK_FALSE),
					FLAG(CKA_TRUSTED, CK_TRUE),
					FLAG(CKA_WRAP, CK_TRUE),
					FLAG(CKA_DECRYPT, CK_TRUE)),
				&key),
			CKR_TEMPLATE_INCONSISTENT);
}

CLAIM(a_key_that_the_caller_brought_wraps_nothing_out, "Clulow 2003")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE canary = canary_aes(session, PLAIN),
			 guarded = canary_guarded(session),
			 rsa = rsa_private(session, PLAIN),
			 ec = ec_private(session, &curves[CURVE_P256], PLAIN),
			 brought[2];
	size_t i;

	brought[0] = known_aes(session);
	brought[1] = rsa_public(session, PLAIN);
	for (i = 0; i < 2; i++) {
		expect_stays(session, brought[i], canary);
		expect_stays(session, brought[i], guarded);
		expect_stays(session, brought[i], rsa);
		expect_stays(session, brought[i], ec);
	}
}

CLAIM(a_key_that_the_caller_derived_wraps_nothing_out, "Clulow 2003")
{
	const struct curve *curve = &curves[CURVE_P256];
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key, canary = canary_aes(session, PLAIN),
			      guarded = canary_guarded(session),
			      own = ec_private(session, curve, PLAIN);
	CK_ECDH1_DERIVE_PARAMS with = { .kdf = CKD_NULL };
	size_t length;

	with.pPublicData =
		(CK_BYTE *)(uintptr_t)test_hex(curve->point, &length);
	with.ulPublicDataLen = length;
	EXPECT_RV(p11->C_DeriveKey(session,
			  MECHANISM_WITH(CKM_ECDH1_DERIVE, with), own,
			  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES),
				  NUMBER(CKA_VALUE_LEN, 32),
				  FLAG(CKA_WRAP, CK_TRUE)),
			  &key),
		CKR_OK);
	expect_stays(session, key, canary);
	expect_stays(session, key, guarded);
}

/* The officer's word is his alone, in each call that makes or changes a key. */
CLAIM(users_make_no_key_trusted, "Delaune 2008, BASE 4.10")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE made, key = known_aes(session),
			       canary = canary_aes(session, PLAIN);
	CK_ATTRIBUTE trusted = FLAG(CKA_TRUSTED, CK_TRUE);
	CK_BYTE wrapped[512];
	CK_ULONG length;

	EXPECT_RV(p11->C_SetAttributeValue(session, key, &trusted, 1),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_CopyObject(session, key, &trusted, 1, &made),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  TEMPLATE(NUMBER(CKA_VALUE_LEN, 16), trusted), &made),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_CreateObject(session,
			  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES), trusted,
				  BYTES(CKA_VALUE, known_value, 32)),
			  &made),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(
		wrap_by(session, CKM_AES_KEY_WRAP, key, key, wrapped, &length),
		CKR_OK);
	EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP), key,
			  wrapped, length,
			  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
				  NUMBER(CKA_KEY_TYPE, CKK_AES), trusted),
			  &made),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_SetAttributeValue(session, canary, &trusted, 1),
		CKR_ATTRIBUTE_READ_ONLY);
}

/* An untrusted copy of a trusted key would unwrap without its duties. */
CLAIM(users_take_no_trust_away, "Delaune 2008")
{
	CK_SESSION_HANDLE session = public_session();
	CK_OBJECT_HANDLE trusted, copy;
	CK_ATTRIBUTE no = FLAG(CKA_TRUSTED, CK_FALSE);

	make_trusted_key(session);
	login_user(session);
	trusted = find_trusted_key(session);
	EXPECT_RV(p11->C_SetAttributeValue(session, trusted, &no, 1),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_CopyObject(session, trusted, &no, 1, &copy),
		CKR_ATTRIBUTE_READ_ONLY);
	EXPECT_RV(p11->C_CopyObject(session, trusted,
			  TEMPLATE(FLAG(CKA_TOKEN, CK_FALSE)), &copy),
		CKR_OK);
	EXPECT(flag_of(session, copy, CKA_TRUSTED) == CK_TRUE);
}

static CK_RV
unwrap_as(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE trusted,
	const CK_BYTE *wrapped, CK_ULONG length, const CK_ATTRIBUTE *more,
	CK_OBJECT_HANDLE *key)
{
	return p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP), trusted,
		(CK_BYTE *)(uintptr_t)wrapped, length,
		TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			NUMBER(CKA_KEY_TYPE, CKK_AES), *more),
		key);
}

/* What a trusted key took out comes back under other attributes. */
CLAIM(what_a_trusted_key_wrapped_comes_back_as_safe,
	"Delaune 2008, Tookan 2010")
{
	CK_SESSION_HANDLE session = public_session();
	CK_ATTRIBUTE loose[] = { FLAG(CKA_SENSITIVE, CK_FALSE),
		FLAG(CKA_WRAP_WITH_TRUSTED, CK_FALSE) };
	CK_ATTRIBUTE extractable = FLAG(CKA_EXTRACTABLE, CK_TRUE);
	CK_OBJECT_HANDLE trusted, guarded, back, known;
	CK_BYTE wrapped[512];
	CK_ULONG length;
	size_t i;

	make_trusted_key(session);
	login_user(session);
	trusted = find_trusted_key(session);
	known = known_aes(session);
	guarded = canary_guarded(session);
	EXPECT_RV(wrap_by(session, CKM_AES_KEY_WRAP, trusted, guarded, wrapped,
			  &length),
		CKR_OK);
	for (i = 0; i < 2; i++)
		EXPECT_RV(unwrap_as(session, trusted, wrapped, length,
				  &loose[i], &back),
			CKR_TEMPLATE_INCONSISTENT);
	EXPECT_RV(unwrap_as(session, trusted, wrapped, length, &extractable,
			  &back),
		CKR_OK);
	EXPECT(flag_of(session, back, CKA_SENSITIVE) == CK_TRUE);
	EXPECT(flag_of(session, back, CKA_WRAP_WITH_TRUSTED) == CK_TRUE);
	expect_hidden(session, back);
	expect_stays(session, known, back);
}

CLAIM(copies_weaken_nothing, "Tookan 2010, BASE 4.9")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE keys[3], copy;
	CK_ATTRIBUTE weaker[] = { FLAG(CKA_SENSITIVE, CK_FALSE),
		FLAG(CKA_EXTRACTABLE, CK_TRUE), FLAG(CKA_PRIVATE, CK_FALSE),
		FLAG(CKA_ALWAYS_SENSITIVE, CK_FALSE),
		FLAG(CKA_NEVER_EXTRACTABLE, CK_TRUE),
		NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
		NUMBER(CKA_CLASS, CKO_DATA) };
	size_t i, j;

	keys[0] = canary_aes(session, PLAIN);
	keys[1] = rsa_private(session, PLAIN);
	keys[2] = ec_private(session, &curves[CURVE_P256], PLAIN);
	for (i = 0; i < 3; i++) {
		for (j = 0; j < sizeof(weaker) / sizeof(*weaker); j++) {
			CK_RV rv = p11->C_CopyObject(
				session, keys[i], &weaker[j], 1, &copy);

			/* One that changes nothing is fine. */
			if (rv == CKR_OK)
				expect_hidden(session, copy);
			EXPECT(p11->C_SetAttributeValue(session, keys[i],
				       &weaker[j], 1) != CKR_OK ||
				rv == CKR_OK);
			expect_hidden(session, keys[i]);
		}
		EXPECT_RV(p11->C_CopyObject(session, keys[i], NULL, 0, &copy),
			CKR_OK);
		expect_hidden(session, copy);
		expect_stays(session, known_aes(session), copy);
	}
}

CLAIM(contradictory_templates_are_read_on_the_safe_side, "Tookan 2010")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key;
	CK_ATTRIBUTE twice[] = { NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_AES),
		BYTES(CKA_VALUE, canary_value, 32),
		FLAG(CKA_EXTRACTABLE, CK_FALSE),
		FLAG(CKA_EXTRACTABLE, CK_TRUE) };

	EXPECT_RV(p11->C_CreateObject(session, twice, 5, &key),
		CKR_TEMPLATE_INCONSISTENT);
	twice[4] = NUMBER(CKA_SENSITIVE, CK_FALSE);
	EXPECT_RV(p11->C_CreateObject(session, twice, 5, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	twice[4] = FLAG(CKA_SENSITIVE, 2);
	EXPECT_RV(p11->C_CreateObject(session, twice, 5, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	/* Readable, but only a trusted key may take it out: not readable. */
	key = aes_key(session,
		TEMPLATE(BYTES(CKA_VALUE, canary_value, 32),
			FLAG(CKA_WRAP_WITH_TRUSTED, CK_TRUE)));
	expect_hidden(session, key);
	key = aes_key(session,
		TEMPLATE(BYTES(CKA_VALUE, canary_value, 32),
			FLAG(CKA_EXTRACTABLE, CK_FALSE)));
	expect_hidden(session, key);
}

/* Wrapping without a check value lets keys be altered, and blocks be taken
 * apart; without padding RSA gives roots away. */
CLAIM(no_wrapping_is_offered_that_can_be_altered, "Clulow 2003")
{
	static const CK_MECHANISM_TYPE weak[] = { CKM_AES_ECB, CKM_AES_CBC,
		CKM_AES_CBC_PAD, CKM_AES_CTR, CKM_AES_GCM, CKM_RSA_X_509,
		CKM_DES3_ECB, CKM_DES3_CBC, CKM_DES_ECB };
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE made, key = known_aes(session);
	CK_MECHANISM_INFO info;
	CK_BYTE wrapped[512];
	CK_ULONG length;
	size_t i;

	for (i = 0; i < sizeof(weak) / sizeof(*weak); i++)
		EXPECT(p11->C_GetMechanismInfo(slot, weak[i], &info) !=
				CKR_OK ||
			(info.flags & (CKF_WRAP | CKF_UNWRAP)) == 0);
	EXPECT_RV(
		wrap_by(session, CKM_AES_KEY_WRAP, key, key, wrapped, &length),
		CKR_OK);
	for (i = 0; i < length; i++) {
		wrapped[i] ^= 1;
		EXPECT_RV(p11->C_UnwrapKey(session, MECHANISM(CKM_AES_KEY_WRAP),
				  key, wrapped, length,
				  TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
					  NUMBER(CKA_KEY_TYPE, CKK_AES)),
				  &made),
			CKR_WRAPPED_KEY_INVALID);
		wrapped[i] ^= 1;
	}
}

CLAIM(token_keys_stay_unless_they_are_made_to_leave, "OURS")
{
	CK_SESSION_HANDLE session = user_session();
	CK_OBJECT_HANDLE key, copy;

	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  TEMPLATE(NUMBER(CKA_VALUE_LEN, 32),
				  FLAG(CKA_TOKEN, CK_TRUE)),
			  &key),
		CKR_OK);
	EXPECT(flag_of(session, key, CKA_EXTRACTABLE) == CK_FALSE);
	expect_hidden(session, key);
	EXPECT_RV(p11->C_CopyObject(session, key,
			  TEMPLATE(FLAG(CKA_TOKEN, CK_FALSE)), &copy),
		CKR_OK);
	EXPECT(flag_of(session, copy, CKA_EXTRACTABLE) == CK_FALSE);
	expect_hidden(session, copy);
	expect_stays(session, known_aes(session), copy);
}
