/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of attributes: building one, keeping it, and its form in the store. */

#include "config.h"

#include "token/attribute.h"

#include "pkcs11/log.h"
#include "token/attribute-policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const CK_ATTRIBUTE *
attribute_find(const CK_ATTRIBUTE *list, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG i;

	for (i = 0; i < count; i++)
		if (list[i].type == type)
			return &list[i];
	return NULL;
}

CK_ULONG
attribute_number(const CK_ATTRIBUTE *list, CK_ULONG count,
	CK_ATTRIBUTE_TYPE type, CK_ULONG other)
{
	const CK_ATTRIBUTE *found = attribute_find(list, count, type);

	if (found && found->pValue && found->ulValueLen == sizeof(other))
		memcpy(&other, found->pValue, sizeof(other));
	return other;
}

bool
attribute_flag(const CK_ATTRIBUTE *list, CK_ULONG count, CK_ATTRIBUTE_TYPE type,
	bool other)
{
	const CK_ATTRIBUTE *found = attribute_find(list, count, type);

	if (!found || !found->pValue || found->ulValueLen != sizeof(CK_BBOOL))
		return other;
	return *(const CK_BBOOL *)found->pValue != CK_FALSE;
}

bool
attribute_equal(const CK_ATTRIBUTE *one, const CK_ATTRIBUTE *other)
{
	return one->ulValueLen == other->ulValueLen &&
		(one->ulValueLen == 0 ||
			memcmp(one->pValue, other->pValue, one->ulValueLen) ==
				0);
}

/* Where the attribute goes: its present place, or a new one at the end. */
static CK_ATTRIBUTE *
draft_place(struct draft *draft, CK_ATTRIBUTE_TYPE type)
{
	CK_ULONG i;

	for (i = 0; i < draft->count; i++)
		if (draft->at[i].type == type)
			return &draft->at[i];
	if (draft->count == DRAFT_MAX)
		return NULL;
	draft->at[draft->count] = (CK_ATTRIBUTE){ type, NULL, 0 };
	return &draft->at[draft->count++];
}

bool
draft_put(struct draft *draft, CK_ATTRIBUTE_TYPE type, const void *value,
	CK_ULONG length)
{
	CK_ATTRIBUTE *place = draft_place(draft, type);

	if (!place)
		return false;
	/* The standard's own type has no const; nothing writes to it. */
	place->pValue = (void *)(uintptr_t)value;
	place->ulValueLen = length;
	return true;
}

bool
draft_put_number(struct draft *draft, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	CK_ATTRIBUTE *place = draft_place(draft, type);

	if (!place)
		return false;
	draft->number[place - draft->at] = value;
	place->pValue = &draft->number[place - draft->at];
	place->ulValueLen = sizeof(value);
	return true;
}

bool
draft_put_flag(struct draft *draft, CK_ATTRIBUTE_TYPE type, bool value)
{
	static const CK_BBOOL flag[] = { CK_FALSE, CK_TRUE };

	return draft_put(draft, type, &flag[value], sizeof(CK_BBOOL));
}

bool
draft_put_flat(struct draft *draft, CK_ATTRIBUTE_TYPE type, struct bytes *flat)
{
	if (draft->flat_count == DRAFT_FLAT_MAX ||
		!draft_put(draft, type, flat->at, flat->length))
		return false;
	draft->flat[draft->flat_count++] = *flat;
	*flat = (struct bytes){ 0 };
	return true;
}

void
draft_clear(struct draft *draft)
{
	unsigned i;

	for (i = 0; i < draft->flat_count; i++)
		bytes_clear(&draft->flat[i]);
	draft->flat_count = 0;
	draft->count = 0;
}

/*
 * In the store an attribute is its type and its length, each of 32 bits, then
 * the value; numbers are 64 bits; all little-endian, whatever the machine.
 * CK_UNAVAILABLE_INFORMATION stays itself.
 */
enum { HEADER = 8, NUMBER = 8 };

