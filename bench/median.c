/* SPDX-License-Identifier: BSD-2-Clause */
/* The one in the middle, of what was measured several times. */

#include "config.h"

#include "bench/median.h"

#include <stdlib.h>

static int
by_size(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_size);
	return values[count / 2];
}
