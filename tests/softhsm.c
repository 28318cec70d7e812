/* SPDX-License-Identifier: BSD-2-Clause */
/* SoftHSM2, as a module of somebody else's. */

#include "config.h"

#include "tests/softhsm.h"

#include "tests/test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[] = {
	"/usr/lib/softhsm/libsofthsm2.so",
	"/usr/lib64/pkcs11/libsofthsm2.so",
	"/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
};

const char *
softhsm_find(void)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	test_skip("SoftHSM2 is not installed");
}

const char *
softhsm_configure(void)
{
	static char path[4200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/softhsm", test_folder());
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/softhsm.conf", test_folder());
	file = fopen(path, "w");
	EXPECT(file != NULL);
	fprintf(file, "directories.tokendir = %s/softhsm\nlog.level = ERROR\n",
		test_folder());
	fclose(file);
	return path;
}
