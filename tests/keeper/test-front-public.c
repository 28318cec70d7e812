/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys that a fronted token does not keep, from its certificates:
 * SoftHSM2, whose public key was destroyed. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/softhsm.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>

static CK_SLOT_ID slot;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key, private_key;
static EVP_PKEY *pair;

#define P256 "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
static CK_BYTE id[] = "\x01\x02", label[] = "Alice";
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	EXPECT_RV(module->C_Initialize(&arguments), CKR_OK);
}

static void
find_slot(void)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8, i;
	CK_TOKEN_INFO info;

	EXPECT_RV(module->C_GetSlotList(CK_FALSE, NULL, &count), CKR_OK);
	count = 8;
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	slot = slots[0];
	for (i = 0; i < count; i++)
		if (module->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			info.flags & CKF_TOKEN_INITIALIZED)
			slot = slots[i];
}

static void
make_token(void)
{
	char configuration[16384];

	snprintf(configuration, sizeof(configuration),
		"kdf-memory = 1\n[front hsm]\nmodule = %s\n"
		"environment = SOFTHSM2_CONF=%s\n",
		softhsm_find(), softhsm_configure());
	stage_home(configuration);
	application_load();
	initialize();
	find_slot();
	application_make_token(slot);
	find_slot();
	session = application_session_in(slot);
	application_login(session);
}

static CK_OBJECT_HANDLE
create(CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE object;

	EXPECT_RV(module->C_CreateObject(session, template, count, &object),
		CKR_OK);
	return object;
}

static void
make_keys(CK_MECHANISM_TYPE type, CK_ATTRIBUTE_TYPE what, void *value,
	CK_ULONG length)
{
	CK_MECHANISM mechanism = { type, NULL, 0 };
	CK_ATTRIBUTE public_template[] = { { what, value, length },
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &no, 1 },
		{ CKA_ID, id, 2 }, { CKA_VERIFY, &yes, 1 } };
	CK_ATTRIBUTE private_template[] = { { CKA_SIGN, &yes, 1 },
		{ CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &yes, 1 },
		{ CKA_ID, id, 2 } };

	EXPECT_RV(
		module->C_GenerateKeyPair(session, &mechanism, public_template,
			5, private_template, 4, &public_key, &private_key),
		CKR_OK);
}

static CK_ULONG
value_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_BYTE value[1024])
{
	CK_ATTRIBUTE attribute = { type, value, 1024 };

	EXPECT_RV(module->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	return attribute.ulValueLen;
}

/* The token's key as OpenSSL has it: from the numbers that the token shows. */
static EVP_PKEY *
pair_of_token(bool is_ec)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(NULL, is_ec ? "EC" : "RSA", NULL);
	CK_BYTE n[1024], e[1024];
	EVP_PKEY *key = NULL;
	CK_ULONG length;

	if (is_ec) {
		length = value_of(public_key, CKA_EC_POINT, n);
		OSSL_PARAM_BLD_push_utf8_string(
			builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
		OSSL_PARAM_BLD_push_octet_string(
			builder, OSSL_PKEY_PARAM_PUB_KEY, n + 2, length - 2);
	} else {
		length = value_of(public_key, CKA_MODULUS, n);
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N,
			BN_bin2bn(n, (int)length, NULL));
		length = value_of(public_key, CKA_PUBLIC_EXPONENT, e);
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E,
			BN_bin2bn(e, (int)length, NULL));
	}
	EXPECT(EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY,
			OSSL_PARAM_BLD_to_param(builder)) == 1);
	return key;
}

static void
make_certificate(bool is_ec, bool is_authority)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();
	EVP_PKEY *issuer = EVP_EC_gen("P-256");
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	unsigned char *der = NULL, *subject = NULL;
	int length, subject_length;

	pair = pair_of_token(is_ec);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"Alice", -1, -1, 0);
	X509_set_version(certificate, X509_VERSION_3);
	X509_set_subject_name(certificate, name);
	X509_set_issuer_name(certificate, name);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_set_pubkey(certificate, pair);
	if (is_authority)
		X509_add_ext(certificate,
			X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
				"critical,CA:TRUE"),
			-1);
	X509_sign(certificate, issuer, EVP_sha256());
	length = i2d_X509(certificate, &der);
	subject_length = i2d_X509_NAME(name, &subject);
	EXPECT(length > 0 && subject_length > 0);
	create((CK_ATTRIBUTE[]){ { CKA_CLASS, &class, sizeof(class) },
		       { CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
		       { CKA_TOKEN, &yes, 1 }, { CKA_PRIVATE, &no, 1 },
		       { CKA_ID, id, 2 }, { CKA_LABEL, label, 5 },
		       { CKA_SUBJECT, subject, (CK_ULONG)subject_length },
		       { CKA_VALUE, der, (CK_ULONG)length } },
		8);
}

static void
make_rsa(bool is_authority)
{
	CK_ULONG bits = 2048;

	make_token();
	make_keys(CKM_RSA_PKCS_KEY_PAIR_GEN, CKA_MODULUS_BITS, &bits,
		sizeof(bits));
	make_certificate(false, is_authority);
}

