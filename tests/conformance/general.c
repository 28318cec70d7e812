/* SPDX-License-Identifier: BSD-2-Clause */
/* Initialising, interfaces, and what the library says of itself. */

#include "config.h"

#include "tests/conformance/kit.h"

#include <sys/wait.h>
#include <unistd.h>

CLAIM(initialize_without_arguments, "BASE 5.4.1")
{
	load();
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

CLAIM(second_initialize_is_refused, "BASE 5.4.1")
{
	initialize();
	EXPECT_RV(p11->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
}

CLAIM(initialize_again_after_finalize, "BASE 5.4.2")
{
	initialize();
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
}

CLAIM(initialize_refuses_a_reserved_pointer, "BASE 5.4.1")
{
	CK_C_INITIALIZE_ARGS arguments = { .pReserved = &arguments };

	load();
	EXPECT_RV(p11->C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
}

static CK_RV
mutex(CK_VOID_PTR mutex)
{
	return CKR_OK;
}

static CK_RV
mutex_made(CK_VOID_PTR_PTR mutex)
{
	*mutex = NULL;
	return CKR_OK;
}

CLAIM(initialize_refuses_some_of_the_mutex_functions, "BASE 5.4.1")
{
	CK_C_INITIALIZE_ARGS arguments = { .LockMutex = mutex };

	load();
	EXPECT_RV(p11->C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
}

CLAIM(initialize_takes_mutex_functions_and_os_locking, "BASE 5.4.1")
{
	CK_C_INITIALIZE_ARGS arguments = {
		.CreateMutex = mutex_made, .DestroyMutex = mutex,
		.LockMutex = mutex, .UnlockMutex = mutex,
		.flags = CKF_OS_LOCKING_OK |
			CKF_LIBRARY_CANT_CREATE_OS_THREADS,
	};

	load();
	EXPECT_RV(p11->C_Initialize(&arguments), CKR_OK);
}

CLAIM(nothing_works_before_initialize, "BASE 5.1.1")
{
	CK_ULONG count;
	CK_INFO info;
	CK_SESSION_HANDLE session;

	load();
	EXPECT_RV(p11->C_GetInfo(&info), CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(p11->C_GetSlotList(CK_FALSE, NULL, &count),
		CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL,
			  &session), CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(p11->C_GenerateRandom(1, (CK_BYTE[4]) { 0 }, 4),
		CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_CRYPTOKI_NOT_INITIALIZED);
}

CLAIM(finalize_refuses_a_reserved_pointer, "BASE 5.4.2")
{
	initialize();
	EXPECT_RV(p11->C_Finalize(&slot), CKR_ARGUMENTS_BAD);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

CLAIM(finalize_ends_sessions_and_login, "BASE 5.4.2")
{
	CK_SESSION_HANDLE session = user_session();
	CK_SESSION_INFO info;

	initialize_again();
	EXPECT_RV(p11->C_GetSessionInfo(session, &info),
		CKR_SESSION_HANDLE_INVALID);
	session = open_session(CKF_RW_SESSION);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.state, CKS_RW_PUBLIC_SESSION);
}

/* "If the child wishes to use Cryptoki, it must call C_Initialize itself." */
CLAIM(forked_child_is_not_initialized, "GUIDE 2.5.1")
{
	CK_SESSION_HANDLE session = user_session();
	CK_SESSION_INFO info;
	int status;

	if (fork() == 0)
		_exit(p11->C_GetSessionInfo(session, &info) ==
				CKR_CRYPTOKI_NOT_INITIALIZED ? 0 : 1);
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 0);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.state, CKS_RW_USER_FUNCTIONS);
}

static bool
is_padded_text(const CK_UTF8CHAR *text, size_t length)
{
	while (length-- > 0)
		if (text[length] < ' ')
			return false;
	return true;
}

CLAIM(info_is_padded_with_blanks, "BASE 3.1")
{
	CK_INFO info;

	initialize();
	EXPECT_RV(p11->C_GetInfo(&info), CKR_OK);
	EXPECT(info.cryptokiVersion.major == p11->version.major);
	EXPECT(is_padded_text(info.manufacturerID, 32));
	EXPECT(is_padded_text(info.libraryDescription, 32));
	EXPECT_NUMBER(info.flags, 0);
}

CLAIM(info_refuses_null, "BASE 5.4.3")
{
	initialize();
	EXPECT_RV(p11->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(every_function_of_the_list_is_there, "BASE 5.4.4")
{
	const CK_FUNCTION_LIST *list;

	load();
	list = (const CK_FUNCTION_LIST *)p11;
#define EXPECT_FUNCTION(name, arguments) EXPECT(list->name != NULL);
	CK_FUNCTIONS_2_40(EXPECT_FUNCTION)
#undef EXPECT_FUNCTION
}

CLAIM(every_function_of_the_3_0_list_is_there, "BASE 5.4.6")
{
	load();
	need_3_0();
#define EXPECT_FUNCTION(name, arguments) EXPECT(p11->name != NULL);
	CK_FUNCTIONS_3_0(EXPECT_FUNCTION)
#undef EXPECT_FUNCTION
}

CLAIM(function_list_is_given_before_initialize, "BASE 5.4.4")
{
	CK_FUNCTION_LIST *list = NULL;

	load();
	EXPECT_RV(p11->C_GetFunctionList(&list), CKR_OK);
	EXPECT(list != NULL);
	EXPECT_NUMBER(list->version.major, 2);
	EXPECT_NUMBER(list->version.minor, 40);
	EXPECT_RV(p11->C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
}

CLAIM(interface_list_has_both_versions, "BASE 5.4.5")
{
	CK_INTERFACE interfaces[8];
	CK_ULONG count = 0, i, versions = 0;
	const CK_VERSION *version;

	load();
	need_3_0();
	EXPECT_RV(p11->C_GetInterfaceList(NULL, &count), CKR_OK);
	EXPECT(count >= 2 && count <= 8);
	count--;
	EXPECT_RV(p11->C_GetInterfaceList(interfaces, &count),
		CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(p11->C_GetInterfaceList(interfaces, &count), CKR_OK);
	for (i = 0; i < count; i++) {
		if (strcmp((char *)interfaces[i].pInterfaceName, "PKCS 11"))
			continue;
		version = interfaces[i].pFunctionList;
		versions |= version->major == 3 ? 1 : 0;
		versions |= version->major == 2 ? 2 : 0;
	}
	EXPECT_NUMBER(versions, 3);
}

CLAIM(interface_by_name_and_version, "BASE 5.4.6")
{
	CK_UTF8CHAR name[] = "PKCS 11";
	CK_VERSION version = { 2, 40 };
	CK_INTERFACE *interface = NULL;

	load();
	need_3_0();
	EXPECT_RV(p11->C_GetInterface(name, &version, &interface, 0), CKR_OK);
	EXPECT_NUMBER(((CK_VERSION *)interface->pFunctionList)->major, 2);
	EXPECT_RV(p11->C_GetInterface(name, NULL, &interface, 0), CKR_OK);
	EXPECT_NUMBER(((CK_VERSION *)interface->pFunctionList)->major, 3);
	EXPECT_RV(p11->C_GetInterface(NULL, NULL, &interface, 0), CKR_OK);
	EXPECT_TEXT((char *)interface->pInterfaceName, "PKCS 11");
}

CLAIM(unknown_interfaces_are_refused, "BASE 5.4.6")
{
	CK_UTF8CHAR name[] = "Vendor NSS FIPS Interface", usual[] = "PKCS 11";
	CK_VERSION version = { 9, 9 };
	CK_INTERFACE *interface = NULL;

	load();
	need_3_0();
	EXPECT_RV(p11->C_GetInterface(name, NULL, &interface, 0),
		CKR_FUNCTION_FAILED);
	EXPECT_RV(p11->C_GetInterface(usual, &version, &interface, 0),
		CKR_FUNCTION_FAILED);
	EXPECT_RV(p11->C_GetInterface(usual, NULL, NULL, 0),
		CKR_ARGUMENTS_BAD);
}

/* A child would share the parent's connection. */
CLAIM(no_interface_claims_to_be_fork_safe, "BASE 5.4.6")
{
	CK_UTF8CHAR name[] = "PKCS 11";
	CK_INTERFACE *interface = NULL;

	load();
	need_3_0();
	EXPECT_RV(p11->C_GetInterface(name, NULL, &interface,
			  CKF_INTERFACE_FORK_SAFE), CKR_FUNCTION_FAILED);
}

CLAIM(parallel_functions_are_legacy, "BASE 5.20")
{
	CK_SESSION_HANDLE session = public_session();

	EXPECT_RV(p11->C_GetFunctionStatus(session),
		CKR_FUNCTION_NOT_PARALLEL);
	EXPECT_RV(p11->C_CancelFunction(session), CKR_FUNCTION_NOT_PARALLEL);
}

CLAIM(random_bytes_differ, "BASE 5.19.2")
{
	CK_SESSION_HANDLE session = public_session();
	CK_BYTE one[32] = { 0 }, other[32] = { 0 };

	EXPECT_RV(p11->C_GenerateRandom(session, one, sizeof(one)), CKR_OK);
	EXPECT_RV(p11->C_GenerateRandom(session, other, sizeof(other)),
		CKR_OK);
	EXPECT(memcmp(one, other, sizeof(one)) != 0);
	EXPECT_RV(p11->C_GenerateRandom(session, NULL, 8), CKR_ARGUMENTS_BAD);
}

CLAIM(random_gives_a_megabyte_at_once, "BASE 5.19.2")
{
	static CK_BYTE large[1 << 20];
	CK_SESSION_HANDLE session = public_session();
	size_t i, zeros = 0;

	EXPECT_RV(p11->C_GenerateRandom(session, large, sizeof(large)),
		CKR_OK);
	for (i = 0; i < sizeof(large); i++)
		zeros += large[i] == 0;
	EXPECT(zeros > 3000 && zeros < 5500);
}

CLAIM(seeding_is_taken_or_not_supported, "BASE 5.19.1")
{
	CK_SESSION_HANDLE session = public_session();
	CK_BYTE seed[] = "seed";

	expect_either(p11->C_SeedRandom(session, seed, sizeof(seed)), CKR_OK,
		CKR_RANDOM_SEED_NOT_SUPPORTED);
}
