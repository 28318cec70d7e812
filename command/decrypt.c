/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal decrypt: opens an encrypted mail. */

#include "config.h"

#include "command/cms.h"
#include "command/mail.h"
#include "command/output.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

/* The certificate of the key that the mail was encrypted to; NULL: none. */
static const struct held_certificate *
recipient_of(const struct inventory *inventory, const struct envelope *envelope,
	const struct held_key **key)
{
	const struct held_certificate *next;
	size_t i;

	for (i = 0; i < inventory->certificate_count; i++) {
		next = &inventory->certificates[i];
		if (!next->is_readable ||
			!envelope_is_for(envelope, &next->read))
			continue;
		*key = inventory_key_of(inventory, next);
		if (*key)
			return next;
	}
	return NULL;
}

/* Looks before login, and once more after it. */
static bool
open_by_token(const struct request *request, const struct envelope *envelope,
	struct token *token, bool *is_ours, struct secret *content)
{
	const struct held_certificate *certificate;
	const struct held_key *key = NULL;
	struct inventory inventory = { 0 };
	bool fine = false;
	size_t i;

	if (!token_open(token, false) || !inventory_read(token, &inventory))
		return false;
	for (i = 0; i < inventory.certificate_count; i++)
		if (inventory.certificates[i].is_readable &&
			envelope_is_for(
				envelope, &inventory.certificates[i].read))
			*is_ours = true;
	inventory_clear(&inventory);
	if (!*is_ours || !token_login(token, request) ||
		!inventory_read(token, &inventory))
		return false;
	certificate = recipient_of(&inventory, envelope, &key);
	if (certificate && key->private != CK_INVALID_HANDLE)
		fine = envelope_open(
			envelope, token, key, &certificate->read, content);
	else
		complain(_("The certificate is on the token \"%s\", but its "
			   "private key is not."),
			token->label);
	inventory_clear(&inventory);
	return fine;
}

static bool
open_envelope(const struct request *request, const struct envelope *envelope,
	struct secret *content)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	bool fine = false, is_ours = false;
	size_t i;

	if (!module_open(request, &module) ||
		!token_list_read(
			&module, request->value[OPTION_TOKEN], &list)) {
		module_close(&module);
		return false;
	}
	for (i = 0; i < list.count && !is_ours; i++)
		fine = open_by_token(
			request, envelope, &list.at[i], &is_ours, content);
	if (!is_ours)
		complain(_("No certificate on the tokens is among the mail's "
			   "recipients."));
	token_list_clear(&list);
	module_close(&module);
	return fine;
}

int
decrypt_run(const struct request *request)
{
	struct bytes file = { 0 }, cms = { 0 };
	struct envelope envelope = { 0 };
	struct secret content = { 0 };
	bool fine = false;

	if (!input_read(request, &file))
		return ENDED_BADLY;
	if (!mail_cms(&file, &cms)) {
		complain(_("This is not an encrypted mail (S/MIME)."));
	} else if (envelope_read(&envelope, &cms) &&
		open_envelope(request, &envelope, &content)) {
		struct bytes plain = { content.at, content.length };

		fine = output_write(request, &plain);
	}
	secret_clear(&content);
	envelope_clear(&envelope);
	bytes_clear(&cms);
	bytes_clear(&file);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
