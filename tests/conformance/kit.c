/* SPDX-License-Identifier: BSD-2-Clause */
/* A token for each test, and short ways to what tests do often. */

#include "config.h"

#include "tests/conformance/kit.h"

#include "tests/conformance/exception.h"
#include "tests/conformance/keys.h"
#include "tests/conformance/wiring.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEMPLATE_MAX = 48 };

const CK_FUNCTION_LIST_3_0 *p11;
CK_SLOT_ID slot;

static const struct wiring *wiring;

__attribute__((constructor)) static void
choose(void)
{
	wiring = wiring_chosen();
	if (!wiring->is_ours)
		test_exception = exception_find;
}

bool
is_ours(void)
{
	return wiring->is_ours;
}

void
load(void)
{
	p11 = wiring->load(test_folder());
	EXPECT(p11 != NULL);
	if (wiring->unload)
		atexit(wiring->unload);
}

void
initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	load();
	EXPECT_RV(p11->C_Initialize(&arguments), CKR_OK);
}

static CK_SLOT_ID
uninitialized_slot(void)
{
	CK_SLOT_ID slots[16];
	CK_TOKEN_INFO token;
	CK_ULONG count = 16, i;

	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++) {
		EXPECT_RV(p11->C_GetTokenInfo(slots[i], &token), CKR_OK);
		if (!(token.flags & CKF_TOKEN_INITIALIZED))
			return slots[i];
	}
	test_fail(__FILE__, __LINE__, "no slot to initialise");
}

/* Initialising may renumber a peer's slots, so the label finds it again. */
static CK_SLOT_ID
slot_labelled(const CK_UTF8CHAR label[32])
{
	CK_SLOT_ID slots[16];
	CK_TOKEN_INFO token;
	CK_ULONG count = 16, i;

	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++)
		if (p11->C_GetTokenInfo(slots[i], &token) == CKR_OK &&
			memcmp(token.label, label, 32) == 0)
			return slots[i];
	test_fail(__FILE__, __LINE__, "the token is not there");
}

static CK_UTF8CHAR label[33] = "Conformance                     ";

void
initialize_again(void)
{
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
	slot = slot_labelled(label);
}

void
fresh_token(void)
{
	CK_SESSION_HANDLE session;

	initialize();
	EXPECT_RV(p11->C_InitToken(uninitialized_slot(), TEXT_OF(SO_PIN), label),
		CKR_OK);
	slot = slot_labelled(label);
	session = open_session(CKF_RW_SESSION);
	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_RV(p11->C_InitPIN(session, TEXT_OF(USER_PIN)), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
}

CK_SESSION_HANDLE
open_session(CK_FLAGS flags)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(p11->C_OpenSession(slot, flags | CKF_SERIAL_SESSION, NULL,
			  NULL, &session), CKR_OK);
	return session;
}

void
login_user(CK_SESSION_HANDLE session)
{
	EXPECT_RV(p11->C_Login(session, CKU_USER, TEXT_OF(USER_PIN)), CKR_OK);
}

CK_SESSION_HANDLE
public_session(void)
{
	fresh_token();
	return open_session(CKF_RW_SESSION);
}

CK_SESSION_HANDLE
user_session(void)
{
	CK_SESSION_HANDLE session = public_session();

	login_user(session);
	return session;
}

bool
offers(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	CK_MECHANISM_INFO info;

	return p11->C_GetMechanismInfo(slot, type, &info) == CKR_OK &&
		(info.flags & use) == use;
}

void
need(CK_MECHANISM_TYPE type, CK_FLAGS use)
{
	CK_MECHANISM_INFO info;

	if (p11->C_GetMechanismInfo(slot, type, &info) == CKR_OK &&
		(info.flags & use) == use)
		return;
	if (!wiring->is_ours)
		test_skip("the mechanism is not offered");
	test_fail(__FILE__, __LINE__, "mechanism 0x%lx is not offered for 0x%lx",
		type, use);
}

