/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left in memory: root looks through worker and listener. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
	const char *name, *of_library;
	CK_ATTRIBUTE_TYPE type;
} kinds[PARTS] = { { "n", "n", CKA_MODULUS }, { "e", "e", CKA_PUBLIC_EXPONENT },
	{ "d", "d", CKA_PRIVATE_EXPONENT }, { "p", "rsa-factor1", CKA_PRIME_1 },
	{ "q", "rsa-factor2", CKA_PRIME_2 },
	{ "dp", "rsa-exponent1", CKA_EXPONENT_1 },
	{ "dq", "rsa-exponent2", CKA_EXPONENT_2 },
	{ "qinv", "rsa-coefficient1", CKA_COEFFICIENT } };
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
		BN_clear_free(number);
	}
	EVP_PKEY_free(key);
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

/* How many windows of the secrets are there. */
static unsigned long
found_in(pid_t process)
{
	char command[300], line[300];
	unsigned long found = 0;
	int i, j, status;
	FILE *search;

	snprintf(command, sizeof(command),
		BUILDDIR "/tests/clients/memory-search %d >%s/found",
		(int)process, test_folder());
	search = popen(command, "w");
	EXPECT(search != NULL);
	for (i = PUBLIC; i < PARTS; i++) {
		fprintf(search, "%s ", kinds[i].name);
		for (j = 0; j < lengths[i]; j++)
			fprintf(search, "%02x", parts[i][j]);
		fprintf(search, "\n");
	}
	fprintf(search, "pin ");
	for (i = 0; i < (int)sizeof(pin) - 1; i++)
		fprintf(search, "%02x", pin[i]);
	fprintf(search, "\n");
	status = pclose(search);
	if (WEXITSTATUS(status) == 2)
		test_skip("only root can look into the keeper");
	snprintf(command, sizeof(command), "%s/found", test_folder());
	search = fopen(command, "r");
	while (fgets(line, sizeof(line), search)) {
		if (WEXITSTATUS(status) == 1)
			printf("# %s", line);
		if (strstr(line, "windows, "))
			found = strtoul(strrchr(strstr(line, "read"), ',') + 1,
				NULL, 10);
	}
	fclose(search);
	EXPECT((found == 0) == (WEXITSTATUS(status) == 0));
	return found;
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

static pid_t
listener(void)
{
	return (pid_t)atol(
		strstr(stage_status(), "process ") + strlen("process "));
}

TEST(no_part_of_a_key_and_no_pin_is_left_after_logout)
{
	CK_SESSION_HANDLE session = use_key();
	pid_t worker = stage_worker();

	EXPECT(found_in(worker) > 100);
	EXPECT_NUMBER(found_in(listener()), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(stage_worker(), worker);
	EXPECT_NUMBER(found_in(worker), 0);
	EXPECT_NUMBER(found_in(listener()), 0);
}

/* Of the secret whose bytes these are, in either order. */
static bool
has_window_of(const unsigned char *text, size_t length,
	const unsigned char *secret, size_t secret_length)
{
	unsigned char reversed[ROOM];
	size_t i;

	for (i = 0; i < secret_length; i++)
		reversed[i] = secret[secret_length - 1 - i];
	for (i = 0; i + 16 <= secret_length; i++)
		if (memmem(text, length, secret + i, 16) ||
			memmem(text, length, reversed + i, 16))
			return true;
	return false;
}

static unsigned files_seen, files_with_modulus;

static int
search_file(
	const char *path, const struct stat *status, int type, struct FTW *at)
{
	unsigned char *text;
	FILE *file;
	int i;

	if (type != FTW_F || !S_ISREG(status->st_mode))
		return 0;
	text = test_memory((size_t)status->st_size + 1);
	file = fopen(path, "r");
	EXPECT(file != NULL);
	EXPECT(fread(text, 1, (size_t)status->st_size, file) ==
		(size_t)status->st_size);
	fclose(file);
	files_seen++;
	for (i = PUBLIC; i < PARTS; i++)
		if (has_window_of(text, (size_t)status->st_size, parts[i],
			    (size_t)lengths[i]))
			test_fail(__FILE__, __LINE__, "%s is in %s",
				kinds[i].name, path);
	if (has_window_of(text, (size_t)status->st_size, pin, sizeof(pin) - 1))
		test_fail(__FILE__, __LINE__, "the PIN is in %s", path);
	files_with_modulus += has_window_of(
		text, (size_t)status->st_size, parts[0], (size_t)lengths[0]);
	return 0;
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
	EXPECT(nftw(stage_path(""), search_file, 16, FTW_PHYS) == 0);
	EXPECT(files_seen >= 3);
	EXPECT(files_with_modulus >= 1);
}

TEST(no_part_of_a_key_and_no_pin_is_in_the_listener_after_the_client)
{
	pid_t keeper, worker;

	(void)use_key();
	keeper = listener();
	worker = stage_worker();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(10000, !stage_is_running(worker)));
	EXPECT_NUMBER(found_in(keeper), 0);
}
