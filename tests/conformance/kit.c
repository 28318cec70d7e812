/* SPDX-License-Identifier: BSD-2-Clause */
/* A token for each test, and short ways to what tests do often. */

#include "config.h"

#include "tests/conformance/kit.h"

#include "tests/conformance/exception.h"
#include "tests/conformance/wiring.h"

#include <stdio.h>
#include <stdlib.h>

const CK_FUNCTION_LIST_3_0 *p11;
CK_SLOT_ID slot;

static const struct wiring *wiring;

__attribute__((constructor)) static void
choose(void)
{
	wiring = wiring_chosen();
	if (wiring->is_ours)
		return;
	test_exception = exception_find;
	exception_report();
}

bool
is_ours(void)
{
	return wiring->is_ours;
}

const struct pins *
kit_pins(void)
{
	return wiring->pins;
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

/* The one that is there, by whatever label it has. */
static void
find_token(void)
{
	CK_SLOT_ID slots[16];
	CK_TOKEN_INFO token;
	CK_ULONG count = 16;

	EXPECT_RV(p11->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
	slot = slots[0];
	EXPECT_RV(p11->C_GetTokenInfo(slot, &token), CKR_OK);
	EXPECT(token.flags & CKF_TOKEN_INITIALIZED);
	memcpy(label, token.label, 32);
}

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
	if (wiring->is_there) {
		find_token();
		return;
	}
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

CK_OBJECT_HANDLE
create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;

	need_objects_made(session);
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
