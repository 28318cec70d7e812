/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what a bundle holds, before it is stored. */

#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "import/bundle.h"

/* For people: whose certificate, which CA, until when, what it may do, which
 * key, whether the chain is complete, what was left out and why. */
void summary_print(FILE *to, const struct bundle *bundle, int64_t now);
/* The same for scripts: one JSON object. */
void summary_print_json(FILE *to, const struct bundle *bundle, int64_t now);

/* One certificate alone: members of a JSON object, without the braces. */
void summary_print_certificate_json(
	FILE *to, const struct certificate *certificate, int64_t now);
/* Writes a JSON string with its quotes; NULL is null. */
void summary_print_json_text(FILE *to, const char *text);

#endif
