/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that the client's steps are, and what they leave for the next. */

#include "config.h"

#include "tests/fronted/client-calls.h"

#include "pkcs11/name.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 64, KEYS = 64, PLACES = 8 };

CK_FUNCTION_LIST *module;
static CK_BYTE text[] = "a text of thirty-two characters.";
enum { TEXT_LENGTH = sizeof(text) - 1 };

struct place {
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_BYTE signature[1024];
	CK_ULONG signature_length;
};
static struct place places[PLACES];
static _Thread_local struct place *here = places;

struct word {
	CK_FLAGS flag;
	const char *text;
};
#define WORDS(table) table, sizeof(table) / sizeof(table[0])

static void
add(char *result, const char *more)
{
	size_t length = strlen(result);

	snprintf(result + length, CLIENT_RESULT - length, " %s", more);
}

static void
add_words(char *result, CK_FLAGS flags, const struct word *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (flags & words[i].flag)
			add(result, words[i].text);
}

/* Text that is filled up with blanks. */
static void
add_text(char *result, const CK_UTF8CHAR *at, size_t length)
{
	char copy[65] = "";

	while (length > 0 && at[length - 1] == ' ')
		length--;
	memcpy(copy, at, length);
	add(result, copy);
}

static CK_RV
do_initialize(char *argument, char *result)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

	return module->C_Initialize(&arguments);
}

static CK_RV
do_finalize(char *argument, char *result)
{
	return module->C_Finalize(NULL);
}

static CK_RV
do_slot_info(char *argument, char *result)
{
	static const struct word words[] = {
		{ CKF_TOKEN_PRESENT, "present" },
		{ CKF_REMOVABLE_DEVICE, "removable" },
		{ CKF_HW_SLOT, "hardware" },
	};
	CK_SLOT_INFO info;
	CK_RV rv = module->C_GetSlotInfo(here->slot, &info);

	if (rv != CKR_OK)
		return rv;
	add_words(result, info.flags, WORDS(words));
	add_text(result, info.slotDescription, sizeof(info.slotDescription));
	return rv;
}

static CK_RV
do_token_info(char *argument, char *result)
{
	static const struct word words[] = {
		{ CKF_RNG, "rng" },
		{ CKF_WRITE_PROTECTED, "write-protected" },
		{ CKF_LOGIN_REQUIRED, "login-required" },
		{ CKF_USER_PIN_INITIALIZED, "pin-initialized" },
		{ CKF_PROTECTED_AUTHENTICATION_PATH, "protected-path" },
		{ CKF_TOKEN_INITIALIZED, "initialized" },
		{ CKF_USER_PIN_COUNT_LOW, "count-low" },
		{ CKF_USER_PIN_FINAL_TRY, "final-try" },
		{ CKF_USER_PIN_LOCKED, "locked" },
	};
	CK_TOKEN_INFO info;
	CK_RV rv = module->C_GetTokenInfo(here->slot, &info);

	if (rv != CKR_OK)
		return rv;
	add_words(result, info.flags, WORDS(words));
	add_text(result, info.label, sizeof(info.label));
	add_text(result, info.serialNumber, sizeof(info.serialNumber));
	return rv;
}

/* Who asks for their count asks for new ones. [PKCS11 5.5] */
static CK_RV
list_slots(CK_SLOT_ID slots[SLOTS], CK_ULONG *count)
{
	CK_RV rv = module->C_GetSlotList(CK_FALSE, NULL, count);

	*count = SLOTS;
	if (rv != CKR_OK)
		return rv;
	return module->C_GetSlotList(CK_FALSE, slots, count);
}

/* All slots, a line each. */
static CK_RV
do_slots(char *argument, char *result)
{
	struct place *before = here, place = *here;
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG count, i;
	CK_RV rv = list_slots(slots, &count);
	char number[48];

	here = &place;
	for (i = 0; rv == CKR_OK && i < count; i++) {
		snprintf(number, sizeof(number), "\n#   %#lx", slots[i]);
		add(result, number);
		here->slot = slots[i];
		if (do_slot_info(NULL, result) == CKR_OK)
			do_token_info(NULL, result);
	}
	here = before;
	return rv;
}

/* How many there are. */
static CK_RV
do_count(char *argument, char *result)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG count = 0;
	CK_RV rv = list_slots(slots, &count);
	char number[32];

	snprintf(number, sizeof(number), "%lu", count);
	add(result, number);
	return rv;
}

/* Chooses the first slot of whose description or token this is a part. */
static CK_RV
do_slot(char *argument, char *result)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG count, i;
	CK_RV rv = list_slots(slots, &count);
	char info[CLIENT_RESULT];

	for (i = 0; rv == CKR_OK && i < count; i++) {
		here->slot = slots[i];
		*info = '\0';
		do_slot_info(NULL, info);
		do_token_info(NULL, info);
		if (strstr(info, argument)) {
			add(result, info);
			return CKR_OK;
		}
	}
	return rv == CKR_OK ? CKR_SLOT_ID_INVALID : rv;
}

