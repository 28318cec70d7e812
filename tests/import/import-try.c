/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows what a file of keys holds: import-try [-j] FILE [PASSPHRASE] */

#include "config.h"

#include "import/bundle.h"
#include "import/summary.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int
refused(const struct failure *failure)
{
	printf("refused %d: %s\n  %s\n", failure->refusal,
		refusal_text(failure->refusal), failure->detail);
	return (int)failure->refusal;
}

static void
count(const struct bundle *bundle)
{
	size_t i, keys = bundle->keys_count + bundle->keys_repeated;

	for (i = 0; i < bundle->skipped_count; i++)
		keys += bundle->skipped[i].is_key;
	printf("%zu keys (%zu usable), %zu certificates, %zu left out\n", keys,
		bundle->keys_count,
		bundle->certificates_count + bundle->certificates_repeated,
		bundle->skipped_count);
}

static enum refusal
read_file(const char *path, const char *passphrase, struct bundle *bundle,
	struct failure *failure)
{
	struct secret file = { 0 }, secret = { 0 };
	enum refusal refusal = bundle_load(path, &file, failure);

	if (refusal == REFUSAL_NONE && passphrase &&
		!secret_copy(&secret, passphrase, strlen(passphrase)))
		refusal = REFUSAL_MEMORY;
	if (refusal == REFUSAL_NONE)
		refusal = bundle_read(
			bundle, &file, passphrase ? &secret : NULL, failure);
	secret_clear(&file);
	secret_clear(&secret);
	return refusal;
}

int
main(int argument_count, char **arguments)
{
	bool as_json = argument_count > 1 && strcmp(arguments[1], "-j") == 0;
	char **rest = arguments + 1 + as_json;
	struct failure failure = { 0 };
	struct bundle bundle = { 0 };

	if (argument_count < 2 + as_json)
		return 2;
	if (read_file(rest[0], rest[1], &bundle, &failure) != REFUSAL_NONE)
		return refused(&failure);
	if (as_json) {
		summary_print_json(stdout, &bundle, time(NULL));
	} else {
		count(&bundle);
		summary_print(stdout, &bundle, time(NULL));
	}
	bundle_clear(&bundle);
	return 0;
}
