/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms that a fronted token lacks, made of what it has. SoftHSM2 is the
 * token, behind a module that hides what of it hashes; OpenSSL is the judge. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/softhsm.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

static const struct row {
	CK_MECHANISM_TYPE type, hash;
	CK_RSA_PKCS_MGF_TYPE mgf; /* 0: not PSS */
	const char *name;         /* of the hash */
	CK_FLAGS hardware;
} rows[] = {
	{ CKM_SHA1_RSA_PKCS, 0, 0, "SHA1", 0 },
	{ CKM_SHA224_RSA_PKCS, 0, 0, "SHA224", 0 },
	{ CKM_SHA256_RSA_PKCS, 0, 0, "SHA256", 0 },
	{ CKM_SHA384_RSA_PKCS, 0, 0, "SHA384", 0 },
	{ CKM_SHA512_RSA_PKCS, 0, 0, "SHA512", 0 },
	{ CKM_SHA1_RSA_PKCS_PSS, CKM_SHA_1, CKG_MGF1_SHA1, "SHA1", 0 },
	{ CKM_SHA224_RSA_PKCS_PSS, CKM_SHA224, CKG_MGF1_SHA224, "SHA224", 0 },
	{ CKM_SHA256_RSA_PKCS_PSS, CKM_SHA256, CKG_MGF1_SHA256, "SHA256", 0 },
	{ CKM_SHA384_RSA_PKCS_PSS, CKM_SHA384, CKG_MGF1_SHA384, "SHA384", 0 },
	{ CKM_SHA512_RSA_PKCS_PSS, CKM_SHA512, CKG_MGF1_SHA512, "SHA512", 0 },
	/* SoftHSM2 itself lacks these. */
	{ CKM_ECDSA_SHA1, 0, 0, "SHA1", CKF_EC_F_P },
	{ CKM_ECDSA_SHA224, 0, 0, "SHA224", CKF_EC_F_P },
	{ CKM_ECDSA_SHA256, 0, 0, "SHA256", CKF_EC_F_P },
	{ CKM_ECDSA_SHA384, 0, 0, "SHA384", CKF_EC_F_P },
	{ CKM_ECDSA_SHA512, 0, 0, "SHA512", CKF_EC_F_P },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
enum { RSA_ROWS = 10, SHA256_ROW = 2, PSS_ROW = 7 };

static CK_BYTE text[] = "a text that is signed in parts, or at once";
static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key, private_key;

/* The module, the token, and an RSA key. */
static void
set_up(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	char configuration[16384];
	CK_ULONG count = 1;

	snprintf(configuration, sizeof(configuration),
		"kdf-memory = 1\n[front hsm]\nmodule = " BUILDDIR
		"/tests/fronted/.libs/lesser.so\n"
		"environment = SOFTHSM2_CONF=%s LESSER=%s\n",
		softhsm_configure(), softhsm_find());
	stage_home(configuration);
	application_load();
	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
	EXPECT_RV(module->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	count = 1;
	module->C_GetSlotList(CK_TRUE, &slot, &count);
	application_make_token(slot);
	EXPECT_RV(module->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
}

static void
enter(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8, i;
	CK_TOKEN_INFO info;

	set_up();
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++)
		if (module->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			info.flags & CKF_TOKEN_INITIALIZED)
			slot = slots[i];
	session = application_session_in(slot);
	application_login(session);
}

static void
make_keys(CK_MECHANISM_TYPE type, CK_ATTRIBUTE_TYPE what, void *value,
	CK_ULONG length)
{
	CK_MECHANISM mechanism = { type, NULL, 0 };
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE public_template[] = { { what, value, length },
		{ CKA_VERIFY, &yes, 1 } };
	CK_ATTRIBUTE private_template[] = { { CKA_SIGN, &yes, 1 } };

	EXPECT_RV(
		module->C_GenerateKeyPair(session, &mechanism, public_template,
			2, private_template, 1, &public_key, &private_key),
		CKR_OK);
}

static void
make_rsa(void)
{
	CK_ULONG bits = 2048;

	make_keys(CKM_RSA_PKCS_KEY_PAIR_GEN, CKA_MODULUS_BITS, &bits,
		sizeof(bits));
}

static void
make_ec(const char *oid)
{
	CK_BYTE params[16];
	size_t length;
	const unsigned char *at = test_hex(oid, &length);

	memcpy(params, at, length);
	make_keys(CKM_EC_KEY_PAIR_GEN, CKA_EC_PARAMS, params, length);
}

#define P256 "06082a8648ce3d030107"
#define P384 "06052b81040022"
#define P521 "06052b81040023"

static CK_ULONG
value_of(CK_ATTRIBUTE_TYPE type, CK_BYTE value[1024])
{
	CK_ATTRIBUTE attribute = { type, value, 1024 };

	EXPECT_RV(
		module->C_GetAttributeValue(session, public_key, &attribute, 1),
		CKR_OK);
	return attribute.ulValueLen;
}

static EVP_PKEY *
from_data(const char *name, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	EVP_PKEY *key = NULL;

	EXPECT(EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(
			context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static EVP_PKEY *
rsa_key(void)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	CK_BYTE value[1024];
	BIGNUM *n, *e;
	EVP_PKEY *key;

	n = BN_bin2bn(value, (int)value_of(CKA_MODULUS, value), NULL);
	e = BN_bin2bn(value, (int)value_of(CKA_PUBLIC_EXPONENT, value), NULL);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
	key = from_data("RSA", builder);
	BN_free(n);
	BN_free(e);
	return key;
}

/* CKA_EC_POINT is an OCTET STRING, of which the last bytes are the point. */
static EVP_PKEY *
ec_key(void)
{
	static const char *const names[] = { "P-256", "P-384", "P-521" };
	static const CK_ULONG lengths[] = { 65, 97, 133 };
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	CK_BYTE value[1024];
	CK_ULONG length = value_of(CKA_EC_POINT, value), point;
	int i = length > lengths[2] ? 2 : length > lengths[1] ? 1 : 0;

	point = lengths[i];
	OSSL_PARAM_BLD_push_utf8_string(
		builder, OSSL_PKEY_PARAM_GROUP_NAME, names[i], 0);
	OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
		value + length - point, point);
	return from_data("EC", builder);
}

/* Two numbers side by side, as OpenSSL wants them. */
static int
in_der(const CK_BYTE *signature, CK_ULONG length, unsigned char **der)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();
	int half = (int)length / 2, result;

	ECDSA_SIG_set0(pair, BN_bin2bn(signature, half, NULL),
		BN_bin2bn(signature + half, half, NULL));
	*der = NULL;
	result = i2d_ECDSA_SIG(pair, der);
	ECDSA_SIG_free(pair);
	return result;
}

static bool
is_right(const struct row *row, CK_BYTE *signature, CK_ULONG length)
{
	bool is_ec = row->hardware & CKF_EC_F_P;
	EVP_PKEY *key = is_ec ? ec_key() : rsa_key();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	EVP_PKEY_CTX *padding;
	bool right;

	EXPECT(EVP_DigestVerifyInit_ex(context, &padding, row->name, NULL, NULL,
		       key, NULL) == 1);
	if (row->mgf)
		EXPECT(EVP_PKEY_CTX_set_rsa_padding(
			       padding, RSA_PKCS1_PSS_PADDING) == 1 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 20) == 1);
	if (is_ec) {
		length = (CK_ULONG)in_der(signature, length, &der);
		signature = der;
	}
	right = EVP_DigestVerify(
			context, signature, length, text, sizeof(text)) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return right;
}

static CK_MECHANISM *
mechanism_of(const struct row *row)
{
	static CK_RSA_PKCS_PSS_PARAMS pss;
	static CK_MECHANISM mechanism;

	mechanism = (CK_MECHANISM){ row->type, NULL, 0 };
	pss = (CK_RSA_PKCS_PSS_PARAMS){ row->hash, row->mgf, 20 };
	if (row->mgf)
		mechanism = (CK_MECHANISM){ row->type, &pss, sizeof(pss) };
	return &mechanism;
}

static CK_ULONG
sign(const struct row *row, CK_BYTE signature[512])
{
	CK_ULONG length = 512;

	EXPECT_RV(module->C_SignInit(session, mechanism_of(row), private_key),
		CKR_OK);
	EXPECT_RV(
		module->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
	return length;
}

/* Byte by byte, asked for the length, and with too little room at first. */
static CK_ULONG
sign_in_parts(const struct row *row, CK_BYTE signature[512])
{
	CK_ULONG length = 0, least = 1;
	size_t i;

	EXPECT_RV(module->C_SignInit(session, mechanism_of(row), private_key),
		CKR_OK);
	EXPECT_RV(module->C_SignUpdate(session, text, 20), CKR_OK);
	EXPECT_RV(module->C_SignFinal(session, NULL, &length), CKR_OK);
	for (i = 20; i < sizeof(text); i++)
		EXPECT_RV(module->C_SignUpdate(session, text + i, 1), CKR_OK);
	EXPECT_RV(module->C_SignFinal(session, signature, &least),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(least, length);
	EXPECT_RV(module->C_SignFinal(session, signature, &length), CKR_OK);
	return length;
}

static void
verify(const struct row *row, CK_BYTE *signature, CK_ULONG length)
{
	EXPECT_RV(module->C_VerifyInit(session, mechanism_of(row), public_key),
		CKR_OK);
	EXPECT_RV(module->C_Verify(
			  session, text, sizeof(text), signature, length),
		CKR_OK);
	EXPECT_RV(module->C_VerifyInit(session, mechanism_of(row), public_key),
		CKR_OK);
	EXPECT_RV(module->C_VerifyUpdate(session, text, 10), CKR_OK);
	EXPECT_RV(module->C_VerifyUpdate(session, text + 10, sizeof(text) - 10),
		CKR_OK);
	EXPECT_RV(module->C_VerifyFinal(session, signature, length), CKR_OK);
	EXPECT_RV(module->C_VerifyInit(session, mechanism_of(row), public_key),
		CKR_OK);
	EXPECT_RV(module->C_Verify(session, text, 10, signature, length),
		CKR_SIGNATURE_INVALID);
}

static void
try_row(const struct row *row)
{
	CK_BYTE signature[512];
	CK_ULONG length = sign(row, signature);

	EXPECT(is_right(row, signature, length));
	verify(row, signature, length);
	length = sign_in_parts(row, signature);
	EXPECT(is_right(row, signature, length));
	signature[length - 1] ^= 1;
	EXPECT(!is_right(row, signature, length));
}

TEST(each_hash_of_rsa_signs_what_openssl_verifies)
{
	int i;

	enter();
	make_rsa();
	for (i = 0; i < RSA_ROWS; i++)
		try_row(&rows[i]);
}

TEST(each_hash_of_ecdsa_signs_on_each_curve_what_openssl_verifies)
{
	static const char *const curves[] = { P256, P384, P521 };
	int i, j;

	enter();
	for (j = 0; j < 3; j++) {
		make_ec(curves[j]);
		for (i = RSA_ROWS; i < ROWS; i++)
			try_row(&rows[i]);
	}
}

TEST(they_are_listed_once_and_sized_as_what_they_are_made_of)
{
	CK_MECHANISM_TYPE types[256];
	CK_MECHANISM_INFO info, needed;
	CK_ULONG count = 0, told, i, j, found;

	enter();
	EXPECT_RV(module->C_GetMechanismList(slot, NULL, &told), CKR_OK);
	count = told - 1;
	EXPECT_RV(module->C_GetMechanismList(slot, types, &count),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_NUMBER(count, told);
	EXPECT_RV(module->C_GetMechanismList(slot, types, &count), CKR_OK);
	for (i = 0; i < ROWS; i++) {
		for (j = 0, found = 0; j < count; j++)
			found += types[j] == rows[i].type;
		EXPECT_NUMBER(found, 1);
		EXPECT_RV(module->C_GetMechanismInfo(slot, rows[i].type, &info),
			CKR_OK);
		EXPECT_RV(module->C_GetMechanismInfo(slot,
				  rows[i].mgf             ? CKM_RSA_PKCS_PSS
					  : i >= RSA_ROWS ? CKM_ECDSA
							  : CKM_RSA_PKCS,
				  &needed),
			CKR_OK);
		EXPECT_NUMBER(info.ulMinKeySize, needed.ulMinKeySize);
		EXPECT_NUMBER(info.ulMaxKeySize, needed.ulMaxKeySize);
		EXPECT(info.flags & CKF_SIGN && info.flags & CKF_VERIFY);
		EXPECT(!(info.flags & (CKF_DECRYPT | CKF_WRAP)));
		EXPECT_NUMBER(info.flags & (CKF_HW | CKF_EC_F_P),
			needed.flags & (CKF_HW | CKF_EC_F_P));
	}
	EXPECT_RV(module->C_GetMechanismInfo(slot, CKM_SHA3_256, &info),
		CKR_MECHANISM_INVALID);
}

TEST(a_signature_that_did_not_fit_is_of_the_text_that_comes_with_the_room)
{
	const struct row *row = &rows[SHA256_ROW];
	CK_BYTE signature[512], other[] = "another text";
	CK_ULONG length = 1;

	enter();
	make_rsa();
	EXPECT_RV(module->C_SignInit(session, mechanism_of(row), private_key),
		CKR_OK);
	EXPECT_RV(module->C_Sign(session, other, sizeof(other), NULL, &length),
		CKR_OK);
	length = 1;
	EXPECT_RV(module->C_Sign(
			  session, other, sizeof(other), signature, &length),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(
		module->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
	EXPECT(is_right(row, signature, length));
}

/* The vendor has RSA_PKCS under way, which would sign any text of 32 bytes as
 * if it were a digest. */
TEST(after_an_error_nothing_is_signed_that_was_not_hashed)
{
	const struct row *row = &rows[SHA256_ROW];
	CK_BYTE signature[512];
	CK_ULONG length = 512;

	enter();
	make_rsa();
	EXPECT_RV(module->C_SignInit(session, mechanism_of(row), private_key),
		CKR_OK);
	EXPECT_RV(module->C_SignUpdate(session, text, 5), CKR_OK);
	EXPECT_RV(module->C_Sign(session, text, 32, signature, &length),
		CKR_OPERATION_ACTIVE);
	EXPECT_RV(module->C_Sign(session, text, 32, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(module->C_SignFinal(session, signature, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(module->C_SignUpdate(session, text, 1),
		CKR_OPERATION_NOT_INITIALIZED);
	/* And another session is as free as ever. */
	session = application_session_in(slot);
	EXPECT(is_right(row, signature, sign(row, signature)));
}

TEST(a_state_without_its_hash_is_not_given_away)
{
	CK_BYTE state[512];
	CK_ULONG length = 512;

	enter();
	make_rsa();
	EXPECT_RV(module->C_SignInit(session, mechanism_of(&rows[SHA256_ROW]),
			  private_key),
		CKR_OK);
	EXPECT_RV(module->C_GetOperationState(session, state, &length),
		CKR_STATE_UNSAVEABLE);
}

TEST(pss_with_another_hash_than_it_names_is_refused)
{
	CK_MECHANISM *mechanism = mechanism_of(&rows[PSS_ROW]);
	CK_RSA_PKCS_PSS_PARAMS *pss = mechanism->pParameter;

	enter();
	make_rsa();
	pss->hashAlg = CKM_SHA_1;
	EXPECT_RV(module->C_SignInit(session, mechanism, private_key),
		CKR_MECHANISM_PARAM_INVALID);
}

TEST(what_would_need_the_key_elsewhere_is_not_offered)
{
	CK_MECHANISM mechanism = { CKM_EDDSA, NULL, 0 };

	enter();
	make_rsa();
	mechanism.mechanism = CKM_SHA3_256_RSA_PKCS;
	EXPECT_RV(module->C_SignInit(session, &mechanism, private_key),
		CKR_MECHANISM_INVALID);
	/* And no signature by a key for something else. */
	mechanism.mechanism = CKM_ECDSA_SHA256;
	EXPECT(module->C_SignInit(session, &mechanism, public_key) != CKR_OK);
}

TEST(a_code_that_the_standard_does_not_know_becomes_one_that_it_does)
{
	CK_BYTE seed[4] = { 0 };

	enter();
	EXPECT_RV(module->C_SeedRandom(session, seed, sizeof(seed)),
		CKR_GENERAL_ERROR);
}
