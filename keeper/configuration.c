/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal.conf: what holds for the whole keeper, with bounds and defaults. */

#include "config.h"

#include "keeper/configuration.h"

#include "pkcs11/text.h"

#include <string.h>

#define FIELD(name) offsetof(struct configuration, name)

/* clang-format off */
const struct configuration_key configuration_keys[] = {
	/* name, field, yes or no, default, least, most, purpose */
	{ "pin-min-length", FIELD(pin_min_length), false, 8, 1, 255,
		N_("characters that a new PIN has at least") },
	{ "pin-min-digits", FIELD(pin_min_digits), false, 10, 1, 255,
		N_("characters that a new PIN of digits only has at least") },
	{ "pin-tries", FIELD(pin_tries), false, 10, 1, 1000,
		N_("wrong PINs in a row that lock a token") },
	{ "kdf-memory", FIELD(kdf_memory), false, 64, 1, 1024,
		N_("MiB of memory that each guess of a PIN costs") },
	{ "idle-exit", FIELD(idle_exit), false, 60, 0, 86400,
		N_("seconds without an application after which the keeper "
			"leaves (0: never)") },
	{ "prompt-seconds", FIELD(prompt_seconds), false, 240, 1, 280,
		N_("seconds that a person has for the PIN, where the keeper "
			"asks for it") },
	{ "spare-slot", FIELD(spare_slot), true, 0, 0, 1,
		N_("show an empty slot beside the tokens") },
	{ "client-connections", FIELD(client_connections), false, 256, 2, 4096,
		N_("connections (threads) that an application may have") },
	{ "client-sessions", FIELD(client_sessions), false, 16384, 1, 1000000,
		N_("sessions that an application may have open") },
	{ "client-objects", FIELD(client_objects), false, 65536, 16, 10000000,
		N_("session objects that an application may have") },
	{ "client-memory", FIELD(client_memory), false, 1024, 64, 65536,
		N_("MiB of memory that the keeper takes for an application") },
	{ "allow-network-store", FIELD(allow_network_store), true, 0, 0, 1,
		N_("keep tokens on a network file system, for one host at a "
			"time") },
	{ "audit", FIELD(audit), true, 1, 0, 1,
		N_("write a line of each login, use of a key and change") },
	{ "audit-hash", FIELD(audit_hash), true, 0, 0, 1,
		N_("add a hash of what was signed to its line") },
	{ "audit-size", FIELD(audit_size), false, 16384, 4, 1048576,
		N_("KiB after which a file of the audit log is put aside") },
	{ "audit-keep", FIELD(audit_keep), false, 10, 1, 10000,
		N_("files of the audit log that are kept when put aside") },
	{ "audit-anchor", FIELD(audit_anchor), false, 1000, 1, 1000000,
		N_("lines of the audit log after which the system log gets "
			"an anchor") },
	{ "audit-anchor-file", FIELD(audit_anchor_file), true, 0, 0, 1,
		N_("write the anchors to the file audit.anchors too") },
	{ "p11-kit", FIELD(p11_kit), true, 0, 0, 1,
		N_("show the tokens of all modules that p11-kit knows") },
};
/* clang-format on */
const size_t configuration_keys_count =
	sizeof(configuration_keys) / sizeof(configuration_keys[0]);

const struct configuration_key *
configuration_find(const char *name)
{
	size_t i;

	for (i = 0; i < configuration_keys_count; i++)
		if (strcmp(configuration_keys[i].name, name) == 0)
			return &configuration_keys[i];
	return NULL;
}

unsigned
configuration_value(const struct configuration *configuration,
	const struct configuration_key *key)
{
	unsigned value;

	memcpy(&value, (const char *)configuration + key->offset,
		sizeof(value));
	return value;
}

void
configuration_set(struct configuration *configuration,
	const struct configuration_key *key, unsigned value)
{
	memcpy((char *)configuration + key->offset, &value, sizeof(value));
}

void
configuration_default(struct configuration *configuration)
{
	size_t i;

	*configuration = (struct configuration){ 0 };
	for (i = 0; i < configuration_keys_count; i++)
		configuration_set(configuration, &configuration_keys[i],
			configuration_keys[i].preset);
}

void
configuration_clear(struct configuration *configuration)
{
	settings_clear(&configuration->settings);
}

unsigned
configuration_rule(const struct configuration *configuration, const char *name,
	const struct subject *subject)
{
	const struct setting *setting =
		settings_find(&configuration->settings, name, subject);

	return setting ? setting->number : rule_find(name)->preset;
}

const char *
configuration_rule_text(const struct configuration *configuration,
	const char *name, const struct subject *subject)
{
	const struct setting *setting =
		settings_find(&configuration->settings, name, subject);

	return setting ? setting->text : NULL;
}
