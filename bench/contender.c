/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is measured: raw OpenSSL, or a PKCS #11 module with the same key. */

#include "config.h"

#include "bench/contender.h"

#include "pkcs11/name.h"

#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char pin[] = "bench-pin-1", so_pin[] = "bench-so-pin-1";
static const char token_label[] = "bench                           ";

struct contender {
	const struct kind *kind;
	unsigned char input[64];
	/* Raw. */
	EVP_PKEY_CTX *context;
	/* Module. */
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

void
module_check(const char *what, CK_RV rv)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, rv_name(rv));
	exit(1);
}

/* A digest, or the DigestInfo of one, so that every contender signs the same
 * and raw OpenSSL pads it the same way. */
static struct contender *
contender_new(const struct kind *kind)
{
	static const unsigned char sha256[] = { 0x30, 0x31, 0x30, 0x0d, 0x06,
		0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20 };
	struct contender *contender = calloc(1, sizeof(*contender));

	if (!contender)
		fail("out of memory");
	contender->kind = kind;
	memset(contender->input, 0x5a, sizeof(contender->input));
	if (kind->bits)
		memcpy(contender->input, sha256, sizeof(sha256));
	return contender;
}

struct contender *
contender_raw(const struct kind *kind, EVP_PKEY *key)
{
	struct contender *contender = contender_new(kind);

	contender->context = EVP_PKEY_CTX_new(key, NULL);
	if (!contender->context || EVP_PKEY_sign_init(contender->context) != 1)
		fail("OpenSSL cannot sign");
	if (kind->bits && EVP_PKEY_CTX_set_rsa_padding(contender->context,
				  RSA_PKCS1_PADDING) != 1)
		fail("OpenSSL cannot pad");
	return contender;
}

static CK_SLOT_ID
slot_find(CK_FUNCTION_LIST *functions)
{
	CK_ULONG count = 0, i;
	CK_SLOT_ID *slots;
	CK_TOKEN_INFO info;
	CK_SLOT_ID empty = 0;

	module_check("C_GetSlotList",
		functions->C_GetSlotList(CK_TRUE, NULL, &count));
	slots = calloc(count + 1, sizeof(*slots));
	if (!slots || count == 0)
		fail("the module has no slot");
	module_check("C_GetSlotList",
		functions->C_GetSlotList(CK_TRUE, slots, &count));
	empty = slots[0];
	for (i = 0; i < count; i++) {
		module_check("C_GetTokenInfo",
			functions->C_GetTokenInfo(slots[i], &info));
		if (!(info.flags & CKF_TOKEN_INITIALIZED))
			empty = slots[i];
	}
	free(slots);
	return empty;
}

