/* SPDX-License-Identifier: BSD-2-Clause */
/* Derived keys: Diffie-Hellman on curves with every KDF, and HKDF. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

enum { INFO_MAX = 65536 };

/* How long the template wants it; 0: it does not say. */
static CK_RV
length_read(const CK_ATTRIBUTE *template, CK_ULONG count, CK_KEY_TYPE *type,
	CK_ULONG *length)
{
	*length = 0;
	if (!attribute_ulong(template, count, CKA_KEY_TYPE, type))
		*type = CKK_GENERIC_SECRET;
	attribute_ulong(template, count, CKA_VALUE_LEN, length);
	if (*length > SECRET_LENGTH_MAX ||
		(*length && !secret_length_is_legal(*type, *length)))
		return refuse(CKR_TEMPLATE_INCONSISTENT, "a key of %lu bytes",
			*length);
	return CKR_OK;
}

/* The other side's public key, as a key of the same curve. */
static CK_RV
peer_read(const struct key *base, const CK_ECDH1_DERIVE_PARAMS *given,
	struct key **peer)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_KEY_TYPE type = base->type;
	const CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_KEY_TYPE, &type, sizeof(type) },
		{ CKA_EC_PARAMS, (void *)(uintptr_t)base->curve->oid,
			base->curve->oid_length },
		{ CKA_EC_POINT, given->pPublicData, given->ulPublicDataLen },
	};

	if (key_new(attributes, 4, false, peer) != CKR_OK)
		return refuse(CKR_MECHANISM_PARAM_INVALID,
			"the other side's public key");
	return CKR_OK;
}

static CK_RV
exchange(const struct key *base, const struct key *peer, struct secret *shared)
{
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_pkey(crypto_library(), base->pair, NULL);
	size_t length = base->curve->length;
	CK_RV rv = CKR_OK;

	if (!secret_init(shared, length))
		rv = CKR_HOST_MEMORY;
	/* The library refuses a result of zeros from X25519 and X448. */
	else if (!context || EVP_PKEY_derive_init(context) != 1 ||
		EVP_PKEY_derive_set_peer(context, peer->pair) != 1 ||
		EVP_PKEY_derive(context, shared->at, &length) != 1)
		rv = crypto_refuse(CKR_MECHANISM_PARAM_INVALID, "ECDH");
	EVP_PKEY_CTX_free(context);
	return rv;
}

/* Runs one of the library's KDFs with a hash and octet strings. */
struct input {
	const char *name;
	const void *at;
	size_t length;
};

static CK_RV
stretch(const char *function, const struct hash *hash, int mode,
	const struct input *inputs, size_t count, struct secret *value)
{
	EVP_KDF *kdf = EVP_KDF_fetch(crypto_library(), function, NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM parameters[6], *next = parameters;
	char name[16];
	CK_RV rv = CKR_OK;
	size_t i;

	strcpy(name, hash->name);
	*next++ = OSSL_PARAM_construct_utf8_string(
		OSSL_KDF_PARAM_DIGEST, name, 0);
	if (mode >= 0)
		*next++ = OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode);
	for (i = 0; i < count; i++)
		if (inputs[i].length)
			*next++ = OSSL_PARAM_construct_octet_string(
				inputs[i].name, (void *)(uintptr_t)inputs[i].at,
				inputs[i].length);
	*next = OSSL_PARAM_construct_end();
	if (!context ||
		EVP_KDF_derive(context, value->at, value->length, parameters) !=
			1)
		rv = crypto_refuse(CKR_FUNCTION_FAILED, function);
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return rv;
}

/* Without a KDF the value is the end of the shared secret [PKCS11 2.3.13]. */
static CK_RV
shared_end(struct secret *shared, CK_ULONG length, struct secret *value)
{
	if (length > shared->length)
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"a key of %lu bytes from %zu", length, shared->length);
	if (!secret_copy(value, shared->at + shared->length - length, length))
		return CKR_HOST_MEMORY;
	return CKR_OK;
}

static CK_RV
shared_stretch(const struct secret *shared, const CK_ECDH1_DERIVE_PARAMS *given,
	const struct hash *hash, CK_ULONG length, struct secret *value)
{
	const struct input inputs[] = {
		{ OSSL_KDF_PARAM_KEY, shared->at, shared->length },
		{ OSSL_KDF_PARAM_INFO, given->pSharedData,
			given->ulSharedDataLen },
	};

	if (!secret_init(value, length))
		return CKR_HOST_MEMORY;
	return stretch("X963KDF", hash, -1, inputs, 2, value);
}

