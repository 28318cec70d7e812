/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application asks of an object, held against the policy. */

#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "token/attribute-policy.h"

/* No template has more attributes. */
enum { TEMPLATE_COUNT_MAX = 512 };

/* One as it is handed on. */
struct template_list {
	const CK_ATTRIBUTE *at;
	CK_ULONG count;
};

/* What is known when an object is made. */
struct making {
	enum origin origin;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE key_type;        /* of keys */
	bool by_user, by_so;         /* who is logged in */
	CK_MECHANISM_TYPE mechanism; /* that generated the key */
	bool is_derived;
	/* What a key made from another has from that one. */
	bool was_always_sensitive, was_never_extractable;
};

/*
 * The form of any template: values are there, lengths bearable, and nothing is
 * said twice in two ways. CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_TEMPLATE_INCONSISTENT.
 */
CK_RV template_check(const CK_ATTRIBUTE *template, CK_ULONG count);

/*
 * Drafts a new object: what the template says, and the policy's presets for
 * the rest. What the policy leaves to the maker (MADE, SAME, OURS) is not in
 * the draft; the caller puts it, then asks template_agrees. The draft borrows
 * from the template. CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
 * CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCOMPLETE,
 * CKR_TEMPLATE_INCONSISTENT.
 */
CK_RV template_draft(const struct making *making, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct draft *draft);
/* Whether what the template said of the maker's attributes is what came. */
CK_RV template_agrees(const struct making *making, const CK_ATTRIBUTE *template,
	CK_ULONG count, const struct draft *draft);

/*
 * Drafts a changed object (or, for is_copy, a copy): what it is, and the
 * changes that the policy allows. CKR_ATTRIBUTE_READ_ONLY and the codes above.
 */
CK_RV template_change(const CK_ATTRIBUTE *present, CK_ULONG present_count,
	bool is_copy, bool by_so, const CK_ATTRIBUTE *template, CK_ULONG count,
	struct draft *draft);

/* Whether the object has every attribute of a flattened template, as in
 * CKA_WRAP_TEMPLATE. */
bool template_holds(const CK_ATTRIBUTE *flat, const CK_ATTRIBUTE *object,
	CK_ULONG object_count);

#endif
