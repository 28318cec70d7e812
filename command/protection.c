/* SPDX-License-Identifier: BSD-2-Clause */
/* Protections that the configuration lowers below what we advise. */

#include "config.h"

#include "command/protection.h"

#include "command/module.h"
#include "command/say.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

#include <string.h>

/* Larger protects more; other keys are a matter of taste. */
static const char *const protections[] = { "pin-min-length", "pin-min-digits",
	"kdf-memory" };
/* Smaller protects more. */
static const char *const allowances[] = { "pin-tries", "allow-network-store" };

static bool
is_among(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void
protection_read(struct configuration *configuration)
{
	struct home home = { 0 };

	configuration_default(configuration);
	if (home_find(&home))
		configuration_read(
			configuration, home.configuration, NULL, NULL);
	home_clear(&home);
}

bool
protection_is_lowered(const struct configuration *configuration,
	const struct configuration_key *key)
{
	unsigned value = configuration_value(configuration, key);

	if (is_among(protections, sizeof(protections) / sizeof(*protections),
		    key->name))
		return value < key->preset;
	if (is_among(allowances, sizeof(allowances) / sizeof(*allowances),
		    key->name))
		return value > key->preset;
	return false;
}

void
protection_report(const struct request *request)
{
	struct configuration configuration = { 0 };
	size_t i;

	/* Our configuration says nothing about a foreign module. */
	if (!module_is_ours(request))
		return;
	protection_read(&configuration);
	for (i = 0; i < configuration_keys_count; i++)
		if (protection_is_lowered(
			    &configuration, &configuration_keys[i]))
			say(_("Lowered protection: %s is %u instead of %u.\n"),
				configuration_keys[i].name,
				configuration_value(
					&configuration, &configuration_keys[i]),
				configuration_keys[i].preset);
	configuration_clear(&configuration);
}

void
protection_report_json(struct json *json, const struct request *request)
{
	struct configuration configuration = { 0 };
	const struct configuration_key *key;
	size_t i;

	json_open_array(json, "lowered");
	if (module_is_ours(request))
		protection_read(&configuration);
	for (i = 0; module_is_ours(request) && i < configuration_keys_count;
		i++) {
		key = &configuration_keys[i];
		if (!protection_is_lowered(&configuration, key))
			continue;
		json_open_object(json, NULL);
		json_text(json, "name", key->name);
		json_number(json, "value",
			configuration_value(&configuration, key));
		json_number(json, "preset", key->preset);
		json_close_object(json);
	}
	json_close_array(json);
	configuration_clear(&configuration);
}