static CK_SLOT_ID
token_make(CK_FUNCTION_LIST *functions)
{
	CK_SLOT_ID slot = slot_find(functions);
	CK_SESSION_HANDLE session;
	CK_TOKEN_INFO info;
	CK_ULONG count = 0, i;
	CK_SLOT_ID slots[64];

	module_check("C_InitToken", functions->C_InitToken(slot,
		(CK_UTF8CHAR *)(size_t)so_pin, strlen(so_pin),
		(CK_UTF8CHAR *)(size_t)token_label));
	/* SoftHSM2 gives the token another slot. */
	functions->C_GetSlotList(CK_TRUE, NULL, &count);
	count = 64;
	module_check("C_GetSlotList",
		functions->C_GetSlotList(CK_TRUE, slots, &count));
	for (i = 0; i < count; i++)
		if (functions->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			memcmp(info.label, token_label, 32) == 0)
			slot = slots[i];
	module_check("C_OpenSession", functions->C_OpenSession(slot,
		CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	module_check("C_Login", functions->C_Login(session, CKU_SO,
		(CK_UTF8CHAR *)(size_t)so_pin, strlen(so_pin)));
	module_check("C_InitPIN", functions->C_InitPIN(session,
		(CK_UTF8CHAR *)(size_t)pin, strlen(pin)));
	module_check("C_CloseSession", functions->C_CloseSession(session));
	return slot;
}

/* The slot where a token of ours is, made by somebody else. */
static CK_SLOT_ID
token_find(CK_FUNCTION_LIST *functions)
{
	CK_TOKEN_INFO info;
	CK_SLOT_ID slots[64];
	CK_ULONG count = 64, i;

	module_check("C_GetSlotList",
		functions->C_GetSlotList(CK_TRUE, slots, &count));
	for (i = 0; i < count; i++)
		if (functions->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			memcmp(info.label, token_label, 32) == 0)
			return slots[i];
	fail("the module does not show the token");
}

/* The module at path, loaded once; get_slot says which slot is used. */
static CK_FUNCTION_LIST *
module_load(const char *path, CK_SLOT_ID (*get_slot)(CK_FUNCTION_LIST *),
	CK_SLOT_ID *slot)
{
	static struct {
		const char *path;
		CK_FUNCTION_LIST *functions;
		CK_SLOT_ID slot;
	} loaded[4];
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList get;
	void *library;
	size_t i;

	for (i = 0; loaded[i].path; i++) {
		if (strcmp(loaded[i].path, path) == 0) {
			*slot = loaded[i].slot;
			return loaded[i].functions;
		}
	}
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fail(dlerror());
	*(void **)&get = dlsym(library, "C_GetFunctionList");
	module_check("C_GetFunctionList",
		get ? get(&loaded[i].functions) : CKR_GENERAL_ERROR);
	module_check("C_Initialize",
		loaded[i].functions->C_Initialize(&arguments));
	loaded[i].path = path;
	*slot = loaded[i].slot = get_slot(loaded[i].functions);
	return loaded[i].functions;
}

CK_FUNCTION_LIST *
module_open(const char *path, CK_SLOT_ID *slot)
{
	return module_load(path, token_make, slot);
}

CK_SESSION_HANDLE
module_session(CK_FUNCTION_LIST *functions, CK_SLOT_ID slot)
{
	CK_SESSION_HANDLE session;
	CK_RV rv;

	module_check("C_OpenSession", functions->C_OpenSession(slot,
		CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	rv = functions->C_Login(session, CKU_USER,
		(CK_UTF8CHAR *)(size_t)pin, strlen(pin));
	module_check("C_Login", rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv);
	return session;
}

/* The attributes of a private key, from the key's own numbers. */
struct parts {
	CK_ATTRIBUTE at[20];
	CK_ULONG count;
	unsigned char bytes[20][1100];
};

static void
part_put(struct parts *parts, CK_ATTRIBUTE_TYPE type, const void *value,
	size_t length)
{
	CK_ATTRIBUTE *attribute = &parts->at[parts->count];

	memcpy(parts->bytes[parts->count], value, length);
	attribute->type = type;
	attribute->pValue = parts->bytes[parts->count++];
	attribute->ulValueLen = length;
}

static void
part_put_number(struct parts *parts, EVP_PKEY *key, CK_ATTRIBUTE_TYPE type,
	const char *name)
{
	unsigned char bytes[1100];
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		fail("the key lacks a number");
	part_put(parts, type, bytes, (size_t)BN_bn2bin(number, bytes));
	BN_clear_free(number);
}

static void
parts_put_rsa(struct parts *parts, EVP_PKEY *key)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		const char *name;
	} numbers[] = {
		{ CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N },
		{ CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E },
		{ CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D },
		{ CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1 },
		{ CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2 },
		{ CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1 },
		{ CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2 },
		{ CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		part_put_number(parts, key, numbers[i].type, numbers[i].name);
}

static CK_OBJECT_HANDLE
key_put(struct contender *contender, EVP_PKEY *key)
{
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
		0xce, 0x3d, 0x03, 0x01, 0x07 };
	static struct parts parts;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = contender->kind->bits ? CKK_RSA : CKK_EC;
	CK_BBOOL yes = CK_TRUE;
	CK_OBJECT_HANDLE handle;

	parts.count = 0;
	part_put(&parts, CKA_CLASS, &class, sizeof(class));
	part_put(&parts, CKA_KEY_TYPE, &type, sizeof(type));
	part_put(&parts, CKA_TOKEN, &yes, sizeof(yes));
	part_put(&parts, CKA_PRIVATE, &yes, sizeof(yes));
	part_put(&parts, CKA_SENSITIVE, &yes, sizeof(yes));
	part_put(&parts, CKA_SIGN, &yes, sizeof(yes));
	part_put(&parts, CKA_ID, contender->kind->name,
		strlen(contender->kind->name));
	if (contender->kind->bits) {
		parts_put_rsa(&parts, key);
	} else {
		part_put(&parts, CKA_EC_PARAMS, p256, sizeof(p256));
		part_put_number(&parts, key, CKA_VALUE,
			OSSL_PKEY_PARAM_PRIV_KEY);
	}
	module_check("C_CreateObject", contender->functions->C_CreateObject(
		contender->session, parts.at, parts.count, &handle));
	return handle;
}

struct contender *
contender_module(const char *path, const struct kind *kind, EVP_PKEY *key)
{
	struct contender *contender = contender_new(kind);
	CK_SLOT_ID slot;

	contender->functions = module_open(path, &slot);
	contender->session = module_session(contender->functions, slot);
	contender->key = key_put(contender, key);
	return contender;
}

static CK_OBJECT_HANDLE
key_find(struct contender *contender)
{
	CK_FUNCTION_LIST *functions = contender->functions;
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, (void *)(size_t)contender->kind->name,
			strlen(contender->kind->name) },
	};
	CK_OBJECT_HANDLE handle;
	CK_ULONG count = 0;

	module_check("C_FindObjectsInit",
		functions->C_FindObjectsInit(contender->session, wanted, 2));
	module_check("C_FindObjects", functions->C_FindObjects(
		contender->session, &handle, 1, &count));
	module_check("C_FindObjectsFinal",
		functions->C_FindObjectsFinal(contender->session));
	if (count != 1)
		fail("the module does not show the key");
	return handle;
}

struct contender *
contender_found(const char *path, const struct kind *kind)
{
	struct contender *contender = contender_new(kind);
	CK_SLOT_ID slot;

	contender->functions = module_load(path, token_find, &slot);
	contender->session = module_session(contender->functions, slot);
	contender->key = key_find(contender);
	return contender;
}

void
contender_sign(struct contender *contender)
{
	CK_MECHANISM mechanism = { contender->kind->mechanism, NULL, 0 };
	unsigned char signature[1024];
	size_t length = sizeof(signature);
	CK_ULONG room = sizeof(signature);

	if (contender->context) {
		if (EVP_PKEY_sign(contender->context, signature, &length,
			    contender->input, contender->kind->input) != 1)
			fail("OpenSSL did not sign");
		return;
	}
	module_check("C_SignInit", contender->functions->C_SignInit(
		contender->session, &mechanism, contender->key));
	module_check("C_Sign", contender->functions->C_Sign(contender->session,
		contender->input, contender->kind->input, signature, &room));
}

void
contender_free(struct contender *contender)
{
	EVP_PKEY_CTX_free(contender->context);
	if (contender->functions)
		contender->functions->C_CloseSession(contender->session);
	free(contender);
}
