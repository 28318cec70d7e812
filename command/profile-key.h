/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a profile's own key store hold a key? */

#ifndef PROFILE_KEY_H
#define PROFILE_KEY_H

#include "command/profile.h"

/* Looks for a private key with this CKA_ID in the profile's key4.db, without
 * changing or locking it. NSS computes the ids as we do. */
bool profile_has_key(
	const struct profile *profile, const void *id, size_t length);

#endif
