/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what a bundle holds, before it is stored. */

#ifndef SUMMARY_H
#define SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "import/bundle.h"
#include "import/json.h"

/* For people: whose certificate, which CA, until when, what it may do, which
 * key, whether the chain is complete, what was left out and why. */
void summary_print(FILE *to, const struct bundle *bundle, int64_t now);
/* The same for programs: an object, named where it is a member. */
void summary_json(struct json *json, const char *name,
	const struct bundle *bundle, int64_t now);

/* Members of an object about one certificate, and about its chain; the same
 * wherever one is told of. */
void summary_certificate_json(
	struct json *json, const struct certificate *certificate, int64_t now);
void summary_chain_json(struct json *json, const struct chain *chain);

#endif
