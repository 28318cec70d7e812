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

/* Who gave a token the last of the wrong PINs since a right one. */
struct culprit {
	unsigned tries;
	long process;
	char application[64], time[32];
};

/* audit-culprit.c: false: there was none, or the log is not there to read. */
bool audit_find_culprit(
	const char *folder, const char *serial, struct culprit *culprit);

/* audit-show.c: prints the lines. */
int audit_show(const struct request *request);

#endif
