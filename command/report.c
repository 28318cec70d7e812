/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes tokens, identities and certificates, to people. */

#include "config.h"

#include "command/report.h"

#include "command/front.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <time.h>

enum { DAY = 24 * 60 * 60, SOON = 30 };

void
report_token(const struct token *token)
{
	CK_FLAGS flags = token->info.flags;
	char group[65];
	bool is_shared = token_group(token->module, token->slot, group);
	const char *front = is_shared ? NULL : front_of_token(token);

	say(_("Token \"%s\""), token->label);
	if (!(flags & CKF_USER_PIN_INITIALIZED))
		say(front ? _(" (no PIN yet)")
			  : _(" (no PIN yet: privyseal pin unlock)"));
	else if (flags & CKF_USER_PIN_LOCKED)
		say(front ? _(" (locked)")
			  : _(" (locked: privyseal pin unlock)"));
	else if (flags & CKF_USER_PIN_FINAL_TRY)
		say(_(" (one try of the PIN is left)"));
	else if (flags & CKF_USER_PIN_COUNT_LOW)
		say(_(" (a wrong PIN was entered lately)"));
	if (token_is_of_machine(token))
		say(_(", in the machine keeper"));
	if (front)
		say(_(", by the module \"%s\""), front);
	if (token_guard(token))
		say(_(", guard: %s"), token_guard(token));
	if (is_shared)
		say(_(", of the group %s"), group);
	say("\n");
}

const char *
report_validity(const struct certificate *certificate)
{
	static char text[80];
	int64_t now = time(NULL);
	int64_t days = (certificate->not_after - now) / DAY;

	if (now < certificate->not_before)
		return _("not valid yet");
	if (now > certificate->not_after)
		return _("expired");
	if (days > SOON)
		return NULL;
	snprintf(text, sizeof(text),
		P_("%d day left", "%d days left", (unsigned long)days),
		(int)days);
	return text;
}

static void
report_dates(const struct certificate *certificate)
{
	char from[DATE_TEXT], to[DATE_TEXT];
	const char *remarkable = report_validity(certificate);

	certificate_date_text(certificate->not_before, from);
	certificate_date_text(certificate->not_after, to);
	say(_("    valid       %s to %s"), from, to);
	if (remarkable)
		say(" (%s)", remarkable);
	say("\n");
}

static void
report_uses(const struct certificate *certificate)
{
	bool signs = certificate_can_sign(certificate);
	bool encrypts = certificate_can_encrypt(certificate);

	if (certificate->is_authority)
		say(_("    use         issues certificates\n"));
	else if (signs && encrypts)
		say(_("    use         sign and encrypt mail\n"));
	else if (signs)
		say(_("    use         sign mail\n"));
	else if (encrypts)
		say(_("    use         encrypt mail\n"));
	else
		say(_("    use         not for mail\n"));
}

static void
report_chain(const struct inventory *inventory,
	const struct certificate *certificate)
{
	struct chain chain;
	size_t i;

	inventory_chain(inventory, certificate, &chain);
	if (chain.count < 2 && chain.has_root)
		return;
	say(_("    issued by   "));
	for (i = 1; i < chain.count; i++)
		say("%s%s", i > 1 ? ", " : "",
			chain.certificates[i]->common_name);
	if (!chain.has_root)
		say(chain.is_complete
				? _("%s%s (a root that this system knows)")
				: _("%s%s (not known here: the chain is "
				    "incomplete)"),
			chain.count > 1 ? ", " : "",
			chain.certificates[chain.count - 1]->issuer_name);
	say("\n");
}

static void
report_id(const struct bytes *id)
{
	size_t i;

	if (!id->length)
		return;
	say(_("    id          "));
	for (i = 0; i < id->length; i++)
		say("%02x", id->at[i]);
	say("\n");
}

static void
report_name(const struct certificate *certificate)
{
	size_t i;

	say("  %s",
		certificate->common_name ? certificate->common_name
					 : certificate->subject_text);
	for (i = 0; i < certificate->addresses_count; i++)
		say(" <%s>", certificate->addresses[i]);
	say("\n");
}

static void
report_details(const struct inventory *inventory,
	const struct held_certificate *certificate)
{
	report_dates(&certificate->read);
	report_uses(&certificate->read);
	report_chain(inventory, &certificate->read);
}

void
report_identity(const struct inventory *inventory, const struct held_key *key)
{
	size_t i;

	if (key->certificate_count)
		report_name(&key->certificates[0]->read);
	else
		say(_("  A key without a certificate\n"));
	if (*key->label)
		say(_("    label       %s\n"), key->label);
	if (key->type == CKK_RSA)
		say(_("    key         %s, %u bits\n"), key->kind, key->bits);
	else
		say(_("    key         %s\n"), key->kind);
	for (i = 0; i < key->certificate_count; i++)
		report_details(inventory, key->certificates[i]);
	report_id(&key->id);
}

void
report_certificate(const struct inventory *inventory,
	const struct held_certificate *certificate)
{
	if (!certificate->is_readable) {
		say(_("  %s: not a certificate that can be read\n"),
			certificate->label);
		return;
	}
	report_name(&certificate->read);
	if (*certificate->label)
		say(_("    label       %s\n"), certificate->label);
	report_details(inventory, certificate);
	report_id(&certificate->id);
}
