/* SPDX-License-Identifier: BSD-2-Clause */
/* Which lines ran, of a process that ends by _exit (--enable-coverage). */

#ifndef COVERAGE_H
#define COVERAGE_H

#if COVERAGE
void __gcov_dump(void);

static inline void
coverage_save(void)
{
	__gcov_dump();
}
#else
static inline void
coverage_save(void)
{
}
#endif

#endif
