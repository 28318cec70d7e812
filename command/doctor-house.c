/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's checks of the house: module, keeper, files. */

#include "config.h"

#include "command/doctor.h"

#include "command/keeper.h"
#include "command/protection.h"
#include "command/say.h"
#include "pkcs11/home.h"
#include "pkcs11/place.h"
#include "pkcs11/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_ours(const struct visit *visit)
{
	return module_is_ours(visit->request);
}

void
check_module(struct visit *visit)
{
	const char *path = module_path(visit->request);
	char *reason = NULL;

	if (!module_try(path, &visit->module, &reason)) {
		visit_add(visit, HEALTH_BAD,
			words(_("The module %s does not work: %s"), path,
				reason ? reason : "?"),
			_("Install Privy Seal again."));
		free(reason);
		module_close(&visit->module);
		return;
	}
	if (!token_list_read(&visit->module,
		    visit->request->value[OPTION_TOKEN], &visit->tokens))
		visit_add(visit, HEALTH_BAD,
			words(_("The module %s gives no list of its tokens."),
				path),
			_("Run \"privyseal keeper stop\" and try again."));
	else if (!visit->tokens.count)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("There is no token yet.")),
			_("Run \"privyseal import FILE\" with the file from "
			  "your CA."));
}

void
check_keeper(struct visit *visit)
{
	struct home home = { 0 };
	bool is_found = is_ours(visit) && home_find(&home);
	bool is_there = is_found && keeper_process(home.run);
	bool is_needed = is_found && home_has_tokens(&home);

	home_clear(&home);
	if (is_found && keeper_of_machine() == MACHINE_UNSAFE)
		visit_add(visit, HEALTH_BAD,
			words(_("The machine keeper is not used: somebody else "
				"could have put its socket where it is.")),
			_("Ask whoever runs this machine: the folder of the "
			  "socket must be root's or the keeper's, and no other "
			  "user may write it or what is above it."));
	if (is_needed && !is_there && !visit->tokens.count)
		visit_add(visit, HEALTH_BAD,
			words(_("The keeper does not start.")),
			_("Run \"privyseal keeper start\" and read its "
			  "message."));
	else if (is_found && !is_there && visit->tokens.count &&
		keeper_of_machine() != MACHINE_ANSWERS)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("No keeper listens, though there are "
				"tokens.")),
			_("Run \"privyseal keeper start\" and read its "
			  "message."));
}

static void
check_path(struct visit *visit, const char *path, mode_t forbidden)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return;
	if (status.st_uid != geteuid())
		visit_add(visit, HEALTH_BAD,
			words(_("%s belongs to somebody else."), path),
			_("Ask whoever runs this machine to give it back to "
			  "you."));
	else if (!S_ISLNK(status.st_mode) && status.st_mode & forbidden)
		visit_add(visit, HEALTH_BAD,
			words(_("Others can get at %s."), path),
			_("Take their rights away: chmod go-rwx"));
}

static void
check_folder(struct visit *visit, const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;
	char *path;

	check_path(visit, folder, 077);
	while (entries && (entry = readdir(entries))) {
		if (entry->d_name[0] == '.')
			continue;
		path = words("%s/%s", folder, entry->d_name);
		if (path && !strstr(entry->d_name, ".sock"))
			check_path(visit, path, 077);
		free(path);
	}
	if (entries)
		closedir(entries);
}

void
check_rights(struct visit *visit)
{
	struct home home = { 0 };

	if (is_ours(visit) && home_find(&home)) {
		check_folder(visit, home.tokens);
		check_path(visit, home.run, 077);
		check_path(visit, home.configuration, 022);
	}
	home_clear(&home);
}

void
check_place(struct visit *visit)
{
	struct home home = { 0 };
	const char *kind = NULL;

	if (is_ours(visit) && home_find(&home))
		kind = place_shared(home.tokens);
	if (kind)
		visit_add(visit, HEALTH_BAD,
			words(_("The tokens in %s are on %s, where other "
				"machines may write."),
				home.tokens, kind),
			_("Keep them on a local disk: move the folder and set "
			  "PRIVYSEAL_HOME. Or put \"allow-network-store = "
			  "yes\" into privyseal.conf, and use them from one "
			  "machine at a time."));
	home_clear(&home);
}

static void
add_complaint(
	void *context, const char *file, unsigned line, const char *message)
{
	visit_add(context, HEALTH_BAD, words("%s:%u: %s", file, line, message),
		_("Correct the line; until then it does not count."));
}

void
check_configuration(struct visit *visit)
{
	struct configuration configuration;
	const struct configuration_key *key;
	struct home home = { 0 };
	size_t i;

	if (!is_ours(visit) || !home_find(&home))
		return;
	configuration_read(
		&configuration, home.configuration, add_complaint, visit);
	for (i = 0; i < configuration_keys_count; i++) {
		key = &configuration_keys[i];
		if (protection_is_lowered(&configuration, key))
			visit_add(visit, HEALTH_REMARKABLE,
				words(_("Lowered protection: %s is %u instead "
					"of %u."),
					key->name,
					configuration_value(
						&configuration, key),
					key->preset),
				_("Take the line out of privyseal.conf, unless "
				  "this is a test."));
	}
	configuration_clear(&configuration);
	home_clear(&home);
}
