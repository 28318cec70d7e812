/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's checks of a token and what is on it. */

#include "config.h"

#include "command/doctor.h"

#include "command/choice.h"
#include "command/cms-crypto.h"
#include "command/cms.h"
#include "command/mail.h"
#include "command/report.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <string.h>
#include <time.h>

void
check_pin(struct visit *visit)
{
	CK_FLAGS flags = visit->token->info.flags;
	const char *label = visit->token->label;

	if (!(flags & CKF_USER_PIN_INITIALIZED))
		visit_add(visit, HEALTH_BAD,
			words(_("The token \"%s\" has no PIN."), label),
			_("Set one: privyseal pin unlock"));
	else if (flags & CKF_USER_PIN_LOCKED)
		visit_add(visit, HEALTH_BAD,
			words(_("The token \"%s\" is locked."), label),
			_("Set a new PIN with the recovery code: privyseal "
			  "pin unlock"));
	else if (flags & CKF_USER_PIN_FINAL_TRY)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("One try of the PIN of \"%s\" is left."),
				label),
			_("Enter the right one, or set a new one: privyseal "
			  "pin unlock"));
}

/* Most machines' tokens are without: that is no fault. */
void
check_guard(struct visit *visit)
{
	const char *guard = token_guard(visit->token);

	if (guard)
		visit_add(visit, HEALTH_GOOD,
			words(_("The PIN of \"%s\" has this guard: %s."),
				visit->token->label, guard),
			NULL);
}

static const char *
name_of(const struct held_key *key)
{
	if (key->certificate_count && key->certificates[0]->read.common_name)
		return key->certificates[0]->read.common_name;
	return *key->label ? key->label : key->kind;
}

/* An import that was cut short leaves a key alone. */
void
check_imports(struct visit *visit)
{
	const struct inventory *inventory = &visit->inventory;
	const struct held_key *key;
	size_t i;

	if (inventory->is_altered)
		visit_add(visit, HEALTH_BAD,
			words(_("A key on the token \"%s\" was altered on the "
				"disk; keeper.log names it."),
				visit->token->label),
			_("Make another token (privyseal init) and import the "
			  "file again there, with --token."));
	for (i = 0; i < inventory->key_count; i++) {
		key = &inventory->keys[i];
		if (!key->certificate_count)
			visit_add(visit, HEALTH_BAD,
				words(_("The key \"%s\" has no certificate."),
					name_of(key)),
				_("Import the file again, or the certificate "
				  "that your CA sent."));
		else if (visit->token->is_logged_in &&
			key->private == CK_INVALID_HANDLE)
			visit_add(visit, HEALTH_BAD,
				words(_("\"%s\" has its certificate on the "
					"token, but not its private key."),
					name_of(key)),
				_("Import the file again."));
	}
}

/* The newest certificate of each identity counts; older ones open old mail. */
static void
check_certificate(struct visit *visit, const struct certificate *certificate)
{
	const char *name = certificate->common_name;
	const char *validity = report_validity(certificate);
	bool is_valid = certificate_is_valid_at(certificate, time(NULL));

	if (!name)
		name = certificate->subject_text;
	if (validity)
		visit_add(visit, is_valid ? HEALTH_REMARKABLE : HEALTH_BAD,
			words(_("The certificate of \"%s\": %s."), name,
				validity),
			_("Get a new one from your CA and import it; keep the "
			  "old one for reading old mail."));
	if (!certificate_is_for_email(certificate))
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The certificate of \"%s\" is not for mail."),
				name),
			_("Mail programs will not take it. Ask your CA for an "
			  "S/MIME certificate."));
	else if (!certificate->addresses_count)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The certificate of \"%s\" names no mail "
				"address."),
				name),
			_("Mail programs will not take it. Ask your CA for an "
			  "S/MIME certificate."));
}

void
check_certificates(struct visit *visit)
{
	const struct inventory *inventory = &visit->inventory;
	size_t i;

	for (i = 0; i < inventory->certificate_count; i++)
		if (!inventory->certificates[i].is_readable)
			visit_add(visit, HEALTH_BAD,
				words(_("\"%s\" is not a certificate that can "
					"be read."),
					inventory->certificates[i].label),
				_("Delete it: privyseal delete"));
	for (i = 0; i < inventory->key_count; i++)
		if (inventory->keys[i].certificate_count)
			check_certificate(visit,
				&inventory->keys[i].certificates[0]->read);
}

void
check_chains(struct visit *visit)
{
	const struct inventory *inventory = &visit->inventory;
	const struct certificate *certificate;
	struct chain chain;
	size_t i;

	for (i = 0; i < inventory->key_count; i++) {
		if (!inventory->keys[i].certificate_count)
			continue;
		certificate = &inventory->keys[i].certificates[0]->read;
		inventory_chain(inventory, certificate, &chain);
		if (chain.is_complete)
			continue;
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The issuer \"%s\" in the chain of \"%s\" is "
				"neither on the token nor a root that this "
				"system knows."),
				chain.certificates[chain.count - 1]
					->issuer_name,
				name_of(&inventory->keys[i])),
			_("If mail programs do not know it either, import the "
			  "CA's certificate: privyseal import FILE"));
	}
}

static bool
sign_test_mail(struct visit *visit, const struct held_key *key)
{
	static const char mail[] = "Content-Type: text/plain\r\n\r\n"
				   "A test of the seal.\r\n";
	struct bytes content = { 0 }, signature = { 0 };
	struct choice choice = { .token = *visit->token,
		.inventory = visit->inventory,
		.key = key,
		.certificate = key->certificates[0] };
	struct signer signer;
	bool fine;

	fine = bytes_copy(&content, mail, sizeof(mail) - 1) &&
		signer_init(&signer, visit->token, key, NULL, false);
	if (key->type == CKK_EC_EDWARDS)
		fine = fine &&
			signer_apply(&signer, content.at, content.length,
				&signature) &&
			cms_verify_bare(&choice.certificate->read.der, &content,
				&signature);
	else
		fine = fine &&
			cms_sign(&choice, &signer, &content, &signature) &&
			cms_verify(&content, &signature);
	bytes_clear(&content);
	bytes_clear(&signature);
	return fine;
}

void
check_signature(struct visit *visit)
{
	const struct held_key *key;
	size_t i, tried = 0;

	for (i = 0;
		visit->token->is_logged_in && i < visit->inventory.key_count;
		i++) {
		key = &visit->inventory.keys[i];
		if (!key->certificate_count || !key->signs)
			continue;
		tried++;
		if (!sign_test_mail(visit, key))
			visit_add(visit, HEALTH_BAD,
				words(_("\"%s\" does not sign a mail well."),
					name_of(key)),
				_("Look at the message above; import the file "
				  "again if the key is damaged."));
	}
	if (!tried)
		visit_add(visit, HEALTH_UNKNOWN,
			words(visit->token->is_logged_in
					? _("No key on \"%s\" can sign.")
					: _("No test mail was signed on "
					    "\"%s\"."),
				visit->token->label),
			visit->token->is_logged_in
				? NULL
				: _("Run \"privyseal doctor --pin-file FILE\" "
				    "to have one signed."));
}
