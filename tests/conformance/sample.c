/* SPDX-License-Identifier: BSD-2-Clause */
/* The known keys as objects: made, or found where a token has them already. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/keys.h"

#include <stdlib.h>

enum { TEMPLATE_MAX = 48 };

static bool
names(const CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
	while (count-- > 0)
		if (template[count].type == type)
			return true;
	return false;
}

/* What a key can be found by: neither what is secret, nor where it lies. */
static bool
can_be_asked(CK_ATTRIBUTE_TYPE type)
{
	static const CK_ATTRIBUTE_TYPE others[] = { CKA_TOKEN, CKA_PRIVATE,
		CKA_LABEL, CKA_VALUE, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
		CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i] == type)
			return false;
	return true;
}

static CK_OBJECT_HANDLE
find_key(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *whole, CK_ULONG count)
{
	CK_ATTRIBUTE asked[TEMPLATE_MAX];
	CK_OBJECT_HANDLE key;
	CK_ULONG i, length = 0;

	for (i = 0; i < count; i++)
		if (can_be_asked(whole[i].type))
			asked[length++] = whole[i];
	if (find(session, asked, length, &key) == 0)
		test_skip("the token makes no keys, and has no such key");
	return key;
}

/* The defaults that extra does not name, and extra. */
static CK_OBJECT_HANDLE
key_with(CK_SESSION_HANDLE session, const CK_ATTRIBUTE *defaults,
	CK_ULONG default_count, const CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_ATTRIBUTE whole[TEMPLATE_MAX];
	CK_ULONG i, length = 0;

	for (i = 0; i < default_count; i++)
		if (!names(extra, count, defaults[i].type))
			whole[length++] = defaults[i];
	for (i = 0; i < count; i++)
		whole[length++] = extra[i];
	return makes_objects(session) ? create(session, whole, length)
				      : find_key(session, whole, length);
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
	return key_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PRIVATE_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_RSA),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_TRUE),
		FLAG(CKA_SENSITIVE, CK_TRUE), FLAG(CKA_EXTRACTABLE, CK_FALSE),
		FLAG(CKA_SIGN, CK_TRUE), FLAG(CKA_DECRYPT, CK_TRUE),
		FLAG(CKA_UNWRAP, CK_TRUE),
		FLAG(CKA_ALWAYS_AUTHENTICATE, CK_FALSE),
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
	return key_with(session, TEMPLATE(
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
	return key_with(session, TEMPLATE(
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
	need_objects_made(session);
	return key_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_DATA),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_FALSE),
		STRING(CKA_LABEL, "note"), STRING(CKA_APPLICATION, "suite"),
		STRING(CKA_VALUE, "value")), extra, count);
}

CK_OBJECT_HANDLE
ec_private(CK_SESSION_HANDLE session, const struct curve *curve,
	CK_ATTRIBUTE *extra, CK_ULONG count)
{
	return key_with(session, TEMPLATE(
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
	return key_with(session, TEMPLATE(
		NUMBER(CKA_CLASS, CKO_PUBLIC_KEY),
		NUMBER(CKA_KEY_TYPE, curve->key_type),
		FLAG(CKA_TOKEN, CK_FALSE), FLAG(CKA_PRIVATE, CK_FALSE),
		FLAG(CKA_VERIFY, curve->key_type != CKK_EC_MONTGOMERY),
		hexadecimal(CKA_EC_PARAMS, curve->parameters),
		octet_string(curve->point)), extra, count);
}


CK_OBJECT_HANDLE
some_object(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE object;

	if (makes_objects(session))
		return data_object(session, PLAIN);
	EXPECT(find(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_CERTIFICATE)),
		&object) > 0);
	return object;
}