void
need_3_0(void)
{
	if (p11->version.major >= 3)
		return;
	if (!wiring->is_ours)
		test_skip("version 3.0 is not offered");
	test_fail(__FILE__, __LINE__, "version 3.0 is not offered");
}

CK_OBJECT_HANDLE
create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;

	EXPECT_RV(p11->C_CreateObject(session, template, count, &object),
		CKR_OK);
	EXPECT(object != CK_INVALID_HANDLE);
	return object;
}

CK_ULONG
number_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG number = 0;
	CK_ATTRIBUTE attribute = { type, &number, sizeof(number) };

	EXPECT_RV(p11->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	EXPECT_NUMBER(attribute.ulValueLen, sizeof(number));
	return number;
}

CK_BBOOL
flag_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL flag = 0x55;
	CK_ATTRIBUTE attribute = { type, &flag, sizeof(flag) };

	EXPECT_RV(p11->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	EXPECT_NUMBER(attribute.ulValueLen, sizeof(flag));
	EXPECT(flag == CK_TRUE || flag == CK_FALSE);
	return flag;
}

CK_BYTE *
value_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, size_t *length)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };

	EXPECT_RV(p11->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	EXPECT(attribute.ulValueLen != CK_UNAVAILABLE_INFORMATION);
	attribute.pValue = calloc(1, attribute.ulValueLen + 1);
	EXPECT_RV(p11->C_GetAttributeValue(session, object, &attribute, 1),
		CKR_OK);
	*length = attribute.ulValueLen;
	return attribute.pValue;
}

CK_ULONG
find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *first)
{
	CK_OBJECT_HANDLE objects[64];
	CK_ULONG found = 0;

	EXPECT_RV(p11->C_FindObjectsInit(session, template, count), CKR_OK);
	EXPECT_RV(p11->C_FindObjects(session, objects, 64, &found), CKR_OK);
	EXPECT_RV(p11->C_FindObjectsFinal(session), CKR_OK);
	if (first && found)
		*first = objects[0];
	return found;
}

void
expect_either(CK_RV rv, CK_RV one, CK_RV other)
{
	if (rv != other)
		EXPECT_RV(rv, one);
}

static bool
names(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
	while (count-- > 0)
		if (template[count].type == type)
			return true;
	return false;
}

/* The defaults that extra does not name, and extra. */
static CK_OBJECT_HANDLE
create_with(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *defaults,
	CK_ULONG default_count, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_ATTRIBUTE whole[TEMPLATE_MAX];
	CK_ULONG i, length = 0;

	for (i = 0; i < default_count; i++)
		if (!names(extra, count, defaults[i].type))
			whole[length++] = defaults[i];
	for (i = 0; i < count; i++)
		whole[length++] = extra[i];
	return create(session, whole, length);
}

static CK_ATTRIBUTE
hexadecimal(CK_ATTRIBUTE_TYPE type, const char *digits)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };
	size_t length;

	attribute.pValue = (void *)(uintptr_t)test_hex(digits, &length);
	attribute.ulValueLen = length;
	return attribute;
}

CK_OBJECT_HANDLE
rsa_private(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_RSA),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_TRUE),
		FLAG(CKA_SENSITIVE, CK_TRUE), FLAG(CKA_EXTRACTABLE, CK_FALSE),
		FLAG(CKA_SIGN, CK_TRUE), FLAG(CKA_DECRYPT, CK_TRUE),
		FLAG(CKA_UNWRAP, CK_TRUE),
		hexadecimal(CKA_MODULUS, RSA_MODULUS),
		hexadecimal(CKA_PUBLIC_EXPONENT, RSA_PUBLIC_EXPONENT),
		hexadecimal(CKA_PRIVATE_EXPONENT, RSA_PRIVATE_EXPONENT),
		hexadecimal(CKA_PRIME_1, RSA_PRIME_1),
		hexadecimal(CKA_PRIME_2, RSA_PRIME_2),
		hexadecimal(CKA_EXPONENT_1, RSA_EXPONENT_1),
		hexadecimal(CKA_EXPONENT_2, RSA_EXPONENT_2),
		hexadecimal(CKA_COEFFICIENT, RSA_COEFFICIENT)), extra, count);
}

