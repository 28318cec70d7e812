/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries the forms of a passphrase; for import/pbe*.c. */

#ifndef PBE_ATTEMPT_H
#define PBE_ATTEMPT_H

#include "import/pbe-scheme.h"
#include "import/pbe.h"

/* What one form of the passphrase is tried on; true when it was right. */
typedef bool (*pbe_attempt)(void *job, struct ber passphrase);

/* The form that worked before first, then the others that were seen with this
 * kind of derivation, as far as the file's share of work goes. */
enum refusal pbe_try_forms(struct opener *opener,
	const struct derivation *derivation, pbe_attempt run, void *job,
	struct failure *failure);

#endif
