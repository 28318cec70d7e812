/* SPDX-License-Identifier: BSD-2-Clause */
/* Part of a keeper that is built with a sanitizer, which gets no options by its
 * environment: that is made from nothing. A process with a race ends at once,
 * so that its clients notice. */

#include "config.h"

const char *__tsan_default_options(void);

__attribute__((visibility("default"))) const char *
__tsan_default_options(void)
{
	return "halt_on_error=1";
}
