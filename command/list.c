/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal list and show: what the tokens hold. */

#include "config.h"

#include "command/protection.h"
#include "command/report.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

/* Opens the token, logs in when a PIN is given, and reads it. */
static bool
look_into(const struct request *request, struct token *token, bool has_pin,
	struct inventory *inventory)
{
	if (!token_open(token, false))
		return false;
	if (has_pin && !token_login(token, request))
		return false;
	return inventory_read(token, inventory);
}

static void
list_token(const struct inventory *inventory)
{
	const struct held_certificate *certificate;
	bool first = true;
	size_t i;

	report_token(inventory->token);
	for (i = 0; i < inventory->key_count; i++) {
		report_identity(inventory, &inventory->keys[i]);
		say("\n");
	}
	for (i = 0; i < inventory->certificate_count; i++) {
		certificate = &inventory->certificates[i];
		if (inventory_key_of(inventory, certificate))
			continue;
		if (first)
			say(_(" Other certificates:\n"));
		first = false;
		report_certificate(inventory, certificate);
	}
	if (!inventory->key_count && !inventory->certificate_count)
		say(_("  empty. Fill it: privyseal import FILE\n"));
}

static void
list_token_json(struct json *json, const struct inventory *inventory)
{
	const struct held_certificate *certificate;
	size_t i;

	json_open_object(json, NULL);
	report_token_json(json, inventory->token);
	json_boolean(json, "readable", true);
	json_open_array(json, "identities");
	for (i = 0; i < inventory->key_count; i++) {
		json_open_object(json, NULL);
		report_identity_json(json, inventory, &inventory->keys[i]);
		json_close_object(json);
	}
	json_close_array(json);
	json_open_array(json, "certificates");
	for (i = 0; i < inventory->certificate_count; i++) {
		certificate = &inventory->certificates[i];
		if (inventory_key_of(inventory, certificate))
			continue;
		json_open_object(json, NULL);
		report_certificate_json(json, inventory, certificate);
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

/* So that it is not missed: why is said on standard error. */
static void
list_unreadable_json(struct json *json, const struct token *token)
{
	json_open_object(json, NULL);
	report_token_json(json, token);
	json_boolean(json, "readable", false);
	json_close_object(json);
}

static bool
list_tokens(const struct request *request, struct json *json,
	struct token_list *list)
{
	bool has_pin = token_list_has_pin(list, request);
	struct inventory inventory;
	bool fine = true;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!look_into(request, &list->at[i], has_pin, &inventory)) {
			fine = false;
			if (json)
				list_unreadable_json(json, &list->at[i]);
			continue;
		}
		if (json)
			list_token_json(json, &inventory);
		else
			list_token(&inventory);
		inventory_clear(&inventory);
	}
	return fine;
}

static bool
list_all(const struct request *request, struct token_list *list)
{
	struct json json = { 0 };
	bool fine;

	if (!is_given(request, OPTION_JSON)) {
		fine = list_tokens(request, NULL, list);
		if (!list->count)
			say(_("There is no token yet. Make one: privyseal init "
			      "or privyseal import\n"));
		protection_report(request);
		return fine;
	}
	json_open_object(&json, NULL);
	json_open_array(&json, "tokens");
	fine = list_tokens(request, &json, list);
	json_close_array(&json);
	protection_report_json(&json, request);
	json_close_object(&json);
	return fine;
}

/* One name among all tokens; how many fitted is counted. */
static size_t
show_token(struct json *json, const struct inventory *inventory,
	const char *wanted)
{
	const struct held_certificate *certificate;
	size_t i, count = 0;

	for (i = 0; i < inventory->key_count; i++) {
		if (!key_is_meant(&inventory->keys[i], wanted))
			continue;
		count++;
		if (!json) {
			report_identity(inventory, &inventory->keys[i]);
			continue;
		}
		json_open_object(json, NULL);
		report_identity_json(json, inventory, &inventory->keys[i]);
		json_close_object(json);
	}
	for (i = 0; i < inventory->certificate_count; i++) {
		certificate = &inventory->certificates[i];
		if (inventory_key_of(inventory, certificate) ||
			!certificate_is_meant(certificate, wanted))
			continue;
		count++;
		if (!json) {
			report_certificate(inventory, certificate);
			continue;
		}
		json_open_object(json, NULL);
		report_certificate_json(json, inventory, certificate);
		json_close_object(json);
	}
	return count;
}

static bool
show_all(const struct request *request, struct token_list *list)
{
	bool has_pin = token_list_has_pin(list, request);
	struct json json = { 0 };
	bool is_json = is_given(request, OPTION_JSON);
	struct inventory inventory;
	size_t i, count = 0;

	if (is_json)
		json_open_array(&json, NULL);
	for (i = 0; i < list->count; i++) {
		if (!look_into(request, &list->at[i], has_pin, &inventory))
			continue;
		count += show_token(is_json ? &json : NULL, &inventory,
			request->operands[0]);
		inventory_clear(&inventory);
	}
	if (is_json)
		json_close_array(&json);
	if (!count)
		complain(_("Nothing on the tokens is called \"%s\". See: "
			   "privyseal list"),
			request->operands[0]);
	return count > 0;
}

int
show_run(const struct request *request)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	bool fine = module_open(request, &module) &&
		token_list_read(&module, request->value[OPTION_TOKEN], &list) &&
		show_all(request, &list);

	token_list_clear(&list);
	module_close(&module);
	return fine ? ENDED_WELL : ENDED_BADLY;
}

int
list_run(const struct request *request)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	bool fine;

	fine = module_open(request, &module) &&
		token_list_read(&module, request->value[OPTION_TOKEN], &list);
	if (fine && is_given(request, OPTION_TOKEN) && !list.count) {
		complain(_("There is no token \"%s\". See: privyseal list"),
			request->value[OPTION_TOKEN]);
		fine = false;
	} else if (fine) {
		fine = list_all(request, &list);
	}
	token_list_clear(&list);
	module_close(&module);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
