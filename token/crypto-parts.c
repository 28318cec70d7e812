/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes that crypto reads and those that it makes. */

#include "config.h"

#include "token/crypto.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/x509.h>

const CK_ATTRIBUTE *
attribute_of(
	const CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if (attributes[i].type == type)
			return attributes[i].pValue &&
					attributes[i].ulValueLen !=
						CK_UNAVAILABLE_INFORMATION
				? &attributes[i]
				: NULL;
	return NULL;
}

bool
attribute_ulong(const CK_ATTRIBUTE *attributes, CK_ULONG count,
	CK_ATTRIBUTE_TYPE type, CK_ULONG *value)
{
	const CK_ATTRIBUTE *attribute = attribute_of(attributes, count, type);

	if (!attribute || attribute->ulValueLen != sizeof(*value))
		return false;
	memcpy(value, attribute->pValue, sizeof(*value));
	return true;
}

bool
key_parts_add(struct key_parts *parts, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length)
{
	if (parts->count == KEY_PARTS_MAX ||
		!secret_copy(&parts->at[parts->count].value, value, length))
		return false;
	parts->at[parts->count++].type = type;
	return true;
}

bool
key_parts_add_ulong(
	struct key_parts *parts, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return key_parts_add(parts, type, &value, sizeof(value));
}

bool
key_parts_add_number(
	struct key_parts *parts, CK_ATTRIBUTE_TYPE type, const BIGNUM *number)
{
	struct secret *value = &parts->at[parts->count].value;

	if (!number || parts->count == KEY_PARTS_MAX ||
		!secret_init(value, (size_t)BN_num_bytes(number)))
		return false;
	BN_bn2bin(number, value->at);
	parts->at[parts->count++].type = type;
	return true;
}

void
key_parts_clear(struct key_parts *parts)
{
	size_t i;

	for (i = 0; i < parts->count; i++)
		secret_clear(&parts->at[i].value);
	parts->count = 0;
}

CK_RV
public_info_add(const struct key *key, struct key_parts *parts)
{
	unsigned char *info = NULL;
	int length = i2d_PUBKEY(key->pair, &info);
	bool done = length > 0 &&
		key_parts_add(parts, CKA_PUBLIC_KEY_INFO, info, (size_t)length);

	OPENSSL_free(info);
	return done ? CKR_OK
		    : crypto_refuse(CKR_HOST_MEMORY, "public key information");
}

bool
octet_string_open(const CK_BYTE *at, CK_ULONG length, const CK_BYTE **inside,
	CK_ULONG *inside_length)
{
	CK_ULONG header = 2, size;

	if (length < 2 || at[0] != 0x04)
		return false;
	size = at[1];
	if (size == 0x81 && length >= 3) {
		size = at[2];
		header = 3;
	}
	/* No point of the token's curves is longer than 255 bytes. */
	if (size == 0 || length - header != size)
		return false;
	*inside = at + header;
	*inside_length = size;
	return true;
}
