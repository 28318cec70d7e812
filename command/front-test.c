/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal front test: the whole way, from the keeper to a signature. */

#include "config.h"

#include "command/front.h"

#include "command/challenge.h"
#include "command/inventory.h"
#include "command/say.h"
#include "keeper/front-chain.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What came of a token. */
struct outcome {
	size_t tokens, signatures, failures;
};

static bool
is_there(const struct front *front)
{
	char reason[256];

	if (access(front->module, F_OK) != 0)
		complain(_("%s: %s. Install the module, or take the name away: "
			   "privyseal front remove %s"),
			front->module, strerror(errno), front->name);
	else if (!front_is_trustworthy(front, reason, sizeof(reason)))
		complain(_("%s is not loaded: %s"), front->module, reason);
	else
		return true;
	return false;
}

static bool
tell(const struct held_key *key, enum verdict verdict, const char *by)
{
	if (verdict == VERDICT_GOOD)
		say(_("  key \"%s\" (%s) signs, and the signature is good: "
		      "checked here, by %s\n"),
			key->label, key->kind, by);
	else if (verdict == VERDICT_NONE && by)
		say(_("  key \"%s\" (%s) signs; whether the signature is good "
		      "cannot be checked here: %s is of a kind that this "
		      "command cannot read\n"),
			key->label, key->kind, by);
	else if (verdict == VERDICT_NONE)
		say(_("  key \"%s\" (%s) signs; whether the signature is good "
		      "cannot be checked: the token shows neither a "
		      "certificate nor a public key of it\n"),
			key->label, key->kind);
	else
		complain(_("Key \"%s\" (%s) makes wrong signatures: by %s this "
			   "one is not good. Do not use it"),
			key->label, key->kind, by);
	return verdict != VERDICT_BAD;
}

static void
try_key(const struct token *token, const struct held_key *key,
	struct outcome *outcome)
{
	struct challenge challenge;

	if (key->private == CK_INVALID_HANDLE || !key->signs)
		return;
	if (!challenge_key(token, key, &challenge)) {
		outcome->failures++;
		complain(_("Key \"%s\" (%s) does not sign."), key->label,
			key->kind);
	} else if (tell(key, challenge.verdict, challenge.by)) {
		outcome->signatures++;
	} else {
		outcome->failures++;
	}
}

static void
try_token(const struct request *request, struct token *token, bool has_pin,
	struct outcome *outcome)
{
	struct inventory inventory = { 0 };
	size_t i;

	say(_("Token \"%s\"\n"), token->label);
	if (!token_open(token, false) ||
		(has_pin && !token_login(token, request)) ||
		!inventory_read(token, &inventory)) {
		outcome->failures++;
		return;
	}
	for (i = 0; i < inventory.key_count; i++)
		try_key(token, &inventory.keys[i], outcome);
	inventory_clear(&inventory);
}

static bool
is_of(const struct token *token, const struct front *front)
{
	const char *name = front_of_token(token);

	return name && strcmp(name, front->name) == 0;
}

/* Those of the front alone: the PIN is for them. */
static void
keep_only(struct token_list *list, const struct front *front)
{
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++)
		if (is_of(&list->at[i], front))
			list->at[kept++] = list->at[i];
	list->count = kept;
}

static bool
judge(const struct front *front, const struct outcome *outcome, bool has_pin)
{
	if (outcome->failures)
		return false;
	if (outcome->signatures)
		return true;
	if (outcome->tokens && !has_pin)
		say(_("The module works. No key signs without the PIN: "
		      "privyseal front test %s --pin-file FILE\n"),
			front->name);
	else if (outcome->tokens)
		say(_("The module works. There is no key that signs.\n"));
	return outcome->tokens > 0;
}

/* It is well by itself, and yet the keeper has no token of it. */
static void
complain_of_keeper(void)
{
	complain(_("The module works by itself, and the keeper shows no token "
		   "of it that was initialised. If that is not what you "
		   "expect, read the keeper's messages (journalctl --user -u "
		   "privyseal-keeper) or begin anew: privyseal keeper stop"));
}

/* The tokens do without what is wrong. */
static bool
try_chain(const struct front *front)
{
	const char *rest = front->chain;
	char reason[256], *path;
	bool fine = true;
	size_t count;

	while ((path = front_chain_next(&rest))) {
		if (chain_file_check(path, &count, reason, sizeof(reason))) {
			say(_("Chain %s: certificates of authorities: %zu\n"),
				path, count);
		} else {
			complain(_("The chain %s is not what it should be: "
				   "%s"),
				path, reason);
			fine = false;
		}
		free(path);
	}
	return fine;
}

bool
front_test(struct house *house, const char *name)
{
	const struct request *request = house->request;
	struct module module = { 0 };
	struct token_list list = { 0 };
	struct outcome outcome = { 0 };
	struct front front;
	bool has_pin = false, has_chain, fine;
	size_t i;

	if (!house_find(house, name, &front) || !is_there(&front))
		return false;
	has_chain = try_chain(&front);
	fine = module_open(request, &module) &&
		token_list_read(&module, request->value[OPTION_TOKEN], &list);
	if (fine) {
		keep_only(&list, &front);
		outcome.tokens = list.count;
		has_pin = token_list_has_pin(&list, request);
	}
	for (i = 0; i < list.count; i++)
		try_token(request, &list.at[i], has_pin, &outcome);
	if (fine && !list.count && front_probe(&front))
		complain_of_keeper();
	fine = fine && judge(&front, &outcome, has_pin) && has_chain;
	token_list_clear(&list);
	module_close(&module);
	return fine;
}
