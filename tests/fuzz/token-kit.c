/* SPDX-License-Identifier: BSD-2-Clause */
/* A soft token in a folder of its own, with keys to work on, for fuzz targets.
 */

#include "config.h"

#include "tests/fuzz/token-kit.h"

#include "token/soft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const CK_FUNCTION_LIST_3_0 *kit_token;
CK_SESSION_HANDLE kit_session;
CK_OBJECT_HANDLE kit_keys[KIT_KEYS];

static CK_SESSION_HANDLE keeper; /* whose session objects the keys are */
static char folder[] = "/tmp/privyseal-fuzz.XXXXXX";

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	(void)!system(command);
}

static CK_BBOOL yes = CK_TRUE;

#define FLAG(type) \
	{ \
		type, &yes, 1 \
	}

static void
make_pair(CK_MECHANISM_TYPE type, CK_ATTRIBUTE kind, CK_OBJECT_HANDLE *private,
	CK_OBJECT_HANDLE *public)
{
	CK_MECHANISM mechanism = { type, NULL, 0 };
	CK_ATTRIBUTE of_public[] = { kind, FLAG(CKA_ENCRYPT), FLAG(CKA_VERIFY),
		FLAG(CKA_WRAP) };
	CK_ATTRIBUTE of_private[] = { FLAG(CKA_DECRYPT), FLAG(CKA_SIGN),
		FLAG(CKA_UNWRAP) };
	CK_ATTRIBUTE of_point[] = { FLAG(CKA_SIGN), FLAG(CKA_DERIVE) };
	bool is_rsa = type == CKM_RSA_PKCS_KEY_PAIR_GEN;

	of_public[1].type = is_rsa ? CKA_ENCRYPT : CKA_VERIFY;
	must(kit_token->C_GenerateKeyPair(keeper, &mechanism, of_public,
		     is_rsa ? 4 : 2, is_rsa ? of_private : of_point,
		     is_rsa ? 3 : 2, public, private) == CKR_OK);
}

static void
make_keys(void)
{
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_ULONG bits = 2048, length = 32;
	CK_ATTRIBUTE modulus = { CKA_MODULUS_BITS, &bits, sizeof(bits) };
	CK_ATTRIBUTE curve = { CKA_EC_PARAMS, p256, sizeof(p256) };
	CK_MECHANISM aes = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_MECHANISM generic = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE of_secret[] = { { CKA_VALUE_LEN, &length, sizeof(length) },
		FLAG(CKA_ENCRYPT), FLAG(CKA_DECRYPT), FLAG(CKA_WRAP),
		FLAG(CKA_UNWRAP), FLAG(CKA_DERIVE), FLAG(CKA_EXTRACTABLE) };
	CK_ATTRIBUTE of_generic[] = {
		{ CKA_VALUE_LEN, &length, sizeof(length) }, FLAG(CKA_SIGN),
		FLAG(CKA_VERIFY), FLAG(CKA_DERIVE), FLAG(CKA_EXTRACTABLE)
	};

	make_pair(CKM_RSA_PKCS_KEY_PAIR_GEN, modulus, &kit_keys[KIT_RSA],
		&kit_keys[KIT_RSA_PUBLIC]);
	make_pair(CKM_EC_KEY_PAIR_GEN, curve, &kit_keys[KIT_EC],
		&kit_keys[KIT_EC_PUBLIC]);
	must(kit_token->C_GenerateKey(
		     keeper, &aes, of_secret, 7, &kit_keys[KIT_AES]) == CKR_OK);
	must(kit_token->C_GenerateKey(keeper, &generic, of_generic, 5,
		     &kit_keys[KIT_GENERIC]) == CKR_OK);
}

static CK_SESSION_HANDLE
open_session(void)
{
	CK_SESSION_HANDLE session;

	must(kit_token->C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION,
		     NULL, NULL, &session) == CKR_OK);
	return session;
}

void
kit_make(void)
{
	static CK_UTF8CHAR pin[] = "correct horse", code[] = "battery staple";
	struct soft_configuration how = { .folder = folder, .cost.memory = 16 };
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	CK_UTF8CHAR label[32];

	if (kit_token)
		return;
	must(mkdtemp(folder) != NULL);
	atexit(remove_folder);
	memset(label, ' ', sizeof(label));
	soft_configure(&how);
	kit_token = soft_functions();
	must(kit_token->C_Initialize(&arguments) == CKR_OK);
	must(kit_token->C_InitToken(1, code, sizeof(code) - 1, label) ==
		CKR_OK);
	keeper = open_session();
	must(kit_token->C_Login(keeper, CKU_SO, code, sizeof(code) - 1) ==
		CKR_OK);
	must(kit_token->C_InitPIN(keeper, pin, sizeof(pin) - 1) == CKR_OK);
	must(kit_token->C_Logout(keeper) == CKR_OK);
	must(kit_token->C_Login(keeper, CKU_USER, pin, sizeof(pin) - 1) ==
		CKR_OK);
	make_keys();
	kit_session = open_session();
}

void
kit_renew(void)
{
	must(kit_token->C_CloseSession(kit_session) == CKR_OK);
	kit_session = open_session();
}
