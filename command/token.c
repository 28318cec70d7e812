/* SPDX-License-Identifier: BSD-2-Clause */
/* A token of the module: found by label or URI, opened, logged in. */

#include "config.h"

#include "command/token.h"

#include "command/guard.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/uri.h"
#include "pkcs11/keepers.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

void
token_text(const unsigned char *padded, size_t length, char *text)
{
	while (length && (padded[length - 1] == ' ' || !padded[length - 1]))
		length--;
	memcpy(text, padded, length);
	text[length] = '\0';
	tame(text, false);
}

static bool
module_is_privy_seal(const struct module *module)
{
	const char *name = strrchr(module->path, '/');

	return strcmp(name ? name + 1 : module->path, "privyseal-pkcs11.so") ==
		0;
}

bool
token_is_by_us(const struct token *token)
{
	return module_is_privy_seal(token->module);
}

bool
token_is_of_machine(const struct token *token)
{
	CK_ULONG kind = token->slot >> SLOT_BITS;

	return (kind == KEEPER_MACHINE || kind == KEEPER_MACHINE_FRONT) &&
		token_is_by_us(token);
}

bool
token_group(const struct module *module, CK_SLOT_ID slot, char name[65])
{
	static const char begin[] = "Privy Seal, group ";
	CK_SLOT_INFO info;
	char text[65];

	if (slot >> SLOT_BITS != KEEPER_MACHINE_FRONT ||
		!module_is_privy_seal(module) ||
		module->calls->C_GetSlotInfo(slot, &info) != CKR_OK)
		return false;
	token_text(info.slotDescription, sizeof(info.slotDescription), text);
	if (strncmp(text, begin, strlen(begin)) != 0)
		return false;
	strcpy(name, text + strlen(begin));
	return true;
}

static bool
token_is_ours(const struct token *token)
{
	char text[33];

	token_text(token->info.manufacturerID,
		sizeof(token->info.manufacturerID), text);
	if (strcmp(text, "Privy Seal") != 0)
		return false;
	token_text(token->info.model, sizeof(token->info.model), text);
	return strcmp(text, "Soft token") == 0;
}

const char *
token_guard(const struct token *token)
{
	if (!token_is_ours(token))
		return NULL;
	return token->info.hardwareVersion.major == 2 ? "tpm" : "none";
}

CK_RV
token_refresh(struct token *token)
{
	CK_RV rv = token->calls->C_GetTokenInfo(token->slot, &token->info);

	if (rv == CKR_OK)
		token_text(token->info.label, sizeof(token->info.label),
			token->label);
	return rv;
}

static bool
is_wanted(const struct token *token, const char *wanted, const struct uri *uri)
{
	if (!(token->info.flags & CKF_TOKEN_INITIALIZED))
		return false;
	if (!wanted)
		return true;
	if (uri)
		return uri_fits_token(uri, &token->info);
	return strcmp(token->label, wanted) == 0;
}

bool
token_list_read(const struct module *module, const char *wanted,
	struct token_list *list)
{
	struct uri *uri = NULL;
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count, i;
	bool fine = false;

	*list = (struct token_list){ 0 };
	if (wanted && uri_is_one(wanted) && !(uri = uri_read(wanted)))
		goto out;
	if (!module_slots(module, &slots, &count))
		goto out;
	list->at = calloc(count + 1, sizeof(*list->at));
	if (!list->at) {
		complain_about(CKR_HOST_MEMORY, _("Cannot list the tokens"));
		goto out;
	}
	for (i = 0; i < count; i++) {
		struct token token = { .module = module,
			.calls = module->calls,
			.slot = slots[i] };

		/* A card may be pulled between the list and the question. */
		if (token_refresh(&token) == CKR_OK &&
			is_wanted(&token, wanted, uri))
			list->at[list->count++] = token;
	}
	fine = true;
out:
	uri_free(uri);
	free(slots);
	return fine;
}

bool
token_list_has_pin(const struct token_list *list, const struct request *request)
{
	if (!secret_is_given(request, &pin_source))
		return false;
	if (list->count < 2 || is_given(request, OPTION_TOKEN))
		return true;
	remark(_("The PIN is not tried: there are %zu tokens. Say whose it is "
		 "with --token."),
		list->count);
	return false;
}

void
token_list_clear(struct token_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		token_close(&list->at[i]);
	free(list->at);
	*list = (struct token_list){ 0 };
}

static bool
complain_of_count(const struct token_list *list, const char *wanted)
{
	size_t i;

	if (list->count == 0 && wanted)
		complain(_("There is no token \"%s\". See: privyseal list"),
			wanted);
	else if (list->count == 0)
		complain(_("There is no token yet. Make one: privyseal init"));
	else
		complain(_("There are several tokens; say which by --token:"));
	for (i = 0; i < list->count; i++)
		remark("  %s", list->at[i].label);
	return false;
}

