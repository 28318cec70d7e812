/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy file by which an administrator gives Thunderbird its modules. */

#ifndef ENTERPRISE_POLICY_H
#define ENTERPRISE_POLICY_H

#include <stdbool.h>

/*
 * Writes the policy that adds our module, to path (NULL: where Thunderbird
 * looks on this system). A file that is there and is not ours stays as it is:
 * then it says what to add to it. With undo the file is removed if it is ours.
 * False after an error was said.
 */
bool enterprise_policy_write(const char *path, const char *module, bool undo);

#endif
