/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens whose PIN a TPM guards: the wish for it, and what it refuses. */

#include "config.h"

#include "command/guard.h"

#include "command/policy-file.h"
#include "command/protection.h"
#include "command/say.h"
#include "keeper/rule.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

static bool
write_rule(const char *label, const char *value, bool *was_there)
{
	const struct policy_line line = { SCOPE_TOKEN, label, RULE_PIN_GUARD,
		value, NULL };
	struct home home;
	bool fine;

	if (!home_find(&home)) {
		complain(_("HOME is not set, so there is no configuration."));
		return false;
	}
	fine = policy_file_set(home.configuration, &line, was_there);
	home_clear(&home);
	return fine;
}

bool
guard_wish(const char *label, bool *is_new)
{
	bool was_there = true, fine;

	*is_new = false;
	if (subject_is_name(SCOPE_TOKEN, label)) {
		fine = write_rule(label, "tpm", &was_there);
		*is_new = fine && !was_there;
		return fine;
	}
	complain(_("\"%s\" cannot be named in the configuration. Take another "
		   "label."),
		label);
	return false;
}

void
guard_wish_undone(const char *label)
{
	bool was_there;

	write_rule(label, NULL, &was_there);
}

static bool
is_wished(const char *label)
{
	const struct subject token = { .token = label };
	struct configuration configuration;
	bool is;

	protection_read(&configuration);
	is = configuration_rule(&configuration, RULE_PIN_GUARD, &token) ==
		PIN_GUARD_TPM;
	configuration_clear(&configuration);
	return is;
}

/* Damage has the same number, so both are said. */
static bool
explain_none(const char *label)
{
	complain(_("%s: the TPM that guards its PIN cannot be reached, or the "
		   "token is damaged (CKR_DEVICE_ERROR). keeper.log says "
		   "which. May you open /dev/tpmrm0? On Debian that takes the "
		   "group tss."),
		label);
	remark(_("If this machine has no TPM, the recovery code sets a PIN "
		 "that none guards:\nprivyseal policy set pin-guard none "
		 "--token \"%s\" && privyseal pin unlock"),
		label);
	return true;
}

bool
guard_explain(CK_RV rv, const char *label)
{
	if (rv == CKR_DEVICE_ERROR && is_wished(label))
		return explain_none(label);
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
