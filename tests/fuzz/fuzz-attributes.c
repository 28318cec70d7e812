/* SPDX-License-Identifier: BSD-2-Clause */
/* An object's two parts with any bytes: refused, or a set whose every value
 * lies within them and that is encoded again in as many bytes. */

#include "config.h"

#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"
#include "token/attribute.h"

#include <stdlib.h>
#include <string.h>

/* The first byte says how many of the others are the sealed part. A class, a
 * label, a number cut short, a nested template. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\0\0\0\0\0\10\0\0\0\3\0\0\0\0\0\0\0\3\0\0\0\2\0\0\0ab"),
	FUZZ_TEXT("\13\0\0\0\0\4\0\0\0\3\0\0\0\43\1\0\0\3\0\0\0abc"),
	FUZZ_TEXT("\0\22\2\0\100\15\0\0\0\4\1\0\0\1\0\0\0\1"),
	{ NULL, 0 },
};

/* Reads every byte of every value, so that a sanitizer sees each. */
static void
read_all(const CK_ATTRIBUTE *list, CK_ULONG count)
{
	volatile unsigned char last;
	CK_ULONG i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < list[i].ulValueLen; j++)
			last = ((const unsigned char *)list[i].pValue)[j];
	(void)last;
}

static void
encode_again(const struct attributes *set, size_t total)
{
	struct bytes open;
	struct secret sealed;

	if (attributes_encode(set->at, set->count, &open, &sealed) != CKR_OK)
		return;
	if (open.length + sealed.length != total)
		abort();
	bytes_clear(&open);
	secret_clear(&sealed);
}

static void
decode(const uint8_t *at, size_t length, size_t sealed_length)
{
	struct attributes set = { .count = 0 };
	struct bytes open = { 0 };
	struct secret sealed = { 0 };

	if (!bytes_copy(&open, at, length - sealed_length) ||
		!secret_copy(
			&sealed, at + length - sealed_length, sealed_length))
		abort();
	fail_begin(at, length);
	if (attributes_decode(&set, &open, &sealed) != CKR_OK) {
		fail_end();
		return;
	}
	read_all(set.at, set.count);
	encode_again(&set, length);
	attributes_clear(&set);
	fail_end();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	CK_ATTRIBUTE *list;
	CK_ULONG count;

	if (length == 0)
		return 0;
	decode(at + 1, length - 1, at[0] < length ? at[0] : 0);
	if (attribute_unflatten(at + 1, length - 1, &list, &count)) {
		read_all(list, count);
		free(list);
	}
	return 0;
}
