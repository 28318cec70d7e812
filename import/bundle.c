/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a file of keys and certificates held, read and checked. */

#include "config.h"

#include "import/bundle.h"

#include "import/bundle-build.h"
#include "import/pem.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_ROOM ((size_t)1 << 16)

static bool
grow(struct secret *file, size_t used)
{
	struct secret grown;

	if (!secret_init(&grown, file->length ? 2 * file->length : FIRST_ROOM))
		return false;
	if (used)
		memcpy(grown.at, file->at, used);
	secret_clear(file);
	*file = grown;
	return true;
}

/* Reads to the end, wherever that is: the file may be a pipe. */
static enum refusal
load(int descriptor, struct secret *file, struct failure *failure)
{
	size_t used = 0;
	ssize_t count;

	for (;;) {
		if (used == file->length && !grow(file, used))
			return REFUSAL_MEMORY;
		count = read(descriptor, file->at + used, file->length - used);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return fail(failure, REFUSAL_FILE_UNREADABLE, "%s",
				strerror(errno));
		if (count == 0)
			break;
		used += (size_t)count;
		if (used > BUNDLE_FILE_LIMIT)
			return fail(failure, REFUSAL_FILE_TOO_LARGE, "%s", "");
	}
	secret_shorten(file, used);
	return REFUSAL_NONE;
}

enum refusal
bundle_load(const char *path, struct secret *file, struct failure *failure)
{
	enum refusal refusal;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	*file = (struct secret){ 0 };
	if (descriptor < 0)
		return fail(failure, REFUSAL_FILE_UNREADABLE, "%s: %s", path,
			strerror(errno));
	refusal = load(descriptor, file, failure);
	close(descriptor);
	if (refusal != REFUSAL_NONE)
		secret_clear(file);
	return refusal;
}

/* With no key read, what was left out may be the reason: then the file is
 * refused for that. */
static enum refusal
judge(const struct bundle *bundle, struct failure *failure)
{
	size_t i;

	for (i = 0; i < bundle->skipped_count && !bundle->keys_count; i++)
		if (bundle->skipped[i].refusal != REFUSAL_NONE)
			return fail(failure, bundle->skipped[i].refusal,
				"%s: %s", bundle->skipped[i].what,
				bundle->skipped[i].why);
	if (bundle->keys_count || bundle->certificates_count)
		return REFUSAL_NONE;
	if (bundle->skipped_count)
		return fail(failure, REFUSAL_EMPTY, "%s: %s",
			bundle->skipped[0].what, bundle->skipped[0].why);
	return fail(failure, REFUSAL_EMPTY, "%s", "");
}

static enum refusal
read_any(struct intake *intake, struct ber from)
{
	if (from.length == 0)
		return fail(intake->failure, REFUSAL_DAMAGED, "%s",
			_("the file is empty"));
	if (from.at[0] != BER_SEQUENCE && pem_is_one(from))
		return pem_read(intake, from);
	return bundle_add_any(intake, from);
}

enum refusal
bundle_read(struct bundle *bundle, const struct secret *file,
	const struct secret *passphrase, struct failure *failure)
{
	struct failure own = { 0 };
	struct opener opener;
	struct intake intake = { .bundle = bundle,
		.opener = &opener,
		.failure = failure ? failure : &own };
	enum refusal refusal;

	*bundle = (struct bundle){ 0 };
	*intake.failure = (struct failure){ 0 };
	opener_init(&opener, passphrase);
	refusal = read_any(&intake, (struct ber){ file->at, file->length });
	if (refusal == REFUSAL_NONE)
		refusal = judge(bundle, intake.failure);
	if (refusal == REFUSAL_NONE &&
		!identities_match(bundle->keys, bundle->keys_count,
			bundle->certificates, bundle->certificates_count,
			&bundle->identities))
		refusal = REFUSAL_MEMORY;
	if (refusal == REFUSAL_NONE)
		*intake.failure = (struct failure){ 0 };
	else
		bundle_clear(bundle);
	intake.failure->refusal = refusal;
	return refusal;
}

void
bundle_clear(struct bundle *bundle)
{
	size_t i;

	identities_free(bundle->identities, bundle->keys_count);
	for (i = 0; i < bundle->keys_count; i++)
		key_clear(&bundle->keys[i]);
	for (i = 0; i < bundle->certificates_count; i++)
		certificate_clear(&bundle->certificates[i]);
	for (i = 0; i < bundle->skipped_count; i++) {
		free(bundle->skipped[i].what);
		free(bundle->skipped[i].why);
	}
	free(bundle->keys);
	free(bundle->certificates);
	free(bundle->skipped);
	*bundle = (struct bundle){ 0 };
}
