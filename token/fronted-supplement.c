/* SPDX-License-Identifier: BSD-2-Clause */
/* An object that is shown beside the vendor's: its attributes. */

#include "config.h"

#include "token/fronted-supplement.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MOST = 32 };

struct supplement {
	struct supplement *next;
	bool is_shown;
	struct {
		CK_ATTRIBUTE_TYPE type;
		struct bytes value;
	} parts[PARTS_MOST];
	size_t count;
};

/* Those that are shown. */
static struct supplement *shown;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool
supplement_add(struct supplement *supplement, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length)
{
	if (supplement->count == PARTS_MOST ||
		!bytes_copy(&supplement->parts[supplement->count].value, value,
			length))
		return false;
	supplement->parts[supplement->count++].type = type;
	return true;
}

bool
supplement_add_bytes(struct supplement *supplement, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value)
{
	return !value->length ||
		supplement_add(supplement, type, value->at, value->length);
}

bool
supplement_add_number(
	struct supplement *supplement, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	return supplement_add(supplement, type, &value, sizeof(value));
}

bool
supplement_add_claim(
	struct supplement *supplement, CK_ATTRIBUTE_TYPE type, CK_BBOOL value)
{
	return supplement_add(supplement, type, &value, sizeof(value));
}

struct supplement *
supplement_new(CK_OBJECT_CLASS class)
{
	struct supplement *supplement = calloc(1, sizeof(*supplement));

	if (supplement && supplement_add_number(supplement, CKA_CLASS, class) &&
		supplement_add_claim(supplement, CKA_TOKEN, CK_TRUE) &&
		supplement_add_claim(supplement, CKA_PRIVATE, CK_FALSE) &&
		supplement_add_claim(supplement, CKA_MODIFIABLE, CK_FALSE) &&
		supplement_add_claim(supplement, CKA_COPYABLE, CK_FALSE) &&
		supplement_add_claim(supplement, CKA_DESTROYABLE, CK_FALSE))
		return supplement;
	supplement_free(supplement);
	return NULL;
}

void
supplement_free(struct supplement *supplement)
{
	if (!supplement)
		return;
	while (supplement->count)
		bytes_clear(&supplement->parts[--supplement->count].value);
	free(supplement);
}

/* The address, turned round: no vendor has a handle or a pointer there. */
static CK_OBJECT_HANDLE
handle_of(const struct supplement *supplement)
{
	return ~(CK_OBJECT_HANDLE)(uintptr_t)supplement;
}

CK_OBJECT_HANDLE
supplement_handle(struct supplement *supplement)
{
	pthread_mutex_lock(&lock);
	if (!supplement->is_shown) {
		supplement->is_shown = true;
		supplement->next = shown;
		shown = supplement;
	}
	pthread_mutex_unlock(&lock);
	return handle_of(supplement);
}

const struct supplement *
supplement_of(CK_OBJECT_HANDLE handle)
{
	const struct supplement *supplement;

	pthread_mutex_lock(&lock);
	for (supplement = shown; supplement; supplement = supplement->next)
		if (handle_of(supplement) == handle)
			break;
	pthread_mutex_unlock(&lock);
	return supplement;
}

static const struct bytes *
part_of(const struct supplement *supplement, CK_ATTRIBUTE_TYPE type)
{
	size_t i;

	for (i = 0; i < supplement->count; i++)
		if (supplement->parts[i].type == type)
			return &supplement->parts[i].value;
	return NULL;
}

bool
supplement_matches(const struct supplement *supplement,
	const CK_ATTRIBUTE *template, CK_ULONG count)
{
	const struct bytes *part;
	CK_ULONG i;

	for (i = 0; i < count; i++) {
		part = part_of(supplement, template[i].type);
		if (!part || (template[i].ulValueLen && !template[i].pValue) ||
			!bytes_equal(part, template[i].pValue,
				template[i].ulValueLen))
			return false;
	}
	return true;
}

/* [PKCS11 5.7.5] */
static CK_RV
show(const struct supplement *supplement, CK_ATTRIBUTE *attribute)
{
	const struct bytes *part = part_of(supplement, attribute->type);
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
supplement_show(const struct supplement *supplement, CK_ATTRIBUTE *template,
	CK_ULONG count)
{
	CK_RV rv = CKR_OK, each;
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if ((each = show(supplement, &template[i])) != CKR_OK)
			rv = each;
	return rv;
}
