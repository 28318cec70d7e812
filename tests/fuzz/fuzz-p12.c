/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file of keys: in each format, with and without passphrase. */

#include "config.h"

#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"

#include "import/bundle-build.h"
#include "import/pem.h"
#include "import/summary.h"

#include <stdio.h>

/* Few enough iterations that a mutated number does not stop the run. */
#define WORK 20000

static void
show(const struct bundle *bundle)
{
	static FILE *nowhere;
	struct json json = { 0 };

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!nowhere)
		return;
	summary_print(nowhere, bundle, 0);
	json.to = nowhere;
	summary_json(&json, NULL, bundle, 0);
}

static void
read_bundle(struct ber from, const struct secret *passphrase)
{
	struct bundle bundle = { 0 };
	struct failure failure = { 0 };
	struct opener opener;
	struct intake intake = {
		.bundle = &bundle, .opener = &opener, .failure = &failure
	};

	opener_init(&opener, passphrase);
	opener.work_left = WORK;
	if (pem_is_one(from))
		(void)pem_read(&intake, from);
	else
		(void)bundle_add_any(&intake, from);
	if (identities_match(bundle.keys, bundle.keys_count,
		    bundle.certificates, bundle.certificates_count,
		    &bundle.identities))
		show(&bundle);
	bundle_clear(&bundle);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ber from = { data, size };
	struct certificate certificate;
	struct secret passphrase = { 0 };
	struct key key;

	fail_begin(data, size);
	if (certificate_parse(&certificate, data, size))
		certificate_clear(&certificate);
	if (key_parse(&key, from, NULL) == REFUSAL_NONE)
		key_clear(&key);
	if (secret_copy(&passphrase, "secret", 6))
		read_bundle(from, &passphrase);
	secret_clear(&passphrase);
	fail_end();
	return 0;
}
