/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts with several libraries that each load the module: NSS and p11-kit in
 * one process, in both orders, and their ends in both orders. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define MODULE BUILDDIR "/.libs/privyseal-pkcs11.so"

/* What NSS says of a module; the fields that come first. */
struct nss_module {
	void *arena;
	int internal, loaded;
};

static struct {
	int (*begin)(const char *folder);
	struct nss_module *(*load)(char *specification, void *parent, int deep);
	int (*unload)(struct nss_module *loaded);
	int (*end)(void);
} nss;

static struct {
	CK_FUNCTION_LIST *(*load)(const char *path, int flags);
	CK_RV (*begin)(CK_FUNCTION_LIST *list);
	CK_RV (*end)(CK_FUNCTION_LIST *list);
	void (*release)(CK_FUNCTION_LIST *list);
} kit;

static void
find(void *library, const char *name, void *function)
{
	void *symbol = dlsym(library, name);

	if (!symbol)
		test_fail(__FILE__, __LINE__, "%s is missing", name);
	memcpy(function, &symbol, sizeof(symbol));
}

static void *
open_library(const char *name)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		test_skip("NSS or p11-kit is not installed");
	return library;
}

static void
load_libraries(void)
{
	void *library = open_library("libnss3.so");

	find(library, "NSS_NoDB_Init", &nss.begin);
	find(library, "SECMOD_LoadUserModule", &nss.load);
	find(library, "SECMOD_UnloadUserModule", &nss.unload);
	find(library, "NSS_Shutdown", &nss.end);
	library = open_library("libp11-kit.so.0");
	find(library, "p11_kit_module_load", &kit.load);
	find(library, "p11_kit_module_initialize", &kit.begin);
	find(library, "p11_kit_module_finalize", &kit.end);
	find(library, "p11_kit_module_release", &kit.release);
}

static struct nss_module *
begin_nss(void)
{
	char specification[] = "library=" MODULE " name=\"Privy Seal\"";

	EXPECT_NUMBER(nss.begin(NULL), 0);
	return nss.load(specification, NULL, 0);
}

static void
end_nss(struct nss_module *loaded)
{
	if (loaded && loaded->loaded)
		(void)nss.unload(loaded);
	(void)nss.end();
}

static CK_FUNCTION_LIST *
begin_kit(void)
{
	CK_FUNCTION_LIST *list = kit.load(MODULE, 0);

	EXPECT(list != NULL);
	EXPECT_RV(kit.begin(list), CKR_OK);
	return list;
}

static void
expect_slots(CK_FUNCTION_LIST *list)
{
	CK_ULONG count = 0;

	EXPECT_RV(list->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT_NUMBER(count, 1);
}

static void
set_up(void)
{
	load_libraries();
	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
}

TEST(nss_after_p11_kit_disturbs_neither)
{
	CK_FUNCTION_LIST *list;
	struct nss_module *loaded;

	set_up();
	list = begin_kit();
	expect_slots(list);
	loaded = begin_nss();
	expect_slots(list);
	end_nss(loaded);
	EXPECT_RV(kit.end(list), CKR_OK);
	kit.release(list);
}

TEST(p11_kit_after_nss_disturbs_neither)
{
	CK_FUNCTION_LIST *list;
	struct nss_module *loaded;

	set_up();
	loaded = begin_nss();
	EXPECT(loaded && loaded->loaded);
	list = begin_kit();
	expect_slots(list);
	(void)kit.end(list);
	kit.release(list);
	end_nss(loaded);
}

TEST(nss_that_ends_first_leaves_p11_kit_without_a_crash)
{
	CK_FUNCTION_LIST *list;
	struct nss_module *loaded;
	CK_ULONG count = 0;

	set_up();
	loaded = begin_nss();
	EXPECT(loaded && loaded->loaded);
	list = begin_kit();
	expect_slots(list);
	end_nss(loaded);
	/* NSS finalised what it had initialised: an error, and no more. */
	(void)list->C_GetSlotList(CK_TRUE, NULL, &count);
	(void)kit.end(list);
	kit.release(list);
}

TEST(host_that_exits_without_an_end_does_not_crash)
{
	set_up();
	EXPECT(begin_nss() != NULL);
	expect_slots(begin_kit());
	application_load();
	application_unload();
}
