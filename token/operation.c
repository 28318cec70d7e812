/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations: the rules on input and room that all mechanisms share. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <stdlib.h>
#include <string.h>

/* Signatures and ciphertexts are made with one half of a pair, and checked or
 * read with the other. */
static CK_RV
key_check(
	const struct mechanism *mechanism, CK_FLAGS use, const struct key *key)
{
	const CK_FLAGS secretly = CKF_SIGN | CKF_DECRYPT | CKF_SIGN_RECOVER;
	CK_OBJECT_CLASS class;

	if (mechanism->key_type == CK_UNAVAILABLE_INFORMATION)
		return CKR_OK;
	if (key->type != mechanism->key_type &&
		key->type != mechanism->other_key_type)
		return refuse(CKR_KEY_TYPE_INCONSISTENT, "%s with a key of %s",
			mechanism_name(mechanism->type),
			key_type_name(key->type));
	class = !key->pair       ? CKO_SECRET_KEY
		: use & secretly ? CKO_PRIVATE_KEY
				 : CKO_PUBLIC_KEY;
	if (key->class != class)
		return refuse(CKR_KEY_TYPE_INCONSISTENT, "%s with a %s",
			mechanism_name(mechanism->type),
			class_name(key->class));
	if (key->size < mechanism->minimum || key->size > mechanism->maximum ||
		(use & (CKF_SIGN | CKF_SIGN_RECOVER) && key->type == CKK_RSA &&
			key->size < RSA_BITS_SAFE))
		return refuse(CKR_KEY_SIZE_RANGE, "%s with a key of %lu",
			mechanism_name(mechanism->type), key->size);
	return CKR_OK;
}

CK_RV
operation_begin(const CK_MECHANISM *mechanism, CK_FLAGS permission,
	CK_FLAGS use, struct key *key, struct operation **result)
{
	const struct mechanism *row = mechanism_find(mechanism->mechanism);
	const struct hash *named;
	struct operation *operation;
	CK_RV rv;

	if (!row || !row->operation || !(row->uses & permission))
		return refuse(CKR_MECHANISM_INVALID, "%s for use 0x%lx",
			mechanism_name(mechanism->mechanism), permission);
	if ((rv = key_check(row, use, key)) != CKR_OK)
		return rv;
	if (mechanism->ulParameterLen && !mechanism->pParameter)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "no parameter");
	operation = calloc(1, sizeof(*operation));
	if (!operation)
		return CKR_HOST_MEMORY;
	named = hash_find(row->hash);
	operation->mechanism = row;
	operation->kind = row->operation;
	operation->use = use;
	operation->hash = named;
	operation->key = key ? key_share(key) : NULL;
	if (operation->kind->begin)
		rv = operation->kind->begin(operation, mechanism);
	if (rv == CKR_OK && operation->kind->hashes_input && named)
		rv = digest_begin(operation);
	if (rv != CKR_OK) {
		operation_free(operation);
		return rv;
	}
	*result = operation;
	return CKR_OK;
}

CK_RV
operation_new(const CK_MECHANISM *mechanism, CK_FLAGS use, struct key *key,
	struct operation **result)
{
	return operation_begin(mechanism, use, use, key, result);
}

void
operation_free(struct operation *operation)
{
	if (!operation)
		return;
	crypto_state_clear(operation);
	key_free(operation->key);
	bytes_clear(&operation->label);
	secret_clear(&operation->gathered);
	secret_clear(&operation->held);
	free(operation);
}

bool
operation_has_updates(const struct operation *operation)
{
	return operation->has_updates;
}

/* Input that must be whole is kept until the end. */
static CK_RV
gather(struct operation *operation, const CK_BYTE *in, CK_ULONG length)
{
	struct secret grown = { 0 };
	CK_ULONG filled = operation->gathered_length;
	CK_ULONG room = operation->gathered.length;

	if (length > operation->kind->cap - filled)
		return refuse(CKR_DATA_LEN_RANGE, "%s takes %lu bytes at most",
			mechanism_name(operation->mechanism->type),
			operation->kind->cap);
	if (length > room - filled) {
		room = room > length ? 2 * room : filled + length;
		if (!secret_init(&grown, room + 1024))
			return CKR_HOST_MEMORY;
		if (filled)
			memcpy(grown.at, operation->gathered.at, filled);
		secret_clear(&operation->gathered);
		operation->gathered = grown;
	}
	if (length)
		memcpy(operation->gathered.at + filled, in, length);
	operation->gathered_length += length;
	return CKR_OK;
}

/* Does the input go through a hash first, of which the kind gets the result? */
static bool
is_hashed(const struct operation *operation)
{
	return operation->digest && operation->kind->hashes_input;
}

static CK_RV
take(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG none = 0;

	if (!out_length)
		out_length = &none;
	if (is_hashed(operation)) {
		*out_length = 0;
		return digest_take(operation, in, in_length);
	}
	if (operation->kind->take)
		return operation->kind->take(
			operation, in, in_length, out, out_length);
	*out_length = 0;
	return gather(operation, in, in_length);
}

