/* SPDX-License-Identifier: BSD-2-Clause */
/* A token that reads every byte that it is given and fills every room: what
 * a sanitizer then sees is the decoder's fault. */

#ifndef PROBE_H
#define PROBE_H

#include "pkcs11/cryptoki.h"

extern const CK_FUNCTION_LIST_3_0 probe_functions;

/* What its functions return, in turn; set by probe_begin. */
CK_RV probe_rv(void);
void probe_begin(unsigned seed);

void touch_bytes(const void *at, CK_ULONG length);
void touch_template(const CK_ATTRIBUTE *at, CK_ULONG count);
void touch_mechanism(const CK_MECHANISM *mechanism);
void fill_query(CK_ATTRIBUTE *at, CK_ULONG count);
void fill_bytes(void *at, CK_ULONG length);
void fill_room(void *at, CK_ULONG *length, size_t size);
void fill_found(CK_OBJECT_HANDLE *at, CK_ULONG most, CK_ULONG *count);

#endif
