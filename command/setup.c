/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal setup thunderbird: the mail program uses the token from now on. */

#include "config.h"

#include "command/flatpak.h"
#include "command/inventory.h"
#include "command/enterprise-policy.h"
#include "command/profile-key.h"
#include "command/say.h"
#include "command/thunderbird.h"
#include "command/token.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The tokens, and the certificates on them whose keys are there too. */
struct holdings {
	struct module module;
	struct token_list tokens;
	struct inventory *inventories;
	const struct certificate **certificates;
	size_t certificates_count;
};

static bool
holdings_add(struct holdings *holdings, const struct inventory *inventory)
{
	const struct certificate **grown;
	size_t i, j;

	for (i = 0; i < inventory->key_count; i++) {
		const struct held_key *key = &inventory->keys[i];

		grown = realloc(holdings->certificates,
			(holdings->certificates_count + key->certificate_count +
				1) *
				sizeof(*grown));
		if (!grown)
			return false;
		holdings->certificates = grown;
		for (j = 0; j < key->certificate_count; j++)
			grown[holdings->certificates_count++] =
				&key->certificates[j]->read;
	}
	return true;
}

/* Needs no PIN: certificates and public keys are readable before login. */
static bool
holdings_read(const struct request *request, struct holdings *holdings)
{
	bool is_read;
	size_t i;

	is_read = module_open(request, &holdings->module) &&
		token_list_read(&holdings->module, request->value[OPTION_TOKEN],
			&holdings->tokens);
	if (is_read && holdings->tokens.count == 0) {
		complain(_("There is no token yet. Import your certificate "
			   "first: privyseal import FILE"));
		return false;
	}
	holdings->inventories = calloc(
		holdings->tokens.count + 1, sizeof(*holdings->inventories));
	is_read = is_read && holdings->inventories;
	for (i = 0; is_read && i < holdings->tokens.count; i++)
		is_read = token_open(&holdings->tokens.at[i], false) &&
			inventory_read(&holdings->tokens.at[i],
				&holdings->inventories[i]) &&
			holdings_add(holdings, &holdings->inventories[i]);
	return is_read;
}

static void
holdings_clear(struct holdings *holdings)
{
	size_t i;

	for (i = 0; holdings->inventories && i < holdings->tokens.count; i++)
		inventory_clear(&holdings->inventories[i]);
	free(holdings->inventories);
	free(holdings->certificates);
	token_list_clear(&holdings->tokens);
	module_close(&holdings->module);
}

static bool
profiles_of(const struct request *request, struct profiles *profiles)
{
	const char *home = getenv("HOME");

	if (is_given(request, OPTION_PROFILE)) {
		if (access(request->value[OPTION_PROFILE], W_OK) != 0) {
			complain(
				_("There is no folder %s that you may change."),
				request->value[OPTION_PROFILE]);
			return false;
		}
		return profiles_name(profiles, request->value[OPTION_PROFILE]);
	}
	if (!home || !profiles_find(profiles, home))
		return false;
	if (profiles->count == 0) {
		complain(_("There is no Thunderbird profile. Start Thunderbird "
			   "once, set up your mail account, close it, then run "
			   "this again."));
		return false;
	}
	return true;
}

/* Waits until Thunderbird has left the profile. It writes its settings when it
 * ends, over whatever was changed meanwhile. */
static void
profile_wait(const struct profile *profile)
{
	if (!profile_is_in_use(profile))
		return;
	remark(_("Thunderbird is running with this profile:\n  %s\n"
		 "Close Thunderbird; setup goes on by itself (Ctrl-C stops "
		 "it, --no-wait leaves it for Thunderbird's next start).\n"),
		profile->path);
	while (profile_is_in_use(profile))
		sleep(1);
}

/* A key that Thunderbird has itself is a key that did leave. */
static void
copies_report(const struct profile *profile, const struct holdings *holdings)
{
	const struct inventory *inventory;
	size_t i, j;

	for (i = 0; i < holdings->tokens.count; i++) {
		inventory = &holdings->inventories[i];
		for (j = 0; j < inventory->key_count; j++) {
			const struct held_key *key = &inventory->keys[j];

			if (!profile_has_key(
				    profile, key->id.at, key->id.length))
				continue;
			say(_("  Attention: this profile also has a copy of "
			      "the key \"%s\" of its own.\n  Delete it in "
			      "Thunderbird: Settings, Privacy & Security, "
			      "Manage Certificates,\n  Your Certificates, "
			      "the entry under Software Security Device.\n"),
				key->label ? key->label : "");
		}
	}
}