static CK_ULONG
find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *found)
{
	CK_ATTRIBUTE template[] = { { CKA_ID, id, 2 },
		{ CKA_CLASS, &class, sizeof(class) } };
	CK_OBJECT_HANDLE objects[8];
	CK_ULONG count = 0, more = 1;

	EXPECT_RV(module->C_FindObjectsInit(
			  session, template, class == ~0UL ? 1 : 2),
		CKR_OK);
	/* One by one. */
	while (more) {
		EXPECT_RV(module->C_FindObjects(
				  session, &objects[count], 1, &more),
			CKR_OK);
		count += more;
		EXPECT(count < 8);
	}
	EXPECT_RV(module->C_FindObjectsFinal(session), CKR_OK);
	if (count)
		*found = objects[count - 1];
	return count;
}

/* As the next application finds the token: without a login. */
static void
come_again(void)
{
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	initialize();
	find_slot();
	session = application_session_in(slot);
}

static void
destroy_public_key(void)
{
	EXPECT_RV(module->C_DestroyObject(session, public_key), CKR_OK);
}

static EVP_PKEY *
shown_pair(CK_OBJECT_HANDLE object)
{
	CK_BYTE value[1024];
	const unsigned char *at = value;
	CK_ULONG length = value_of(object, CKA_PUBLIC_KEY_INFO, value);

	return d2i_PUBKEY(NULL, &at, (long)length);
}

TEST(one_that_is_missing_is_found_before_the_login)
{
	CK_BYTE modulus[1024], exponent[1024], value[1024];
	CK_ULONG length, exponent_length, count;
	CK_OBJECT_HANDLE found = 0, again = 0;

	make_rsa(false);
	length = value_of(public_key, CKA_MODULUS, modulus);
	exponent_length = value_of(public_key, CKA_PUBLIC_EXPONENT, exponent);
	destroy_public_key();
	come_again();
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
	count = value_of(found, CKA_MODULUS, value);
	EXPECT_BYTES(value, count, modulus, length);
	count = value_of(found, CKA_PUBLIC_EXPONENT, value);
	EXPECT_BYTES(value, count, exponent, exponent_length);
	count = value_of(found, CKA_LABEL, value);
	EXPECT_BYTES(value, count, label, 5);
	EXPECT(EVP_PKEY_eq(shown_pair(found), pair) == 1);
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &again), 1);
	EXPECT_NUMBER(again, found);
	EXPECT_NUMBER(find(CKO_CERTIFICATE, &again), 1);
	EXPECT_NUMBER(find(~0UL, &again), 2);
	application_login(session);
	EXPECT_NUMBER(find(~0UL, &again), 3);
}

TEST(that_of_a_curve_is_as_the_token_had_it)
{
	CK_BYTE point[1024], value[1024], params[] = P256;
	CK_OBJECT_HANDLE found = 0;
	CK_ULONG length, count;

	make_token();
	make_keys(CKM_EC_KEY_PAIR_GEN, CKA_EC_PARAMS, params, 10);
	make_certificate(true, false);
	length = value_of(public_key, CKA_EC_POINT, point);
	destroy_public_key();
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
	count = value_of(found, CKA_EC_POINT, value);
	EXPECT_BYTES(value, count, point, length);
	count = value_of(found, CKA_EC_PARAMS, value);
	EXPECT_BYTES(value, count, params, 10);
	EXPECT(EVP_PKEY_eq(shown_pair(found), pair) == 1);
}

TEST(a_token_that_has_it_is_believed)
{
	CK_OBJECT_HANDLE found = 0;

	make_rsa(false);
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
	EXPECT_NUMBER(found, public_key);
}

/* To NSS the certificate of an authority would be the user's own. */
TEST(an_authority_has_one_only_beside_its_private_key)
{
	CK_OBJECT_HANDLE found = 0;

	make_rsa(true);
	destroy_public_key();
	come_again();
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 0);
	application_login(session);
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
}

TEST(the_vendor_never_hears_of_it)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE change = { CKA_LABEL, label, 3 };
	CK_OBJECT_HANDLE found = 0, copy;
	CK_ULONG size;

	make_rsa(false);
	destroy_public_key();
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
	EXPECT_RV(module->C_VerifyInit(session, &mechanism, found),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	mechanism.mechanism = CKM_RSA_PKCS;
	EXPECT_RV(module->C_EncryptInit(session, &mechanism, found),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	EXPECT_RV(
		module->C_DestroyObject(session, found), CKR_ACTION_PROHIBITED);
	EXPECT_RV(module->C_SetAttributeValue(session, found, &change, 1),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(module->C_CopyObject(session, found, &change, 1, &copy),
		CKR_ACTION_PROHIBITED);
	EXPECT_RV(module->C_GetObjectSize(session, found, &size), CKR_OK);
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
}

TEST(what_is_asked_of_it_is_answered_as_the_standard_says)
{
	CK_BYTE value[8];
	CK_BBOOL verifies = 9;
	CK_ATTRIBUTE asked[] = { { CKA_MODULUS, value, sizeof(value) },
		{ CKA_VALUE, value, sizeof(value) },
		{ CKA_VERIFY, &verifies, 1 }, { CKA_MODULUS, NULL, 0 } };
	CK_OBJECT_HANDLE found = 0;
	CK_RV rv;

	make_rsa(false);
	destroy_public_key();
	EXPECT_NUMBER(find(CKO_PUBLIC_KEY, &found), 1);
	rv = module->C_GetAttributeValue(session, found, asked, 4);
	EXPECT(rv == CKR_BUFFER_TOO_SMALL || rv == CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_NUMBER(asked[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(asked[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
	EXPECT_NUMBER(verifies, CK_FALSE);
	EXPECT_NUMBER(asked[3].ulValueLen, 256);
}
