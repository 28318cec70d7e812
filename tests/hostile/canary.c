/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that must stay, and the search for their bytes in whatever comes out. */

#include "config.h"

#include "tests/hostile/canary.h"

#include "tests/conformance/keys.h"

#include <stdlib.h>

const CK_BYTE canary_value[CANARY_LENGTH] = { 0xca, 0x4a, 0x51, 0x17, 0x8e,
	0x33, 0xd0, 0x6b, 0x92, 0xfe, 0x05, 0x77, 0xa8, 0x1c, 0xe9, 0x64, 0x3d,
	0xb2, 0x70, 0x0f, 0xc6, 0x5b, 0x29, 0x94, 0xe1, 0x48, 0xdd, 0x36, 0x8a,
	0xf3, 0x12, 0xbe };
const CK_BYTE known_value[CANARY_LENGTH] = "what the attacker knows already";

CK_OBJECT_HANDLE
canary_aes(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra, CK_ULONG count)
{
	CK_ATTRIBUTE template[16] = { BYTES(CKA_VALUE, canary_value, 32),
		FLAG(CKA_SENSITIVE, CK_TRUE), FLAG(CKA_EXTRACTABLE, CK_FALSE) };
	CK_ULONG length = 3;

	for (; count > 0; extra++, count--) {
		if (extra->type == CKA_EXTRACTABLE)
			template[2] = *extra;
		else
			template[length++] = *extra;
	}
	return aes_key(session, template, length);
}

CK_OBJECT_HANDLE
canary_guarded(CK_SESSION_HANDLE session)
{
	return canary_aes(session,
		TEMPLATE(FLAG(CKA_EXTRACTABLE, CK_TRUE),
			FLAG(CKA_WRAP_WITH_TRUSTED, CK_TRUE)));
}

CK_OBJECT_HANDLE
known_aes(CK_SESSION_HANDLE session)
{
	return aes_key(session, TEMPLATE(BYTES(CKA_VALUE, known_value, 32)));
}

#define TRUSTED_LABEL "the officer's"

void
make_trusted_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE key;

	EXPECT_RV(p11->C_Login(session, CKU_SO, TEXT_OF(SO_PIN)), CKR_OK);
	EXPECT_RV(p11->C_GenerateKey(session, MECHANISM(CKM_AES_KEY_GEN),
			  TEMPLATE(NUMBER(CKA_VALUE_LEN, 32),
				  STRING(CKA_LABEL, TRUSTED_LABEL),
				  FLAG(CKA_TOKEN, CK_TRUE),
				  FLAG(CKA_PRIVATE, CK_FALSE),
				  FLAG(CKA_TRUSTED, CK_TRUE),
				  FLAG(CKA_WRAP, CK_TRUE),
				  FLAG(CKA_UNWRAP, CK_TRUE),
				  FLAG(CKA_ENCRYPT, CK_TRUE)),
			  &key),
		CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
}

CK_OBJECT_HANDLE
find_trusted_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE key;

	EXPECT_NUMBER(
		find(session, TEMPLATE(STRING(CKA_LABEL, TRUSTED_LABEL)), &key),
		1);
	return key;
}

enum { WINDOW = 8, SECRETS = 8, LONGEST = 512 };

struct bytes_of {
	const CK_BYTE *at;
	size_t length;
};

static const struct bytes_of *
secrets(void)
{
	static const char *const numbers[SECRETS] = { RSA_PRIVATE_EXPONENT,
		RSA_PRIME_1, RSA_PRIME_2, RSA_EXPONENT_1, RSA_EXPONENT_2,
		RSA_COEFFICIENT };
	static struct bytes_of all[SECRETS];
	size_t i;

	if (all[0].at)
		return all;
	for (i = 0; i < SECRETS - 2; i++)
		all[i].at = test_hex(numbers[i], &all[i].length);
	all[i].at = test_hex(curves[CURVE_P256].scalar, &all[i].length);
	all[i + 1] = (struct bytes_of){ canary_value, CANARY_LENGTH };
	return all;
}

static bool
has_window_of(const struct bytes_of *secret, const CK_BYTE *window)
{
	CK_BYTE reversed[WINDOW];
	size_t i;

	for (i = 0; i < WINDOW; i++)
		reversed[i] = window[WINDOW - 1 - i];
	return memmem(secret->at, secret->length, window, WINDOW) ||
		memmem(secret->at, secret->length, reversed, WINDOW);
}

bool
gives_away(const CK_BYTE *at, size_t length)
{
	const struct bytes_of *all = secrets();
	size_t i, j;

	for (i = 0; i + WINDOW <= length; i++)
		for (j = 0; j < SECRETS; j++)
			if (has_window_of(&all[j], at + i))
				return true;
	return false;
}

void
expect_hidden(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_VALUE,
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2, CKA_EXPONENT_1,
		CKA_EXPONENT_2, CKA_COEFFICIENT };
	CK_BYTE room[LONGEST];
	CK_ATTRIBUTE one;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		one = (CK_ATTRIBUTE){ types[i], room, sizeof(room) };
		memset(room, 0, sizeof(room));
		EXPECT(p11->C_GetAttributeValue(session, key, &one, 1) !=
			CKR_OK);
		EXPECT_NUMBER(one.ulValueLen, CK_UNAVAILABLE_INFORMATION);
		EXPECT(!gives_away(room, sizeof(room)));
	}
}
