/* SPDX-License-Identifier: BSD-2-Clause */
/* Secret keys: their value is all there is. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

bool
secret_length_is_legal(CK_KEY_TYPE type, CK_ULONG length)
{
	return type == CKK_AES ? length == 16 || length == 24 || length == 32
			       : length > 0;
}

CK_RV
secret_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key)
{
	const CK_ATTRIBUTE *value = attribute_of(attributes, count, CKA_VALUE);

	if (!value)
		return refuse(CKR_TEMPLATE_INCOMPLETE, "a key of no value");
	if (!secret_length_is_legal(key->type, value->ulValueLen) ||
		value->ulValueLen > SECRET_LENGTH_MAX)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"a secret key of %lu bytes", value->ulValueLen);
	if (!secret_copy(&key->value, value->pValue, value->ulValueLen))
		return CKR_HOST_MEMORY;
	key->size = value->ulValueLen;
	return CKR_OK;
}
