/* SPDX-License-Identifier: BSD-2-Clause */
/* A public key that is made of a certificate: its attributes. */

#include "config.h"

#include "token/fronted-public.h"

#include "token/crypto-certificate.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MOST = 32 };

struct public_key {
	struct public_key *next;
	CK_OBJECT_HANDLE certificate;
	bool is_authority;
	struct bytes id;
	struct {
		CK_ATTRIBUTE_TYPE type;
		struct bytes value;
	} parts[PARTS_MOST];
	size_t count;
};

static struct public_key *keys;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
add(struct public_key *key, CK_ATTRIBUTE_TYPE type, const void *value,
	size_t length)
{
	if (key->count == PARTS_MOST ||
		!bytes_copy(&key->parts[key->count].value, value, length))
		return false;
	key->parts[key->count++].type = type;
	return true;
}

static bool
add_bytes(struct public_key *key, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value)
{
	return !value->length || add(key, type, value->at, value->length);
}

static bool
add_number(struct public_key *key, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return add(key, type, &value, sizeof(value));
}

/* The token does not have the key, so that it can do nothing with it. */
static bool
add_flags(struct public_key *key)
{
	static const struct {
		CK_ATTRIBUTE_TYPE type;
		CK_BBOOL value;
	} flags[] = {
		{ CKA_TOKEN, CK_TRUE },
		{ CKA_PRIVATE, CK_FALSE },
		{ CKA_MODIFIABLE, CK_FALSE },
		{ CKA_COPYABLE, CK_FALSE },
		{ CKA_DESTROYABLE, CK_FALSE },
		{ CKA_LOCAL, CK_FALSE },
		{ CKA_TRUSTED, CK_FALSE },
		{ CKA_VERIFY, CK_FALSE },
		{ CKA_VERIFY_RECOVER, CK_FALSE },
		{ CKA_ENCRYPT, CK_FALSE },
		{ CKA_WRAP, CK_FALSE },
		{ CKA_DERIVE, CK_FALSE },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!add(key, flags[i].type, &flags[i].value, 1))
			return false;
	return true;
}

static bool
fill(struct public_key *key, const struct public_source *source,
	const struct certificate_key *part)
{
	return bytes_copy(&key->id, source->id.at, source->id.length) &&
		add_number(key, CKA_CLASS, CKO_PUBLIC_KEY) &&
		add_number(key, CKA_KEY_TYPE, part->type) &&
		add_number(key, CKA_KEY_GEN_MECHANISM,
			CK_UNAVAILABLE_INFORMATION) &&
		add_flags(key) && add_bytes(key, CKA_ID, &source->id) &&
		add_bytes(key, CKA_LABEL, &source->label) &&
		add_bytes(key, CKA_SUBJECT, &source->subject) &&
		add_bytes(key, CKA_MODULUS, &part->modulus) &&
		(!part->bits ||
			add_number(key, CKA_MODULUS_BITS, part->bits)) &&
		add_bytes(key, CKA_PUBLIC_EXPONENT, &part->exponent) &&
		add_bytes(key, CKA_EC_PARAMS, &part->params) &&
		add_bytes(key, CKA_EC_POINT, &part->point) &&
		add_bytes(key, CKA_PUBLIC_KEY_INFO, &part->info);
}

static void
public_key_free(struct public_key *key)
{
	while (key->count)
		bytes_clear(&key->parts[--key->count].value);
	bytes_clear(&key->id);
	free(key);
}

/* Whoever was first, when two threads make it. */
static struct public_key *
publish(struct public_key *key)
{
	struct public_key *known;

	pthread_mutex_lock(&lock);
	for (known = keys; known; known = known->next)
		if (known->certificate == key->certificate)
			break;
	if (!known) {
		key->next = keys;
		keys = key;
	}
	pthread_mutex_unlock(&lock);
	if (!known)
		return key;
	public_key_free(key);
	return known;
}

const struct public_key *
public_key_make(const struct public_source *source)
{
	struct certificate_key part = { 0 };
	struct public_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	key->certificate = source->certificate;
	/* One without parts is no key: it need not be looked at again. */
	if (certificate_key_read(
		    &part, source->value.at, source->value.length)) {
		key->is_authority = part.is_authority;
		if (!fill(key, source, &part)) {
			public_key_free(key);
			key = NULL;
		}
	}
	certificate_key_clear(&part);
	return key ? publish(key) : NULL;
}

const struct public_key *
public_key_known(CK_OBJECT_HANDLE certificate)
{
	const struct public_key *key;

	pthread_mutex_lock(&lock);
	for (key = keys; key; key = key->next)
		if (key->certificate == certificate)
			break;
	pthread_mutex_unlock(&lock);
	return key;
}

bool
public_key_is_one(const struct public_key *key)
{
	return key->count;
}

bool
public_key_is_authority(const struct public_key *key)
{
	return key->is_authority;
}

/* The address, turned round: no vendor has a handle or a pointer there. */
CK_OBJECT_HANDLE
public_key_handle(const struct public_key *key)
{
	return ~(CK_OBJECT_HANDLE)(uintptr_t)key;
}

const struct public_key *
public_key_of(CK_OBJECT_HANDLE handle)
{
	const struct public_key *key;

	pthread_mutex_lock(&lock);
	for (key = keys; key; key = key->next)
		if (public_key_handle(key) == handle)
			break;
	pthread_mutex_unlock(&lock);
	return key;
}

const struct bytes *
public_key_id(const struct public_key *key)
{
	return &key->id;
}

static const struct bytes *
part_of(const struct public_key *key, CK_ATTRIBUTE_TYPE type)
{
	size_t i;

	for (i = 0; i < key->count; i++)
		if (key->parts[i].type == type)
			return &key->parts[i].value;
	return NULL;
}

bool
public_key_matches(const struct public_key *key, const CK_ATTRIBUTE *template,
	CK_ULONG count)
{
	const struct bytes *part;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		part = part_of(key, template[i].type);
		if (!part ||
			!bytes_equal(part, template[i].pValue,
				template[i].ulValueLen))
			return false;
	}
	return true;
}

static CK_RV
show(const struct public_key *key, CK_ATTRIBUTE *attribute)
{
	const struct bytes *part = part_of(key, attribute->type);
	CK_ULONG room = attribute->ulValueLen;

	attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
	if (!part)
		return CKR_ATTRIBUTE_TYPE_INVALID;
	if (attribute->pValue && room < part->length)
		return CKR_BUFFER_TOO_SMALL;
	attribute->ulValueLen = part->length;
	if (attribute->pValue)
		memcpy(attribute->pValue, part->at, part->length);
	return CKR_OK;
}

CK_RV
public_key_show(
	const struct public_key *key, CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = CKR_OK, each;
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if ((each = show(key, &template[i])) != CKR_OK)
			rv = each;
	return rv;
}
