/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes tokens, identities and certificates, to people and to programs. */

#ifndef REPORT_H
#define REPORT_H

#include "command/inventory.h"
#include "import/json.h"

/* For people. */
void report_token(const struct token *token);
void report_identity(
	const struct inventory *inventory, const struct held_key *key);
void report_certificate(const struct inventory *inventory,
	const struct held_certificate *certificate);
/* Says that a certificate has ended, will soon, or has not begun; NULL: it is
 * well. Valid until the next call. */
const char *report_validity(const struct certificate *certificate);

/* For programs: the members of an object that is already open. */
void report_token_json(struct json *json, const struct token *token);
void report_identity_json(struct json *json, const struct inventory *inventory,
	const struct held_key *key);
void report_certificate_json(struct json *json,
	const struct inventory *inventory,
	const struct held_certificate *certificate);

#endif
