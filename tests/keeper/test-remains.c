/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left in memory: root looks through worker and listener. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/remains.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* The application's own, and the one that is looked for. */
static CK_UTF8CHAR first_pin[] = "correct horse";
static CK_UTF8CHAR pin[] = "a PIN of more than 16 bytes";

/* The parts of the key, public ones first; the rest are secrets. */
enum { PUBLIC = 2, PARTS = 8, ROOM = 512 };
static const struct {
	const char *secret, *of_library;
	CK_ATTRIBUTE_TYPE type;
} kinds[PARTS] = { { "n", "n", CKA_MODULUS }, { "e", "e", CKA_PUBLIC_EXPONENT },
	{ "secret: d", "d", CKA_PRIVATE_EXPONENT },
	{ "secret: p", "rsa-factor1", CKA_PRIME_1 },
	{ "secret: q", "rsa-factor2", CKA_PRIME_2 },
	{ "secret: dp", "rsa-exponent1", CKA_EXPONENT_1 },
	{ "secret: dq", "rsa-exponent2", CKA_EXPONENT_2 },
	{ "secret: qinv", "rsa-coefficient1", CKA_COEFFICIENT } };
static unsigned char parts[PARTS][ROOM];
static int lengths[PARTS];

static void
make_parts(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	BIGNUM *number;
	int i;

	EXPECT(key != NULL);
	for (i = 0; i < PARTS; i++) {
		number = NULL;
		EXPECT(EVP_PKEY_get_bn_param(
			       key, kinds[i].of_library, &number) == 1);
		lengths[i] = BN_bn2bin(number, parts[i]);
		if (lengths[i] >= 16)
			remains_seek(i < PUBLIC ? "public" : kinds[i].secret,
				parts[i], (size_t)lengths[i]);
		BN_clear_free(number);
	}
	EVP_PKEY_free(key);
	remains_seek("secret: PIN", pin, sizeof(pin) - 1);
}

static CK_OBJECT_HANDLE
put_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_KEY_TYPE type = CKK_RSA;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE template[5 + PARTS] = { { CKA_CLASS, &class,
						     sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 }, { CKA_SIGN, &yes, 1 } };
	CK_OBJECT_HANDLE key;
	int i;

	for (i = 0; i < PARTS; i++)
		template[5 + i] = (CK_ATTRIBUTE){ kinds[i].type, parts[i],
			(CK_ULONG)lengths[i] };
	EXPECT_RV(module->C_CreateObject(session, template, 5 + PARTS, &key),
		CKR_OK);
	return key;
}

static CK_SESSION_HANDLE
use_key(void)
{
	CK_MECHANISM mechanism = { CKM_SHA256_RSA_PKCS, NULL, 0 };
	CK_BYTE text[] = "I, the undersigned", signature[256];
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_ULONG length = sizeof(signature);

	application_set_up("");
	session = application_session();
	application_login(session);
	EXPECT_RV(module->C_SetPIN(session, first_pin, sizeof(first_pin) - 1,
			  pin, sizeof(pin) - 1),
		CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_USER, pin, sizeof(pin) - 1),
		CKR_OK);
	make_parts();
	key = put_key(session);
	EXPECT_RV(module->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(
		module->C_Sign(session, text, sizeof(text), signature, &length),
		CKR_OK);
	return session;
}

TEST(no_part_of_a_key_and_no_pin_is_left_after_logout)
{
	CK_SESSION_HANDLE session = use_key();
	pid_t worker = stage_worker();

	EXPECT(remains_in(worker, "secret") > 100);
	EXPECT_NUMBER(remains_in(remains_listener(), "secret"), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(stage_worker(), worker);
	EXPECT_NUMBER(remains_in(worker, "secret"), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), "secret"), 0);
}

static void
put_public_key(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_KEY_TYPE type = CKK_RSA;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &no, 1 },
		{ CKA_MODULUS, parts[0], (CK_ULONG)lengths[0] },
		{ CKA_PUBLIC_EXPONENT, parts[1], (CK_ULONG)lengths[1] } };
	CK_OBJECT_HANDLE key;

	EXPECT_RV(module->C_CreateObject(session, template, 6, &key), CKR_OK);
}

TEST(no_part_of_a_key_and_no_pin_is_in_any_file)
{
	CK_UTF8CHAR wrong[] = "another PIN of many bytes";
	CK_SESSION_HANDLE session = use_key();

	/* What is not secret is found: the search works. */
	put_public_key(session);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_USER, wrong, sizeof(wrong) - 1),
		CKR_PIN_INCORRECT);
	EXPECT_NUMBER(remains_in_files(stage_path(""), "secret"), 0);
	EXPECT(remains_files_seen() >= 3);
	EXPECT(remains_in_files(stage_path(""), "public") >= 1);
	EXPECT_NUMBER(remains_in_open_files(stage_worker(), "secret"), 0);
	EXPECT_NUMBER(remains_in_open_files(remains_listener(), "secret"), 0);
}

TEST(no_part_of_a_key_and_no_pin_is_in_the_listener_after_the_client)
{
	pid_t keeper, worker;

	(void)use_key();
	keeper = remains_listener();
	worker = stage_worker();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(10000, !stage_is_running(worker)));
	EXPECT_NUMBER(remains_in(keeper, "secret"), 0);
}

/* Its module may be somebody else's. */
TEST(the_secret_that_opens_a_worker_is_its_listeners_alone)
{
	unsigned char secret[16];
	uint64_t instance;

	memset(secret, 'q', sizeof(secret));
	remains_seek("secret of a worker", secret, sizeof(secret));
	stage_home("");
	stage_keeper(NULL, NULL);
	stage_join('q', &instance);
	remains_expect(remains_listener(), "secret");
	EXPECT_NUMBER(remains_in(stage_worker(), "secret"), 0);
}
