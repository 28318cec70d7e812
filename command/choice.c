/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the one identity or certificate that the user means. */

#include "config.h"

#include "command/choice.h"

#include "command/say.h"
#include "command/secret-entry.h"
#include "pkcs11/text.h"

#include <time.h>

/* What one token has that fits. */
struct finding {
	const struct held_key *key;
	const struct held_certificate *certificate;
	size_t count;
};

bool
wish_for_signer(const struct held_certificate *certificate)
{
	return certificate && certificate_can_sign(&certificate->read) &&
		certificate_is_valid_at(&certificate->read, time(NULL));
}

bool
wish_for_anything(const struct held_certificate *certificate)
{
	return true;
}

static int64_t
age_mark(const struct held_certificate *certificate)
{
	return certificate ? certificate->read.not_before : INT64_MIN;
}

static void
add(struct finding *finding, const struct held_key *key,
	const struct held_certificate *certificate)
{
	if (!finding->count ||
		age_mark(certificate) > age_mark(finding->certificate)) {
		finding->key = key;
		finding->certificate = certificate;
	}
	finding->count++;
}

static void
look_at_key(const struct wish *wish, const struct held_key *key,
	struct finding *finding)
{
	size_t i;

	if (!key_is_meant(key, wish->name))
		return;
	for (i = 0; i < key->certificate_count; i++) {
		if (wish->serves(key->certificates[i])) {
			add(finding, key, key->certificates[i]);
			return;
		}
	}
	if (wish->serves(NULL))
		add(finding, key,
			key->certificate_count ? key->certificates[0] : NULL);
}

static void
look(const struct wish *wish, const struct inventory *inventory,
	struct finding *finding)
{
	const struct held_certificate *certificate;
	size_t i;

	for (i = 0; i < inventory->key_count; i++)
		look_at_key(wish, &inventory->keys[i], finding);
	for (i = 0;
		wish->takes_certificates && i < inventory->certificate_count;
		i++) {
		certificate = &inventory->certificates[i];
		if (!inventory_key_of(inventory, certificate) &&
			certificate_is_meant(certificate, wish->name))
			add(finding, NULL, certificate);
	}
}

static bool
is_decided(const struct wish *wish, size_t count)
{
	return count == 1 || (count > 1 && wish->takes_newest && wish->name);
}

static void
name_keys(const struct inventory *inventory)
{
	const struct held_key *key;
	const struct certificate *read;
	size_t i, j;

	for (i = 0; i < inventory->key_count; i++) {
		key = &inventory->keys[i];
		say("  %s", *key->label ? key->label : key->kind);
		for (j = 0; j < key->certificate_count; j++) {
			read = &key->certificates[j]->read;
			if (read->addresses_count)
				say(" <%s>", read->addresses[0]);
		}
		say("\n");
	}
}

static bool
complain_of(const struct choice *choice, size_t count)
{
	const char *name = choice->wish.name;

	if (count > 1)
		complain(_("There are several that fit; name one by its label, "
			   "id or URI. See: privyseal list"));
	else if (name)
		complain(_("Nothing on the tokens is called \"%s\" and serves "
			   "for this. See: privyseal list"),
			name);
	else
		complain(_("There is no identity that serves for this. See: "
			   "privyseal list"));
	if (count > 1)
		name_keys(&choice->inventory);
	return false;
}

/* Looks again in the chosen token's session. */
static bool
look_again(struct choice *choice, struct finding *finding)
{
	*finding = (struct finding){ 0 };
	inventory_clear(&choice->inventory);
	if (!inventory_read(&choice->token, &choice->inventory))
		return false;
	look(&choice->wish, &choice->inventory, finding);
	choice->key = finding->key;
	choice->certificate = finding->certificate;
	return true;
}

/* Goes through the tokens; *found is the one that had the most to offer. */
static bool
look_through(struct choice *choice, struct token_list *list, size_t *total)
{
	struct inventory inventory = { 0 };
	size_t i, best = 0;

	*total = 0;
	for (i = 0; i < list->count; i++) {
		struct finding finding = { 0 };

		if (!token_open(&list->at[i], false) ||
			!inventory_read(&list->at[i], &inventory))
			return false;
		look(&choice->wish, &inventory, &finding);
		inventory_clear(&inventory);
		token_close(&list->at[i]);
		if (finding.count)
			best = i;
		*total += finding.count;
	}
	if (list->count)
		choice->token = list->at[best];
	return true;
}

/* Some tokens show nothing of a key before login. */
static bool
is_worth_login(const struct choice *choice, size_t tokens, size_t total)
{
	return total == 0 && tokens == 1 &&
		choice->token.info.flags & CKF_LOGIN_REQUIRED;
}

bool
choice_make(const struct request *request, const struct wish *wish,
	struct choice *choice)
{
	struct token_list list = { 0 };
	struct finding finding;
	size_t total = 0;
	bool fine;

	*choice = (struct choice){ .request = request, .wish = *wish };
	fine = module_open(request, &choice->module) &&
		token_list_read(
			&choice->module, request->value[OPTION_TOKEN], &list) &&
		look_through(choice, &list, &total);
	if (fine && list.count == 0)
		fine = complain_of(choice, 0);
	if (fine)
		fine = token_open(&choice->token, false);
	if (fine && is_worth_login(choice, list.count, total))
		fine = token_login(&choice->token, request);
	if (fine)
		fine = look_again(choice, &finding);
	if (fine && !is_decided(wish, total > 1 ? total : finding.count))
		fine = complain_of(choice, total ? total : finding.count);
	token_list_clear(&list);
	if (!fine)
		choice_clear(choice);
	return fine;
}

bool
choice_enter(struct choice *choice, bool writable)
{
	struct finding finding;

	if (writable) {
		token_close(&choice->token);
		if (!token_open(&choice->token, true))
			return false;
	}
	if (!choice->token.is_logged_in &&
		!token_login(&choice->token, choice->request))
		return false;
	return look_again(choice, &finding) &&
		(is_decided(&choice->wish, finding.count) ||
			complain_of(choice, finding.count));
}

void
choice_clear(struct choice *choice)
{
	inventory_clear(&choice->inventory);
	token_leave(&choice->module, &choice->token);
	*choice = (struct choice){ 0 };
}
