/* SPDX-License-Identifier: BSD-2-Clause */
/* The Name of a certificate's subject or issuer, as text. */

#ifndef DISTINGUISHED_NAME_H
#define DISTINGUISHED_NAME_H

#include "import/ber.h"

/* "CN=Alice, O=Example, C=GR", most particular first [RFC4514], new; NULL when
 * it is no Name or memory is short. */
char *distinguished_name_text(struct ber name);
/* What a person calls it: CN, else O, else OU, else an address, else all of
 * it; new. */
char *distinguished_name_common(struct ber name);
/* The e-mail addresses in it: the number-th (from 0) as new text, or NULL. */
char *distinguished_name_address(struct ber name, size_t number);

#endif
