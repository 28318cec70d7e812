/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows what a file of keys holds, and with a module stores it:
 * import-try [-j] [-m MODULE -t LABEL -p PIN [-k COUNT]] FILE [PASSPHRASE]
 * (-k: this process dies after so many objects). */

#include "config.h"

#include "import/bundle.h"
#include "import/deposit.h"
#include "import/summary.h"
#include "pkcs11/name.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct arguments {
	bool as_json;
	const char *module, *label, *pin, *file, *passphrase;
	long killed_after;
} arguments = { .killed_after = -1 };

static int
refused(const struct failure *failure)
{
	printf("refused %d: %s\n  %s\n", failure->refusal,
		refusal_text(failure->refusal), failure->detail);
	return (int)failure->refusal;
}

static void
count(const struct bundle *bundle)
{
	size_t i, keys = bundle->keys_count + bundle->keys_repeated;

	for (i = 0; i < bundle->skipped_count; i++)
		keys += bundle->skipped[i].is_key;
	printf("%zu keys (%zu usable), %zu certificates, %zu left out\n", keys,
		bundle->keys_count,
		bundle->certificates_count + bundle->certificates_repeated,
		bundle->skipped_count);
}

static enum refusal
read_file(struct bundle *bundle, struct failure *failure)
{
	const char *passphrase = arguments.passphrase;
	struct secret file = { 0 }, secret = { 0 };
	enum refusal refusal = bundle_load(arguments.file, &file, failure);

	if (refusal == REFUSAL_NONE && passphrase &&
		!secret_copy(&secret, passphrase, strlen(passphrase)))
		refusal = REFUSAL_MEMORY;
	if (refusal == REFUSAL_NONE)
		refusal = bundle_read(
			bundle, &file, passphrase ? &secret : NULL, failure);
	secret_clear(&file);
	secret_clear(&secret);
	return refusal;
}

static void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	printf("%s: %s\n", what, rv_name(rv));
	exit(1);
}

static CK_FUNCTION_LIST *
load_module(void)
{
	void *module = dlopen(arguments.module, RTLD_NOW);
	CK_RV (*get)(CK_FUNCTION_LIST * *list);
	CK_FUNCTION_LIST *list;
	void *symbol;

	symbol = module ? dlsym(module, "C_GetFunctionList") : NULL;
	if (!symbol) {
		printf("%s\n", dlerror());
		exit(1);
	}
	memcpy(&get, &symbol, sizeof(get));
	must(get(&list), "C_GetFunctionList");
	must(list->C_Initialize(NULL), "C_Initialize");
	return list;
}

static CK_SLOT_ID
find_slot(CK_FUNCTION_LIST *list)
{
	CK_SLOT_ID slots[16];
	CK_ULONG number = 16, i;
	CK_TOKEN_INFO info;

	must(list->C_GetSlotList(CK_TRUE, slots, &number), "C_GetSlotList");
	for (i = 0; i < number; i++)
		if (list->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
			strncmp((char *)info.label, arguments.label,
				strlen(arguments.label)) == 0)
			return slots[i];
	printf("no token %s\n", arguments.label);
	exit(1);
}

static CK_FUNCTION_LIST *real;

static CK_RV
create_and_die(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG length, CK_OBJECT_HANDLE *object)
{
	CK_BBOOL on_token = CK_FALSE;
	CK_ULONG i;

	for (i = 0; i < length; i++)
		if (template[i].type == CKA_TOKEN)
			on_token = *(CK_BBOOL *)template[i].pValue;
	if (on_token && arguments.killed_after-- == 0)
		_exit(99);
	return real->C_CreateObject(session, template, length, object);
}

static int
store(const struct bundle *bundle)
{
	CK_FUNCTION_LIST list;
	CK_SESSION_HANDLE session;
	struct deposit_result result;
	struct failure failure = { 0 };
	union {
		const char *borrowed;
		CK_UTF8CHAR *parameter;
	} pin = { arguments.pin };

	real = load_module();
	list = *real;
	if (arguments.killed_after >= 0)
		list.C_CreateObject = create_and_die;
	must(list.C_OpenSession(find_slot(&list),
		     CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session),
		"C_OpenSession");
	must(list.C_Login(
		     session, CKU_USER, pin.parameter, strlen(arguments.pin)),
		"C_Login");
	deposit_store(&list, session, bundle, &result, &failure);
	printf("stored %zu %zu %zu, present %zu %zu %zu, unsupported %zu%s%s\n",
		result.private_keys.stored, result.public_keys.stored,
		result.certificates.stored, result.private_keys.present,
		result.public_keys.present, result.certificates.present,
		result.keys_unsupported, result.keys_unsupported ? ": " : "",
		result.unsupported);
	must(list.C_Finalize(NULL), "C_Finalize");
	return failure.refusal ? refused(&failure) : 0;
}

static bool
take_arguments(int number, char **texts)
{
	int option;

	while ((option = getopt(number, texts, "jm:t:p:k:")) != -1) {
		if (option == 'j')
			arguments.as_json = true;
		else if (option == 'm')
			arguments.module = optarg;
		else if (option == 't')
			arguments.label = optarg;
		else if (option == 'p')
			arguments.pin = optarg;
		else if (option == 'k')
			arguments.killed_after = atol(optarg);
		else
			return false;
	}
	if (optind >= number)
		return false;
	arguments.file = texts[optind];
	arguments.passphrase = texts[optind + 1];
	return !arguments.module || (arguments.label && arguments.pin);
}

int
main(int number, char **texts)
{
	struct failure failure = { 0 };
	struct bundle bundle = { 0 };
	struct json json = { 0 };
	int status = 0;

	if (!take_arguments(number, texts))
		return 2;
	if (read_file(&bundle, &failure) != REFUSAL_NONE)
		return refused(&failure);
	if (arguments.as_json) {
		summary_json(&json, NULL, &bundle, time(NULL));
	} else {
		count(&bundle);
		summary_print(stdout, &bundle, time(NULL));
	}
	if (arguments.module)
		status = store(&bundle);
	bundle_clear(&bundle);
	return status;
}
