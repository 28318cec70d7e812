/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a deposit a token has already; for import/deposit*.c. */

#ifndef DEPOSIT_FIND_H
#define DEPOSIT_FIND_H

#include "import/identity.h"
#include "import/target.h"

/* Each sets its result when CKR_OK; an object that is not there is
 * CK_INVALID_HANDLE. */
CK_RV target_find_private_key(const struct target *target,
	const struct identity *identity, CK_OBJECT_HANDLE *object);
CK_RV target_find_public_key(const struct target *target,
	const struct identity *identity, CK_OBJECT_HANDLE *object);
CK_RV target_find_certificate(const struct target *target,
	const struct certificate *certificate, bool *present);
/* Some object of the class has that label. */
CK_RV target_has_label(const struct target *target,
	CK_OBJECT_CLASS object_class, const char *label, bool *taken);

#endif
