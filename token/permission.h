/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a key may do what it is asked. */

#ifndef PERMISSION_H
#define PERMISSION_H

#include "token/mechanism.h"
#include "token/object.h"

/*
 * The use (CKF_SIGN, CKF_UNWRAP ...) of the key by the mechanism:
 * CKR_MECHANISM_INVALID (unknown, not for this use, or not among the key's
 * CKA_ALLOWED_MECHANISMS), CKR_MECHANISM_PARAM_INVALID,
 * CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_TYPE_INCONSISTENT. object is NULL
 * for what takes no key.
 */
CK_RV permission_check(const struct object *object,
	const CK_MECHANISM *mechanism, CK_FLAGS use);
/* The same of the mechanism alone. */
CK_RV permission_mechanism(const CK_MECHANISM *mechanism, CK_FLAGS use);

#endif
