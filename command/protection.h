/* SPDX-License-Identifier: BSD-2-Clause */
/* Protections that the configuration lowers below what we advise. */

#ifndef PROTECTION_H
#define PROTECTION_H

#include "import/json.h"
#include "command/option.h"
#include "keeper/configuration.h"

/* The configuration of the keeper that this user's module meets. */
void protection_read(struct configuration *configuration);
/* Whether the key's value protects less than its preset does. */
bool protection_is_lowered(const struct configuration *configuration,
	const struct configuration_key *key);

/* A line for each lowered one; nothing when a foreign module is asked. */
void protection_report(const struct request *request);
/* The member "lowered": an array of { name, value, preset }. */
void protection_report_json(struct json *json, const struct request *request);

#endif
