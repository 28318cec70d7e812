/* SPDX-License-Identifier: BSD-2-Clause */
/* A row between its two forms: the object layer's, and sealed for the file. */

#include "config.h"

#include "token/store-row.h"

#include "pkcs11/log.h"

#include <string.h>

bool
store_keys_open(struct store_keys *keys, const struct secret *root)
{
	struct store_keys made = { 0 };
	struct secret seed = { 0 };
	bool right;

	right = secret_copy(&made.root, root->at, root->length) &&
		seal_subkey(root, "privyseal seal", &made.seal) &&
		seal_subkey(root, "privyseal index", &made.index) &&
		seal_subkey(root, "privyseal sign", &seed) &&
		(made.signer = signer_new(&seed)) != NULL;
	secret_clear(&seed);
	if (!right) {
		store_keys_clear(&made);
		return false;
	}
	*keys = made;
	return true;
}

void
store_keys_clear(struct store_keys *keys)
{
	secret_clear(&keys->root);
	secret_clear(&keys->seal);
	secret_clear(&keys->index);
	signer_free(keys->signer);
	*keys = (struct store_keys){ 0 };
}

static void
put_number(unsigned char *at, size_t size, uint64_t number)
{
	for (; size > 0; size--, number >>= 8)
		*at++ = number & 0xff;
}

bool
row_tag(const struct store_keys *keys, bool is_private,
	enum store_column column, const struct store_value *value,
	unsigned char tag[TAG_SIZE])
{
	unsigned char digest[DIGEST_SIZE], number = (unsigned char)column;
	struct span spans[] = { { "privyseal tag", 13 }, { &number, 1 },
		{ value->at, value->length } };
	bool right;

	right = is_private ? seal_keyed_digest(&keys->index, spans,
				     SPAN_COUNT(spans), digest)
			   : seal_digest(spans, SPAN_COUNT(spans), digest);
	memcpy(tag, digest, TAG_SIZE);
	return right;
}

/* What a blob is bound to: the place of the row, and what is beside it. */
enum { HEAD_SIZE = TOKEN_ID_SIZE + 4 + 4 + 8 + 1 };

static void
put_head(unsigned char *head, const unsigned char *token,
	const struct file_row *row)
{
	memcpy(head, token, TOKEN_ID_SIZE);
	put_number(head + 8, 4, FILE_VERSION);
	put_number(head + 12, 4, row->id);
	put_number(head + 16, 8, row->version);
	head[24] = row->is_private;
}

/* The open blob as the object layer gave it, and the sealed one beside it. */
static CK_RV
seal_blobs(const struct store_keys *keys, const unsigned char *token,
	const struct store_row *row, struct sealed_row *sealed)
{
	struct file_row *made = &sealed->row;
	unsigned char head[HEAD_SIZE];
	struct span bound[] = { { "privyseal sealed", 16 },
		{ head, sizeof(head) }, made->tags,
		{ row->open.at, row->open.length } };
	struct span open[] = { { "privyseal open", 14 }, { head, sizeof(head) },
		made->tags };

	put_head(head, token, made);
	if (!seal(&keys->seal, bound, SPAN_COUNT(bound), row->sealed.at,
		    row->sealed.length, &sealed->sealed))
		return CKR_HOST_MEMORY;
	made->sealed =
		(struct span){ sealed->sealed.at, sealed->sealed.length };
	made->open = (struct span){ row->open.at, row->open.length };
	if (!row->is_private)
		return CKR_OK;
	if (!seal(&keys->seal, open, SPAN_COUNT(open), row->open.at,
		    row->open.length, &sealed->open))
		return CKR_HOST_MEMORY;
	made->open = (struct span){ sealed->open.at, sealed->open.length };
	return CKR_OK;
}

CK_RV
row_seal(const struct store_keys *keys,
	const unsigned char token[TOKEN_ID_SIZE], const struct store_row *row,
	uint64_t version, const struct store_value *columns,
	struct sealed_row *sealed)
{
	CK_RV rv;
	int i;

	memset(sealed, 0, sizeof(*sealed));
	for (i = 0; i < COLUMN_COUNT; i++)
		if (columns[i].at &&
			!row_tag(keys, row->is_private, i, &columns[i],
				sealed->tags + i * TAG_SIZE))
			return CKR_HOST_MEMORY;
	sealed->row.id = row->id;
	sealed->row.version = version;
	sealed->row.is_private = row->is_private;
	sealed->row.tags = (struct span){ sealed->tags, sizeof(sealed->tags) };
	rv = seal_blobs(keys, token, row, sealed);
	if (rv != CKR_OK)
		sealed_row_clear(sealed);
	return rv;
}

