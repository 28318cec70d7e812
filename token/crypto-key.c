/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: made from attributes, shared, and ready for use. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <stdatomic.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* Who reads which key's attributes. */
static const struct reader {
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	CK_RV(*read)
	(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
		struct key *key);
} readers[] = {
	{ CKO_PRIVATE_KEY, CKK_RSA, rsa_key_read },
	{ CKO_PUBLIC_KEY, CKK_RSA, rsa_key_read },
	{ CKO_PRIVATE_KEY, CKK_EC, ec_key_read },
	{ CKO_PUBLIC_KEY, CKK_EC, ec_key_read },
	{ CKO_PRIVATE_KEY, CKK_EC_EDWARDS, raw_key_read },
	{ CKO_PUBLIC_KEY, CKK_EC_EDWARDS, raw_key_read },
	{ CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY, raw_key_read },
	{ CKO_PUBLIC_KEY, CKK_EC_MONTGOMERY, raw_key_read },
	{ CKO_SECRET_KEY, CKK_AES, secret_key_read },
	{ CKO_SECRET_KEY, CKK_GENERIC_SECRET, secret_key_read },
	{ CKO_SECRET_KEY, CKK_HKDF, secret_key_read },
	{ CKO_SECRET_KEY, CKK_SHA_1_HMAC, secret_key_read },
	{ CKO_SECRET_KEY, CKK_SHA224_HMAC, secret_key_read },
	{ CKO_SECRET_KEY, CKK_SHA256_HMAC, secret_key_read },
	{ CKO_SECRET_KEY, CKK_SHA384_HMAC, secret_key_read },
	{ CKO_SECRET_KEY, CKK_SHA512_HMAC, secret_key_read },
};

static const struct reader *
reader_find(CK_OBJECT_CLASS class, CK_KEY_TYPE type)
{
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].class == class && readers[i].type == type)
			return &readers[i];
	return NULL;
}

CK_RV
key_new(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key **result)
{
	const struct reader *reader;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
	struct key *key;
	CK_RV rv;

	if (!attribute_ulong(attributes, count, CKA_CLASS, &class) ||
		!attribute_ulong(attributes, count, CKA_KEY_TYPE, &type))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "a key of no type");
	reader = reader_find(class, type);
	if (!reader)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID, "a key of type %s",
			key_type_name(type));
	key = OPENSSL_zalloc(sizeof(*key));
	if (!key)
		return CKR_HOST_MEMORY;
	key->owners = 1;
	key->class = class;
	key->type = type;
	if ((rv = reader->read(attributes, count, trusted, key)) != CKR_OK) {
		key_free(key);
		return rv;
	}
	*result = key;
	return CKR_OK;
}

struct key *
key_share(struct key *key)
{
	key->owners++;
	return key;
}

void
key_free(struct key *key)
{
	size_t i;

	if (!key || --key->owners)
		return;
	for (i = 0; i < CONTEXT_COUNT; i++)
		EVP_PKEY_CTX_free(key->contexts[i]);
	EVP_PKEY_free(key->pair);
	rsa_check_clear(key);
	secret_clear(&key->value);
	OPENSSL_clear_free(key, sizeof(*key));
}

CK_KEY_TYPE
key_type(const struct key *key)
{
	return key->type;
}

CK_OBJECT_CLASS
key_class(const struct key *key)
{
	return key->class;
}

CK_ULONG
key_size(const struct key *key)
{
	return key->size;
}

CK_ULONG
key_modulus_length(const struct key *key)
{
	return (key->size + 7) / 8;
}

/* How each context is set up. */
static const struct set_up {
	int (*begin)(EVP_PKEY_CTX *context);
	int padding; /* RSA's */
} set_ups[CONTEXT_COUNT] = {
	[CONTEXT_SIGN] = { EVP_PKEY_sign_init, RSA_PKCS1_PADDING },
	[CONTEXT_VERIFY] = { EVP_PKEY_verify_init, RSA_PKCS1_PADDING },
	[CONTEXT_SIGN_RAW] = { EVP_PKEY_sign_init, RSA_NO_PADDING },
	[CONTEXT_VERIFY_RAW] = { EVP_PKEY_verify_init, RSA_NO_PADDING },
	[CONTEXT_DECRYPT_RAW] = { EVP_PKEY_decrypt_init, RSA_NO_PADDING },
	[CONTEXT_ENCRYPT_RAW] = { EVP_PKEY_encrypt_init, RSA_NO_PADDING },
	[CONTEXT_ENCRYPT] = { EVP_PKEY_encrypt_init, RSA_PKCS1_PADDING },
};

static EVP_PKEY_CTX *
context_set_up(const struct key *key, enum key_context which)
{
	const struct set_up *set_up = &set_ups[which];
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_pkey(crypto_library(), key->pair, NULL);

	if (context && set_up->begin(context) == 1 &&
		(key->type != CKK_RSA ||
			EVP_PKEY_CTX_set_rsa_padding(
				context, set_up->padding) == 1))
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

struct evp_pkey_ctx_st *
key_context_new(struct key *key, enum key_context which)
{
	EVP_PKEY_CTX *model = key->contexts[which], *none = NULL;

	if (!model) {
		model = context_set_up(key, which);
		if (!model)
			return NULL;
		/* Of two threads that come first, the later takes the
		 * earlier's. */
		if (!atomic_compare_exchange_strong(
			    &key->contexts[which], &none, model)) {
			EVP_PKEY_CTX_free(model);
			model = none;
		}
	}
	return EVP_PKEY_CTX_dup(model);
}

CK_RV
key_complete(const struct key *key, struct key_parts *result)
{
	CK_RV rv = CKR_OK;

	*result = (struct key_parts){ 0 };
	if (key->type == CKK_RSA)
		rv = rsa_key_complete(key, result);
	else if (key->pair)
		rv = ec_key_complete(key, result);
	else if (!key_parts_add_ulong(result, CKA_VALUE_LEN, key->value.length))
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK)
		key_parts_clear(result);
	return rv;
}
