/* SPDX-License-Identifier: BSD-2-Clause */
/* So many at once, and then one for each refill. */

#include "config.h"

#include "keeper/quota.h"

#include "keeper/listener.h"

unsigned
quota_left(struct quota *quota, unsigned at_once, int64_t refill)
{
	int64_t now = moment(), more = (now - quota->since) / refill;

	if (more > quota->spent)
		more = quota->spent;
	quota->spent -= (unsigned)more;
	quota->since = quota->spent ? quota->since + more * refill : now;
	return at_once - quota->spent;
}
