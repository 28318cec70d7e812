/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token has stored, to be compared with what another has. */

#include "config.h"

#include "command/contents.h"

#include "command/object.h"

#include <stdlib.h>

static int
compare(const void *one, const void *other)
{
	const struct content *first = one, *second = other;

	return (first->handle > second->handle) -
		(first->handle < second->handle);
}

CK_RV
contents_read(const struct token *token, struct contents *contents)
{
	CK_BBOOL stored = CK_TRUE;
	const CK_ATTRIBUTE template = { CKA_TOKEN, &stored, sizeof(stored) };
	struct handle_list list = { 0 };
	struct content *content;
	CK_RV rv;
	size_t i;

	rv = handles_find(token, &template, 1, &list);
	if (rv != CKR_OK)
		return rv;
	contents->at = calloc(list.count + 1, sizeof(*contents->at));
	contents->count = contents->at ? list.count : 0;
	for (i = 0; i < contents->count; i++) {
		content = &contents->at[i];
		content->handle = list.at[i];
		content->class =
			object_read_number(token, list.at[i], CKA_CLASS);
		/* Not every object has one. */
		(void)object_read(token, list.at[i], CKA_ID, &content->id);
	}
	handles_clear(&list);
	if (!contents->at)
		return CKR_HOST_MEMORY;
	qsort(contents->at, contents->count, sizeof(*contents->at), compare);
	return CKR_OK;
}

size_t
contents_shared(const struct contents *contents, const struct contents *others)
{
	const struct content *content, *other;
	size_t i, shared = 0;

	for (i = 0; i < others->count; i++) {
		other = &others->at[i];
		content = contents->count
			? bsearch(other, contents->at, contents->count,
				  sizeof(*other), compare)
			: NULL;
		shared += content && content->class == other->class &&
			bytes_equal(
				&content->id, other->id.at, other->id.length);
	}
	return shared;
}

void
contents_clear(struct contents *contents)
{
	size_t i;

	for (i = 0; i < contents->count; i++)
		bytes_clear(&contents->at[i].id);
	free(contents->at);
	*contents = (struct contents){ 0 };
}