void
sealed_row_clear(struct sealed_row *sealed)
{
	bytes_clear(&sealed->open);
	bytes_clear(&sealed->sealed);
}

static CK_RV
unseal_open(const struct store_keys *keys, const struct span *bound,
	size_t count, const struct file_row *row, struct bytes *open)
{
	struct secret plain = { 0 };
	bool right;

	if (!row->is_private)
		return bytes_copy(open, row->open.at, row->open.length)
			? CKR_OK
			: CKR_HOST_MEMORY;
	if (!unseal(&keys->seal, bound, count, row->open.at, row->open.length,
		    &plain))
		return refuse(CKR_DEVICE_ERROR, "object %lu does not unseal",
			(unsigned long)row->id);
	right = bytes_copy(open, plain.at, plain.length);
	secret_clear(&plain);
	return right ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
unseal_blobs(const struct store_keys *keys, const unsigned char *token,
	const struct file_row *row, struct store_row *result)
{
	unsigned char head[HEAD_SIZE];
	struct span bound[] = { { "privyseal sealed", 16 },
		{ head, sizeof(head) }, row->tags, { NULL, 0 } };
	struct span open[] = { { "privyseal open", 14 }, { head, sizeof(head) },
		row->tags };
	CK_RV rv;

	put_head(head, token, row);
	rv = unseal_open(keys, open, SPAN_COUNT(open), row, &result->open);
	if (rv != CKR_OK || !keys)
		return rv;
	bound[3] = (struct span){ result->open.at, result->open.length };
	if (!unseal(&keys->seal, bound, SPAN_COUNT(bound), row->sealed.at,
		    row->sealed.length, &result->sealed))
		return refuse(CKR_DEVICE_ERROR, "object %lu does not unseal",
			(unsigned long)row->id);
	return CKR_OK;
}

CK_RV
row_unseal(const struct store_keys *keys,
	const unsigned char token[TOKEN_ID_SIZE], const struct file_row *row,
	struct store_row *result)
{
	struct store_row made = { 0 };
	CK_RV rv;

	made.id = row->id;
	made.version = row->version;
	made.is_private = row->is_private;
	rv = unseal_blobs(keys, token, row, &made);
	if (rv != CKR_OK) {
		store_row_clear(&made);
		return rv;
	}
	*result = made;
	return CKR_OK;
}

bool
row_digest(const unsigned char token[TOKEN_ID_SIZE], const struct file_row *row,
	unsigned char digest[DIGEST_SIZE])
{
	unsigned char head[HEAD_SIZE];
	struct span spans[] = { { "privyseal row", 13 }, { head, sizeof(head) },
		row->tags, row->open, row->sealed };

	put_head(head, token, row);
	return seal_digest(spans, SPAN_COUNT(spans), digest);
}

bool
token_digest(const struct file_token *token, unsigned char digest[DIGEST_SIZE])
{
	const struct file_guard *guard = &token->guard;
	unsigned char numbers[4 + 3 * 8 + 4], places[3 * 4 + 8];
	struct span spans[] = { { "privyseal token", 15 },
		{ numbers, sizeof(numbers) }, { token->id, TOKEN_ID_SIZE },
		{ token->label, sizeof(token->label) },
		{ token->verifier, VERIFIER_SIZE },
		{ token->wrapping[0], token->has_wrapping[0] * WRAPPING_SIZE },
		{ token->wrapping[1], token->has_wrapping[1] * WRAPPING_SIZE },
		{ token->top, DIGEST_SIZE }, { places, sizeof(places) } };
	/* A token without a guard is signed as it was before there were any. */
	bool is_guarded = guard->secret || guard->former;

	put_number(numbers, 4, FILE_VERSION);
	put_number(numbers + 4, 8, token->made);
	put_number(numbers + 12, 8, token->change);
	put_number(numbers + 20, 8, token->count);
	put_number(numbers + 28, 4, token->highest);
	put_number(places, 4, guard->secret);
	put_number(places + 4, 4, guard->counter);
	put_number(places + 8, 4, guard->former);
	put_number(places + 12, 8, guard->reached);
	return seal_digest(spans, SPAN_COUNT(spans) - !is_guarded, digest);
}

void
store_row_clear(struct store_row *row)
{
	/* Of a private row, this is no less to be hidden than the rest. */
	wipe(row->open.at, row->open.length);
	bytes_clear(&row->open);
	secret_clear(&row->sealed);
	*row = (struct store_row){ 0 };
}
