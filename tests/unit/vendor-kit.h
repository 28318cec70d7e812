/* SPDX-License-Identifier: BSD-2-Clause */
/* A vendor's module that has a card, and on it what it is given. */

#ifndef VENDOR_KIT_H
#define VENDOR_KIT_H

#include "pkcs11/cryptoki.h"

/* Its slot, as an application sees it, and how often objects were read. */
enum { VENDOR_SLOT = 7 };
extern unsigned vendor_reads;
/* A reader's also has CKF_REMOVABLE_DEVICE. */
extern CK_FLAGS vendor_slot_flags;
/* How often it was searched, and the milliseconds that it takes to find. */
extern unsigned vendor_searches, vendor_delay;
/* Sessions that it opens no more of, before it opens others. */
extern unsigned vendor_refuses;

/* Adds an object, whose attributes stay the caller's, or takes away the last.
 */
void vendor_add(CK_ATTRIBUTE *attributes, CK_ULONG count);
void vendor_remove(void);

/* The module as the keeper fronts it, with what it lacks beside its objects. */
const CK_FUNCTION_LIST_3_0 *vendor_front(void);

/* All that matches, at most most; the number of it. */
CK_ULONG vendor_find(const CK_FUNCTION_LIST_3_0 *list,
	CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *found, CK_ULONG most);

#endif
