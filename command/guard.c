/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens whose PIN a TPM guards: the wish for it, and what it refuses. */

#include "config.h"

#include "command/guard.h"

#include "command/policy-file.h"
#include "command/say.h"
#include "keeper/rule.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

static bool
write_rule(const char *label, const char *value)
{
	const struct policy_line line = { SCOPE_TOKEN, label, RULE_PIN_GUARD,
		value, NULL };
	struct home home;
	bool was_there, fine;

	if (!home_find(&home)) {
		complain(_("HOME is not set, so there is no configuration."));
		return false;
	}
	fine = policy_file_set(home.configuration, &line, &was_there);
	home_clear(&home);
	return fine;
}

bool
guard_wish(const char *label)
{
	if (subject_is_name(SCOPE_TOKEN, label))
		return write_rule(label, "tpm");
	complain(_("\"%s\" cannot be named in the configuration. Take another "
		   "label."),
		label);
	return false;
}

void
guard_wish_undone(const char *label)
{
	write_rule(label, NULL);
}

bool
guard_explain(CK_RV rv, const char *label)
{
	if (rv == CKR_TOKEN_NOT_RECOGNIZED)
		complain(_("%s: a TPM guards its PIN, and it is not this "
			   "machine's, or it was cleared."),
			label);
	else if (rv == CKR_FUNCTION_REJECTED)
		complain(_("%s: this is an older copy of the token. The TPM "
			   "that guards its PIN has seen a newer one."),
			label);
	else
		return false;
	remark(_("If that is as you want it, this binds the token to the TPM "
		 "that is here,\nwith the recovery code: privyseal pin "
		 "unlock"));
	return true;
}
