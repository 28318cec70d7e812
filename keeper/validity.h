/* SPDX-License-Identifier: BSD-2-Clause */
/* Until when the certificates of a key are valid. */

#ifndef VALIDITY_H
#define VALIDITY_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "keeper/keyname.h"

/* The end of a certificate's validity, from its DER; false: there is none. */
bool validity_read(const unsigned char *at, size_t length, time_t *end);

/* The latest end among the certificates that share the key's id on its token;
 * false: there is none that can be read. */
bool validity_find(const CK_FUNCTION_LIST_3_0 *token, const struct keyname *key,
	time_t *end);

#endif