static CK_RV
finish(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	unsigned char digest[HASH_LENGTH_MAX];
	CK_ULONG length;
	CK_RV rv;

	if (is_hashed(operation)) {
		if ((rv = digest_finish(operation, digest, &length)) != CKR_OK)
			return rv;
		return operation->kind->run(
			operation, digest, length, out, out_length);
	}
	if (operation->kind->finish)
		return operation->kind->finish(operation, out, out_length);
	return operation->kind->run(operation, operation->gathered.at,
		operation->gathered_length, out, out_length);
}

/* All of the input, in one piece: it needs no copy. */
static CK_RV
run(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG taken = *out_length, rest;
	CK_RV rv;

	if (!is_hashed(operation) && operation->kind->run) {
		if (in_length > operation->kind->cap)
			return refuse(CKR_DATA_LEN_RANGE,
				"%s takes %lu bytes at most",
				mechanism_name(operation->mechanism->type),
				operation->kind->cap);
		return operation->kind->run(
			operation, in, in_length, out, out_length);
	}
	if ((rv = take(operation, in, in_length, out, &taken)) != CKR_OK)
		return rv;
	rest = *out_length - taken;
	if ((rv = finish(operation, out + taken, &rest)) != CKR_OK)
		return rv;
	*out_length = taken + rest;
	return CKR_OK;
}

/* Gives the result that is held, if there is room. */
static CK_RV
give_held(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG room = *out_length;

	*out_length = operation->held.length;
	if (!out)
		return CKR_OK;
	if (room < operation->held.length)
		return CKR_BUFFER_TOO_SMALL;
	if (operation->held.length)
		memcpy(out, operation->held.at, operation->held.length);
	return CKR_OK;
}

/* What is made there is as long as bound says. */
#define EXACT (CKF_SIGN | CKF_SIGN_RECOVER | CKF_DIGEST | CKF_ENCRYPT)

/*
 * The end, with all of the input or with what remains. A decryption may give
 * less than bound says: when there is less room than that, the result is made
 * and held, so that the answer is exact and nothing is done twice.
 */
static CK_RV
end(struct operation *operation, bool whole, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG bound, length;
	CK_RV rv;

	if (operation->is_held)
		return give_held(operation, out, out_length);
	bound = operation->kind->bound(operation, in_length);
	if (!out) {
		*out_length = bound;
		return CKR_OK;
	}
	if (*out_length >= bound)
		return whole ? run(operation, in, in_length, out, out_length)
			     : finish(operation, out, out_length);
	if (operation->use & EXACT) {
		*out_length = bound;
		return CKR_BUFFER_TOO_SMALL;
	}
	if (!secret_init(&operation->held, bound))
		return CKR_HOST_MEMORY;
	length = bound;
	rv = whole ? run(operation, in, in_length, operation->held.at, &length)
		   : finish(operation, operation->held.at, &length);
	if (rv != CKR_OK)
		return rv;
	secret_shorten(&operation->held, length);
	operation->is_held = true;
	return give_held(operation, out, out_length);
}

CK_RV
operation_once(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	return end(operation, true, in ? in : (const CK_BYTE *)"",
		in ? in_length : 0, out, out_length);
}

CK_RV
operation_update(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	CK_ULONG bound = 0;

	if (operation->is_held)
		return refuse(CKR_OPERATION_ACTIVE, "a result waits");
	if (out_length && operation->kind->bound_update)
		bound = operation->kind->bound_update(operation, in_length);
	if (out_length && !out) {
		*out_length = bound;
		return CKR_OK;
	}
	if (out_length && *out_length < bound) {
		*out_length = bound;
		return CKR_BUFFER_TOO_SMALL;
	}
	operation->has_updates = true;
	return take(operation, in, in_length, out, out_length);
}

CK_RV
operation_finish(
	struct operation *operation, CK_BYTE *out, CK_ULONG *out_length)
{
	return end(operation, false, NULL, 0, out, out_length);
}

CK_RV
operation_verify_once(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, const CK_BYTE *signature, CK_ULONG length)
{
	CK_RV rv;

	if (!in)
		in = (const CK_BYTE *)"";
	if (operation->kind->verify && !is_hashed(operation)) {
		if (in_length > operation->kind->cap)
			return refuse(CKR_DATA_LEN_RANGE, "too much data");
		return operation->kind->verify(
			operation, in, in_length, signature, length);
	}
	if ((rv = take(operation, in, in_length, NULL, NULL)) != CKR_OK)
		return rv;
	return operation_verify_finish(operation, signature, length);
}

CK_RV
operation_verify_finish(
	struct operation *operation, const CK_BYTE *signature, CK_ULONG length)
{
	unsigned char digest[HASH_LENGTH_MAX];
	CK_ULONG digest_length;
	CK_RV rv;

	if (is_hashed(operation)) {
		rv = digest_finish(operation, digest, &digest_length);
		if (rv != CKR_OK)
			return rv;
		return operation->kind->verify(
			operation, digest, digest_length, signature, length);
	}
	if (operation->kind->check)
		return operation->kind->check(operation, signature, length);
	return operation->kind->verify(operation, operation->gathered.at,
		operation->gathered_length, signature, length);
}

CK_RV
operation_digest_key(struct operation *operation, const struct key *key)
{
	if (key->pair || !is_hashed(operation))
		return refuse(CKR_KEY_INDIGESTIBLE, "not a secret key");
	operation->has_updates = true;
	return digest_take(operation, key->value.at, key->value.length);
}
