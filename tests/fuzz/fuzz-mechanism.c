/* SPDX-License-Identifier: BSD-2-Clause */
/* Any mechanism and parameter, as the wire brings it, for each operation with
 * each kind of key, and data after it. */

#include "config.h"

#include "pkcs11/parameter.h"
#include "pkcs11/tables.h"
#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/token-kit.h"

#include <stdlib.h>
#include <string.h>

/* Which operation, which key, which of the token's mechanisms, how long its
 * parameter is on the wire; the parameter, and data after it. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\0\4\0\x20sixteen letters!sixteen letters!data to encrypt"),
	FUZZ_TEXT("\1\0\1\x18\x50\2\0\0\0\0\0\0\2\0\0\0\0\0\0\0\x20\0\0\0\0\0\0"
		  "\0ciphertext"),
	FUZZ_TEXT("\2\0\3\0some data that is to be signed"),
	FUZZ_TEXT("\3\1\2\0some data that is to be verified"),
	FUZZ_TEXT("\4\0\5\0some data that is to be hashed"),
	FUZZ_TEXT("\5\4\6\0some key that is to be unwrapped"),
	FUZZ_TEXT("\6\4\7\x10\x0c\0\0\0nonce nonce some message"),
	FUZZ_TEXT("\7\2\x08\x18\1\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0pub!"),
	{ NULL, 0 },
};

enum { ROOM = 8192 };

static CK_BYTE room[ROOM];

typedef CK_RV (*begin_call)(
	CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
typedef CK_RV (*once_call)(
	CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
typedef CK_RV (*part_call)(
	CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);

/* In one piece, or in two. */
static void
run(begin_call begin, once_call once, part_call part,
	CK_RV (*last)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *),
	CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG got = ROOM, half = length / 2;

	if (begin(kit_session, how, key) != CKR_OK)
		return;
	if (length % 2) {
		once(kit_session, at, length, room, &got);
		return;
	}
	if (part(kit_session, at, half, room, &got) != CKR_OK)
		return;
	got = ROOM;
	if (part(kit_session, at + half, length - half, room, &got) != CKR_OK)
		return;
	got = ROOM;
	last(kit_session, room, &got);
}

static void
sign(CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG got = ROOM;

	if (kit_token->C_SignInit(kit_session, how, key) != CKR_OK)
		return;
	if (length % 2) {
		kit_token->C_Sign(kit_session, at, length, room, &got);
		return;
	}
	if (kit_token->C_SignUpdate(kit_session, at, length) == CKR_OK)
		kit_token->C_SignFinal(kit_session, room, &got);
}

static void
verify(CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG half = length / 2;

	if (kit_token->C_VerifyInit(kit_session, how, key) == CKR_OK)
		kit_token->C_Verify(
			kit_session, at, half, at + half, length - half);
}

static void
digest(CK_MECHANISM *how, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG got = ROOM;

	if (kit_token->C_DigestInit(kit_session, how) == CKR_OK)
		kit_token->C_Digest(kit_session, at, length, room, &got);
}

static CK_ULONG bytes = 32;
static CK_OBJECT_CLASS secret_class = CKO_SECRET_KEY;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_ATTRIBUTE secret[] = { { CKA_CLASS, &secret_class,
					 sizeof(secret_class) },
	{ CKA_KEY_TYPE, &generic, sizeof(generic) },
	{ CKA_VALUE_LEN, &bytes, sizeof(bytes) } };

static void
wrap(CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG got = ROOM;
	CK_OBJECT_HANDLE made;

	kit_token->C_WrapKey(
		kit_session, how, key, kit_keys[KIT_GENERIC], room, &got);
	kit_token->C_UnwrapKey(
		kit_session, how, key, at, length, secret, 2, &made);
}

static void
message(CK_MECHANISM *how, CK_OBJECT_HANDLE key, CK_BYTE *at, CK_ULONG length)
{
	CK_ULONG got = ROOM;

	if (kit_token->C_MessageEncryptInit(kit_session, how, key) != CKR_OK)
		return;
	kit_token->C_EncryptMessage(kit_session, NULL, 0, at, length / 2,
		at + length / 2, length - length / 2, room, &got);
	kit_token->C_MessageEncryptFinal(kit_session);
}

static void
use(unsigned operation, CK_OBJECT_HANDLE key, CK_MECHANISM *how, CK_BYTE *at,
	CK_ULONG length)
{
	CK_OBJECT_HANDLE made;

	switch (operation % 9) {
	case 0:
		run(kit_token->C_EncryptInit, kit_token->C_Encrypt,
			kit_token->C_EncryptUpdate, kit_token->C_EncryptFinal,
			how, key, at, length);
		break;
	case 1:
		run(kit_token->C_DecryptInit, kit_token->C_Decrypt,
			kit_token->C_DecryptUpdate, kit_token->C_DecryptFinal,
			how, key, at, length);
		break;
	case 2:
		sign(how, key, at, length);
		break;
	case 3:
		verify(how, key, at, length);
		break;
	case 4:
		digest(how, at, length);
		break;
	case 5:
		wrap(how, key, at, length);
		break;
	case 6:
		message(how, key, at, length);
		break;
	case 7:
		kit_token->C_DeriveKey(kit_session, how, key, secret, 3, &made);
		break;
	default:
		kit_token->C_DeriveKey(kit_session, how, key, secret, 2, &made);
	}
}

/* Hours of a KDF that somebody asks for are that somebody's. */
static bool
is_too_much(const CK_MECHANISM *how)
{
	return how->mechanism == CKM_PKCS5_PBKD2;
}

/* The mechanisms that the token has. */
static CK_MECHANISM_TYPE
mechanism_at(unsigned index)
{
	static CK_MECHANISM_TYPE types[512];
	static CK_ULONG count;

	if (count == 0) {
		count = sizeof(types) / sizeof(*types);
		if (kit_token->C_GetMechanismList(1, types, &count) != CKR_OK)
			abort();
	}
	return types[index % count];
}

/* The wire's form of it, so that nearly every input is taken. */
static void
put_mechanism(struct wire *wire, CK_MECHANISM_TYPE type, const uint8_t *at,
	size_t length)
{
	wire_put_byte(wire, 1);
	wire_put_number(wire, type);
	wire_put_u32(wire, mechanism_parameter(type, tables_known.parameters));
	wire_put_byte(wire, length != 0);
	wire_put_raw(wire, at, length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	CK_MECHANISM *how = NULL;
	struct wire wire = { 0 };
	struct arena arena = { .used = 0 };
	CK_BYTE data[4096];
	size_t part;

	kit_make();
	if (length < 4 || length > sizeof(data))
		return 0;
	part = at[3] < length - 4 ? at[3] : length - 4;
	put_mechanism(&wire, mechanism_at(at[2]), at + 4, part);
	memcpy(data, at + 4 + part, length - 4 - part);
	if (mechanism_take(&wire, &arena, tables_known.parameters, &how) ==
			CKR_OK &&
		!wire.failed && how && !is_too_much(how)) {
		fail_begin(at, length);
		use(at[0], kit_keys[at[1] % KIT_KEYS], how, data,
			length - 4 - part);
		fail_end();
		kit_renew();
	}
	arena_clear(&arena);
	wire_clear(&wire);
	return 0;
}
