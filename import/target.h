/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a deposit goes: a token, spoken to through one session. */

#ifndef TARGET_H
#define TARGET_H

#include "import/template.h"

/* Borrows both. */
struct target {
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session;
};

/* The first objects that match, at most room of them. */
CK_RV target_find(const struct target *target, struct template *template,
	CK_OBJECT_HANDLE *handles, CK_ULONG room, CK_ULONG *count);
/* An attribute's value; empty when the object does not show it. */
CK_RV target_read(const struct target *target, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value);
/* Creates the object; without what is not required, if the token refuses
 * that. */
CK_RV target_create(const struct target *target, struct template *template,
	CK_OBJECT_HANDLE *object);

#endif
