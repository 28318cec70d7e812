/* SPDX-License-Identifier: BSD-2-Clause */
/* The extensions and addresses of a certificate; for certificate.c. */

#ifndef CERTIFICATE_EXTENSION_H
#define CERTIFICATE_EXTENSION_H

#include "import/ber.h"
#include "import/certificate.h"

/* Reads what is left of a certificate's body: its extensions, if any. An
 * extension that is malformed is as if it were not there; false when memory is
 * short only. */
bool certificate_take_extensions(
	struct certificate *certificate, struct ber from);
/* Adds the addresses in the subject to those of the extensions. */
bool certificate_take_addresses(struct certificate *certificate);

#endif
