/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one value in the user's configuration file. */

#ifndef POLICY_FILE_H
#define POLICY_FILE_H

#include "command/policy-text.h"

/* Sets the value in the file at path, which is made if it is not there, or
 * takes it out. *was_there: whether a line was changed or taken out. False,
 * after saying why, with the file as it was. */
bool policy_file_set(
	const char *path, const struct policy_line *line, bool *was_there);
/* Several in one go: all of them or none. A line without a name is a section
 * that goes. A file for all may be read by all. */
bool policy_file_set_all(const char *path, const struct policy_line *lines,
	size_t count, bool is_for_all, bool *was_there);

#endif
