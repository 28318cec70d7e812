/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a token can hold a key, asked without the key; for
 * import/deposit*.c. */

#ifndef DEPOSIT_CHECK_H
#define DEPOSIT_CHECK_H

#include "import/identity.h"
#include "import/target.h"

/* Sets *fits; an rv other than CKR_OK says that the token failed. Nothing is
 * stored. */
CK_RV target_check_key(const struct target *target,
	const struct identity *identity, bool *fits);

#endif
