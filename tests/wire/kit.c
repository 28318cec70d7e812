/* SPDX-License-Identifier: BSD-2-Clause */
/* The module, loaded as applications do, and a keeper that serves SoftHSM2. */

#include "config.h"

#include "tests/wire/kit.h"

#include "tests/softhsm.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static CK_FUNCTION_LIST_3_0 *list;
static const char *module_path = "/.libs/privyseal-pkcs11.so";
static const char *keeper_path = "/tests/wire/serve-module";

void
kit_use(const char *module_file, const char *keeper_file)
{
	if (module_file)
		module_path = module_file;
	if (keeper_file)
		keeper_path = keeper_file;
}

void
kit_home(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/home", test_folder());
	setenv("PRIVYSEAL_HOME", path, 1);
	unsetenv("PRIVYSEAL_KEEPER");
	setenv("SOFTHSM2_CONF", softhsm_configure(), 1);
}

pid_t
kit_keeper(void)
{
	const char *module = softhsm_find();
	pid_t test = getpid(), child;
	char keeper[4096], byte;
	int said[2], held[2];

	snprintf(keeper, sizeof(keeper), "%s%s", BUILDDIR, keeper_path);
	EXPECT(pipe(said) == 0 && pipe(held) == 0);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != test)
			_exit(1);
		dup2(held[0], STDIN_FILENO);
		close(held[1]);
		dup2(said[1], STDOUT_FILENO);
		close(said[0]);
		close(said[1]);
		execl(keeper, "serve-module", module, NULL);
		_exit(127);
	}
	close(held[0]);
	close(said[1]);
	EXPECT(read(said[0], &byte, 1) == 1);
	close(said[0]);
	return child;
}

void
kit_kill(pid_t keeper)
{
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
}

/* So that a leak checker sees what is really left. */
static void
finalize(void)
{
	list->C_Finalize(NULL);
}

CK_FUNCTION_LIST_3_0 *
kit_load(void)
{
	char path[4096];
	CK_C_GetInterface get;
	CK_INTERFACE *interface;
	void *module, *symbol;

	snprintf(path, sizeof(path), "%s%s", BUILDDIR, module_path);
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module)
		test_fail(__FILE__, __LINE__, "%s", dlerror());
	symbol = dlsym(module, "C_GetInterface");
	memcpy(&get, &symbol, sizeof(get));
	EXPECT(get != NULL);
	EXPECT_RV(get(NULL, NULL, &interface, 0), CKR_OK);
	list = interface->pFunctionList;
	atexit(finalize);
	return list;
}

/* SoftHSM2 gives an initialized token another number, and again another when it
 * is loaded next. */
CK_SLOT_ID
kit_slot(void)
{
	CK_SLOT_ID slots[8];
	CK_TOKEN_INFO info;
	CK_ULONG count = 8, i;

	EXPECT_RV(list->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++) {
		EXPECT_RV(list->C_GetTokenInfo(slots[i], &info), CKR_OK);
		if (info.flags & CKF_TOKEN_INITIALIZED)
			return slots[i];
	}
	return slots[0];
}

static void
make_token(void)
{
	CK_UTF8CHAR label[32];
	CK_SESSION_HANDLE session;

	memset(label, ' ', sizeof(label));
	EXPECT_RV(list->C_InitToken(kit_slot(), KIT_TEXT("87654321"), 8, label),
		CKR_OK);
	session = kit_session();
	EXPECT_RV(list->C_Login(session, CKU_SO, KIT_TEXT("87654321"), 8),
		CKR_OK);
	EXPECT_RV(list->C_InitPIN(session, KIT_PIN), CKR_OK);
	EXPECT_RV(list->C_CloseSession(session), CKR_OK);
}

CK_FUNCTION_LIST_3_0 *
kit_ready(CK_SESSION_HANDLE *session)
{
	kit_load();
	EXPECT_RV(list->C_Initialize(NULL), CKR_OK);
	make_token();
	*session = kit_session();
	EXPECT_RV(list->C_Login(*session, CKU_USER, KIT_PIN), CKR_OK);
	return list;
}

CK_SESSION_HANDLE
kit_session(void)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(list->C_OpenSession(kit_slot(),
			  CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
			  &session),
		CKR_OK);
	return session;
}

void
kit_key_pair(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *public_key,
	CK_OBJECT_HANDLE *private_key)
{
	CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_BYTE exponent[] = { 1, 0, 1 };
	CK_BBOOL yes = CK_TRUE;
	CK_ULONG bits = 1024;
	CK_ATTRIBUTE public_attributes[] = {
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
	};
	CK_ATTRIBUTE private_attributes[] = {
		{ CKA_SIGN, &yes, sizeof(yes) },
	};

	EXPECT_RV(list->C_GenerateKeyPair(session, &generate, public_attributes,
			  3, private_attributes, 1, public_key, private_key),
		CKR_OK);
}

void
kit_objects(CK_SESSION_HANDLE session, size_t count, const char *label)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, KIT_TEXT(label), strlen(label) },
		{ CKA_VALUE, KIT_TEXT("some value"), 10 },
	};
	CK_OBJECT_HANDLE object;

	while (count--)
		EXPECT_RV(list->C_CreateObject(session, attributes, 3, &object),
			CKR_OK);
}

double
kit_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
