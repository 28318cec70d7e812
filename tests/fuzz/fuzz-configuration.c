/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal.conf with any bytes: within bounds afterwards, whatever it says. */

#include "config.h"

#include "keeper/configuration.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("pin-min-length = 4\nkdf-memory = 1\n# comment\n\n"),
	FUZZ_TEXT("spare-slot=yes\r\nidle-exit = 5\npin-tries = 99999999999\n"),
	FUZZ_TEXT("client-connections\t=\t16\n= 3\nkey\nclient-memory = \xff"),
	FUZZ_TEXT("pin-tries = 3 locked\n[key 0a1b]\nask = each locked\n"
		  "uses = sign, decrypt\nlock-after = 60\n[general]\n"),
	FUZZ_TEXT("[application thunderbird]\npin-entry = keeper\n"
		  "[key pkcs11:token=A%20b;id=%01%02;object=x?pin=1]\n"
		  "mechanisms = RSA_PKCS CKM_ECDSA 0x1057 any\nexpired=refuse"),
	FUZZ_TEXT("[token *]\nlock-at-suspend = yes\n[key \nask = x\n]"),
	{ NULL, 0 },
};

static void
hear(void *context, const char *file, unsigned line, const char *message)
{
	if (strlen(message) > 255 || strpbrk(message, "\033\n"))
		abort();
}

/* Who asks: whatever the sections say, the answer is within the rule. */
static void
ask(const struct configuration *configuration)
{
	static const unsigned char id[] = { 0x0a, 0x1b };
	const struct subject subject = { "thunderbird", "/usr/bin/thunderbird",
		"A b", "0123", "x", id, sizeof(id), "hsm", "mail", "m", "n" };
	unsigned value;
	char text[512];
	size_t i;

	for (i = 0; i < rules_count; i++) {
		value = configuration_rule(
			configuration, rules[i].name, &subject);
		if (rules[i].kind == RULE_NUMBER && value > rules[i].most)
			abort();
		rule_write(&rules[i], value, text, sizeof(text));
	}
}

/* Half as the system's file, half as the user's: what the first locked, the
 * second did not change. */
static void
read_both(struct configuration *configuration, const char *at, size_t length)
{
	struct configuration before;
	size_t half = length / 2, i;
	const struct setting *setting;
	const struct configuration_key *key;

	configuration_default(configuration);
	configuration_parse(
		configuration, at, half, LEVEL_SYSTEM, "fuzz", hear, NULL);
	before = *configuration;
	configuration_parse(configuration, at + half, length - half, LEVEL_USER,
		"fuzz", hear, NULL);
	for (i = 0; i < configuration->settings.count; i++) {
		setting = &configuration->settings.at[i];
		key = configuration_find(setting->name);
		if (setting->is_locked && setting->level == LEVEL_USER)
			abort();
		if (setting->is_locked && key &&
			configuration_value(configuration, key) !=
				configuration_value(&before, key))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct configuration configuration;
	size_t i;
	unsigned value;

	read_both(&configuration, (const char *)at, length);
	ask(&configuration);
	for (i = 0; i < configuration_keys_count; i++) {
		value = configuration_value(
			&configuration, &configuration_keys[i]);
		if (value < configuration_keys[i].least ||
			value > configuration_keys[i].most)
			abort();
	}
	configuration_clear(&configuration);
	return 0;
}
