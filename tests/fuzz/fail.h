/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures of memory, OpenSSL and SQLite under a fuzz target: programs that are
 * linked with FUZZ_FAIL call them through here. */

#ifndef FAIL_H
#define FAIL_H

#include <stddef.h>
#include <stdint.h>

/* From here on some calls fail, the same for the same input; for most inputs
 * none does. */
void fail_begin(const uint8_t *at, size_t length);
void fail_end(void);

#endif
