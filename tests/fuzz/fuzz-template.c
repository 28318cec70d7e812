/* SPDX-License-Identifier: BSD-2-Clause */
/* Any template, as the wire brings it, to each call of the token that takes
 * one: an object or a refusal, and what is sensitive stays so. */

#include "config.h"

#include "pkcs11/template.h"
#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/token-kit.h"

#include <stdlib.h>
#include <string.h>

/* Which call, then attributes: the row of the table, and a number (of one byte,
 * or after 200 of eight) or a length and bytes. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\0\0\4\1\0\2\1\3\3abc\4\1\1"),
	FUZZ_TEXT("\0\0\0\1\1\0\2\3abc\3\3abc"),
	FUZZ_TEXT("\1\3\3abc\2\1\1"),
	FUZZ_TEXT("\2\3\3abc"),
	FUZZ_TEXT("\3\x20\x10"),
	FUZZ_TEXT("\4\x20\x10"),
	FUZZ_TEXT("\6\x30\xff\1\1\0"),
	{ NULL, 0 },
};

/* P-256, which nobody guesses. */
static const unsigned char curve[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1,
	7 };

struct reader {
	const uint8_t *at;
	size_t length;
};

static unsigned
take(struct reader *reader)
{
	if (reader->length == 0)
		return 0;
	reader->length--;
	return *reader->at++;
}

static void
put_bytes(struct wire *wire, struct reader *reader)
{
	size_t length = take(reader);

	if (length == 255) {
		wire_put_bytes(wire, curve, sizeof(curve));
		return;
	}
	if (length > reader->length)
		length = reader->length;
	wire_put_bytes(wire, reader->at, length);
	reader->at += length;
	reader->length -= length;
}

static void
put_number(struct wire *wire, struct reader *reader)
{
	uint64_t number = take(reader);
	int i;

	for (i = 0; number >= 200 && i < 8; i++)
		number = number << 8 | take(reader);
	wire_put_u32(wire, 1);
	wire_put_u64(wire, number);
}

/* The wire's form of a template, so that nearly every input is taken. */
static void
put_template(struct wire *wire, struct reader *reader, int depth)
{
	const struct attribute_row *row;
	size_t place = wire->length;
	uint32_t number, count = 0;

	wire_put_u32(wire, 0);
	for (; reader->length && count < 64; count++) {
		number = take(reader) % tables_known.attributes + 1;
		row = attribute_row_at(number, tables_known.attributes);
		if (!row)
			break;
		wire_put_u32(wire, number);
		if (row->kind == ATTRIBUTE_NUMBER ||
			row->kind == ATTRIBUTE_NUMBERS)
			put_number(wire, reader);
		else if (row->kind == ATTRIBUTE_TEMPLATE && depth)
			put_template(wire, reader, depth - 1);
		else if (row->kind == ATTRIBUTE_TEMPLATE)
			wire_put_u32(wire, 0);
		else
			put_bytes(wire, reader);
	}
	wire_set_u32(wire, place, count);
}

/* On the disk it would be slow, and no other code. */
static void
keep_in_memory(struct template *template)
{
	CK_ULONG i;

	for (i = 0; i < template->count; i++)
		if (template->at[i].type == CKA_TOKEN &&
			template->at[i].pValue &&
			template->at[i].ulValueLen == 1)
			*(CK_BBOOL *)template->at[i].pValue = CK_FALSE;
}

static CK_RV
derive(const struct template *template, CK_OBJECT_HANDLE *made)
{
	static CK_BYTE data[16] = "sixteen letters";
	CK_KEY_DERIVATION_STRING_DATA string = { data, sizeof(data) };
	CK_MECHANISM how = { CKM_AES_ECB_ENCRYPT_DATA, &string,
		sizeof(string) };

	return kit_token->C_DeriveKey(kit_session, &how, kit_keys[KIT_AES],
		template->at, template->count, made);
}

static CK_RV
unwrap(const struct template *template, CK_OBJECT_HANDLE *made)
{
	static CK_BYTE wrapped[512];
	static CK_ULONG length;
	CK_MECHANISM how = { CKM_AES_KEY_WRAP, NULL, 0 };

	if (length == 0) {
		length = sizeof(wrapped);
		if (kit_token->C_WrapKey(kit_session, &how, kit_keys[KIT_AES],
			    kit_keys[KIT_GENERIC], wrapped, &length) != CKR_OK)
			length = 24;
	}
	return kit_token->C_UnwrapKey(kit_session, &how, kit_keys[KIT_AES],
		wrapped, length, template->at, template->count, made);
}

static CK_RV
make(unsigned way, const struct template *template, CK_OBJECT_HANDLE *made)
{
	CK_MECHANISM aes = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM ec = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ULONG half = template->count / 2;
	CK_OBJECT_HANDLE other;

	switch (way % 7) {
	case 0:
		return kit_token->C_CreateObject(
			kit_session, template->at, template->count, made);
	case 1:
		return kit_token->C_CopyObject(kit_session,
			kit_keys[way / 7 % KIT_KEYS], template->at,
			template->count, made);
	case 2:
		return kit_token->C_SetAttributeValue(kit_session,
			kit_keys[way / 7 % KIT_KEYS], template->at,
			template->count);
	case 3:
		return kit_token->C_GenerateKey(
			kit_session, &aes, template->at, template->count, made);
	case 4:
		return derive(template, made);
	case 5:
		return unwrap(template, made);
	default:
		return kit_token->C_GenerateKeyPair(kit_session, &ec,
			template->at, half, template->at + half,
			template->count - half, &other, made);
	}
}

static bool
flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL value = CK_FALSE;
	CK_ATTRIBUTE attribute = { type, &value, sizeof(value) };

	return kit_token->C_GetAttributeValue(
		       kit_session, object, &attribute, 1) == CKR_OK &&
		value;
}

/* [PKCS11 4.9]: neither sensitive nor unextractable values are shown. */
static void
judge(CK_OBJECT_HANDLE object)
{
	static const CK_ATTRIBUTE_TYPE secrets[] = { CKA_VALUE,
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1 };
	CK_BYTE room[4096];
	CK_OBJECT_CLASS class = 0;
	CK_ATTRIBUTE of_class = { CKA_CLASS, &class, sizeof(class) };
	size_t i;

	if (kit_token->C_GetAttributeValue(kit_session, object, &of_class, 1) !=
			CKR_OK ||
		(class != CKO_SECRET_KEY && class != CKO_PRIVATE_KEY) ||
		!flag(object, CKA_SENSITIVE))
		return;
	for (i = 0; i < sizeof(secrets) / sizeof(*secrets); i++) {
		CK_ATTRIBUTE secret = { secrets[i], room, sizeof(room) };

		if (kit_token->C_GetAttributeValue(
			    kit_session, object, &secret, 1) == CKR_OK)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct template template = { NULL, 0 };
	CK_OBJECT_HANDLE made = 0;
	struct wire wire = { 0 };
	struct arena arena = { .used = 0 };
	struct reader reader;

	kit_make();
	if (length < 1 || length > 4096)
		return 0;
	reader = (struct reader){ at + 1, length - 1 };
	put_template(&wire, &reader, 1);
	if (template_take(&wire, &arena, tables_known.attributes, &template) ==
			CKR_OK &&
		!wire.failed) {
		keep_in_memory(&template);
		fail_begin(at, length);
		if (make(at[0], &template, &made) == CKR_OK && made) {
			judge(made);
			kit_token->C_DestroyObject(kit_session, made);
		}
		fail_end();
		kit_renew();
	}
	arena_clear(&arena);
	wire_clear(&wire);
	return 0;
}
