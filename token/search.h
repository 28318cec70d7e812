/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the objects that a template describes. */

#ifndef SEARCH_H
#define SEARCH_H

#include "token/object.h"

/*
 * The handles of all objects of the token, and of sessions, that have the
 * template's attributes and may be seen now. The caller frees *handles.
 * CKR_DEVICE_ERROR: an altered store may hide some.
 */
CK_RV search(struct token *token, const CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE **handles, size_t *found);

#endif
