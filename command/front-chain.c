/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the files of authorities' certificates are what they should be. */

#include "config.h"

#include "command/front.h"

#include "import/bundle.h"
#include "keeper/front-chain.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>

/* Roots of the first days do not say that they are authorities. */
static size_t
count_authorities(const struct bundle *bundle)
{
	size_t i, count = 0;

	for (i = 0; i < bundle->certificates_count; i++)
		count += bundle->certificates[i].is_authority ||
			certificate_is_self_signed(&bundle->certificates[i]);
	return count;
}

bool
chain_file_check(const char *path, size_t *count, char *reason, size_t room)
{
	struct bundle bundle = { 0 };
	struct secret file = { 0 };
	struct bytes text = { 0 };
	bool fine = false;

	if (!front_chain_read(path, &text, reason, room))
		return false;
	if (!secret_copy(&file, text.at, text.length) ||
		bundle_read(&bundle, &file, NULL, NULL) != REFUSAL_NONE)
		snprintf(reason, room,
			_("none of its certificates can be read"));
	else if (!(*count = count_authorities(&bundle)))
		snprintf(reason, room,
			_("none of its certificates is an authority's"));
	else if (bundle.skipped_count)
		snprintf(reason, room, _("only %zu of its parts can be read"),
			bundle.certificates_count);
	else
		fine = true;
	bundle_clear(&bundle);
	secret_clear(&file);
	bytes_clear(&text);
	return fine;
}
