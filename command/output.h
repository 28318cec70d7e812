/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the input and writes the output that a verb was given. */

#ifndef OUTPUT_H
#define OUTPUT_H

#include "command/option.h"
#include "pkcs11/bytes.h"

/* Longest input taken. */
#define INPUT_LONGEST ((size_t)512 << 20)

/* The file of the request's first operand; none or "-": standard input. False,
 * after saying why. */
bool input_read(const struct request *request, struct bytes *bytes);

/* The file at this path; "-": standard input. */
bool input_read_file(const char *path, struct bytes *bytes);

/* Writes to --output, or to standard output. A file appears whole or not at
 * all. False, after saying why. */
bool output_write(const struct request *request, const struct bytes *bytes);
bool output_write_file(const char *path, const struct bytes *bytes);
/* Makes the folders above a file; whoever writes there learns of a failure. */
void output_folders_make(const char *path);

#endif
