/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal init: makes a token. */

#include "config.h"

#include "command/birth.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

int
init_run(const struct request *request)
{
	const char *label = is_given(request, OPTION_LABEL)
		? request->value[OPTION_LABEL]
		: BIRTH_LABEL;
	struct module module = { 0 };
	struct token token = { 0 };
	bool fine = birth_prepare(request) && module_open(request, &module) &&
		birth_make(&module, request, label, &token);

	if (fine)
		say(_("The token \"%s\" is ready. Next: privyseal import "
		      "FILE\n"),
			token.label);
	token_leave(&module, &token);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
