/* SPDX-License-Identifier: BSD-2-Clause */
/* The importer when memory runs short: a refusal, no crash, no leak. */

#include "config.h"

#include "import/bundle.h"
#include "tests/crash/scarce.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *file_name;

static void
work(void)
{
	struct secret file = { 0 }, passphrase = { 0 };
	struct failure failure = { 0 };
	struct bundle bundle = { 0 };
	enum refusal refusal = bundle_load(file_name, &file, &failure);

	if (refusal == REFUSAL_NONE && secret_copy(&passphrase, "secret", 6))
		refusal = bundle_read(&bundle, &file, &passphrase, &failure);
	else
		refusal = REFUSAL_MEMORY;
	/* Nothing is left out in silence. */
	if (refusal == REFUSAL_NONE && bundle.skipped_count == 0)
		EXPECT_NUMBER(bundle.keys_count, 1);
	if (!scarce_has_failed())
		EXPECT_NUMBER(refusal, REFUSAL_NONE);
	bundle_clear(&bundle);
	secret_clear(&passphrase);
	secret_clear(&file);
}

static void
make(const char *how)
{
	char command[1024];

	EXPECT(chdir(test_folder()) == 0);
	snprintf(command, sizeof(command),
		"openssl req -x509 -newkey %s -nodes -keyout key.pem -out "
		"certificate.pem -days 30 -subj /CN=Alice "
		"-addext subjectAltName=email:alice@example.org 2>log && "
		"openssl pkcs12 -export -inkey key.pem -in certificate.pem "
		"-passout pass:secret -out file.p12 2>>log || "
		"{ cat log; false; }",
		how);
	EXPECT_NUMBER(system(command), 0);
	file_name = "file.p12";
}

TEST(import_of_rsa_outlives_each_allocation_that_fails)
{
	make("rsa:2048");
	scarce_run(work, NULL);
}

TEST(import_of_a_curve_outlives_each_allocation_that_fails)
{
	make("ec -pkeyopt ec_paramgen_curve:P-256");
	scarce_run(work, NULL);
}

TEST(import_of_pem_outlives_each_allocation_that_fails)
{
	make("ec -pkeyopt ec_paramgen_curve:P-384");
	EXPECT_NUMBER(system("cat key.pem certificate.pem >both.pem"), 0);
	file_name = "both.pem";
	scarce_run(work, NULL);
}
