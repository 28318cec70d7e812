/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token has stored, to be compared with what another has. */

#ifndef CONTENTS_H
#define CONTENTS_H

#include "command/token.h"

/* Starts empty ({ 0 }). */
struct contents {
	struct content {
		CK_OBJECT_HANDLE handle;
		CK_ULONG class;
		struct bytes id;
	} * at; /* by handle, ascending */
	size_t count;
};

/* All that this login sees. CKR_DEVICE_ERROR: some of it was altered. */
CK_RV contents_read(const struct token *token, struct contents *contents);

/* How many of the others this has, with the same number, class and id. */
size_t contents_shared(
	const struct contents *contents, const struct contents *others);

void contents_clear(struct contents *contents);

#endif
