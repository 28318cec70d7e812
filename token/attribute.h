/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of attributes: building one, keeping it, and its form in the store. */

#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

/* The attribute of a list, or NULL. */
const CK_ATTRIBUTE *attribute_find(
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_ATTRIBUTE_TYPE type);
/* Its value when it is there and well formed, else the other. */
CK_ULONG attribute_number(const CK_ATTRIBUTE *list, CK_ULONG count,
	CK_ATTRIBUTE_TYPE type, CK_ULONG other);
bool attribute_flag(const CK_ATTRIBUTE *list, CK_ULONG count,
	CK_ATTRIBUTE_TYPE type, bool other);
bool attribute_equal(const CK_ATTRIBUTE *one, const CK_ATTRIBUTE *other);

/*
 * A set being built. Values are borrowed from whoever gave them (a template, an
 * object, key parts), except flags, numbers and flattened templates, which it
 * holds itself. Starts empty; draft_clear at the end.
 */
enum { DRAFT_MAX = 64, DRAFT_FLAT_MAX = 6 };
struct draft {
	CK_ATTRIBUTE at[DRAFT_MAX];
	CK_ULONG number[DRAFT_MAX];
	CK_ULONG count;
	struct bytes flat[DRAFT_FLAT_MAX];
	unsigned flat_count;
};

/* Each adds the attribute, or replaces its value.
 * False: there is no room for more. */
bool draft_put(struct draft *draft, CK_ATTRIBUTE_TYPE type, const void *value,
	CK_ULONG length);
bool draft_put_flag(struct draft *draft, CK_ATTRIBUTE_TYPE type, bool value);
bool draft_put_number(
	struct draft *draft, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
/* Puts an attribute whose value is a list of attributes, as one run of bytes
 * (attribute_flatten); the draft owns them. */
bool draft_put_flat(
	struct draft *draft, CK_ATTRIBUTE_TYPE type, struct bytes *flat);
void draft_clear(struct draft *draft);

/*
 * A finished set. Its bytes are what the store keeps: an open part, and a
 * sealed one with the values that the policy shows only of keys that are not
 * sensitive. The list points into both. Immutable.
 */
struct attributes {
	CK_ATTRIBUTE *at;
	CK_ULONG count;
	CK_ULONG *numbers;
	struct bytes open;
	struct secret sealed;
};

/* Writes the list as the two parts. CKR_HOST_MEMORY. */
CK_RV attributes_encode(const CK_ATTRIBUTE *list, CK_ULONG count,
	struct bytes *open, struct secret *sealed);
/* Reads the parts and takes them over (both are empty afterwards, whatever the
 * outcome). CKR_DEVICE_ERROR: malformed. */
CK_RV attributes_decode(
	struct attributes *result, struct bytes *open, struct secret *sealed);
void attributes_clear(struct attributes *attributes);

/* A list as one run of bytes, and such a run as a list whose values point into
 * it; the caller frees *list. False: malformed (a value that is not there, an
 * absurd length), or memory is short. */
bool attribute_flatten(
	const CK_ATTRIBUTE *list, CK_ULONG count, struct bytes *flat);
bool attribute_unflatten(
	const void *flat, size_t length, CK_ATTRIBUTE **list, CK_ULONG *count);

#endif
