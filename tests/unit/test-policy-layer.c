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

static CK_OBJECT_HANDLE
make_secret(bool is_of_token)
{
	CK_MECHANISM making = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, of_token = is_of_token;
	CK_ULONG size = 32;
	CK_ATTRIBUTE template[] = { { CKA_TOKEN, &of_token, sizeof(of_token) },
		{ CKA_EXTRACTABLE, &yes, sizeof(yes) },
		{ CKA_WRAP, &yes, sizeof(yes) },
		{ CKA_VALUE_LEN, &size, sizeof(size) } };
	CK_OBJECT_HANDLE secret;

	EXPECT_RV(p11->C_GenerateKey(session, &making, template, 4, &secret),
		CKR_OK);
	return secret;
}

TEST(a_key_with_rules_does_not_leave_in_a_wrapping)
{
	CK_MECHANISM wrapping = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_OBJECT_HANDLE own, ruled;
	CK_BYTE wrapped[64];
	CK_ULONG room = sizeof(wrapped);

	set_up();
	own = make_secret(false);
	ruled = make_secret(true);
	EXPECT_RV(
		p11->C_WrapKey(session, &wrapping, own, ruled, wrapped, &room),
		CKR_OK);
	room = sizeof(wrapped);
	EXPECT_RV(layer->C_WrapKey(
			  session, &wrapping, own, ruled, wrapped, &room),
		CKR_KEY_NOT_WRAPPABLE);
	EXPECT_RV(layer->C_WrapKey(session, &wrapping, own, make_secret(false),
			  wrapped, &room),
		CKR_OK);
}
