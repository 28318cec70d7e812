/* SPDX-License-Identifier: BSD-2-Clause */
/* The old encryption of keys in PEM, told by its headers. [RFC1421 4.6] */

#ifndef PEM_SEAL_H
#define PEM_SEAL_H

#include "import/bundle-build.h"

/* Takes the headers off the text of a block; false when there are none. The
 * value of DEK-Info is the rest of its line, or empty. */
bool pem_take_headers(struct ber *text, struct ber *dek_info);
/* Opens what the DEK-Info describes. */
enum refusal pem_open(struct opener *opener, struct ber dek_info,
	struct ber sealed, struct secret *plain, struct failure *failure);

#endif
