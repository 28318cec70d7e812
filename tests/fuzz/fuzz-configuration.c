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
	{ NULL, 0 },
};

static void
hear(void *context, const char *file, unsigned line, const char *message)
{
	if (strlen(message) > 255 || strpbrk(message, "\033\n"))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct configuration configuration;
	size_t i;
	unsigned value;

	configuration_default(&configuration);
	configuration_parse(
		&configuration, (const char *)at, length, "fuzz", hear, NULL);
	for (i = 0; i < configuration_keys_count; i++) {
		value = configuration_value(
			&configuration, &configuration_keys[i]);
		if (value < configuration_keys[i].least ||
			value > configuration_keys[i].most)
			abort();
	}
	return 0;
}
