/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes tokens, identities and certificates, to programs. */

#include "config.h"

#include "command/report.h"

#include "command/front.h"

#include "import/summary.h"

#include <stdlib.h>
#include <time.h>

static const char *
pin_state(CK_FLAGS flags)
{
	if (!(flags & CKF_USER_PIN_INITIALIZED))
		return "unset";
	if (flags & CKF_USER_PIN_LOCKED)
		return "locked";
	if (flags & CKF_USER_PIN_FINAL_TRY)
		return "final-try";
	if (flags & CKF_USER_PIN_COUNT_LOW)
		return "count-low";
	return "set";
}

void
report_token_json(struct json *json, const struct token *token)
{
	char text[65];
	char *uri = token_uri(token);

	json_text(json, "label", token->label);
	token_text(token->info.serialNumber, sizeof(token->info.serialNumber),
		text);
	json_text(json, "serial", text);
	token_text(token->info.model, sizeof(token->info.model), text);
	json_text(json, "model", text);
	token_text(token->info.manufacturerID,
		sizeof(token->info.manufacturerID), text);
	json_text(json, "manufacturer", text);
	json_number(json, "slot", (long long)token->slot);
	json_boolean(json, "machine_keeper", token_is_of_machine(token));
	if (token_group(token->module, token->slot, text))
		json_text(json, "group", text);
	else
		json_text(json, "front", front_of_token(token));
	json_text(json, "uri", uri);
	json_text(json, "pin", pin_state(token->info.flags));
	json_text(json, "guard", token_guard(token));
	json_number(json, "pin_min_length", (long long)token->info.ulMinPinLen);
	free(uri);
}

static void
write_certificate(struct json *json, const struct inventory *inventory,
	const struct certificate *certificate)
{
	struct chain chain;

	summary_certificate_json(json, certificate, time(NULL));
	inventory_chain(inventory, certificate, &chain);
	summary_chain_json(json, &chain);
}

void
report_certificate_json(struct json *json, const struct inventory *inventory,
	const struct held_certificate *certificate)
{
	char *uri = certificate_uri(inventory->token, certificate);

	json_text(json, "label", certificate->label);
	json_hex(json, "id", certificate->id.at, certificate->id.length);
	json_text(json, "uri", uri);
	json_boolean(json, "readable", certificate->is_readable);
	if (certificate->is_readable)
		write_certificate(json, inventory, &certificate->read);
	free(uri);
}

void
report_identity_json(struct json *json, const struct inventory *inventory,
	const struct held_key *key)
{
	char *uri = key_uri(inventory->token, key);
	size_t i;

	json_text(json, "label", key->label);
	json_hex(json, "id", key->id.at, key->id.length);
	json_text(json, "uri", uri);
	free(uri);
	json_text(json, "key_type", key->kind);
	json_number(json, "key_size", key->bits);
	/* The newest certificate speaks for the identity; all follow. */
	if (key->certificate_count)
		write_certificate(json, inventory, &key->certificates[0]->read);
	json_open_array(json, "certificates");
	for (i = 0; i < key->certificate_count; i++) {
		json_open_object(json, NULL);
		report_certificate_json(json, inventory, key->certificates[i]);
		json_close_object(json);
	}
	json_close_array(json);
}
