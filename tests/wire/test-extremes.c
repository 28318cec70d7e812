/* SPDX-License-Identifier: BSD-2-Clause */
/* Every function with NULL and extreme values for each argument in turn, in
 * every state of a session: a code of the standard, and no more than that. */

#include "config.h"

#include "tests/wire/extremes.h"

#include "pkcs11/name.h"
#include "tests/test.h"
#include "tests/wire/kit.h"

#include <stdio.h>
#include <string.h>

const CK_FUNCTION_LIST_3_0 *list;
CK_BYTE some_bytes[4096];
CK_ULONG some_numbers[64], some_length, no_length;
CK_BYTE out_room[4096];

CK_ATTRIBUTE a_template[1], null_template[1], long_template[1],
	nested_template[1], unknown_template[1], a_query[1], null_query[1],
	nested_query[1], unknown_query[1];
CK_MECHANISM a_mechanism, null_mechanism, long_mechanism, unknown_mechanism,
	null_oaep, long_oaep;

static CK_RSA_PKCS_OAEP_PARAMS oaep[2];
static CK_OBJECT_CLASS data = CKO_DATA;
static unsigned long tries;
static bool is_outside; /* there is no C_Initialize */

static void
reset_templates(void)
{
	*a_template = (CK_ATTRIBUTE){ CKA_CLASS, &data, sizeof(data) };
	*null_template = (CK_ATTRIBUTE){ CKA_LABEL, NULL, 16 };
	*long_template = (CK_ATTRIBUTE){ CKA_LABEL, some_bytes, LONG_MOST };
	*nested_template =
		(CK_ATTRIBUTE){ CKA_WRAP_TEMPLATE, some_bytes, LONG_MOST };
	*unknown_template = (CK_ATTRIBUTE){ 0x80001267UL, some_bytes, 16 };
	*a_query = (CK_ATTRIBUTE){ CKA_LABEL, some_bytes, 16 };
	*null_query = (CK_ATTRIBUTE){ CKA_LABEL, NULL, LONG_MOST };
	*nested_query = (CK_ATTRIBUTE){ CKA_WRAP_TEMPLATE, NULL, LONG_MOST };
	*unknown_query = (CK_ATTRIBUTE){ 0x80001267UL, some_bytes, LONG_MOST };
}

static void
reset_mechanisms(void)
{
	oaep[0] = (CK_RSA_PKCS_OAEP_PARAMS){ CKM_SHA_1, CKG_MGF1_SHA1,
		CKZ_DATA_SPECIFIED, NULL, 16 };
	oaep[1] = oaep[0];
	oaep[1].pSourceData = some_bytes;
	oaep[1].ulSourceDataLen = LONG_MOST;
	a_mechanism = (CK_MECHANISM){ CKM_SHA256, NULL, 0 };
	null_mechanism = (CK_MECHANISM){ CKM_AES_CBC, NULL, 16 };
	long_mechanism = (CK_MECHANISM){ CKM_AES_CBC, some_bytes, LONG_MOST };
	unknown_mechanism = (CK_MECHANISM){ 0x80001267UL, some_bytes, 16 };
	null_oaep =
		(CK_MECHANISM){ CKM_RSA_PKCS_OAEP, &oaep[0], sizeof(oaep[0]) };
	long_oaep =
		(CK_MECHANISM){ CKM_RSA_PKCS_OAEP, &oaep[1], sizeof(oaep[1]) };
}

void
extreme_reset(void)
{
	reset_templates();
	reset_mechanisms();
	some_length = sizeof(some_numbers) / sizeof(some_numbers[0]);
	no_length = 0;
}

void
extreme_judge(const char *call, CK_RV rv)
{
	tries++;
	if (is_outside && rv != CKR_CRYPTOKI_NOT_INITIALIZED)
		test_fail(__FILE__, __LINE__, "%s without C_Initialize: %s",
			call, rv_name(rv));
	if (strcmp(rv_name(rv), "unknown") == 0 || rv == CKR_DEVICE_REMOVED ||
		rv == CKR_DEVICE_ERROR || rv == CKR_GENERAL_ERROR ||
		(!is_outside && rv == CKR_CRYPTOKI_NOT_INITIALIZED))
		test_fail(__FILE__, __LINE__, "%s: 0x%lx %s", call, rv,
			rv_name(rv));
}

static void
begin(void)
{
	CK_SESSION_HANDLE session;

	kit_home();
	kit_keeper();
	list = kit_ready(&session);
}

/* A fresh session each, in the state that is asked; some of them end it. */
static void
try_all(void (*prepare)(CK_SESSION_HANDLE session))
{
	CK_SESSION_HANDLE session;
	size_t i;

	for (i = 0; i < extremes_count; i++) {
		session = kit_session();
		extreme_reset();
		if (prepare)
			prepare(session);
		extremes[i].run(session);
		list->C_CloseSession(session);
	}
	printf("# %lu calls\n", tries);
	session = kit_session();
}

TEST(extremes_before_initialize_are_told_so)
{
	size_t i;

	list = kit_load();
	is_outside = true;
	for (i = 0; i < extremes_count; i++)
		extremes[i].run(1);
	EXPECT(tries > 500);
}

TEST(extremes_in_an_idle_session_are_refused)
{
	begin();
	try_all(NULL);
}

/* Operations of several kinds, each of which other calls could disturb. */
static void
begin_operations(CK_SESSION_HANDLE session)
{
	EXPECT_RV(list->C_FindObjectsInit(session, a_template, 1), CKR_OK);
	EXPECT_RV(list->C_DigestInit(session, &a_mechanism), CKR_OK);
}

TEST(extremes_amid_other_operations_are_refused)
{
	begin();
	try_all(begin_operations);
}

static void
fail_operations(CK_SESSION_HANDLE session)
{
	begin_operations(session);
	list->C_Digest(session, NULL, 5, some_bytes, &some_length);
	list->C_FindObjects(session, NULL, 5, NULL);
	list->C_SignFinal(session, NULL, NULL);
}

TEST(extremes_after_an_error_are_refused)
{
	begin();
	try_all(fail_operations);
}

static void
room_too_small(CK_SESSION_HANDLE session)
{
	begin_operations(session);
	some_length = 1;
	EXPECT_RV(list->C_Digest(
			  session, some_bytes, 16, some_bytes, &some_length),
		CKR_BUFFER_TOO_SMALL);
}

TEST(extremes_after_a_room_too_small_are_refused)
{
	begin();
	try_all(room_too_small);
}

TEST(extremes_of_what_the_module_answers_itself_are_refused)
{
	CK_ULONG none = 0;

	begin();
	EXPECT_RV(list->C_Initialize(NULL), CKR_CRYPTOKI_ALREADY_INITIALIZED);
	EXPECT_RV(list->C_GetInfo(NULL), CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_GetFunctionList(NULL), CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_GetInterfaceList(NULL, NULL), CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_GetInterfaceList(out, &none), CKR_BUFFER_TOO_SMALL);
	EXPECT_RV(list->C_GetInterface(NULL, NULL, NULL, 0), CKR_ARGUMENTS_BAD);
	EXPECT_RV(list->C_GetFunctionStatus(1), CKR_FUNCTION_NOT_PARALLEL);
	EXPECT_RV(list->C_CancelFunction(0), CKR_FUNCTION_NOT_PARALLEL);
}