CK_OBJECT_HANDLE
rsa_public(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_RSA),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_FALSE),
		FLAG(CKA_VERIFY, CK_TRUE), FLAG(CKA_ENCRYPT, CK_TRUE),
		FLAG(CKA_WRAP, CK_TRUE),
		hexadecimal(CKA_MODULUS, RSA_MODULUS),
		hexadecimal(CKA_PUBLIC_EXPONENT, RSA_PUBLIC_EXPONENT)),
		extra, count);
}

CK_OBJECT_HANDLE
aes_key(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_AES),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_TRUE),
		FLAG(CKA_SENSITIVE, CK_FALSE), FLAG(CKA_EXTRACTABLE, CK_TRUE),
		FLAG(CKA_ENCRYPT, CK_TRUE), FLAG(CKA_DECRYPT, CK_TRUE),
		FLAG(CKA_WRAP, CK_TRUE), FLAG(CKA_UNWRAP, CK_TRUE),
		hexadecimal(CKA_VALUE,
			"603deb1015ca71be2b73aef0857d7781"
			"1f352c073b6108d72d9810a30914dff4")), extra, count);
}

CK_OBJECT_HANDLE
data_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_DATA),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_FALSE),
		STRING(CKA_LABEL, "note"), STRING(CKA_APPLICATION, "suite"),
		STRING(CKA_VALUE, "value")), extra, count);
}

CK_OBJECT_HANDLE
ec_private(CK_SESSION_HANDLE session, const struct curve *curve,
	CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
		NUMBER(CKA_KEY_TYPE, curve->key_type),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_TRUE),
		FLAG(CKA_SENSITIVE, CK_TRUE), FLAG(CKA_EXTRACTABLE, CK_FALSE),
		FLAG(CKA_SIGN, curve->key_type != CKK_EC_MONTGOMERY),
		FLAG(CKA_DERIVE, curve->key_type != CKK_EC_EDWARDS),
		hexadecimal(CKA_EC_PARAMS, curve->parameters),
		hexadecimal(CKA_VALUE, curve->scalar)), extra, count);
}

/* CKA_EC_POINT is an OCTET STRING, of up to 133 bytes here. */
static CK_ATTRIBUTE
octet_string(const char *digits)
{
	size_t length, head;
	const CK_BYTE *point = test_hex(digits, &length);
	CK_BYTE *at = calloc(1, length + 3);

	head = length < 128 ? 2 : 3;
	at[0] = 0x04;
	at[1] = 0x81;
	at[head - 1] = length;
	memcpy(at + head, point, length);
	return BYTES(CKA_EC_POINT, at, head + length);
}

CK_OBJECT_HANDLE
ec_public(CK_SESSION_HANDLE session, const struct curve *curve,
	CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return create_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
		NUMBER(CKA_KEY_TYPE, curve->key_type),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_FALSE),
		FLAG(CKA_VERIFY, curve->key_type != CKK_EC_MONTGOMERY),
		hexadecimal(CKA_EC_PARAMS, curve->parameters),
		octet_string(curve->point)), extra, count);
}

size_t
sign(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
	const void *data, size_t length, CK_BYTE signature[1024])
{
	CK_ULONG signature_length = 1024;

	EXPECT_RV(p11->C_SignInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Sign(session, (CK_BYTE *)(uintptr_t)data, length,
			  signature, &signature_length), CKR_OK);
	return signature_length;
}

CK_ULONG
decrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *sealed, CK_ULONG length, CK_BYTE *plain)
{
	CK_ULONG plain_length = 512;

	EXPECT_RV(p11->C_DecryptInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Decrypt(session, sealed, length, plain,
			  &plain_length), CKR_OK);
	return plain_length;
}

CK_ULONG
encrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *plain, CK_ULONG length, CK_BYTE *sealed)
{
	CK_ULONG sealed_length = 512;

	EXPECT_RV(p11->C_EncryptInit(session, mechanism, key), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, plain, length, sealed,
			  &sealed_length), CKR_OK);
	return sealed_length;
}
