/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal pin: changes the PIN, or sets one with the recovery code. */

#include "config.h"

#include "command/guard.h"
#include "command/misses.h"
#include "command/recovery-code.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/token.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <string.h>

static const struct secret_source old_pin_source = { OPTION_PIN_FILE,
	OPTION_PIN_FD, N_("PIN until now: "), N_("the PIN") };

static bool
finish(const struct token *token, CK_RV rv)
{
	if (rv == CKR_OK)
		say(_("The token \"%s\" has a new PIN.\n"), token->label);
	else if (!guard_explain(rv, token->label))
		complain_about(rv, token->label);
	if (rv == CKR_PIN_LEN_RANGE)
		remark(P_("It needs at least %lu character, and more if all "
			  "are digits.",
			       "It needs at least %lu characters, and more if "
			       "all are digits.",
			       token->info.ulMinPinLen),
			token->info.ulMinPinLen);
	return rv == CKR_OK;
}

/* Whether the token asks for a PIN itself; a file that was named comes first.
 */
static bool
token_asks(const struct token *token, const struct request *request)
{
	return token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH &&
		!secret_is_given(request, &old_pin_source) &&
		!secret_is_given(request, &new_pin_source);
}

static bool
change(struct token *token, const struct request *request)
{
	struct secret before = { 0 }, after = { 0 };
	bool fine;

	if (token_asks(token, request))
		return finish(token,
			token->calls->C_SetPIN(
				token->session, NULL, 0, NULL, 0));
	fine = secret_enter(request, &old_pin_source, &before) &&
		secret_choose(request, &new_pin_source, &after);

	if (fine)
		fine = finish(token,
			token->calls->C_SetPIN(token->session, before.at,
				before.length, after.at, after.length));
	secret_clear(&before);
	secret_clear(&after);
	return fine;
}

static CK_RV
login_and_set(struct token *token, const struct secret *code,
	const struct secret *pin)
{
	CK_RV rv = token->calls->C_Login(
		token->session, CKU_SO, code->at, code->length);

	if (rv == CKR_PIN_INCORRECT)
		remark(_("That is not this token's recovery code."));
	if (rv != CKR_OK)
		return rv;
	rv = token->calls->C_InitPIN(token->session, pin->at, pin->length);
	token->calls->C_Logout(token->session);
	return rv;
}

/* The recovery code is slowed where a PIN would be locked. */
static bool
finish_unlock(const struct token *token, CK_RV rv)
{
	if (rv == CKR_PIN_LOCKED && misses_explain_wait(token))
		return false;
	return finish(token, rv);
}

static bool
unlock(struct token *token, const struct request *request)
{
	struct secret code = { 0 }, after = { 0 };
	bool fine = secret_enter(request, &recovery_code_source, &code);

	if (fine && recovery_code_tidy(&code) == CODE_MISTYPED) {
		complain(_("A character of the recovery code is mistyped. "
			   "Nothing was tried."));
		fine = false;
	}
	/* The code is the command's to read: it knows a mistyped one. */
	if (fine)
		fine = (token_asks(token, request) ||
			       secret_choose(
				       request, &new_pin_source, &after)) &&
			finish_unlock(
				token, login_and_set(token, &code, &after));
	secret_clear(&code);
	secret_clear(&after);
	return fine;
}

int
pin_run(const struct request *request)
{
	static const struct {
		const char *name;
		bool (*run)(struct token *, const struct request *);
	} deeds[] = { { "change", change }, { "unlock", unlock } };
	struct module module = { 0 };
	struct token token = { 0 };
	bool fine;
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(request->operands[0], deeds[i].name) == 0)
			break;
	if (i == sizeof(deeds) / sizeof(deeds[0])) {
		complain(_("Say \"change\" or \"unlock\"."));
		return ENDED_BY_USAGE;
	}
	fine = token_enter(request, true, false, &module, &token) &&
		deeds[i].run(&token, request);
	token_leave(&module, &token);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
