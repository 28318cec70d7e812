/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal import: the keys and certificates of a file into a token. */

#include "config.h"

#include "command/birth.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/uri.h"
#include "command/verb.h"
#include "import/bundle.h"
#include "import/deposit.h"
#include "import/summary.h"
#include "pkcs11/name.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* All that an import holds, for one clearing at its end. */
struct import {
	const struct request *request;
	struct secret file, passphrase;
	struct bundle bundle;
	struct module module;
	struct token token;
	struct deposit_result result;
	struct failure failure;
	struct json json;
	/* Whether the summary was written: JSON needs its end then. */
	bool has_spoken;
};

/* Nobody is asked when a program runs the command. */
static bool
is_interactive(const struct request *request)
{
	return !is_given(request, OPTION_YES) &&
		!is_given(request, OPTION_JSON) &&
		!secret_is_given(request, &pin_source) && isatty(STDIN_FILENO);
}

static enum refusal
read_with_passphrase(struct import *import)
{
	secret_clear(&import->passphrase);
	if (!secret_enter(
		    import->request, &passphrase_source, &import->passphrase))
		return REFUSAL_PASSPHRASE_NEEDED;
	return bundle_read(&import->bundle, &import->file, &import->passphrase,
		&import->failure);
}

/* A typed passphrase may be typed again. */
static enum refusal
read_file(struct import *import, const char *path)
{
	const struct request *request = import->request;
	bool given = secret_is_given(request, &passphrase_source);
	enum refusal refusal;
	int tries;

	refusal = bundle_load(path, &import->file, &import->failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (given)
		return read_with_passphrase(import);
	refusal = bundle_read(
		&import->bundle, &import->file, NULL, &import->failure);
	for (tries = 0; tries < 3; tries++) {
		if (refusal != REFUSAL_PASSPHRASE_NEEDED &&
			refusal != REFUSAL_PASSPHRASE_WRONG)
			break;
		if (refusal == REFUSAL_PASSPHRASE_WRONG)
			remark("%s", refusal_text(refusal));
		refusal = read_with_passphrase(import);
		if (refusal == REFUSAL_PASSPHRASE_NEEDED)
			break;
	}
	return refusal;
}

static void
show_summary(struct import *import)
{
	import->has_spoken = true;
	if (!is_given(import->request, OPTION_JSON)) {
		summary_print(stdout, &import->bundle, time(NULL));
	} else {
		json_open_object(&import->json, NULL);
		summary_json(
			&import->json, "found", &import->bundle, time(NULL));
	}
	fflush(stdout);
}

/* Makes a token when there is none, or none of that name. */
static bool
enter_token(struct import *import)
{
	const struct request *request = import->request;
	const char *wanted = request->value[OPTION_TOKEN];
	struct token_list list;
	bool is_there;

	if (!token_list_read(&import->module, wanted, &list))
		return false;
	is_there = list.count > 0;
	token_list_clear(&list);
	if (is_there && !token_choose(&import->module, request, &import->token))
		return false;
	if (is_there)
		return token_open(&import->token, true) &&
			token_login(&import->token, request);
	if (wanted && uri_is_one(wanted)) {
		complain(_("There is no token that fits %s. See: privyseal "
			   "list"),
			wanted);
		return false;
	}
	if (wanted)
		remark(_("There is no token \"%s\" yet; this makes it."),
			wanted);
	else
		remark(_("There is no token yet; this makes one."));
	return birth_make(&import->module, request,
		wanted ? wanted : BIRTH_LABEL, &import->token);
}

static enum refusal
store(struct import *import)
{
	return deposit_store(import->token.calls, import->token.session,
		&import->bundle, &import->result, &import->failure);
}

static void
show_counts(const struct import *import)
{
	const struct deposit_count *keys = &import->result.private_keys;
	const struct deposit_count *certificates = &import->result.certificates;
	size_t stored = keys->stored + certificates->stored +
		import->result.public_keys.stored;

	if (!stored) {
		say(_("All of this was on the token \"%s\" already; nothing "
		      "was changed.\n"),
			import->token.label);
		return;
	}
	say(_("Stored on the token \"%s\": "), import->token.label);
	say(P_("%zu key, ", "%zu keys, ", keys->stored), keys->stored);
	say(P_("%zu certificate.\n", "%zu certificates.\n",
		    certificates->stored),
		certificates->stored);
	if (keys->present || certificates->present)
		say(_("The rest was there already.\n"));
	if (import->result.keys_unsupported)
		say(_("Left out, because the token cannot hold it: %s\n"),
			import->result.unsupported);
	if (keys->stored)
		say(_("Next: privyseal setup thunderbird\n"));
}

static void
write_count(
	struct json *json, const char *name, const struct deposit_count *count)
{
	json_open_object(json, name);
	json_number(json, "stored", (long long)count->stored);
	json_number(json, "present", (long long)count->present);
	json_close_object(json);
}

/* Closes the object that show_summary() opened, or writes a short one. */
static void
show_json(struct import *import, enum refusal refusal)
{
	const struct deposit_result *result = &import->result;
	struct json *json = &import->json;

	if (!import->has_spoken)
		json_open_object(json, NULL);
	json_number(json, "code", refusal);
	if (import->token.label[0])
		json_text(json, "token", import->token.label);
	write_count(json, "private_keys", &result->private_keys);
	write_count(json, "public_keys", &result->public_keys);
	write_count(json, "certificates", &result->certificates);
	json_number(
		json, "keys_unsupported", (long long)result->keys_unsupported);
	if (refusal != REFUSAL_NONE) {
		json_text(json, "message", refusal_text(refusal));
		json_text(json, "detail", import->failure.detail);
	}
	json_close_object(json);
}

static int
finish(struct import *import, enum refusal refusal)
{
	const char *detail = import->failure.detail;

	if (refusal != REFUSAL_NONE)
		complain("%s%s%s%s", refusal_text(refusal), *detail ? " (" : "",
			detail, *detail ? ")" : "");
	if (is_given(import->request, OPTION_JSON))
		show_json(import, refusal);
	else if (refusal == REFUSAL_NONE)
		show_counts(import);
	return (int)refusal;
}

static void
import_clear(struct import *import)
{
	secret_clear(&import->passphrase);
	bundle_clear(&import->bundle);
	secret_clear(&import->file);
	token_leave(&import->module, &import->token);
}

/* An end before the file's contents met the token. */
static int
give_up(struct import *import)
{
	if (is_given(import->request, OPTION_JSON) && import->has_spoken) {
		json_number(&import->json, "code", ENDED_BADLY);
		json_close_object(&import->json);
	}
	return ENDED_BADLY;
}

int
import_run(const struct request *request)
{
	struct import import = { .request = request };
	enum refusal refusal = read_file(&import, request->operands[0]);
	int code;

	if (refusal != REFUSAL_NONE) {
		code = finish(&import, refusal);
		goto out;
	}
	show_summary(&import);
	if (is_interactive(request) && !ask(_("Store this? (y/n)"))) {
		say(_("Nothing was stored.\n"));
		code = ENDED_BADLY;
		goto out;
	}
	if (!birth_prepare(request) || !module_open(request, &import.module) ||
		!enter_token(&import)) {
		code = give_up(&import);
		goto out;
	}
	code = finish(&import, store(&import));
out:
	import_clear(&import);
	return code;
}
