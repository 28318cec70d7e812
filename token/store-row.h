/* SPDX-License-Identifier: BSD-2-Clause */
/* A row between its two forms: the object layer's, and sealed for the file. */

#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "token/store-file.h"
#include "token/store.h"

/* What a login opens; empty without one. */
struct store_keys {
	struct secret root;
	struct secret seal, index; /* made of it, for one purpose each */
	struct signer *signer;
};

/* The keys that the root key gives; it is copied. */
bool store_keys_open(struct store_keys *keys, const struct secret *root);
void store_keys_clear(struct store_keys *keys);

/* What stands in the file for a value that searches go by: a digest, keyed for
 * private rows so that nothing can be guessed. False when memory is short. */
bool row_tag(const struct store_keys *keys, bool is_private,
	enum store_column column, const struct store_value *value,
	unsigned char tag[TAG_SIZE]);

/* A row for the file, and what it points to. Starts empty. */
struct sealed_row {
	struct file_row row;
	unsigned char tags[COLUMN_COUNT * TAG_SIZE];
	struct bytes open, sealed;
};

/* Seals a row; the open blob of a public one is borrowed. Every row has a
 * sealed part, be it empty: its tag covers the rest. */
CK_RV row_seal(const struct store_keys *keys,
	const unsigned char token[TOKEN_ID_SIZE], const struct store_row *row,
	uint64_t version, const struct store_value *columns,
	struct sealed_row *sealed);
void sealed_row_clear(struct sealed_row *sealed);

/* Opens a row of the file. keys NULL: the open part of a public row only.
 * CKR_DEVICE_ERROR: it was altered. */
CK_RV row_unseal(const struct store_keys *keys,
	const unsigned char token[TOKEN_ID_SIZE], const struct file_row *row,
	struct store_row *result);

/* The digest of all of a row, which stands for it in the tree. */
bool row_digest(const unsigned char token[TOKEN_ID_SIZE],
	const struct file_row *row, unsigned char digest[DIGEST_SIZE]);

/* The digest of the token's own row, which its signature signs. */
bool token_digest(
	const struct file_token *token, unsigned char digest[DIGEST_SIZE]);

#endif