static CK_RV
ecdh(const CK_MECHANISM *mechanism, struct key *base, CK_KEY_TYPE type,
	CK_ULONG length, struct secret *value)
{
	const CK_ECDH1_DERIVE_PARAMS *given = mechanism->pParameter;
	struct secret shared = { 0 };
	const struct hash *hash;
	struct key *peer = NULL;
	CK_RV rv;

	if (mechanism->ulParameterLen != sizeof(*given) || !given ||
		!given->pPublicData ||
		(given->ulSharedDataLen && !given->pSharedData) ||
		given->ulSharedDataLen > INFO_MAX)
		return refuse(CKR_MECHANISM_PARAM_INVALID, "ECDH parameter");
	hash = hash_find_kdf(given->kdf);
	if (!hash && (given->kdf != CKD_NULL || given->ulSharedDataLen))
		return refuse(
			CKR_MECHANISM_PARAM_INVALID, "KDF 0x%lx", given->kdf);
	if (length == 0)
		length = hash ? hash->length : base->curve->length;
	if (!secret_length_is_legal(type, length))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "a key of what length");
	if ((rv = peer_read(base, given, &peer)) == CKR_OK &&
		(rv = exchange(base, peer, &shared)) == CKR_OK)
		rv = hash ? shared_stretch(&shared, given, hash, length, value)
			  : shared_end(&shared, length, value);
	secret_clear(&shared);
	key_free(peer);
	return rv;
}

/* Which of the library's modes the two flags ask; -1: neither. */
static int
hkdf_mode(const CK_HKDF_PARAMS *given)
{
	if (given->bExtract)
		return given->bExpand ? EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND
				      : EVP_KDF_HKDF_MODE_EXTRACT_ONLY;
	return given->bExpand ? EVP_KDF_HKDF_MODE_EXPAND_ONLY : -1;
}

static bool
hkdf_salt_is_legal(const CK_HKDF_PARAMS *given)
{
	/* Without extraction nobody reads the salt. A salt that is a key would
	 * need its handle, which is no matter of a key's. */
	return !given->bExtract || given->ulSaltType == CKF_HKDF_SALT_NULL ||
		(given->ulSaltType == CKF_HKDF_SALT_DATA &&
			(given->pSalt || given->ulSaltLen == 0) &&
			given->ulSaltLen <= INFO_MAX);
}

static CK_RV
hkdf(const CK_MECHANISM *mechanism, struct key *base, CK_KEY_TYPE type,
	CK_ULONG length, struct secret *value)
{
	const CK_HKDF_PARAMS *given = mechanism->pParameter;
	const struct hash *hash;
	int mode;

	if (mechanism->ulParameterLen != sizeof(*given) || !given ||
		(mode = hkdf_mode(given)) < 0 || !hkdf_salt_is_legal(given) ||
		(given->ulInfoLen && !given->pInfo) ||
		given->ulInfoLen > INFO_MAX ||
		!(hash = hash_find(given->prfHashMechanism)))
		return refuse(CKR_MECHANISM_PARAM_INVALID, "HKDF parameter");
	if (length == 0)
		length = hash->length;
	if (!secret_length_is_legal(type, length))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "a key of what length");
	if (given->bExpand ? length > 255 * hash->length
			   : length != hash->length)
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"HKDF does not give %lu bytes", length);
	if (!secret_init(value, length))
		return CKR_HOST_MEMORY;
	return stretch("HKDF", hash, mode,
		(const struct input[]){
			{ OSSL_KDF_PARAM_KEY, base->value.at,
				base->value.length },
			{ OSSL_KDF_PARAM_SALT, given->pSalt,
				given->ulSaltType == CKF_HKDF_SALT_DATA
					? given->ulSaltLen
					: 0 },
			{ OSSL_KDF_PARAM_INFO, given->pInfo,
				given->bExpand ? given->ulInfoLen : 0 },
		},
		3, value);
}

static const struct derivation {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE types[2];
	CK_OBJECT_CLASS class;
	CK_RV(*derive)
	(const CK_MECHANISM *mechanism, struct key *base, CK_KEY_TYPE type,
		CK_ULONG length, struct secret *value);
} derivations[] = {
	{ CKM_ECDH1_DERIVE, { CKK_EC, CKK_EC_MONTGOMERY }, CKO_PRIVATE_KEY,
		ecdh },
	/* The cofactor of all these curves is 1. */
	{ CKM_ECDH1_COFACTOR_DERIVE, { CKK_EC, CKK_EC }, CKO_PRIVATE_KEY,
		ecdh },
	{ CKM_HKDF_DERIVE, { CKK_HKDF, CKK_GENERIC_SECRET }, CKO_SECRET_KEY,
		hkdf },
};

static const struct derivation *
derivation_find(CK_MECHANISM_TYPE mechanism)
{
	size_t i;

	for (i = 0; i < sizeof(derivations) / sizeof(derivations[0]); i++)
		if (derivations[i].mechanism == mechanism)
			return &derivations[i];
	return NULL;
}

CK_RV
key_derive(const CK_MECHANISM *mechanism, struct key *base,
	const CK_ATTRIBUTE *template, CK_ULONG count, struct secret *value)
{
	const struct derivation *derivation =
		derivation_find(mechanism->mechanism);
	struct secret result = { 0 };
	CK_ULONG length;
	CK_KEY_TYPE type;
	CK_RV rv;

	if (!derivation)
		return refuse(CKR_MECHANISM_INVALID, "derivation");
	if (base->class != derivation->class ||
		(base->type != derivation->types[0] &&
			base->type != derivation->types[1]))
		return refuse(CKR_KEY_TYPE_INCONSISTENT, "derivation");
	if ((rv = length_read(template, count, &type, &length)) != CKR_OK)
		return rv;
	rv = derivation->derive(mechanism, base, type, length, &result);
	if (rv == CKR_OK)
		*value = result;
	else
		secret_clear(&result);
	return rv;
}