static void
put_little_endian(unsigned char *at, uint64_t value, int length)
{
	int i;

	for (i = 0; i < length; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t
take_little_endian(const unsigned char *at, int length)
{
	uint64_t value = 0;
	int i;

	for (i = 0; i < length; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static bool
holds_number(const CK_ATTRIBUTE *attribute)
{
	return policy_kind(attribute->type) == KIND_NUMBER &&
		attribute->ulValueLen == sizeof(CK_ULONG);
}

static size_t
encoded_length(const CK_ATTRIBUTE *attribute)
{
	return HEADER +
		(holds_number(attribute) ? NUMBER : attribute->ulValueLen);
}

static unsigned char *
encode_one(unsigned char *at, const CK_ATTRIBUTE *attribute)
{
	size_t length = encoded_length(attribute) - HEADER;
	CK_ULONG number;

	put_little_endian(at, attribute->type, 4);
	put_little_endian(at + 4, length, 4);
	if (holds_number(attribute)) {
		memcpy(&number, attribute->pValue, sizeof(number));
		put_little_endian(at + HEADER,
			number == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX
							     : number,
			NUMBER);
	} else if (length) {
		memcpy(at + HEADER, attribute->pValue, length);
	}
	return at + HEADER + length;
}

CK_RV
attributes_encode(const CK_ATTRIBUTE *list, CK_ULONG count, struct bytes *open,
	struct secret *sealed)
{
	size_t open_length = 0, sealed_length = 0;
	unsigned char *open_at, *sealed_at;
	CK_ULONG i;

	*open = (struct bytes){ 0 };
	*sealed = (struct secret){ 0 };
	for (i = 0; i < count; i++)
		if (policy_is_sealed(list, count, list[i].type))
			sealed_length += encoded_length(&list[i]);
		else
			open_length += encoded_length(&list[i]);
	if (!bytes_init(open, open_length) ||
		(sealed_length && !secret_init(sealed, sealed_length))) {
		bytes_clear(open);
		return refuse(CKR_HOST_MEMORY, "no memory for an object");
	}
	open_at = open->at;
	sealed_at = sealed->at;
	for (i = 0; i < count; i++)
		if (policy_is_sealed(list, count, list[i].type))
			sealed_at = encode_one(sealed_at, &list[i]);
		else
			open_at = encode_one(open_at, &list[i]);
	return CKR_OK;
}

/* Walks over one part. With list NULL it only counts. */
static bool
decode_part(unsigned char *at, size_t length, CK_ATTRIBUTE *list,
	CK_ULONG *numbers, CK_ULONG *count)
{
	CK_ATTRIBUTE one;
	uint64_t number;
	size_t size;

	for (; length; at += size, length -= size, ++*count) {
		if (length < HEADER)
			return false;
		one.type = take_little_endian(at, 4);
		size = take_little_endian(at + 4, 4);
		at += HEADER;
		length -= HEADER;
		if (size > length)
			return false;
		if (!list)
			continue;
		one.pValue = at;
		one.ulValueLen = size;
		if (policy_kind(one.type) == KIND_NUMBER && size == NUMBER) {
			number = take_little_endian(at, NUMBER);
			numbers[*count] = number == UINT64_MAX
				? CK_UNAVAILABLE_INFORMATION
				: (CK_ULONG)number;
			one.pValue = &numbers[*count];
			one.ulValueLen = sizeof(CK_ULONG);
		}
		list[*count] = one;
	}
	return true;
}

CK_RV
attributes_decode(
	struct attributes *result, struct bytes *open, struct secret *sealed)
{
	struct attributes set = { .open = *open, .sealed = *sealed };
	CK_ULONG count = 0;

	*open = (struct bytes){ 0 };
	*sealed = (struct secret){ 0 };
	if (!decode_part(set.open.at, set.open.length, NULL, NULL, &count) ||
		!decode_part(
			set.sealed.at, set.sealed.length, NULL, NULL, &count)) {
		attributes_clear(&set);
		return refuse(CKR_DEVICE_ERROR, "an object is malformed");
	}
	set.at = calloc(count + 1, sizeof(*set.at));
	set.numbers = calloc(count + 1, sizeof(*set.numbers));
	if (!set.at || !set.numbers) {
		attributes_clear(&set);
		return refuse(CKR_HOST_MEMORY, "no memory for an object");
	}
	decode_part(
		set.open.at, set.open.length, set.at, set.numbers, &set.count);
	decode_part(set.sealed.at, set.sealed.length, set.at, set.numbers,
		&set.count);
	*result = set;
	return CKR_OK;
}

void
attributes_clear(struct attributes *attributes)
{
	free(attributes->at);
	free(attributes->numbers);
	/* Private objects have their label and value here too. */
	wipe(attributes->open.at, attributes->open.length);
	bytes_clear(&attributes->open);
	secret_clear(&attributes->sealed);
	*attributes = (struct attributes){ 0 };
}

/* Longer values are nobody's. */
enum { FLAT_MAX = 1 << 20 };

bool
attribute_flatten(const CK_ATTRIBUTE *list, CK_ULONG count, struct bytes *flat)
{
	unsigned char *at;
	size_t length = 0;
	CK_ULONG i;

	*flat = (struct bytes){ 0 };
	for (i = 0; i < count; i++) {
		if ((!list[i].pValue && list[i].ulValueLen) ||
			list[i].ulValueLen > FLAT_MAX || length > FLAT_MAX)
			return false;
		length += encoded_length(&list[i]);
	}
	if (!bytes_init(flat, length))
		return false;
	at = flat->at;
	for (i = 0; i < count; i++)
		at = encode_one(at, &list[i]);
	return true;
}

bool
attribute_unflatten(
	const void *flat, size_t length, CK_ATTRIBUTE **list, CK_ULONG *count)
{
	unsigned char *at = (unsigned char *)(uintptr_t)flat;
	CK_ULONG found = 0, again = 0, *numbers;
	CK_ATTRIBUTE *result;

	if (!decode_part(at, length, NULL, NULL, &found))
		return false;
	/* One block: the numbers follow the list. */
	result = calloc(found + 1, sizeof(*result) + sizeof(*numbers));
	if (!result)
		return false;
	numbers = (CK_ULONG *)(void *)(result + found + 1);
	decode_part(at, length, result, numbers, &again);
	*list = result;
	*count = found;
	return true;
}
