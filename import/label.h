/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of objects on a token: what a person would call them. */

#ifndef LABEL_H
#define LABEL_H

#include "import/certificate.h"
#include "import/key.h"

/*
 * A new label without blanks at its ends: the friendly name, unless a program
 * made it up (a GUID, a number), else the certificate's common name, else the
 * key's kind. Each may be NULL, but not all.
 */
char *label_choose(const char *friendly_name,
	const struct certificate *certificate, const struct key *key);
/* The same with a number: "Alice (2)", new. */
char *label_number(const char *label, unsigned int number);

#endif