/* What is selected in a profile whose Thunderbird cannot reach the keeper would
 * make it refuse to send. */
static void
snap_report(const struct profile *profile)
{
	say(_("Thunderbird profile %s\n  left as it is: this Thunderbird is a "
	      "Snap, which is kept from the keeper's socket.\n  Install "
	      "Thunderbird as a package or a Flatpak, and run this again.\n"),
		profile->path);
}

static void
flatpak_report(void)
{
	say(_("  this Thunderbird is a Flatpak: it has a copy of the module in "
	      "its profile, and\n  leave to reach the keeper, which has to "
	      "listen before it starts. Once for all:\n  systemctl --user "
	      "enable --now privyseal-keeper.socket\n"));
}

static void
result_report(const struct thunderbird_result *result,
	const struct thunderbird_wish *wish)
{
	if (result->addresses == 0)
		say(_("  no mail account yet: set one up in Thunderbird, then "
		      "run this again\n"));
	if (result->changed == 0)
		say(_("  nothing to change\n"));
	else if (wish->is_queued)
		say(_("  Thunderbird is running: this takes effect when it "
		      "starts the next time\n"));
}

static bool
profile_setup(const struct request *request, const struct profile *profile,
	const struct holdings *holdings)
{
	bool is_flatpak = profile->kind == PROFILE_FLATPAK, is_done;
	char *module = is_flatpak ? flatpak_module(profile)
				  : strdup(module_path(request));
	struct thunderbird_wish wish = {
		.module = module,
		.certificates = holdings->certificates,
		.certificates_count = holdings->certificates_count,
		.now = time(NULL),
	};
	struct thunderbird_result result;

	if (is_given(request, OPTION_NO_WAIT))
		wish.is_queued = profile_is_in_use(profile);
	else
		profile_wait(profile);
	is_done = module && thunderbird_setup(profile, &wish, &result);
	if (is_done && is_flatpak)
		is_done = flatpak_serve(
			profile, module_path(request), &result.changed);
	if (is_done) {
		result_report(&result, &wish);
		copies_report(profile, holdings);
	}
	if (is_done && is_flatpak)
		flatpak_report();
	free(module);
	return is_done;
}

static int
setup_profiles(const struct request *request)
{
	struct holdings holdings = { 0 };
	struct profiles profiles = { 0 };
	size_t i, served = 0;
	bool is_done;

	is_done = profiles_of(request, &profiles) &&
		holdings_read(request, &holdings);
	for (i = 0; is_done && i < profiles.count; i++) {
		if (profiles.at[i].kind == PROFILE_SNAP) {
			snap_report(&profiles.at[i]);
			continue;
		}
		is_done = profile_setup(request, &profiles.at[i], &holdings);
		served++;
	}
	is_done = is_done && served;
	holdings_clear(&holdings);
	profiles_clear(&profiles);
	return is_done ? ENDED_WELL : ENDED_BADLY;
}

static int
undo_profiles(const struct request *request)
{
	struct profiles profiles = { 0 };
	bool is_done = profiles_of(request, &profiles);
	size_t i;

	for (i = 0; is_done && i < profiles.count; i++) {
		if (is_given(request, OPTION_NO_WAIT) &&
			profile_is_in_use(&profiles.at[i])) {
			complain(_("Thunderbird is running. Close it, then run "
				   "this again."));
			is_done = false;
			break;
		}
		profile_wait(&profiles.at[i]);
		is_done = thunderbird_undo(&profiles.at[i]) &&
			(profiles.at[i].kind != PROFILE_FLATPAK ||
				flatpak_withdraw(&profiles.at[i]));
	}
	profiles_clear(&profiles);
	return is_done ? ENDED_WELL : ENDED_BADLY;
}

int
setup_run(const struct request *request)
{
	if (strcmp(request->operands[0], "thunderbird") != 0) {
		complain(_("Cannot set up \"%s\": thunderbird is what is "
			   "known. Other programs find Privy Seal through "
			   "p11-kit, or take its module by path: %s"),
			request->operands[0], module_path(request));
		return ENDED_BY_USAGE;
	}
	if (is_given(request, OPTION_POLICY))
		return enterprise_policy_write(request->value[OPTION_OUTPUT],
			       module_path(request),
			       is_given(request, OPTION_UNDO))
			? ENDED_WELL
			: ENDED_BADLY;
	if (is_given(request, OPTION_UNDO))
		return undo_profiles(request);
	return setup_profiles(request);
}
