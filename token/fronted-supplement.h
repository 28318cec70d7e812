/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects that a fronted token shows beside its vendor's.
 *
 * The vendor never hears of them, and nothing can be done with them but to find
 * and to read them. Suppliers know what a token lacks.
 */

#ifndef FRONTED_SUPPLEMENT_H
#define FRONTED_SUPPLEMENT_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

#include <stdbool.h>

/* fronted-supplement.c: an object is its attributes. NULL, false: memory is
 * short. */
struct supplement;
/* With what all of them have: of the token, for all to see, not to be changed.
 */
struct supplement *supplement_new(CK_OBJECT_CLASS class);
bool supplement_add(struct supplement *supplement, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length);
/* Empty ones are left out. */
bool supplement_add_bytes(struct supplement *supplement, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value);
bool supplement_add_number(
	struct supplement *supplement, CK_ATTRIBUTE_TYPE type, CK_ULONG value);
bool supplement_add_claim(
	struct supplement *supplement, CK_ATTRIBUTE_TYPE type, CK_BBOOL value);
void supplement_free(struct supplement *supplement);
/* What stands for the vendor's handle: from here on it is shown, and lives as
 * long as the process. NULL: the handle is the vendor's. */
CK_OBJECT_HANDLE supplement_handle(struct supplement *supplement);
const struct supplement *supplement_of(CK_OBJECT_HANDLE handle);
bool supplement_matches(const struct supplement *supplement,
	const CK_ATTRIBUTE *template, CK_ULONG count);
CK_RV supplement_show(const struct supplement *supplement,
	CK_ATTRIBUTE *template, CK_ULONG count);

/* fronted-supply.c: an application's search, before the vendor hears of it.
 * Borrowed. */
struct inquiry {
	CK_SESSION_HANDLE session;
	const CK_ATTRIBUTE *template;
	CK_ULONG count;
	struct findings *findings;
};

/* Whether it is among what is looked for. */
bool inquiry_wants(
	const struct inquiry *inquiry, const struct supplement *supplement);
/* To be found, if it is. */
void inquiry_offer(struct inquiry *inquiry, struct supplement *supplement);

/* The layer around fronted_wrap's list. Called once. */
const CK_FUNCTION_LIST_3_0 *supply_wrap(const CK_FUNCTION_LIST_3_0 *next);

/* fronted-lookup.c: what the vendor has, by searches of ours in the
 * application's session, before its own begins. */
void lookup_in(const CK_FUNCTION_LIST_3_0 *list);
CK_ULONG lookup_find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *found, CK_ULONG most);
CK_ULONG lookup_class(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	CK_OBJECT_HANDLE *found, CK_ULONG most);
/* Whether there is one with this CKA_ID. */
bool lookup_has(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
	const struct bytes *id);
/* Leaves the value as it is where there is none. */
void lookup_read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value);

#endif
