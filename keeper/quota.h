/* SPDX-License-Identifier: BSD-2-Clause */
/* So many at once, and then one for each refill: what a worker may cost. */

#ifndef QUOTA_H
#define QUOTA_H

#include <stdint.h>

/* Empty at first: nothing is spent. */
struct quota {
	unsigned spent;
	int64_t since; /* when the refill began that is not over yet */
};

/* How many may be spent now; at_once is the most there ever is, refill the
 * milliseconds that bring one back. Who spends adds to spent. */
unsigned quota_left(struct quota *quota, unsigned at_once, int64_t refill);

#endif
