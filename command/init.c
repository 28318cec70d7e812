/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal init: makes a token. */

#include "config.h"

#include "command/birth.h"
#include "command/guard.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <string.h>

/* A user's own configuration says nothing to the machine keeper. */
static bool
prepare(struct request *request, const char *label, bool *is_new_wish)
{
	const char **keeper = &request->value[OPTION_KEEPER];

	if (!birth_prepare(request))
		return false;
	if (!is_given(request, OPTION_TPM))
		return true;
	if (*keeper && strcmp(*keeper, "user") != 0) {
		complain(_("For tokens of the machine keeper, put \"pin-guard "
			   "= tpm\" into its configuration."));
		return false;
	}
	*keeper = "user";
	return guard_wish(label, is_new_wish);
}

int
init_run(const struct request *given)
{
	struct request copy = *given;
	const struct request *request = &copy;
	const char *label = is_given(request, OPTION_LABEL)
		? request->value[OPTION_LABEL]
		: BIRTH_LABEL;
	struct module module = { 0 };
	struct token token = { 0 };
	bool is_new_wish = false;
	bool fine = prepare(&copy, label, &is_new_wish) &&
		module_open(request, &module) &&
		birth_make(&module, request, label, &token);

	if (fine)
		say(_("The token \"%s\" is ready. Next: privyseal import "
		      "FILE\n"),
			token.label);
	else if (is_new_wish)
		guard_wish_undone(label);
	token_leave(&module, &token);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
