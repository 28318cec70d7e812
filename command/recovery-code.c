/* SPDX-License-Identifier: BSD-2-Clause */
/* The recovery code: what sets a new PIN when the old one is lost. */

#include "config.h"

#include "command/recovery-code.h"

bool
recovery_code_make(struct secret *code)
{
	return code_make(RECOVERY_CODE_GROUPS, code);
}

enum code_state
recovery_code_tidy(struct secret *code)
{
	return code_tidy(RECOVERY_CODE_GROUPS, code);
}
