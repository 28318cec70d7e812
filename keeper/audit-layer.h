/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the audit log of what is done with a token. */

#ifndef AUDIT_LAYER_H
#define AUDIT_LAYER_H

#include "keeper/audit-record.h"

/* Takes a record to whoever writes the log. False: it is not sure to get
 * there. */
typedef bool (*audit_sink)(const struct audit_record *record);

/*
 * Each login, PIN change, use of a private or secret key of the token, and
 * change of its objects is told, and each refusal of these. Not told are uses
 * of public keys, and of secret keys that live in a session only. What cannot
 * be told is not given out: CKR_DEVICE_ERROR. with_data: also SHA-256 of what
 * was signed. Called once.
 */
const CK_FUNCTION_LIST_3_0 *audit_wrap(
	const CK_FUNCTION_LIST_3_0 *next, audit_sink sink, bool with_data);

/* A decision about a key by another layer: detail says which. Told where a log
 * is kept. rv, or CKR_DEVICE_ERROR when it cannot be told. */
CK_RV audit_decision(const struct keyname *key,
	const CK_MECHANISM_TYPE *mechanism, const char *detail, CK_RV rv);

#endif
