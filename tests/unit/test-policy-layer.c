/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for keys, where an application is quicker than they are. */

#include "config.h"

#include "keeper/keyname.h"
#include "keeper/policy.h"
#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <stdio.h>
#include <string.h>

static const CK_FUNCTION_LIST_3_0 *layer;
static CK_FUNCTION_LIST_3_0 token;
static struct configuration configuration;
static const struct subject application = { .application = "a test",
	.program = "" };
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE public_key, key;
static CK_MECHANISM signing = { CKM_SHA256_RSA_PKCS, NULL, 0 };

/* A key that is for nothing, by the rules. */
static void
set_up(void)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/privyseal.conf", test_folder());
	file = fopen(path, "w");
	EXPECT(file && fputs("uses = decrypt\n", file) >= 0);
	EXPECT(fclose(file) == 0);
	EXPECT_NUMBER(configuration_read(&configuration, path, NULL, NULL), 0);
	session = kit_user_session();
	kit_generate_pair(session, true, &public_key, &key);
	token = *p11;
	layer = policy_wrap(&token, &configuration, &application);
}

TEST(a_rule_holds)
{
	set_up();
	EXPECT_RV(layer->C_SignInit(session, &signing, key),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
}

/* As before a login that another thread makes at this moment. */
static CK_RV
see_nothing(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	return CKR_OBJECT_HANDLE_INVALID;
}

TEST(a_key_that_a_login_brings_is_not_used_before_its_rules_are_seen)
{
	CK_OBJECT_HANDLE copy;

	set_up();
	token.C_GetAttributeValue = see_nothing;
	layer = policy_wrap(&token, &configuration, &application);
	keyname_forget();
	EXPECT_RV(layer->C_SignInit(session, &signing, key),
		CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(layer->C_CopyObject(session, key, NULL, 0, &copy),
		CKR_OBJECT_HANDLE_INVALID);
}
