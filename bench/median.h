/* SPDX-License-Identifier: BSD-2-Clause */
/* The one in the middle, of what was measured several times. */

#ifndef MEDIAN_H
#define MEDIAN_H

/* At least one value; they are put in order. */
double median(double *values, int count);

#endif