static CK_RV
do_mechanisms(char *argument, char *result)
{
	CK_MECHANISM_TYPE types[512];
	CK_ULONG count = 512, i;
	CK_RV rv = module->C_GetMechanismList(here->slot, types, &count);

	for (i = 0; rv == CKR_OK && i < count; i++)
		add(result, mechanism_name(types[i]));
	return rv;
}

static CK_RV
do_open(char *argument, char *result)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION;

	if (strcmp(argument, "rw") == 0)
		flags |= CKF_RW_SESSION;
	return module->C_OpenSession(
		here->slot, flags, NULL, NULL, &here->session);
}

static CK_RV
do_close(char *argument, char *result)
{
	return module->C_CloseSession(here->session);
}

static CK_RV
do_session_info(char *argument, char *result)
{
	static const char *const states[] = { "public", "user", "public",
		"user", "officer" };
	CK_SESSION_INFO info;
	CK_RV rv = module->C_GetSessionInfo(here->session, &info);

	if (rv == CKR_OK && info.state < sizeof(states) / sizeof(states[0]))
		add(result, states[info.state]);
	return rv;
}

/* Without a PIN: by the token's own way. */
static CK_RV
login(CK_USER_TYPE user, char *pin)
{
	return module->C_Login(here->session, user,
		*pin ? (CK_UTF8CHAR *)pin : NULL, strlen(pin));
}

static CK_RV
do_login(char *argument, char *result)
{
	return login(CKU_USER, argument);
}

/* At the reader's own keys. */
static CK_RV
do_pad(char *argument, char *result)
{
	return module->C_Login(here->session, CKU_USER, NULL, 0);
}

static CK_RV
do_context(char *argument, char *result)
{
	return login(CKU_CONTEXT_SPECIFIC, argument);
}

static CK_RV
do_set_pin(char *argument, char *result)
{
	return module->C_SetPIN(here->session, NULL, 0, NULL, 0);
}

static CK_RV
do_logout(char *argument, char *result)
{
	return module->C_Logout(here->session);
}

static CK_RV
find(CK_ATTRIBUTE *template, CK_ULONG length, CK_OBJECT_HANDLE *objects,
	CK_ULONG *count)
{
	CK_ULONG most = *count;
	CK_RV rv = module->C_FindObjectsInit(here->session, template, length);

	*count = 0;
	if (rv != CKR_OK)
		return rv;
	rv = module->C_FindObjects(here->session, objects, most, count);
	module->C_FindObjectsFinal(here->session);
	return rv;
}

/* How many objects there are. */
static CK_RV
do_find(char *argument, char *result)
{
	CK_OBJECT_HANDLE objects[256];
	CK_ULONG count = 256;
	char number[32];
	CK_RV rv = find(NULL, 0, objects, &count);

	snprintf(number, sizeof(number), "%lu", count);
	add(result, number);
	return rv;
}

/* Labels and kinds of all, a line each. */
static CK_RV
do_objects(char *argument, char *result)
{
	CK_OBJECT_HANDLE objects[256];
	CK_ULONG count = 256, i;
	CK_RV rv = find(NULL, 0, objects, &count);

	for (i = 0; rv == CKR_OK && i < count; i++) {
		CK_OBJECT_CLASS class = 0;
		CK_BYTE label[64];
		CK_ATTRIBUTE attributes[] = { { CKA_CLASS, &class,
						      sizeof(class) },
			{ CKA_LABEL, label, sizeof(label) } };

		if (module->C_GetAttributeValue(
			    here->session, objects[i], attributes, 2) != CKR_OK)
			attributes[1].ulValueLen = 0;
		add(result, "\n#  ");
		add(result, class_name(class));
		add_text(result, label, attributes[1].ulValueLen);
	}
	return rv;
}

static bool
object_has_flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL value = CK_FALSE;
	CK_ATTRIBUTE attribute = { type, &value, sizeof(value) };

	return module->C_GetAttributeValue(
		       here->session, object, &attribute, 1) == CKR_OK &&
		value;
}

/* Chooses the private key of this label. */
static CK_RV
do_key(char *argument, char *result)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, argument, strlen(argument) } };
	CK_OBJECT_HANDLE keys[KEYS];
	CK_ULONG count = KEYS;
	CK_RV rv = find(template, 2, keys, &count);

	if (rv != CKR_OK)
		return rv;
	if (count == 0)
		return CKR_KEY_HANDLE_INVALID;
	here->key = keys[0];
	if (object_has_flag(here->key, CKA_ALWAYS_AUTHENTICATE))
		add(result, "always-authenticate");
	if (object_has_flag(here->key, CKA_SIGN))
		add(result, "sign");
	if (object_has_flag(here->key, CKA_DECRYPT))
		add(result, "decrypt");
	return rv;
}

static CK_MECHANISM_TYPE
mechanism_of(const char *word)
{
	static const struct {
		const char *text;
		CK_MECHANISM_TYPE type;
	} rows[] = {
		{ "", CKM_RSA_PKCS },
		{ "sha256-rsa", CKM_SHA256_RSA_PKCS },
		{ "pss", CKM_RSA_PKCS_PSS },
		{ "ecdsa", CKM_ECDSA },
		{ "ecdsa-sha256", CKM_ECDSA_SHA256 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].text, word) == 0)
			return rows[i].type;
	fprintf(stderr, "no mechanism %s\n", word);
	exit(2);
}

