/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of p11-kit with any bytes: texts afterwards, whatever it says. */

#include "config.h"

#include "keeper/registration.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("module: /usr/lib/a.so\ncritical: no\n# comment\n"),
	FUZZ_TEXT("enable-in: x, privyseal-keeper\r\ndisable-in:\n"),
	FUZZ_TEXT("user-config: merge\nmodule:\xff\nmodule : b.so"),
	{ NULL, 0 },
};

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct registration registration = { .module = "" };

	registration_parse(&registration, (const char *)at, length);
	if (strnlen(registration.module, sizeof(registration.module)) ==
			sizeof(registration.module) ||
		strpbrk(registration.module, "\n") ||
		strnlen(registration.user_config,
			sizeof(registration.user_config)) ==
			sizeof(registration.user_config))
		abort();
	(void)registration_counts(&registration);
	return 0;
}
