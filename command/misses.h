/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrong PINs and recovery codes of a token, and who gave them: as its keeper
 * tells. */

#ifndef MISSES_H
#define MISSES_H

#include <stdbool.h>

#include "command/token.h"
#include "import/json.h"

/* Prints what there is; nothing for tokens that no keeper of ours keeps. */
void misses_report(const struct token *token);
void misses_report_json(struct json *json, const struct token *token);

/* Says how long the recovery code has to wait; false: it does not. */
bool misses_explain_wait(const struct token *token);

#endif
