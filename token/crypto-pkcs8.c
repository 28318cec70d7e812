/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys as PKCS #8, for wrapping and unwrapping. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

CK_RV
key_to_pkcs8(const struct key *key, struct secret *pkcs8)
{
	PKCS8_PRIV_KEY_INFO *info = NULL;
	unsigned char *der = NULL;
	int length = -1;
	CK_RV rv = CKR_OK;

	if (key->class != CKO_PRIVATE_KEY)
		return refuse(CKR_KEY_NOT_WRAPPABLE, "not a private key");
	info = EVP_PKEY2PKCS8(key->pair);
	if (info)
		length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (length <= 0)
		rv = crypto_refuse(CKR_FUNCTION_FAILED, "PKCS #8");
	else if (!secret_copy(pkcs8, der, (size_t)length))
		rv = CKR_HOST_MEMORY;
	if (length > 0)
		OPENSSL_clear_free(der, (size_t)length);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rv;
}

/* What is inside, as the token names it; the curve's row for all but RSA. */
static bool
type_find(const EVP_PKEY *pair, struct key *key)
{
	char group[64];
	size_t length;

	if (EVP_PKEY_is_a(pair, "RSA")) {
		key->type = CKK_RSA;
		return true;
	}
	if (EVP_PKEY_is_a(pair, "EC")) {
		if (EVP_PKEY_get_group_name(
			    pair, group, sizeof(group), &length) == 1)
			key->curve = curve_find_name(group);
	} else if (EVP_PKEY_get0_type_name(pair)) {
		key->curve = curve_find_name(EVP_PKEY_get0_type_name(pair));
	}
	if (key->curve)
		key->type = key->curve->type;
	return key->curve != NULL;
}

static CK_RV
parts_make(const struct key *key, struct key_parts *parts)
{
	CK_RV rv;

	if (!key_parts_add_ulong(parts, CKA_CLASS, key->class) ||
		!key_parts_add_ulong(parts, CKA_KEY_TYPE, key->type) ||
		(key->curve &&
			!key_parts_add(parts, CKA_EC_PARAMS, key->curve->oid,
				key->curve->oid_length)))
		rv = CKR_HOST_MEMORY;
	else
		rv = key->type == CKK_RSA ? rsa_key_complete(key, parts)
					  : ec_key_complete(key, parts);
	if (rv != CKR_OK)
		key_parts_clear(parts);
	return rv;
}

CK_RV
key_from_pkcs8(const struct secret *pkcs8, struct key_parts *result)
{
	struct key key = { .class = CKO_PRIVATE_KEY };
	const unsigned char *at = pkcs8->at;
	PKCS8_PRIV_KEY_INFO *info;
	CK_RV rv = CKR_WRAPPED_KEY_INVALID;

	*result = (struct key_parts){ .count = 0 };
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)pkcs8->length);
	if (info && at == pkcs8->at + pkcs8->length)
		key.pair = EVP_PKCS82PKEY_ex(info, crypto_library(), NULL);
	if (!key.pair || !type_find(key.pair, &key))
		rv = crypto_refuse(rv, "PKCS #8");
	else
		rv = parts_make(&key, result);
	EVP_PKEY_free(key.pair);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rv;
}