bool
token_choose(const struct module *module, const struct request *request,
	struct token *token)
{
	const char *wanted = request->value[OPTION_TOKEN];
	struct token_list list;
	bool fine;

	fine = token_list_read(module, wanted, &list);
	if (fine && list.count != 1)
		fine = complain_of_count(&list, wanted);
	if (fine)
		*token = list.at[0];
	token_list_clear(&list);
	return fine;
}

bool
token_open(struct token *token, bool writable)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
	CK_RV rv = token->calls->C_OpenSession(
		token->slot, flags, NULL, NULL, &token->session);

	if (rv != CKR_OK) {
		token->session = CK_INVALID_HANDLE;
		complain_about(rv, _("Cannot open the token"));
	}
	return rv == CKR_OK;
}

CK_RV
token_login_with(struct token *token, const struct secret *pin)
{
	CK_RV rv = token->calls->C_Login(token->session, CKU_USER,
		pin ? pin->at : NULL, pin ? pin->length : 0);

	if (rv == CKR_USER_ALREADY_LOGGED_IN)
		rv = CKR_OK;
	token->is_logged_in = rv == CKR_OK;
	return rv;
}

static CK_RV
confirm_with(const struct token *token, const struct secret *pin)
{
	return token->calls->C_Login(token->session, CKU_CONTEXT_SPECIFIC,
		pin ? pin->at : NULL, pin ? pin->length : 0);
}

CK_RV
token_confirm(const struct token *token)
{
	struct secret pin = { 0 };
	CK_RV rv;

	if (token->pin.length)
		return confirm_with(token, &token->pin);
	if (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH &&
		!(token->request &&
			secret_is_given(token->request, &pin_source)))
		return confirm_with(token, NULL);
	if (!token->request ||
		!secret_enter(token->request, &pin_again_source, &pin))
		return CKR_FUNCTION_CANCELED;
	rv = confirm_with(token, &pin);
	secret_clear(&pin);
	return rv;
}

static void
warn_of_tries(struct token *token)
{
	if (token_refresh(token) != CKR_OK)
		return;
	if (token->info.flags & CKF_USER_PIN_FINAL_TRY)
		remark(_("One try is left before the token is locked."));
	else if (token->info.flags & CKF_USER_PIN_COUNT_LOW)
		remark(_("A wrong PIN was entered lately."));
}

/* A person may mistype; a file would only be wrong again. */
static CK_RV
login_by_typing(struct token *token, const struct request *request)
{
	struct secret pin = { 0 };
	CK_RV rv = CKR_PIN_INCORRECT;
	int tries;

	for (tries = 0; tries < 3 && rv == CKR_PIN_INCORRECT; tries++) {
		if (tries)
			complain_about(rv, token->label);
		warn_of_tries(token);
		if (!secret_enter(request, &pin_source, &pin))
			return CKR_FUNCTION_CANCELED;
		rv = token_login_with(token, &pin);
		secret_clear(&pin);
	}
	return rv;
}

bool
token_login(struct token *token, const struct request *request)
{
	struct secret pin = { 0 };
	CK_RV rv;

	token->request = request;
	if (!(token->info.flags & CKF_LOGIN_REQUIRED))
		return true;
	if (secret_is_given(request, &pin_source)) {
		if (!secret_enter(request, &pin_source, &pin))
			return false;
		rv = token_login_with(token, &pin);
		if (rv == CKR_OK && is_given(request, OPTION_PIN_FD)) {
			secret_clear(&token->pin);
			token->pin = pin;
			pin = (struct secret){ 0 };
		}
		secret_clear(&pin);
	} else if (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) {
		rv = token_login_with(token, NULL);
	} else {
		rv = login_by_typing(token, request);
		if (rv == CKR_FUNCTION_CANCELED)
			return false;
	}
	if (rv != CKR_OK && !guard_explain(rv, token->label))
		complain_about(rv, token->label);
	return rv == CKR_OK;
}

void
token_close(struct token *token)
{
	if (token->session != CK_INVALID_HANDLE) {
		if (token->is_logged_in)
			token->calls->C_Logout(token->session);
		token->calls->C_CloseSession(token->session);
	}
	token->session = CK_INVALID_HANDLE;
	token->is_logged_in = false;
	secret_clear(&token->pin);
}

bool
token_enter(const struct request *request, bool writable, bool with_login,
	struct module *module, struct token *token)
{
	if (module_open(request, module) &&
		token_choose(module, request, token) &&
		token_open(token, writable) &&
		(!with_login || token_login(token, request)))
		return true;
	token_leave(module, token);
	return false;
}

void
token_leave(struct module *module, struct token *token)
{
	token_close(token);
	module_close(module);
}

char *
token_uri(const struct token *token)
{
	return uri_write(&token->info, NULL, 0);
}
