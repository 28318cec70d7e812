/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the audit layer share. */

#ifndef AUDIT_TELL_H
#define AUDIT_TELL_H

#include "keeper/audit-layer.h"

/* The next list, and whether data is told. */
extern const CK_FUNCTION_LIST_3_0 *audit_inner;
extern bool audit_has_data;

/* Whether the result is worth a line: success, or a refusal by the token. Not a
 * call that came at the wrong time, or that asked for a length. */
bool audit_is_event(CK_RV rv);
/* Whether uses of the key are told. */
bool audit_is_watched(const struct keyname *key);

/* Sends the record with this result. rv, or CKR_DEVICE_ERROR when a success
 * cannot be told. */
CK_RV audit_tell(struct audit_record *record, CK_RV rv);
/* The same of an event about a key, with a mechanism or NULL. */
CK_RV audit_tell_key(enum audit_event event, const struct keyname *key,
	const CK_MECHANISM *mechanism, const char *detail, CK_RV rv);

/* Entries of the layer, put where the list has such. */
void audit_put_uses(CK_FUNCTION_LIST_3_0 *list);
void audit_put_objects(CK_FUNCTION_LIST_3_0 *list);

#endif
