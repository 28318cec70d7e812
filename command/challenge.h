/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a key really signs: by something new, and checked here. */

#ifndef CHALLENGE_H
#define CHALLENGE_H

#include "command/cms-judge.h"
#include "command/inventory.h"

/* What came of it, and by which key, for people (NULL: none is shown). */
struct challenge {
	enum verdict verdict;
	const char *by;
};

/* Has the key sign, and does not ask its token whether that is good. False,
 * after saying why: it does not sign. */
bool challenge_key(const struct token *token, const struct held_key *key,
	struct challenge *challenge);

#endif
