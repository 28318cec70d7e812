/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's checks of the programs that use the module. */

#include "config.h"

#include "command/doctor.h"

#include "command/flatpak.h"
#include "command/profile.h"
#include "command/say.h"
#include "command/security-device.h"
#include "pkcs11/text.h"

#include <p11-kit/p11-kit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char module_name[] = "privyseal-pkcs11.so";

static bool
is_named_ours(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && strcmp(slash ? slash + 1 : path, module_name) == 0;
}

/* Adds a finding, and frees a remedy that has a path in it. */
static void
add(struct visit *visit, enum health health, char *text, char *remedy)
{
	visit_add(visit, health, text, remedy);
	free(remedy);
}

/* Only loaded, not initialised: the other modules are none of our business. */
static size_t
p11_kit_count(void)
{
	CK_FUNCTION_LIST **modules;
	size_t i, count = 0;
	char *path;

	p11_kit_be_quiet();
	modules = p11_kit_modules_load(NULL, 0);
	for (i = 0; modules && modules[i]; i++) {
		path = p11_kit_config_option(modules[i], "module");
		count += is_named_ours(path);
		free(path);
	}
	p11_kit_modules_release(modules);
	return count;
}

void
check_p11_kit(struct visit *visit)
{
	/* As root p11-kit reads no files below a home. */
	const char *folder =
		geteuid() ? "~/.config/pkcs11/modules" : "/etc/pkcs11/modules";

	if (!module_is_ours(visit->request))
		return;
	visit->p11_kit_count = p11_kit_count();
	if (!visit->p11_kit_count)
		add(visit, HEALTH_REMARKABLE,
			words(_("p11-kit does not list the module, so GnuTLS "
				"and others do not see it.")),
			words(_("Put the line \"module: %s\" into "
				"%s/privyseal.module"),
				module_path(visit->request), folder));
}

static void
check_labels(struct visit *visit)
{
	const struct token *tokens = visit->tokens.at;
	size_t i, j;

	for (i = 0; i < visit->tokens.count; i++)
		for (j = 0; j < i; j++)
			if (strcmp(tokens[i].label, tokens[j].label) == 0)
				visit_add(visit, HEALTH_REMARKABLE,
					words(_("Two tokens are called "
						"\"%s\"."),
						tokens[i].label),
					_("Programs may take the wrong one. "
					  "Name them by URI, or remove one."));
}

/* Each program would show each token as often as it has the module. */
void
check_duplicates(struct visit *visit)
{
	check_labels(visit);
	if (visit->p11_kit_count > 1)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("p11-kit lists the module more than once.")),
			_("Keep one of the files that name it, in "
			  "~/.config/pkcs11/modules, /etc/pkcs11/modules and "
			  "/usr/share/p11-kit/modules."));
}

static void
check_registration(
	struct visit *visit, const struct profile *profile, const char *module)
{
	const char *name = profile->name ? profile->name : profile->path;

	if (!device_is_registered(profile->path, module))
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The Thunderbird profile \"%s\" does not know "
				"the module."),
				name),
			_("Run: privyseal setup thunderbird"));
	else if (device_count(profile->path, module_name) > 1)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The Thunderbird profile \"%s\" has the module "
				"more than once."),
				name),
			_("Unload all but \"Privy Seal\" in Thunderbird: "
			  "Settings, Privacy & Security, Security Devices."));
}

static void
check_flatpak(struct visit *visit, const struct profile *profile)
{
	char *copy = flatpak_module(profile);

	if (copy)
		check_registration(visit, profile, copy);
	free(copy);
	if (!flatpak_is_served(profile, module_path(visit->request)))
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The Flatpak of Thunderbird cannot reach the "
				"keeper, or has an old copy of the module.")),
			_("Run: privyseal setup thunderbird"));
}

static void
check_profile(struct visit *visit, const struct profile *profile)
{
	if (profile->kind == PROFILE_FLATPAK)
		check_flatpak(visit, profile);
	else if (profile->kind == PROFILE_SNAP)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("The Snap of Thunderbird cannot reach the "
				"keeper.")),
			_("Install Thunderbird as a package or a Flatpak."));
	else
		check_registration(visit, profile, module_path(visit->request));
}

void
check_thunderbird(struct visit *visit)
{
	struct profiles profiles = { 0 };
	const char *home = getenv("HOME");
	size_t i;

	if (!home || !profiles_find(&profiles, home))
		return;
	for (i = 0; i < profiles.count; i++)
		check_profile(visit, &profiles.at[i]);
	if (!profiles.count)
		visit_add(visit, HEALTH_UNKNOWN,
			words(_("There is no Thunderbird profile here.")),
			NULL);
	profiles_clear(&profiles);
}