static CK_RV
do_sign_init(char *argument, char *result)
{
	CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };
	CK_MECHANISM mechanism = { mechanism_of(argument), NULL, 0 };

	if (mechanism.mechanism == CKM_RSA_PKCS_PSS) {
		mechanism.pParameter = &pss;
		mechanism.ulParameterLen = sizeof(pss);
	}
	return module->C_SignInit(here->session, &mechanism, here->key);
}

static CK_RV
do_decrypt_init(char *argument, char *result)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

	return module->C_DecryptInit(here->session, &mechanism, here->key);
}

/* How long the signature will be. */
static CK_RV
do_length(char *argument, char *result)
{
	CK_ULONG length = 0;

	return module->C_Sign(here->session, text, TEXT_LENGTH, NULL, &length);
}

static CK_RV
do_sign_end(char *argument, char *result)
{
	here->signature_length = sizeof(here->signature);
	return module->C_Sign(here->session, text, TEXT_LENGTH, here->signature,
		&here->signature_length);
}

static CK_RV
do_sign(char *argument, char *result)
{
	CK_RV rv = do_sign_init(argument, result);

	if (rv == CKR_OK)
		return do_sign_end(argument, result);
	add(result, "init");
	return rv;
}

/* Writes the last signature there, and what was signed beside it. */
static CK_RV
do_save(char *argument, char *result)
{
	char path[4096];
	FILE *file = fopen(argument, "w");

	if (!file)
		return CKR_FUNCTION_FAILED;
	fwrite(here->signature, 1, here->signature_length, file);
	fclose(file);
	snprintf(path, sizeof(path), "%s.text", argument);
	file = fopen(path, "w");
	if (!file)
		return CKR_FUNCTION_FAILED;
	fwrite(text, 1, TEXT_LENGTH, file);
	fclose(file);
	return CKR_OK;
}

static CK_RV
wait_for_event(CK_FLAGS flags, char *result)
{
	CK_SLOT_ID slot = ~0UL;
	CK_RV rv = module->C_WaitForSlotEvent(flags, &slot, NULL);

	if (rv == CKR_OK)
		add(result, slot == here->slot ? "here" : "elsewhere");
	return rv;
}

static CK_RV
do_event(char *argument, char *result)
{
	return wait_for_event(CKF_DONT_BLOCK, result);
}

static CK_RV
do_wait(char *argument, char *result)
{
	return wait_for_event(0, result);
}

static CK_RV
do_run(char *argument, char *result)
{
	fflush(stdout);
	return system(argument) == 0 ? CKR_OK : CKR_FUNCTION_FAILED;
}

static CK_RV
do_sleep(char *argument, char *result)
{
	usleep((useconds_t)atoi(argument) * 1000);
	return CKR_OK;
}

static CK_RV
do_use(char *argument, char *result)
{
	here = &places[atoi(argument) % PLACES];
	return CKR_OK;
}

static const struct {
	const char *name;
	CK_RV (*act)(char *argument, char *result);
} calls[] = {
	{ "initialize", do_initialize },
	{ "finalize", do_finalize },
	{ "slots", do_slots },
	{ "slot", do_slot },
	{ "count", do_count },
	{ "slot-info", do_slot_info },
	{ "token-info", do_token_info },
	{ "mechanisms", do_mechanisms },
	{ "open", do_open },
	{ "close", do_close },
	{ "session-info", do_session_info },
	{ "login", do_login },
	{ "pad", do_pad },
	{ "context", do_context },
	{ "logout", do_logout },
	{ "set-pin", do_set_pin },
	{ "find", do_find },
	{ "objects", do_objects },
	{ "key", do_key },
	{ "sign", do_sign },
	{ "sign-init", do_sign_init },
	{ "length", do_length },
	{ "decrypt-init", do_decrypt_init },
	{ "sign-end", do_sign_end },
	{ "save", do_save },
	{ "event", do_event },
	{ "wait", do_wait },
	{ "run", do_run },
	{ "sleep", do_sleep },
	{ "use", do_use },
};

struct place *
client_place(void)
{
	return here;
}

void
client_go(struct place *place)
{
	here = place;
}

void
client_call(const char *step, char result[CLIENT_RESULT])
{
	char name[64], argument[4096], more[CLIENT_RESULT] = "";
	const char *blank = strchrnul(step, ' ');
	size_t i;
	CK_RV rv;

	snprintf(name, sizeof(name), "%.*s", (int)(blank - step), step);
	snprintf(argument, sizeof(argument), "%s", *blank ? blank + 1 : "");
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		rv = calls[i].act(argument, more);
		if (strcmp(rv_name(rv), "unknown") == 0)
			snprintf(result, CLIENT_RESULT, "%#lx%s", rv, more);
		else
			snprintf(result, CLIENT_RESULT, "%s%s", rv_name(rv),
				more);
		return;
	}
	fprintf(stderr, "no call %s\n", name);
	exit(2);
}
