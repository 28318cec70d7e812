/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal setup: makes a mail program use the token. */

#include "config.h"

#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

int
setup_run(const struct request *request)
{
	complain(_("This program cannot be set up by this command yet."));
	return ENDED_BADLY;
}
