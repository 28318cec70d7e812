/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrapping and unwrapping: encryption whose plaintext is a key. */

#include "config.h"

#include "token/kind.h"

#include "pkcs11/log.h"

#include <string.h>

/* The standard has other words for the same refusals here. */
static const struct word {
	CK_RV of_data, of_wrapping, of_unwrapping;
} words[] = {
	{ CKR_KEY_TYPE_INCONSISTENT, CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
		CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT },
	{ CKR_KEY_SIZE_RANGE, CKR_WRAPPING_KEY_SIZE_RANGE,
		CKR_UNWRAPPING_KEY_SIZE_RANGE },
	{ CKR_DATA_LEN_RANGE, CKR_KEY_SIZE_RANGE, CKR_WRAPPED_KEY_LEN_RANGE },
	{ CKR_DATA_INVALID, CKR_KEY_NOT_WRAPPABLE, CKR_WRAPPED_KEY_INVALID },
	{ CKR_ENCRYPTED_DATA_INVALID, CKR_FUNCTION_FAILED,
		CKR_WRAPPED_KEY_INVALID },
	{ CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_FUNCTION_FAILED,
		CKR_WRAPPED_KEY_LEN_RANGE },
};

static CK_RV
say(CK_RV rv, CK_FLAGS use)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].of_data == rv)
			return use == CKF_WRAP ? words[i].of_wrapping
					       : words[i].of_unwrapping;
	return rv;
}

CK_RV
key_wrap(const CK_MECHANISM *mechanism, struct key *wrapping,
	const struct secret *plain, struct bytes *wrapped)
{
	struct operation *operation = NULL;
	struct bytes result = { 0 };
	CK_ULONG length;
	CK_RV rv;

	rv = operation_begin(
		mechanism, CKF_WRAP, CKF_ENCRYPT, wrapping, &operation);
	if (rv != CKR_OK)
		goto out;
	length = operation->kind->bound(operation, plain->length);
	if (!bytes_init(&result, length)) {
		rv = CKR_HOST_MEMORY;
		goto out;
	}
	rv = operation_once(
		operation, plain->at, plain->length, result.at, &length);
	if (rv != CKR_OK)
		goto out;
	result.length = length;
	*wrapped = result;
	result.at = NULL;
out:
	bytes_clear(&result);
	operation_free(operation);
	return say(rv, CKF_WRAP);
}

/* The lengths that a key of the type may have. */
static void
lengths_set(struct lengths *lengths, CK_KEY_TYPE type, CK_ULONG length)
{
	if (length)
		*lengths = (struct lengths){ { length }, 1 };
	else if (type == CKK_AES)
		*lengths = (struct lengths){ { 16, 24, 32 }, 3 };
}

CK_RV
key_unwrap(const CK_MECHANISM *mechanism, struct key *unwrapping,
	const CK_BYTE *wrapped, CK_ULONG wrapped_length, CK_KEY_TYPE type,
	CK_ULONG length, struct secret *plain)
{
	struct operation *operation = NULL;
	struct secret result = { 0 };
	CK_ULONG found;
	CK_RV rv;

	rv = operation_begin(
		mechanism, CKF_UNWRAP, CKF_DECRYPT, unwrapping, &operation);
	if (rv != CKR_OK)
		goto out;
	found = operation->kind->bound(operation, wrapped_length);
	if (length > found) {
		rv = refuse(CKR_WRAPPED_KEY_LEN_RANGE,
			"%lu bytes cannot hold a key of %lu", wrapped_length,
			length);
		goto out;
	}
	lengths_set(&operation->legal, type, length);
	if (!secret_init(&result, found)) {
		rv = CKR_HOST_MEMORY;
		goto out;
	}
	rv = operation_once(
		operation, wrapped, wrapped_length, result.at, &found);
	if (rv == CKR_OK && length && found != length)
		rv = refuse(CKR_WRAPPED_KEY_LEN_RANGE,
			"a wrapped key of %lu bytes, not %lu", found, length);
	if (rv != CKR_OK)
		goto out;
	secret_shorten(&result, found);
	*plain = result;
	result.at = NULL;
out:
	secret_clear(&result);
	operation_free(operation);
	return say(rv, CKF_UNWRAP);
}
