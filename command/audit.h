/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of privyseal audit share. */

#ifndef AUDIT_COMMAND_H
#define AUDIT_COMMAND_H

#include "command/option.h"
#include "pkcs11/bytes.h"
#include "pkcs11/home.h"

typedef void (*audit_reader)(
	void *context, const char *path, const struct bytes *bytes);

/* Gives each file of the log that the request means, from the oldest on. False,
 * after saying why. */
bool audit_read(
	const struct request *request, audit_reader take, void *context);

/* audit-show.c: prints the lines. */
int audit_show(const struct request *request);

#endif
